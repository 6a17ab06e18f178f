"""The table of routes against contracts/control.yaml, and what all routes have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from openapi_spec_validator import validate

from mock_server.contract.prepared import read
from mock_server.control.routes import TABLE
from mock_server.resources import contract_path
from mock_server.settings import Settings
from tests.api.door import Door

if TYPE_CHECKING:
    from tests.control.conftest import Control

DOCUMENT = read(contract_path("control.yaml").read_text("utf-8"))
METHODS = ("get", "post", "put", "patch", "delete")
CALLS = [
    pytest.param(method.upper(), path, id=item[method]["operationId"])
    for path, item in DOCUMENT["paths"].items()
    for method in METHODS
    if method in item
]


def test_the_list_is_valid_openapi() -> None:
    validate(DOCUMENT)


def test_the_list_and_the_server_have_the_same_routes_and_statuses() -> None:
    """Issue "Whole API", 5: control.yaml is the single list."""
    listed = {
        (path, method.upper()): next(status for status in item[method]["responses"] if status.startswith("2"))
        for path, item in DOCUMENT["paths"].items()
        for method in METHODS
        if method in item
    }
    served = {(path, method): str(status) for path, verbs in TABLE.items() for method, (_, status) in verbs.items()}

    assert served == listed


def test_every_operation_is_named_once_and_described() -> None:
    operations = [item[method] for item in DOCUMENT["paths"].values() for method in METHODS if method in item]

    names = [operation["operationId"] for operation in operations]
    assert len(names) == len(set(names))
    assert all(operation["summary"] and {"400", "403"} <= operation["responses"].keys() for operation in operations)


@pytest.fixture
def furnished(control: Control) -> Control:
    """An app in which every example of the contract has something to speak of."""
    control.call("POST", "/environments", {"name": "other"})
    control.call("POST", "/environments/other/faults", {"kind": "drop", "name": "lost"})
    control.post("/webhooks", {"url": "http://127.0.0.1:9/", "events": ["Completed Survey"]})
    control.post("/forms", {"name": "NPS"})
    control.post("/simulate", {"event": "Completed Survey", "contact": {"id": "u-204"}})
    control.refiner.post("/track-event", {"id": "u-204", "event": "Exported"})
    return control


@pytest.mark.parametrize(("method", "path"), CALLS)
def test_every_route_does_what_its_example_asks(furnished: Control, method: str, path: str) -> None:
    operation = DOCUMENT["paths"][path][method.lower()]
    values = {
        "{env}": "other" if method == "DELETE" else "default",
        "{uuid}": furnished.get("/webhooks")["items"][0]["uuid"],
        "{id}": "req-000001" if path.startswith("/requests") else "d1",
        "{name}": "lost",
        "{operation}": "trackEvent",
    }
    if "webhooks" in path:
        values["{env}"] = "default"
    for name, value in values.items():
        path = path.replace(name, value)

    reply = furnished.call(method, path, _example(operation))

    assert reply.status == int(next(status for status in operation["responses"] if status.startswith("2")))


def _example(operation: dict[str, Any]) -> Any:
    if "requestBody" not in operation:
        return None
    content = operation["requestBody"]["content"]["application/json"]
    if "examples" in content:
        return next(iter(content["examples"].values()))["value"]
    return content.get("example")


@pytest.mark.parametrize(("method", "path"), [call for call in CALLS if "{env}" in call.values[1]])  # type: ignore[operator]
def test_an_unknown_environment_is_not_found(control: Control, method: str, path: str) -> None:
    path = path.replace("{env}", "nobody").replace("{uuid}", "x").replace("{id}", "x")

    reply = control.call(method, path, {})

    assert reply.status == 404
    assert "nobody" in reply.json["error"]


def test_an_environment_goes_by_its_name_or_its_project_uuid(control: Control) -> None:
    """Design 3.2."""
    uuid = control.get("")["project_uuid"]

    assert control.call("GET", f"/environments/{uuid}").json["name"] == "default"


@pytest.mark.parametrize("path", ["/nonsense", "/environments/default/nonsense", "/environments/", "/"])
def test_an_unknown_route_is_a_json_404(control: Control, path: str) -> None:
    reply = control.call("GET", path)

    assert (reply.status, list(reply.json)) == (404, ["error"])


def test_a_wrong_method_is_told_the_right_ones(control: Control) -> None:
    reply = control.call("PUT", "/environments")

    assert (reply.status, reply.headers["allow"]) == (405, "GET, POST")
    assert "GET, POST" in reply.json["error"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b"[1]", 400),
        (b" []", 400),
        (b'"name"', 400),
        (b"\xff", 400),
        (b'{"seed":' + b"[" * 40 + b"]" * 40 + b"}", 400),
        (b'{"name":"' + b"x" * 100_000 + b'"}', 413),
    ],
    ids=["broken", "list", "empty list", "text", "no text", "deep", "large"],
)
def test_a_body_that_cannot_be_read_is_refused(control: Control, body: bytes, status: int) -> None:
    assert control.call("POST", "/environments", body).status == status


def test_a_misspelt_field_or_parameter_is_refused_with_the_choices(control: Control) -> None:
    status, sentence = control.refused("POST", "/forms", {"title": "NPS"})
    assert (status, "title" in sentence, "name" in sentence) == (400, True, True)

    status, sentence = control.refused("GET", "/journal", after=3)
    assert (status, "after" in sentence, "since" in sentence) == (400, True, True)


def test_the_media_type_of_a_body_does_not_matter(control: Control) -> None:
    """curl -d says that it sends a form."""
    headers = {"Content-Type": "application/x-www-form-urlencoded"}

    assert control.call("POST", "/environments", {"name": "shop"}, headers=headers).status == 201


def test_a_bug_of_ours_is_answered_and_logged(
    control: Control, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken() -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(control.refiner.environment, "tracked_events", broken)
    reply = control.door.call("GET", "/_mock/api/environments/default/events")

    assert (reply.status, list(reply.json)) == (500, ["error"])
    assert "ZeroDivisionError" in caplog.text


def test_two_apps_share_nothing() -> None:
    one, two = Door(Settings()), Door(Settings())
    one.rooms.environments.create("shop")

    assert two.call("GET", "/_mock/api/environments/shop").status == 404
    one.close()
    two.close()


def test_what_is_not_listed_is_refused_before_anything_is_done(furnished: Control) -> None:
    """Not even an object is heeded by halves: `DELETE .../faults?name=x` would forget all of them."""
    before = furnished.get("/snapshot"), furnished.call("GET", "/environments/other/faults").json
    for method, path in (call.values for call in CALLS):
        filled = str(path).replace("{env}", "other").replace("{name}", "lost").replace("{operation}", "trackEvent")
        stray = {"name": "lost"}
        asked = furnished.call(str(method), filled, _example(DOCUMENT["paths"][path][str(method).lower()]), stray="1")
        told = asked if method not in ("GET", "DELETE") else furnished.call(str(method), filled, stray)

        assert (path, method, asked.status, told.status) == (path, method, 400, 400)
    assert (furnished.get("/snapshot"), furnished.call("GET", "/environments/other/faults").json) == before
