"""The straight path of what came before: the very same answers, headers and journal as through any ASGI server."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import unquote

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mock_server import MockServer
from mock_server.contract import coercion
from mock_server.remote import RemoteEnvironment
from mock_server.server.protocol import LONGEST_HEAD, MOST_HEADS, Protocol
from mock_server.settings import Settings
from tests.api.door import Door
from tests.server.line import Line, line, request

FROZEN = {"freeze": "2027-01-02T03:04:05Z"}
SECRET = "0da50780-f886-41ef-94b9-279ef2a74de4"
OURS = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|req-[0-9]{6,}|[0-9a-f]{4}…")
"""Uuids, numbers of requests and keys as they are shown, which differ between two servers."""
JSON, FORM = "application/json", "application/x-www-form-urlencoded"
WRITING = ("/identify-user", "/track-event")


class Ask(NamedTuple):
    """One call, whatever carries it."""

    method: str
    path: str
    query: str = ""
    media_type: str = ""
    body: bytes = b""
    good_key: bool = True


ASKS = [
    Ask(
        "POST", "/identify-user", "", JSON, b'{"id":"u-1","email":"a@example.org","plan":"pro","account":{"id":"a-1"}}'
    ),
    Ask(
        "POST", "/identify-user", "", JSON, b'{"id":"u-1","email":"a@example.org","plan":"max","account":{"id":"a-2"}}'
    ),
    Ask("POST", "/identify-user", "", JSON, b'{"id":"u-2","emial":"b@example.org"}'),
    Ask("POST", "/identify-user", "plan=pro", FORM, b"id=u-3&tags[]=x"),
    Ask("POST", "/identify-user", "", JSON, b'{"id":'),
    Ask("POST", "/identify-user", "", "text/plain", b"id=u-4"),
    Ask("POST", "/track-event", "", JSON, b'{"id":"u-1","event":"Bought"}'),
    Ask("POST", "/track", "", JSON, b'{"id":"u-1","event":"Bought"}'),
    Ask("POST", "/track-event", "", JSON, b'{"id":"u-9","event":"Bought"}', good_key=False),
    Ask("GET", "/contacts", "page_length=2"),
    Ask("GET", "/contacts/", "page_length=2&page=2"),
    Ask("GET", "/contacts", "page_length=x"),
    Ask("GET", "/contacts", good_key=False),
    Ask("GET", "/contact", "id=u-1"),
    Ask("GET", "/contact", "id=u-2", JSON, b'{"id":"u-1"}'),
    Ask("GET", "/contact", "id=nobody"),
    Ask("DELETE", "/contact", "id=u-1"),
    Ask("PUT", "/contacts"),
    Ask("GET", "/nothing/h%C3%A9re"),
]


@pytest.fixture(scope="module")
def door() -> Iterator[Door]:
    opened = Door(Settings(api_key=SECRET))
    yield opened
    opened.close()


@pytest.fixture
def refiner(server: MockServer) -> RemoteEnvironment:
    return server.create_environment()


@pytest.fixture
def straight(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The bodies of the calls that took the straight path."""
    bodies: list[bytes] = []
    ordinary: Callable[..., None] = Protocol._answer  # noqa: SLF001 - nothing outside tells which way was taken

    def noted(self: Protocol, head: Any, body: bytes) -> None:
        bodies.append(body)
        ordinary(self, head, body)

    monkeypatch.setattr(Protocol, "_answer", noted)
    return bodies


def posted(refiner: RemoteEnvironment, id: str, headers: Mapping[str, str] = {}) -> bytes:
    """Return a call that makes a contact."""
    return request("POST", "/v1/identify-user", refiner.api_key, orjson.dumps({"id": id}), headers=headers)


Seen = tuple[int, list[tuple[str, str]], bytes]
Call = Callable[[str, str, dict[str, str], bytes], Seen]
"""What makes one call: method, target with its query, headers, body."""


def through(door: Door) -> Call:
    """Return what calls an app as any ASGI server does."""

    def call(method: str, target: str, headers: dict[str, str], body: bytes) -> Seen:
        path, _, query = target.partition("?")
        reply = door.call(method, unquote(path), query=query, headers=headers, body=body)
        return reply.status, [(name, value.lower()) for name, value in reply.headers.items()], reply.body

    return call


