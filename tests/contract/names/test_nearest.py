"""The documented call nearest to one that does not exist."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from mock_server.contract.document import load
from mock_server.contract.names.nearest import nearest_call

CONTRACT = load()
DOCUMENTED = {f"{each.method} {each.path}" for each in CONTRACT.operations.values() if not each.mock_only}
CALLS = yaml.safe_load(Path(__file__).with_name("misrouted.yaml").read_text("utf-8"))


@pytest.mark.parametrize(("call", "wanted", "parameters"), [(*each, [])[:3] for each in CALLS])
def test_a_call_that_does_not_exist_has_the_nearest_that_does(
    call: str, wanted: str | None, parameters: list[str]
) -> None:
    method, _, path = call.partition(" ")
    assert nearest_call(CONTRACT, method, path, dict.fromkeys(parameters, "x")) == wanted


def test_the_list_holds_every_documented_call_and_many_that_nothing_is_near() -> None:
    wanted = [each[1] for each in CALLS]
    assert {each for each in wanted if each} == DOCUMENTED
    assert wanted.count(None) > 60


@pytest.mark.parametrize("call", sorted(DOCUMENTED - {"GET /"}))
def test_a_documented_call_is_its_own_nearest_below_any_prefix(call: str) -> None:
    method, _, path = call.partition(" ")
    for written in (path, f"/v1{path}", f"/v1/v1{path}", f"/api{path}/", path.upper(), f"/e/x{path}", f"//{path[1:]}"):
        assert nearest_call(CONTRACT, method, written, {}) == call


def test_what_came_with_a_call_tells_calls_apart() -> None:
    assert nearest_call(CONTRACT, "POST", "/forms", {"form_uuid": "x", "name": "x"}) == "POST /forms/duplicate"
    assert nearest_call(CONTRACT, "POST", "/forms", {"form_uuid": "x", "published": 1}) == "POST /forms/publish"
    assert nearest_call(CONTRACT, "POST", "/forms", {"title": "x", "questions": []}) is None


def test_a_key_among_the_parameters_says_nothing() -> None:
    for path in ("/segments", "/users", "/forms"):
        plain = nearest_call(CONTRACT, "GET", path, {})
        assert nearest_call(CONTRACT, "GET", path, {"api_key": "x"}) == plain


@pytest.mark.parametrize("method", ["OPTIONS", "TRACE", "CONNECT", "BREW"])
def test_a_method_that_neither_reads_nor_writes_is_near_nothing(method: str) -> None:
    assert nearest_call(CONTRACT, method, "/users", {}) is None


def test_a_route_of_refiner_mock_alone_is_never_the_answer() -> None:
    for method in ("GET", "POST", "PATCH", "DELETE", "PUT"):
        for path in ("/webhook", "/webhooks", "/webhooks/42", "/hooks/42/test", "/webhooks/42/tests"):
            assert nearest_call(CONTRACT, method, path, {"url": "x", "events": "x"}) is None


@settings(max_examples=50, deadline=None)
@given(
    method=st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "", "get"]),
    path=st.text(max_size=250) | st.lists(st.sampled_from([*"/{}:?.~%-", "users", "42", "v1", "e", "é"])).map("/".join),
    parameters=st.dictionaries(st.text(max_size=100), st.none(), max_size=30),
)
def test_any_path_is_judged_and_the_answer_is_a_documented_call(
    method: str, path: str, parameters: dict[str, object]
) -> None:
    assert nearest_call(CONTRACT, method, path, parameters) in {*DOCUMENTED, None}
