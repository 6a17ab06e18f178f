"""The world of a client under test: an environment of its own, and at each call a twin of it for the honest client."""

from __future__ import annotations

import threading
import time
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import field, replace
from typing import Any, Literal, Self

from mock_server.conformance.adapters.base import Adapter
from mock_server.conformance.client.observing import Observation, Snapshot
from mock_server.conformance.client.reference import Reference, lists, unasked
from mock_server.conformance.client.seeded import Seeded, planted
from mock_server.conformance.client.wire import Sent, exchanges, is_write
from mock_server.conformance.protocol import Outcome, Request
from mock_server.errors import RefinerMockError, ServerUnavailable, UsageError
from mock_server.frozen import frozen
from mock_server.remote import Remote, RemoteEnvironment

__all__ = ["KEYS", "Meanwhile", "World"]

KEYS: Mapping[str, str | None] = {
    "right": None,
    "unknown": "0b6f2a51-7c1e-4d38-9a40-5e2f8c6d7b19",
    "malformed": "this-is-no-key-of-refiner-at-all",
}
"""What a client is given as its key; None is the environment's own."""
_LATE = 0.5
"""Seconds by which an answer is held back so that something can happen meanwhile."""
_LONGEST = 30.0
_ON_ITS_WAY = 0.5
"""Seconds for which a call is waited for that was said to be done."""


@frozen
class Meanwhile:
    """What somebody else does in both worlds once the client's first request was answered."""

    call: str | None = None
    args: Mapping[str, Any] = field(default_factory=dict)
    times: int = 1
    faults: tuple[Mapping[str, Any], ...] = ()
    """Armed then, in the client's environment only."""


class World:
    """One world. A context manager: leaving it deletes its environments.

    Args:
        server: where it is made; a `Seeded` one has the seed planted only once.
        seed: what is there at first: see `seeds.seed_document`.
        dialect: choices for points of doubt, in both environments.
        rendering: how answers are dressed, in both environments.
        rate_limits: whether Refiner's own limits are in force.
        clock: `frozen` (at `seeded.START`), or `real` for whoever looks at how fast things happen.
    """

    def __init__(
        self,
        server: Remote,
        seed: str | Mapping[str, Any] = "empty",
        *,
        dialect: Mapping[str, str] | None = None,
        rendering: str | None = None,
        rate_limits: bool = False,
        clock: Literal["frozen", "real"] = "frozen",
    ) -> None:
        self._real = clock == "real"
        self._origin: Snapshot | None = None
        if isinstance(server, Seeded):
            self._start, self._origin = server.base(seed, real=self._real)
        else:
            self._start = planted(server, seed, real=self._real)
        self._shared = isinstance(server, Seeded)
        """Whether the environment that it starts from is that of others, too."""
        settings = {"dialect": dialect, "rendering": rendering, "rate_limits": rate_limits}
        if chosen := {name: choice for name, choice in settings.items() if choice}:
            self._own().configure(**chosen)
        self._refiner: RemoteEnvironment | None = None
        self._known = self._origin
        """What there was at first and what there is, as far as it has been asked for: that is what takes time."""
        self._seen = 0
        """How far the journal of the client's environment has been read."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.renew()
        if not self._shared:
            with suppress(ServerUnavailable, UsageError):
                self._start.delete()

    @property
    def refiner(self) -> RemoteEnvironment:
        """The environment of the client under test."""
        if self._refiner is None:
            self._refiner = self._start.fork()
        return self._refiner

    def renew(self) -> None:
        """Go back to how it was at first: the client's environment is a new one from now on, without faults."""
        refiner, self._refiner, self._seen, self._known = self._refiner, None, 0, self._origin
        if refiner is not None:
            with suppress(ServerUnavailable, UsageError):
                refiner.delete()

    def known(self) -> Snapshot:
        """Return what is there right now."""
        if self._known is None and self._refiner is None:
            self._origin = self._known = self._start.snapshot()
        elif self._known is None:
            self._known = self.refiner.snapshot()
        return self._known or {}

    def does(self, operation: str, args: Mapping[str, Any], *, times: int = 1) -> None:
        """Let somebody else do something before the client's first call; `renew` does not undo it.

        Raises:
            UsageError: when Refiner refuses it.
        """
        self.renew()
        honest = _honest(self._own())
        for _ in range(times):
            outcome = honest.does(operation, args)
            if outcome.outcome != "ok":
                raise UsageError(f"{operation} was refused before the case began: {outcome.message}")
        self._origin = self._known = None

    def call(
        self,
        adapter: Adapter,
        operation: str,
        args: Mapping[str, Any],
        *,
        case: str = "",
        key: str = "right",
        deadline_ms: int = 5_000,
        meanwhile: Meanwhile | None = None,
    ) -> Observation:
        """Let the client do an operation, and the honest client the same in a twin; return what is to be seen of it.

        Raises AdapterFailed when the client's adapter crashed, hung or talked nonsense.
        """
        before, refiner = self.known(), self.refiner
        own_key = KEYS[key] or refiner.api_key
        request = Request(case or operation, operation, args, refiner.base_url, own_key, deadline_ms)
        with refiner.fork() as twin:
            began, started = time.time(), time.monotonic()
            with _Meddler(refiner, operation, meanwhile) as meddler:
                outcome = adapter.run(request)
                seconds = time.monotonic() - started
            sent = self._sent(operation, outcome, meddler.requests)
            earlier, told = _told(Reference(twin.base_url, KEYS[key] or twin.api_key), request, sent, meddler, twin)
            after, should = self._states(twin, bool(meanwhile) or any(map(is_write, _called(operation, sent))))
            return Observation(
                request=request,
                outcome=outcome,
                seconds=seconds,
                sent=sent if _has_it_all(outcome, told) else _closed(refiner, sent, lists(operation)),
                told=told,
                asked=exchanges(twin.journal(whole=True)),
                before=before,
                after=after,
                should=should,
                since=began if self._real else None,
                earlier=earlier,
                faults=tuple(refiner.faults()) if self._real or meanwhile else (),
            )

    def _own(self) -> RemoteEnvironment:
        """Return the environment that it starts from, which may be changed."""
        if self._shared:
            self._start, self._shared = self._start.fork(), False
        return self._start

    def _states(self, twin: RemoteEnvironment, written: bool) -> tuple[Snapshot, Snapshot]:
        """Return what is there now and in the twin; where nobody has written anything that is what was there before."""
        if written:
            self._known = None
            return self.known(), twin.snapshot()
        refiner, known = self.refiner, self.known()
        named = ({"name": each.name, "project_uuid": each.project_uuid} for each in (refiner, twin))
        after, should = ({**known, "environment": names} for names in named)
        return after, should

    def _sent(self, operation: str, outcome: Outcome, others: Collection[str]) -> tuple[Sent, ...]:
        """Return what the client has sent since the last call; what it says it has done may still be on its way."""
        refiner = self.refiner
        entries = refiner.journal(since=self._seen, whole=True)
        if outcome.outcome == "ok" and not any(entry["operation"] == operation for entry in entries):
            refiner.journal(since=self._seen, operation=operation, wait=_ON_ITS_WAY)
            entries = refiner.journal(since=self._seen, whole=True)
        self._seen = max((entry["seq"] for entry in entries), default=self._seen)
        return exchanges(entry for entry in entries if entry["id"] not in others)


