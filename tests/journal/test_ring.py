"""The ring of entries and the ASGI layer that keeps it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable, Iterator, MutableMapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_server.contract.exchange import Answer, Head, Request
from mock_server.contract.sequence.step import Peer
from mock_server.journal import Entry, Exchange, Journal, JournalLayer
from mock_server.journal.ring import ENTRY_OVERHEAD, VIOLATION_COST
from mock_server.settings import Settings
from mock_server.state.environment import Environment
from mock_server.state.environments import Environments


def request(body: bytes = b"") -> Request:
    return Request("POST", "/track-event", {}, {}, {}, raw_body=body)


def keep(journal: Journal, environment: Environment | None = None, body: bytes = b"") -> str:
    exchange = Exchange(journal.next_id(), "/v1/track-event", request(body), environment)
    return journal.close(exchange, Answer(202, b'{"message":"ok"}')).id


@pytest.fixture
def environments() -> Environments:
    return Environments(Settings())


def test_an_entry_can_be_found_by_its_id() -> None:
    journal = Journal(Settings())

    kept = keep(journal, body=b"{}")

    entry = journal.get(kept)
    assert entry is not None
    assert (entry.status, entry.body, entry.answer, entry.environment) == (202, b"{}", b'{"message":"ok"}', None)
    assert journal.get("req-nobody") is None


def test_the_ring_is_bounded_by_entries_and_counts_what_fell_out() -> None:
    journal = Journal(Settings(journal_entries=3))

    ids = [keep(journal) for _ in range(5)]

    assert [entry.id for entry in journal.entries()] == ids[2:]
    assert journal.dropped() == 2
    assert journal.get(ids[0]) is None


def test_a_long_answer_that_comes_again_is_kept_once_and_a_changed_one_is_kept_as_it_is() -> None:
    journal, exchange = Journal(Settings()), Exchange("r", "/v1/contacts", request(), None)

    kept = [journal.close(exchange, Answer(200, text * 2_000)).answer for text in (b"a", b"a", b"b", b"a")]

    assert kept == [b"a" * 2_000, b"a" * 2_000, b"b" * 2_000, b"a" * 2_000]
    assert kept[0] is kept[1]


def test_the_ring_is_bounded_by_bytes() -> None:
    cost = ENTRY_OVERHEAD + len("/v1/track-event") + 100 + len('{"message":"ok"}')
    journal = Journal(Settings(journal_bytes=4 * cost))

    for _ in range(10):
        keep(journal, body=b"x" * 100)

    assert len(list(journal.entries())) == 4
    assert journal.dropped() == 6


def broken(count: int) -> tuple[dict[str, Any], ...]:
    """Return violations, as far as a journal cares."""
    return tuple({"code": "advice", "severity": "note", "message": "m"} for _ in range(count))


def test_violations_paths_and_keys_count_as_well() -> None:
    """Design rule 8: whatever a client sends, memory is bounded."""

    def cost(path: str, authorization: str | None, violations: int) -> int:
        exchange = Exchange("r", path, Request("GET", path, {}, {}, {}, authorization=authorization), None)
        exchange.violations = broken(violations)
        return Journal(Settings()).close(exchange, Answer(200, b"{}")).cost

    least = cost("/v1", None, 0)
    assert cost("/v1" + "x" * 1_000, "k" * 500, 0) == least + 1_500
    assert cost("/v1", None, 2) == least + 2 * VIOLATION_COST


def test_violations_that_fell_out_are_counted(environments: Environments) -> None:
    journal = Journal(Settings(journal_entries=2))
    for name in ("one", "two"):
        environment = environments.create(name)
        for _ in range(2):
            exchange = Exchange(journal.next_id(), "/v1/x", request(), environment)
            exchange.violations = broken(3)
            journal.close(exchange, Answer(400, b"{}"))

    assert (journal.dropped_violations("one"), journal.dropped_violations("two")) == (6, 0)
    assert journal.dropped_violations() == 6
    journal.forget("one")
    assert journal.dropped_violations("one") == 0


def test_reading_on_takes_as_long_as_there_is_something_new(environments: Environments) -> None:
    """However full the journal is, only what is new is looked at, and one entry before it."""
    environment = environments.create("one")
    journal = Journal(Settings())
    for _ in range(50):
        keep(journal, environment)
    looked: list[int] = []

    class View(deque[Entry]):
        def __iter__(self) -> Iterator[Entry]:
            return self.watched(super().__iter__())

        def __reversed__(self) -> Iterator[Entry]:
            return self.watched(super().__reversed__())

        def watched(self, entries: Iterator[Entry]) -> Iterator[Entry]:
            for entry in entries:
                looked.append(entry.seq)
                yield entry

    journal._views["one"] = View(deque(journal._views["one"]))  # noqa: SLF001 - to see what it looks at

    assert [entry.seq for entry in journal.entries("one", since=48)] == [49, 50]
    assert looked == [50, 49, 48]


def test_what_refiner_mock_itself_failed_on_is_marked(environments: Environments) -> None:
    """Issue "Verdicts", 5: reported as such, never to the client's account."""
    journal = Journal(Settings())
    exchange = Exchange("r", "/v1/x", request(), environments.create("one"))
    exchange.failed = True

    assert journal.close(exchange, Answer(500, b"{}")).fault == "refiner-mock"


def test_long_bodies_are_cut_and_their_size_is_told() -> None:
    journal = Journal(Settings(journal_body=10))

    entry = journal.get(keep(journal, body=b"x" * 50))

    assert entry is not None
    assert (len(entry.body), entry.body_size) == (10, 50)


