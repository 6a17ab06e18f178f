"""What all calls have in common: refusals in Refiner's shape, headers, bounds. refiner-api.md (a), (g) 1 to 3."""

from __future__ import annotations

import gc

import pytest

from mock_server.api.manners import Manners
from mock_server.settings import Settings
from tests.api.door import Client, Door


def test_an_answer_has_its_type_and_our_two_headers_and_nothing_else(refiner: Client) -> None:
    """(a), docs: answers are JSON; design 3.1: the request id and the number of violations; (g) 15: nothing else."""
    reply = refiner.get("/contacts")

    assert reply.headers["content-type"] == "application/json"
    assert reply.headers.keys() == {
        "content-type", "content-length", "refiner-mock-request-id", "refiner-mock-violations",
    }  # fmt: skip
    assert int(reply.headers["content-length"]) == len(reply.body)


@pytest.mark.parametrize("body", [b"{", b"[1]", b'"text"', b"7", b"\x00", b'{"id": "\xff"}', b'{"id": "\\ud800"}'])
def test_a_body_that_is_no_json_object_is_refused(refiner: Client, body: bytes) -> None:
    """(g) 1, assumed: 400 with `message`."""
    reply = refiner.send("POST", "/identify-user", "application/json", body)

    assert (reply.status, list(reply.json)) == (400, ["message"])


def test_a_refusal_names_the_parameter(refiner: Client) -> None:
    """(g) 1, assumed."""
    missing = refiner.post("/track-event", {"id": "u-1"})
    bad = refiner.get("/contacts", form_uuid="7")

    assert (missing.status, bad.status) == (400, 400)
    assert "event" in missing.json["message"]
    assert "form_uuid" in bad.json["message"]


@pytest.mark.parametrize(
    "path", ["/v1/tags", "/v1/contacts//x", "/v2/contacts", "/contacts", "/v1contacts", "/e/default/v2/"]
)
def test_an_unknown_route_is_not_found(door: Door, refiner: Client, path: str) -> None:
    """(b): GET /tags does not exist in any source; (g) 3, assumed: 404 with `message`."""
    reply = door.call("GET", path, headers=refiner.bearer)

    assert (reply.status, list(reply.json)) == (404, ["message"])


@pytest.mark.parametrize(
    ("path", "named"),
    [("/v1/tags", "v1/tags"), ("/e/default/v1/tags/", "v1/tags"), ("/contacts", "contacts"), ("/", "/")],
)
def test_a_route_is_named_as_refiner_has_it_and_not_by_our_prefix(
    door: Door, refiner: Client, path: str, named: str
) -> None:
    """(g) 3, assumed: Laravel's sentence, with its way to write a path."""
    reply = door.call("GET", path, headers=refiner.bearer)

    assert reply.json == {"message": f"The route {named} could not be found."}


@pytest.mark.parametrize("path", ["/v1/contacts/", "/v1/contacts//", "/e/default/v1/contacts/", "/v1//"])
def test_slashes_at_the_end_count_for_nothing(door: Door, refiner: Client, path: str) -> None:
    """Inferred: Laravel trims them."""
    reply = door.call("GET", path, headers=refiner.bearer)

    assert (reply.status, reply.headers["refiner-mock-violations"]) == (200, "0")


def test_head_is_answered_like_get(door: Door, refiner: Client) -> None:
    """Inferred: Laravel's routes for GET take HEAD; the server leaves the body out."""
    reply = door.call("HEAD", "/v1/account", headers=refiner.bearer)

    assert (reply.status, reply.headers["refiner-mock-violations"]) == (200, "0")
    assert door.call("HEAD", "/v1/track-event", headers=refiner.bearer).status == 405


def test_a_wrong_method_is_told_the_right_ones(door: Door, refiner: Client) -> None:
    """(g) 3, assumed: 405 with `message`; `Allow` is what HTTP asks for."""
    reply = refiner.post("/contact", {"id": "u-1"}, method="PUT")

    assert (reply.status, list(reply.json)) == (405, ["message"])
    assert reply.headers["allow"] == "GET, DELETE"
    assert door.call("GET", "/v1/identify-user").status == 405, "also without a key"


@pytest.mark.parametrize("chunks", [[b"x" * 100_001], [b"x" * 60_000, b"x" * 60_000]])
def test_a_body_over_the_bound_is_refused(door: Door, refiner: Client, chunks: list[bytes]) -> None:
    """Design rule 8."""
    headers = {**refiner.bearer, "Content-Type": "application/json"}
    reply = door.call("POST", "/v1/identify-user", headers=headers, chunks=chunks)

    assert (reply.status, list(reply.json)) == (413, ["message"])
    assert "max_body" in reply.json["message"]


