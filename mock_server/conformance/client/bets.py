"""Bets: what a client takes for granted on points on which nobody knows how Refiner behaves.

It does everyday calls once. What it sent then is sent again under every choice of every switch, and where an answer is
another one the client itself does the call again, under that choice. Who is right under some choices only bets on them.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import orjson

from mock_server.conformance.adapters.base import Adapter, AdapterFailed
from mock_server.conformance.client.echoes import Answers, echoes
from mock_server.conformance.client.everyday import CROWD, Call, crowded, everyday, populated
from mock_server.conformance.client.observing import Observation
from mock_server.conformance.client.reference import lists
from mock_server.conformance.client.truth import amiss
from mock_server.conformance.client.world import World
from mock_server.conformance.curl import curl_of_exchange
from mock_server.conformance.plain import harmless
from mock_server.conformance.protocol import Request
from mock_server.conformance.protocol import operations as protocol_operations
from mock_server.conformance.report import Check
from mock_server.contract.dialects import Dialect, dialects
from mock_server.contract.document import load
from mock_server.frozen import frozen
from mock_server.remote import Remote

__all__ = ["checks", "listed"]

_MOST_FAILURES = 2
"""Times that an adapter may fail: then nothing more is asked of it."""
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_CURSOR = re.compile(r'"next_page_cursor": ?("[^"]*"|null)')


def listed() -> list[Check]:
    """Return a check for each switch on which a client could bet, of which nothing is known yet."""
    return [_unknown(dialect) for dialect in _doubts()]


def checks(
    adapter: Adapter,
    server: Remote,
    operations: Collection[str],
    *,
    until: float,
    switches: Collection[str] | None = None,
) -> Iterator[Check]:
    """Yield one check for each switch that this client can notice, a failed one where it bets.

    Args:
        adapter: the client; nobody else uses it meanwhile.
        server: where the worlds are made.
        operations: the operationIds that the adapter offers.
        until: when to stop, on the monotonic clock.
        switches: only these.
    """
    wanted = [dialect for dialect in _doubts() if switches is None or dialect.id in switches]
    if not wanted:
        return
    client = _Client(adapter, until)
    with World(server, populated()) as few, World(server, crowded(CROWD)) as crowd:
        there = few.known()
        rounds = (
            _Round(client, few, [call for call in everyday(there) if call[0] in operations], _whole),
            _Round(client, crowd, [(operation, {}) for operation in _paged() if operation in operations], _pages),
        )
        for each in rounds:
            each.begin()
        for dialect in wanted:
            began = time.monotonic()
            tried = [tries for each in rounds for tries in each.under(dialect)]
            if tried or client.over:
                yield replace(_judged(dialect, tried, client.over), seconds=time.monotonic() - began)


@frozen
class _Try:
    """A call of the client under a choice."""

    call: Call
    choice: str
    wrong: str | None = None
    """What was wrong with it, in one line; None where nothing was."""
    curl: str | None = None
    seen: Observation | None = None


@dataclass(slots=True)
class _Client:
    """The client, as far as it can still be asked."""

    adapter: Adapter
    until: float
    failures: int = 0

    @property
    def over(self) -> str | None:
        """Why nothing more is asked of it; None where there is no reason."""
        if self.failures >= _MOST_FAILURES:
            return f"The adapter failed {self.failures} times before."
        return "There was no time left for it." if time.monotonic() > self.until else None

    def tried(self, world: World, call: Call, dialect: Mapping[str, str]) -> _Try | None:
        """Return how a call goes in a world as it was at first; what fails, fails twice. None where it is over."""
        found: _Try | None = None
        while not self.over:
            again = found is not None
            found = self._once(world, call, dialect)
            if again or found.wrong is None:
                break
        return found

    def _once(self, world: World, call: Call, dialect: Mapping[str, str]) -> _Try:
        named, choice = next(iter(dialect.items()), ("", ""))
        world.renew()
        if dialect:
            world.refiner.configure(dialect=dict(dialect))
        try:
            seen = world.call(self.adapter, *call, case=f"dialect-{named}" if named else "")
        except AdapterFailed as failure:
            self.failures += 1
            return _Try(call, choice, failure.detail)
        wrong = next((wrong for wrong in amiss(seen) if wrong.level == "MUST"), None)
        if wrong is None:
            return _Try(call, choice, seen=seen)
        sent = wrong.sent or (seen.sent[-1] if seen.sent else None)
        return _Try(call, choice, wrong.what, None if sent is None else curl_of_exchange(sent.entry), seen)


@dataclass(slots=True)
class _Round:
    """The calls of one world."""

    client: _Client
    world: World
    calls: Sequence[Call]
    looked_at: Callable[[Answers], object]
    """What of an answer matters here."""
    plain: list[_Try] = field(default_factory=list)
    """How those that the client can do went by default."""
    answers: Sequence[object] = ()
    """What was answered to each when it was sent again by default."""

    def begin(self) -> None:
        """Do all calls by default."""
        for call in self.calls:
            tried = self.client.tried(self.world, call, {})
            if tried is not None and tried.seen is not None and tried.seen.outcome.outcome != "unsupported":
                self.plain.append(tried)
        self.answers = self._echoed({})

    def under(self, dialect: Dialect) -> Iterator[list[_Try]]:
        """Yield the tries of each call that notices the dialect, under all choices; of an operation one will do."""
        found: dict[str, list[_Try]] = {}
        for choice in dialect.choices:
            if choice == dialect.default or self.client.over:
                continue
            answers = self._echoed({dialect.id: choice})
            noticed = [one for one, was, now in zip(self.plain, self.answers, answers, strict=True) if was != now]
            for plain in {one.call[0]: one for one in reversed(noticed)}.values():
                tried = self.client.tried(self.world, plain.call, {dialect.id: choice})
                if tried is not None:
                    tries = found.setdefault(json.dumps(plain.call), [replace(plain, choice=dialect.default)])
                    tries.append(tried)
        yield from found.values()

    def _echoed(self, dialect: Mapping[str, str]) -> Sequence[object]:
        """Return what is answered under a dialect to what the client sent by default."""
        seen = [one.seen for one in self.plain if one.seen is not None]
        if not seen:
            return ()
        known = {*_UUID.findall(orjson.dumps(seen[0].before).decode())}
        sent = [([one.entry for one in each.sent], f"{each.request.api_key[:4]}…") for each in seen]
        self.world.renew()
        if dialect:
            self.world.refiner.configure(dialect=dict(dialect))
        return [*map(self.looked_at, echoes(self.world.refiner, sent, known))]


def _whole(answers: Answers) -> object:
    return answers


def _pages(answers: Answers) -> object:
    """Return what is on which page, and the cursors."""
    return [(status, _UUID.findall(body), _CURSOR.findall(body)) for status, _, body in answers]


def _paged() -> list[str]:
    """Return the operations that list everything there is when they are asked nothing."""
    return [
        operation
        for operation in protocol_operations()
        if lists(operation) and not load().operations[operation].required
    ]


def _doubts() -> list[Dialect]:
    """Return the switches on which a client can be right under every choice: on the others it has to bet."""
    return [dialect for dialect in dialects().values() if dialect.safe]


def _unknown(dialect: Dialect) -> Check:
    evidence = dialect.choices[dialect.default].evidence
    return Check(
        id=f"dialect-{dialect.id}",
        title=f"Right under every choice of {dialect.id}. {dialect.about}",
        kind="case",
        outcome="skipped",
        level="SHOULD",
        evidence=evidence,
    )


def _judged(dialect: Dialect, tried: Sequence[Sequence[_Try]], over: str | None) -> Check:
    """Return the check of a switch that was noticed, or for which it was `over`."""
    check = replace(_unknown(dialect), count=sum(map(len, tried)))
    bets = [tries for tries in tried if {one.wrong is None for one in tries} == {True, False}]
    if bets:
        curl = next(one.curl for one in bets[0] if one.wrong is not None)
        return replace(check, outcome="failed", detail=_told(dialect, bets), curl=curl)
    if over is not None:
        return replace(check, detail=over)
    if any(one.wrong is None for tries in tried for one in tries):
        return replace(check, outcome="passed")
    return replace(check, detail="What shows it goes wrong under every choice; the cases say why.")


def _told(dialect: Dialect, bets: Sequence[Sequence[_Try]]) -> str:
    """Return what a client bets on, what happens otherwise, and what to do."""
    wrong = [one for one in bets[0] if one.wrong is not None]
    works, fails = (
        " and ".join(f"{dialect.id}={one.choice} ({dialect.choices[one.choice].evidence})" for one in tries)
        for tries in ([one for one in bets[0] if one.wrong is None], wrong)
    )
    operation, args = wrong[0].call
    line = Request(f"dialect-{dialect.id}", operation, args, "$REFINER_BASE_URL", "$REFINER_API_KEY").line()
    others = sorted({each[0].call[0] for each in bets} - {operation})
    lines = [
        f"It bets on {works}; it goes wrong under {fails}.",
        f"{dialect.about} {dialect.why} Sources: {', '.join(dialect.source)}.",
        f"Under {dialect.id}={wrong[0].choice}: {harmless(str(wrong[0].wrong), 600)}",
        f"The call: {line}",
        *([f"The same with {', '.join(others)}."] if others else []),
        f"To be safe: {dialect.safe}",
    ]
    return "\n".join(lines)