@given(st.lists(st.sampled_from(["one", "two", None]), max_size=30), st.integers(1, 10))
def test_each_environment_sees_its_own_entries_in_order(owners: list[str | None], most: int) -> None:
    environments = Environments(Settings())
    known = {name: environments.create(name) for name in ("one", "two")}
    journal = Journal(Settings(journal_entries=most))

    ids = [(owner, keep(journal, known[owner] if owner else None)) for owner in owners]

    kept = ids[-most:]
    assert [entry.id for entry in journal.entries()] == [id for _, id in kept]
    for name in known:
        assert [entry.id for entry in journal.entries(name)] == [id for owner, id in kept if owner == name]
        assert journal.dropped(name) == sum(owner == name for owner, _ in ids[: -most or None][: len(ids) - len(kept)])


def test_since_is_exclusive(environments: Environments) -> None:
    journal, environment = Journal(Settings()), environments.create("one")
    first, second = keep(journal, environment), keep(journal, environment)
    seen = journal.get(first)
    assert seen is not None

    assert [entry.id for entry in journal.entries("one", since=seen.seq)] == [second]


def test_emptying_one_environment_leaves_the_others(environments: Environments) -> None:
    one, two = environments.create("one"), environments.create("two")
    journal = Journal(Settings(journal_entries=4))
    keep(journal, one)
    other = keep(journal, two)

    journal.empty("one")
    later = keep(journal, one)
    fill = [keep(journal, two) for _ in range(3)]

    assert [entry.id for entry in journal.entries()] == [later, *fill]
    assert [entry.id for entry in journal.entries("two")] == fill
    assert journal.get(other) is None
    assert (journal.dropped("one"), journal.dropped("two")) == (0, 1)


def test_a_frozen_clock_leaves_no_trace_of_real_time(environments: Environments) -> None:
    """Design 4.5: on a frozen clock the same calls give the same journal."""
    environment = environments.create("one")
    environment.clock.freeze(1_700_000_000_000_000)
    journal = Journal(Settings())

    entry = journal.get(keep(journal, environment))

    assert entry is not None
    assert (entry.at, entry.duration_us) == (1_700_000_000_000_000, 0)


def test_waiting_ends_with_the_next_entry_and_with_the_server() -> None:
    async def story() -> tuple[bool, bool, bool]:
        journal = Journal(Settings())
        waiting = asyncio.create_task(journal.arrival(5))
        await asyncio.sleep(0)
        keep(journal)
        arrived = await waiting
        timed_out = await journal.arrival(0.001)
        waiting = asyncio.create_task(journal.arrival(5))
        await asyncio.sleep(0)
        journal.stop_waiting()
        return arrived, timed_out, await waiting

    assert asyncio.run(story()) == (True, False, False)


class Echo:
    """A mirror that answers with the size of the body."""

    def head(self, method: str, path: str, query: bytes, headers: Iterable[tuple[bytes, bytes]]) -> Head:
        return Head(path, tuple(headers), b"", Request(method, path, {}, {}, {}, raw_query=query))

    def open(self, id: str, head: Head, body: bytes | None, _peer: Peer | None) -> Exchange:
        exchange = Exchange(id, head.path, request(body or b""), None)
        exchange.too_large = body is None
        return exchange

    def answer(self, exchange: Exchange) -> Answer:
        return Answer(413 if exchange.too_large else 200, b"%d" % len(exchange.request.raw_body))


def drive(path: str, messages: list[dict[str, Any]]) -> tuple[list[MutableMapping[str, Any]], Journal, list[str]]:
    """Send one request through the layer; return what it sent, its journal, and what happened beside it."""
    journal, sent, beside = Journal(Settings()), list[MutableMapping[str, Any]](), list[str]()

    async def receive() -> MutableMapping[str, Any]:
        return messages.pop(0)

    async def send(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            beside.append(f"kept {len(list(journal.entries()))} when the headers went out")
        sent.append(message)

    async def inner(*_: object) -> None:
        beside.append("inner app")

    layer = JournalLayer(
        inner, journal=journal, mirror=Echo(), after=lambda exchange: beside.append(f"after {exchange.id}"), max_body=8
    )
    scope = {"type": "http", "path": path, "method": "POST", "query_string": b"", "headers": list[Any]()}
    asyncio.run(layer(scope, receive, send))
    return sent, journal, beside


def body(chunk: bytes, more: bool = False) -> dict[str, Any]:
    return {"type": "http.request", "body": chunk, "more_body": more}


def test_an_entry_can_be_read_as_soon_as_the_headers_are_out() -> None:
    sent, journal, beside = drive("/v1/track-event", [body(b"1234", more=True), body(b"56")])

    assert beside == ["kept 1 when the headers went out", "after req-000001"]
    assert sent[1]["body"] == b"6"
    headers = dict(sent[0]["headers"])
    assert headers[b"refiner-mock-request-id"] == b"req-000001"
    assert headers[b"refiner-mock-violations"] == b"0"
    assert journal.get("req-000001") is not None


@pytest.mark.parametrize("chunks", [[body(b"123456789")], [body(b"12345", more=True), body(b"6789", more=True)]])
def test_a_body_over_the_bound_is_not_read_on(chunks: list[dict[str, Any]]) -> None:
    sent, _, _ = drive("/v1/track-event", chunks)

    assert sent[0]["status"] == 413


def test_a_client_that_goes_away_leaves_no_entry() -> None:
    sent, journal, _ = drive("/v1/track-event", [body(b"12", more=True), {"type": "http.disconnect"}])

    assert sent == []
    assert list(journal.entries()) == []


def test_control_api_and_page_pass_through_untouched() -> None:
    sent, journal, beside = drive("/_mock/api/health", [body(b"")])

    assert (sent, beside) == ([], ["inner app"])
    assert list(journal.entries()) == []