@pytest.mark.parametrize(
    "body", [b'{"a":' * 60 + b"1" + b"}" * 60, b'{"id":"u-1","a":[' + b"1," * 6_000 + b"1]}"], ids=["deep", "wide"]
)
def test_a_body_too_deep_or_too_wide_is_refused(refiner: Client, body: bytes) -> None:
    """Design rule 8."""
    reply = refiner.send("POST", "/identify-user", "application/json", body)

    assert reply.status == 400, "413 is for the size of a body alone"
    assert "max_" in reply.json["message"]


def test_a_bound_of_a_body_without_a_media_type_is_one_of_json_too(refiner: Client) -> None:
    reply = refiner.send("POST", "/identify-user", "", b'{"id":"u","a":' + b"[" * 60 + b"]" * 60 + b"}")

    assert (reply.status, "max_nesting" in reply.json["message"]) == (400, True)


def test_a_broken_multipart_body_is_no_affair_of_the_log(refiner: Client, caplog: pytest.LogCaptureFixture) -> None:
    reply = refiner.send("POST", "/identify-user", "multipart/form-data; boundary=b", b"--bx\r\n\r\n--b--")

    assert reply.status == 400
    assert caplog.records == []


@pytest.mark.parametrize("name", ["id", "email", "event"])
def test_a_name_has_at_most_255_characters(refiner: Client, name: str) -> None:
    """x-facts/longest-names, assumed; design rule 8."""
    assert refiner.post("/track-event", {"id": "u-1", "event": "e", name: "x" * 255}).status == 202
    reply = refiner.post("/track-event", {"id": "u-1", "event": "e", name: "x" * 256})

    assert reply.status == 400
    assert reply.json["message"] == f"The {name} field must be text of at most 255 characters."


@pytest.mark.parametrize(
    "date", ["2026-01-01t00:00:00z", "2026-01-01T00:00:00.1234567890Z", "0001-01-01T00:00:00+14:00"]
)
def test_a_time_is_refused_in_one_place_with_one_sentence(refiner: Client, date: str) -> None:
    reply = refiner.get("/responses", date_range_start=date)

    assert reply.status == 400
    assert reply.json["message"].startswith("The date_range_start field must be an ISO 8601 date or time, such as")


def test_unknown_parameters_are_ignored_in_silence(refiner: Client) -> None:
    """(g) 11, assumed: as frameworks do."""
    refiner.identify("u-1")

    assert refiner.get("/contacts", limit=5, segment="x").status == 200
    assert refiner.get("/contact", id="u-1", verbose=1).status == 200


def test_a_bound_of_ours_is_a_clear_refusal() -> None:
    door = Door(Settings(max_contacts=1))
    client = Client(door, door.rooms.environments.get("default"))
    client.identify("u-1")

    reply = client.post("/identify-user", {"id": "u-2"})

    assert reply.status == 400
    assert "max_contacts" in reply.json["message"]
    door.close()


def test_a_bug_of_ours_is_answered_and_logged(
    refiner: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(refiner.environment, "usage", broken)
    reply = refiner.door.call("GET", "/v1/account", headers=refiner.bearer)

    assert (reply.status, list(reply.json)) == (500, ["message"])
    assert "ZeroDivisionError" in caplog.text


def test_every_exchange_is_kept_with_its_operation(refiner: Client) -> None:
    """Design 3.2: also those that belong to no environment."""
    refiner.post("/track", {"id": "u-1", "event": "Exported"})
    refiner.get("/tags")
    refiner.door.call("GET", "/v1/contacts")

    lines = refiner.door.call("GET", "/_mock/api/journal").json["items"]
    assert [(line["environment"], line["operation"], line["status"]) for line in lines] == [
        ("default", "trackEvent", 202),
        ("default", None, 404),
        (None, "listContacts", 401),
    ]


def test_a_remembered_head_keeps_no_dialect(door: Door, refiner: Client) -> None:
    layer, environment = door.app.state.layer, refiner.environment
    key = environment.api_key.encode()
    head = layer.head("GET", "/v1/contacts", b"", [(b"authorization", b"Bearer " + key)])
    dialect = {"bodies": "json", "range-end": "inclusive"}
    assert refiner.control("PATCH", "/settings", {"dialect": dialect}).status == 200
    assert layer.handle(head, b"", None)[1].status == 200
    manners = environment.beside.pop(Manners)
    mark = manners.mark
    assert mark in head.notes
    del manners
    gc.collect()
    assert not [each for each in gc.get_objects() if type(each) is Manners and each.mark is mark]