def along(client: Line, cut: int | None) -> Call:
    """Return what calls over a connection, each call in two pieces if it shall be cut."""

    def call(method: str, target: str, headers: dict[str, str], body: bytes) -> Seen:
        length = {"Content-Length": str(len(body))} if body else {}
        whole = request(method, target, headers={**headers, **length}) + body
        for piece in (whole[:cut], b"" if cut is None else whole[cut:]):
            client.send(piece)
        answer = client.answer()
        return answer.status, list(answer.headers.items()), answer.body

    return call


def told(call: Call, asks: list[Ask]) -> str:
    """Make calls in a new environment, each twice; return all that was answered and kept, names of our making aside."""
    frozen = orjson.dumps({"clock": FROZEN})
    made = orjson.loads(call("POST", "/_mock/api/environments", {"Content-Type": JSON}, frozen)[2])
    seen, kept = [], []
    for ask in [ask for ask in asks for _ in range(2)]:
        headers = {"Authorization": f"Bearer {made['api_key'] if ask.good_key else SECRET}"}
        if ask.media_type:
            headers["Content-Type"] = ask.media_type
        target = f"/e/{made['name']}/v1{ask.path}" + (f"?{ask.query}" if ask.query else "")
        seen.append(call(ask.method, target, headers, ask.body))
        id = dict(seen[-1][1])["refiner-mock-request-id"]
        kept.append(orjson.loads(call("GET", f"/_mock/api/requests/{id}", {}, b"")[2]))
        kept[-1].pop("seq", None)
    everything = orjson.dumps([[(status, headers, body.decode()) for status, headers, body in seen], kept]).decode()
    names = {made["name"]: "NAME"}
    return OURS.sub(
        lambda found: names.setdefault(found[0], f"<{len(names)}>"), everything.replace(made["name"], "NAME")
    )


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(asks=st.lists(st.sampled_from(ASKS), min_size=1, max_size=6), cut=st.none() | st.integers(1, 400))
def test_what_came_before_is_answered_and_kept_as_through_asgi(
    server: MockServer, door: Door, straight: list[bytes], asks: list[Ask], cut: int | None
) -> None:
    straight.clear()
    with line(server.url) as client:
        assert told(along(client, cut), asks) == told(through(door), asks)
    if cut is None:
        assert len(straight) >= len(asks)  # at the latest the second of two equal calls


NAMES = st.sampled_from(["id", "email", "name", "plan", "seats", "seen_at", "emial", "api_key", "account", "isBeta"])
ODD = b'["u-1","a@example.org","",null,7,1.5,true,"2026-01-01","NaN","<nil>",[],["x"],{},{"id":"a-1","size":3}]'
VALUES = st.sampled_from(orjson.loads(ODD))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(bodies=st.lists(st.dictionaries(NAMES, VALUES, min_size=1, max_size=5), min_size=1, max_size=5))
def test_a_shape_that_came_before_is_judged_and_kept_as_a_new_one(
    door: Door, monkeypatch: pytest.MonkeyPatch, bodies: list[dict[str, object]]
) -> None:
    odd = [dict.fromkeys(body, "u-2") for body in bodies]  # of the same shapes
    asks = [Ask("POST", path, "", JSON, orjson.dumps(body)) for path in WRITING for body in (*odd, *bodies)]
    asks.append(Ask("GET", "/contacts", "page_length=50"))
    remembered = told(through(door), asks)

    with monkeypatch.context() as patch:
        patch.setattr(coercion, "_shapes", {})
        patch.setattr(coercion, "MOST_NAMES", -1)
        assert told(through(door), asks) == remembered
        assert coercion._shapes == {}  # noqa: SLF001 - nothing outside tells what is remembered


def test_only_what_came_before_takes_the_straight_path(
    server: MockServer, refiner: RemoteEnvironment, straight: list[bytes]
) -> None:
    with line(server.url) as client:
        for id in ("a", "b", "c", "dd"):  # the last one is the first of its length
            assert client.send(posted(refiner, id)).answer().status == 202
    with line(server.url) as another:
        assert another.send(posted(refiner, "e")).answer().status == 202
    assert straight == [orjson.dumps({"id": id}) for id in "bce"]


