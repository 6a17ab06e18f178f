"""Whatever is sent to a route of the control API is answered as contracts/control.yaml says, and harms nobody else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mock_server.contract.prepared import read
from mock_server.resources import contract_path

if TYPE_CHECKING:
    from tests.control.conftest import Control

PATHS = read(contract_path("control.yaml").read_text("utf-8"))["paths"]
CALLS = [
    pytest.param(method.upper(), path, id=item[method]["operationId"])
    for path, item in PATHS.items()
    for method in ("get", "post", "put", "patch", "delete")
    if method in item and path != "/stream"  # which has no end
]
WORDS = [
    "",
    "default",
    "victim",
    "u-1",
    "d1",
    "Completed Survey",
    "drop",
    "nps",
    "2026-01-31T10:00:00Z",
    "1d",
    "\0",
    "é",
]
LEAVES = st.sampled_from([None, True, 0, -1, 0.5, 10**18, 1e300, *WORDS]) | st.integers(-3, 3) | st.text(max_size=8)
ANY = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=3),
    max_leaves=5,
)
QUERIES = st.dictionaries(
    st.sampled_from(["since", "limit", "cause", "violations", "severity", "with_secrets", "x"]),
    st.sampled_from([*WORDS, "0", "-1", "9" * 40, "true", "[]"]),
    max_size=2,
)


def examples(method: str, path: str) -> list[Any]:
    content = PATHS[path][method.lower()].get("requestBody", {}).get("content", {}).get("application/json", {})
    return [one["value"] for one in content.get("examples", {}).values()] or [content.get("example", {})]


def names(schema: object) -> set[str]:
    """Return every name of a property in a part of the contract."""
    if isinstance(schema, list):
        return set().union(*map(names, schema))
    if not isinstance(schema, dict):
        return set()
    return {*schema.get("properties", ())}.union(*map(names, schema.values()))


@st.composite
def bodies(draw: st.DrawFn, method: str, path: str) -> Any:
    """Draw any JSON, or an example of the route in which something became anything."""
    body = draw(st.sampled_from([*examples(method, path), None]))
    if not isinstance(body, dict):
        return draw(ANY)
    known = sorted({*body, *names(PATHS[path][method.lower()].get("requestBody", {}))} | {"x"})
    wrong = draw(st.dictionaries(st.sampled_from(known), ANY, min_size=1, max_size=2))
    return {**body, **wrong}


@pytest.mark.parametrize(("method", "path"), CALLS)
@given(st.data())
@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_json_is_answered_as_the_contract_says(
    control: Control, caplog: pytest.LogCaptureFixture, method: str, path: str, data: st.DataObject
) -> None:
    control.call("POST", "/environments", {"name": "victim", "seed": "demo"})
    ids = st.sampled_from(["d1", "req-000001", "lost", "trackEvent", "x", "%00", "é"])
    route = path
    for part in ("{uuid}", "{id}", "{name}", "{operation}"):
        path = path.replace(part, data.draw(ids))
    body = None if "requestBody" not in PATHS[route][method.lower()] else data.draw(bodies(method, route))

    query: dict[str, Any] = data.draw(QUERIES)
    reply = control.call(method, path.replace("{env}", "victim"), None if body is None else orjson.dumps(body), **query)

    assert reply.status < 500
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == []
    assert control.refiner.get("/account").status == 200
    assert control.call("GET", "/environments/victim").status in (200, 404)
    control.call("DELETE", "/environments/victim")