class _Meddler:
    """Does something in the client's environment once the first request of an operation has been read."""

    def __init__(self, refiner: RemoteEnvironment, operation: str, what: Meanwhile | None) -> None:
        self._refiner, self._operation, self._what = refiner, operation, what
        self._over = threading.Event()
        self._since = max((entry["seq"] for entry in refiner.journal()), default=0) if what else 0
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._failure: RefinerMockError | None = None
        self.requests: list[str] = []
        """The ids of what it sent, which is none of the client's."""

    def __enter__(self) -> Self:
        if self._what is not None:
            self._refiner.fault("delay", operation=self._operation, seconds=_LATE)
            self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        if self._what is not None:
            self._thread.join()

    @property
    def meddles(self) -> bool:
        """Whether there is anything to do."""
        return self._what is not None

    def repeat(self, twin: RemoteEnvironment) -> None:
        """Do the same in the twin. Raises what kept it from being done in the client's environment."""
        if self._failure is not None:
            raise self._failure
        self._act(_honest(twin))

    def _watch(self) -> None:
        end = time.monotonic() + _LONGEST
        try:
            while not self._over.is_set() and time.monotonic() < end:
                if self._refiner.journal(since=self._since, operation=self._operation, wait=0.25):
                    for fault in self._what.faults if self._what else ():
                        self._refiner.fault(**fault)
                    honest = _honest(self._refiner)
                    self._act(honest)
                    self.requests += honest.requests
                    return
        except RefinerMockError as failure:
            self._failure = failure

    def _act(self, honest: Reference) -> None:
        if self._what is not None and self._what.call is not None:
            for _ in range(self._what.times):
                outcome: Outcome = honest.does(self._what.call, self._what.args)
                if outcome.outcome != "ok":
                    raise UsageError(f"{self._what.call} was refused meanwhile: {outcome.message}")


def _told(
    honest: Reference, request: Request, sent: Iterable[Sent], meddler: _Meddler, twin: RemoteEnvironment
) -> tuple[Outcome | None, Outcome]:
    """Let the honest client do what was asked; return what it was told before what happened meanwhile, and last."""
    operation, args = request.operation, request.args
    also = unasked(operation, args, [one.parameters for one in sent if one.operation == operation])
    told = honest.does(operation, args, also=also)
    if not meddler.meddles:
        return None, told
    meddler.repeat(twin)
    return told, told if is_write(operation) else honest.does(operation, args, also=also)


def _called(operation: str, sent: Iterable[Sent]) -> list[str | None]:
    return [operation, *(one.operation for one in sent)]


def _honest(environment: RemoteEnvironment) -> Reference:
    return Reference(environment.base_url, environment.api_key)


def _has_it_all(outcome: Outcome, told: Outcome) -> bool:
    """Tell whether a client returned just what the honest one did: it left nothing unread then."""
    return outcome.outcome == "ok" and outcome.value is not None and outcome.value == told.value


def _closed(environment: RemoteEnvironment, sent: Iterable[Sent], reads_a_list: bool) -> tuple[Sent, ...]:
    """Return what was sent, with what is wrong only because nothing follows any more, such as a list not read."""
    sent = tuple(sent)
    if not (reads_a_list and sent):
        return sent
    late: dict[str, list[Mapping[str, Any]]] = {}
    for violation in environment.violations(closing=True):
        late.setdefault(violation["request"], []).append(violation)
    return tuple(replace(one, violations=tuple(late.get(one.id, ()))) for one in sent)