@pytest.mark.parametrize(
    "headers", [{"Connection": "close"}, {"Expect": "100-continue"}, {"Connection": "Upgrade", "Upgrade": "h2c"},
                {"X-Long": "x" * LONGEST_HEAD}],
)  # fmt: skip
def test_what_is_not_plain_takes_the_ordinary_way(
    server: MockServer, refiner: RemoteEnvironment, straight: list[bytes], headers: dict[str, str]
) -> None:
    for _ in range(2):
        with line(server.url) as client:
            assert client.send(posted(refiner, "a", headers)).answer().status in (100, 202)
    for method, version in (("HEAD", "1.1"), ("GET", "1.0")):
        for _ in range(2):
            with line(server.url) as client:
                asked = request(method, "/v1/contacts", refiner.api_key, version=version)
                assert client.send(asked).answer(head=method == "HEAD").status == 200
    assert straight == []


def test_a_body_in_many_pieces_is_put_together(
    server: MockServer, refiner: RemoteEnvironment, straight: list[bytes]
) -> None:
    body = orjson.dumps({"id": "u-1", "bio": "x" * 300})
    whole = request("POST", "/v1/identify-user", refiner.api_key, body)
    with line(server.url) as client:
        assert client.send(whole).answer().status == 202
        for _ in range(2):
            client.send(whole[: -len(body)])
            for place in range(len(body)):
                client.send(body[place : place + 1])
            assert client.answer().status == 202
    assert straight == [body, body]


def test_an_armed_fault_strikes_what_came_before(
    server: MockServer, refiner: RemoteEnvironment, straight: list[bytes]
) -> None:
    with line(server.url) as client:
        for _ in range(2):
            assert client.send(posted(refiner, "a")).answer().status == 202
        refiner.fault("status", status=503)
        assert client.send(posted(refiner, "a")).answer().status == 503
        assert client.send(posted(refiner, "a")).answer().status == 202
    assert len(straight) == 2


def test_calls_that_come_one_upon_the_other_are_answered_in_their_order(
    server: MockServer, refiner: RemoteEnvironment, straight: list[bytes]
) -> None:
    with line(server.url) as client:
        for _ in range(2):
            assert client.send(posted(refiner, "a")).answer().status == 202
        client.send(posted(refiner, "a") + request("GET", "/v1/contact?id=a", refiner.api_key) + posted(refiner, "b"))
        assert [client.answer().status for _ in range(3)] == [202, 200, 202]
    assert len(straight) == 1


def test_a_deleted_environment_is_gone_on_the_straight_path_too(server: MockServer, straight: list[bytes]) -> None:
    refiner = server.create_environment()
    with line(server.url) as client:
        assert [client.send(posted(refiner, "a")).answer().status for _ in range(3)] == [202] * 3
        refiner.delete()
        assert client.send(posted(refiner, "a")).answer().status == 404
    assert len(straight) == 3


def test_a_changed_dialect_counts_for_what_came_before(server: MockServer, straight: list[bytes]) -> None:
    refiner = server.create_environment()
    missing = request("GET", "/v1/contact?id=nobody&page=x", refiner.api_key)
    with line(server.url) as client:
        assert [client.send(missing).answer().status for _ in range(2)] == [404, 404]
        refiner.configure(dialect={"missing-object": "invalid"})
        assert client.send(missing).answer().status in (400, 422)
    assert len(straight) == 2


def test_a_bug_in_what_follows_a_call_takes_neither_its_answer_nor_the_connection(
    server: MockServer,
    refiner: RemoteEnvironment,
    straight: list[bytes],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    members = [{"id": id, "segment_uuid": refiner.create_segment("Beta")["uuid"]} for id in "abc"]
    calls = [request("POST", "/v1/sync-segment", refiner.api_key, orjson.dumps(member)) for member in members]
    monkeypatch.setattr(server.rooms.journal, "listeners", [broken])
    monkeypatch.setattr(server.rooms.engine, "take_listeners", [broken])
    with line(server.url) as client:
        assert [client.send(call).answer().status for call in calls] == [200, 200, 200]
        # What follows an answer is over when the next one has come.
        assert client.send(request("GET", "/v1/account", refiner.api_key)).answer().status == 200
    assert len(straight) == 2
    assert sum(record.levelname == "ERROR" for record in caplog.records) == 7
    caplog.clear()


def test_so_many_heads_are_remembered_and_no_more(server: MockServer, refiner: RemoteEnvironment) -> None:
    with line(server.url) as client:
        for number in range(MOST_HEADS + 10):
            client.send(request("GET", f"/v1/contact?id={number}", refiner.api_key)).answer()
    kept = server._server.config.app.state.heads  # type: ignore[union-attr] # noqa: SLF001 - seen nowhere else
    assert 0 < len(kept) <= MOST_HEADS
