"""Has every exchange judged: by itself before it is answered, as one of a sequence afterwards."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, cast

import orjson

from mock_server.api.tally import Tally
from mock_server.contract.exchange import Answer
from mock_server.contract.sequence import Page, Step
from mock_server.contract.verdict import is_clean, judge
from mock_server.contract.violation import Finding, record
from mock_server.errors import Invalid, LimitReached, NotFound, TooLarge
from mock_server.faults import Strike
from mock_server.journal import Exchange
from mock_server.state.environment import Environment
from mock_server.state.environments import Environments
from mock_server.state.records import Micros
from mock_server.webhooks.delivery import DeliveryEngine
from mock_server.webhooks.log import Attempt, Delivery

if TYPE_CHECKING:
    from mock_server.contract.sequence.watch import Watch

__all__ = ["Judge"]

RAISING = False
"""Whether a bug of the judge's breaks the call that it judged. Tests want that, users never do."""

_WAITABLE = (429, 503)
_REFUSALS = (400, 413, 422)

_log = logging.getLogger(__name__)


class Judge:
    """Writes violations into exchanges and keeps count of them. Only the server's event loop touches it."""

    def __init__(self, environments: Environments, engine: DeliveryEngine, *, checks_answers: bool = False) -> None:
        """`checks_answers` has every answer of ours judged, too: what is wrong with one is logged and counted."""
        self._environments = environments
        self._checks_answers = checks_answers
        self._nobody = Tally()
        engine.listeners.append(self._delivered)

    def before(self, exchange: Exchange) -> None:
        """Judge an exchange by itself, before anything of it was done."""
        try:
            self._judge_alone(exchange)
        except Exception:  # no bug of the judge's may break the call that it judges
            if RAISING:
                raise
            _excuse(exchange)

    def after(self, exchange: Exchange, answer: Answer) -> None:
        """Judge an exchange as one of a sequence, now that its answer is known, and count it."""
        environment = exchange.environment
        try:
            if environment is None:
                self._nobody.count(exchange, answer.status)
                return
            file = self._file(environment)
            step = _seen(exchange, answer)
            if step is not None and (findings := file.watch.see(step)):
                # A watch holds nothing against anybody that a fault explains, so nothing of this is injected.
                _bind(exchange, findings, injected=False)
            if answer.status >= 400 and not exchange.violations:
                self._explain(exchange, answer)
            if self._checks_answers:
                _check(exchange, answer)
            file.tally.count(exchange, answer.status)
        except Exception:
            if RAISING:
                raise
            _excuse(exchange)

    def closing(self, environment: Environment) -> list[dict[str, Any]]:
        """Return the violations there are if nothing follows any more; asking changes nothing."""
        return _ended(self._file(environment).watch)

    def verdict(self, environment: Environment | None) -> dict[str, Any]:
        """Return what the traffic of an environment came to, or (None) the requests that belong to none."""
        tally = self._nobody if environment is None else self._file(environment).tally
        return tally.told()

    def forget(self, environment: Environment | None) -> None:
        """Begin anew with an environment, or (None) with the requests that belong to none."""
        if environment is None:
            self._nobody = Tally()
        else:
            environment.beside.pop(Judge, None)

    def _judge_alone(self, exchange: Exchange) -> None:
        environment, manners = exchange.environment, exchange.manners
        # An environment is what the judge calls a `World`.
        look = manners.contract, exchange.called, exchange.request, exchange.coerced, environment
        if exchange.refusal is None and is_clean(*look):
            return  # nearly always
        findings = judge(
            *look,
            exchange.at,
            refused=exchange.refusal is not None,
            mirrored=exchange.mirrored,
            whole_last_day=manners.whole_last_day,
            headers=exchange.headers,
            is_key=self._is_key,
            nowhere=exchange.path.split("/")[2] if environment is None and exchange.path.startswith("/e/") else None,
        )
        if findings:
            _bind(exchange, findings, injected=exchange.disturbance is not None)

    def _explain(self, exchange: Exchange, answer: Answer) -> None:
        """Say why a call was refused in which nothing was found; an honest one asks too often, or for what is gone."""
        reason, problem = exchange.declined, exchange.request.problem
        if exchange.disturbance is not None or answer.status not in _REFUSALS or isinstance(reason, NotFound):
            return
        from mock_server.contract.verdict.refusals import refused  # what clean calls never need

        name = reason.name if isinstance(reason, Invalid) else ""
        sentence = str(reason or orjson.loads(answer.body).popitem()[1])
        bound = exchange.too_large or isinstance(reason, TooLarge | LimitReached) or "(max_" in (problem or "")
        finding = refused(exchange.called, exchange.request, name, sentence, bound=bound, is_key=self._is_key)
        _bind(exchange, [finding], injected=False)

    def _delivered(self, environment: Environment, delivery: Delivery, _attempt: Attempt) -> None:
        """Count a delivery that has just arrived (a listener of the delivery engine)."""
        if delivery.status == "delivered":
            self._file(environment).tally.webhooks[delivery.event] += 1

    def _file(self, environment: Environment) -> _File:
        file: _File | None = environment.beside.get(Judge)
        if file is None:
            file = environment.beside[Judge] = _File(environment)
        if file.generation != environment.generation:
            # Another world, of which the one before says nothing: that has ended, and what it came to still counts.
            file.tally.blame(_ended(file.watch))
            file.generation, file.watch = environment.generation, _watch()
        return file

    def _is_key(self, uuid: str) -> bool:
        """Tell whether a UUID is the key of an environment, in whatever case it is written."""
        return any(self._environments.by_key(spelt) is not None for spelt in (uuid, uuid.lower(), uuid.upper()))


class _File:
    """What the judge keeps of one environment."""

    __slots__ = ("generation", "tally", "watch")

    def __init__(self, environment: Environment) -> None:
        self.generation = environment.generation
        self.tally = Tally()
        self.watch = _watch()


def _watch() -> Watch:
    from mock_server.contract.sequence.watch import Watch  # with the first call: a server is up 10 ms of CPU earlier

    return Watch()


def _ended(watch: Watch) -> list[dict[str, Any]]:
    """Return the violations there are if nothing follows any more in what was watched."""
    return [
        record(finding, id=f"{request}.end", request=request, operation=finding.operation, injected=False)
        for request, finding in watch.closing()
    ]


def _bind(exchange: Exchange, findings: Iterable[Finding], *, injected: bool) -> None:
    """Write findings into an exchange as violations, numbered after those it has."""
    bound = list(exchange.violations)
    for finding in findings:
        id = f"{exchange.id}.{len(bound) + 1}"
        bound.append(record(finding, id=id, request=exchange.id, operation=exchange.operation, injected=injected))
    exchange.violations = tuple(bound)


def _seen(exchange: Exchange, answer: Answer) -> Step | None:
    """Return an exchange as a sequence is judged by it; None where it proves nothing about any operation."""
    operation, coerced, strike = exchange.called, exchange.coerced, exchange.disturbance
    if operation is None or coerced is None or exchange.refusal is not None or operation.mock_only:
        return None
    now = time.perf_counter_ns()
    kind, whole, done = None, cast("int | None", now), True
    if isinstance(strike, Strike):
        kind, whole, done = strike.kind, _whole_at(strike, now), not strike.in_place
    return Step(
        exchange.id,
        operation,
        coerced.values,
        coerced.extra,
        answer.status,
        exchange.at,
        exchange.started,
        whole,
        exchange.peer,
        _page_of(exchange.told),
        _asked(answer, exchange.at) if answer.status in _WAITABLE else None,
        kind,
        done,
        exchange.request.parameters.keys(),
    )


def _page_of(told: object) -> Page | None:
    """Return what a list answer says of itself, None for any other answer."""
    pagination: Any = told.get("pagination") if isinstance(told, dict) else None
    if pagination is None:
        return None
    return Page(
        pagination["current_page"],
        pagination["last_page"],
        pagination["page_length"],
        pagination["items_count"],
        pagination.get("next_page_cursor"),
        "next_page_cursor" in pagination,
    )


def _whole_at(strike: Strike, now: int) -> int | None:
    """Return when the client has its whole answer in spite of a fault, in nanoseconds; None for never."""
    if strike.status is not None:
        return now
    return now + int(strike.seconds * 1_000_000_000) if strike.seconds else None


def _asked(answer: Answer, now: Micros) -> int | None:
    """Return the seconds that an answer asks to wait, in whichever form it does, None where it does not."""
    for name, value in answer.headers:
        if name == b"retry-after":
            text = value.decode()
            # A date was rounded up to a whole second when it was written.
            return int(text) if text.isdigit() else int(parsedate_to_datetime(text).timestamp() - now / 1_000_000)
    return None


def _check(exchange: Exchange, answer: Answer) -> None:
    """Hold an answer of ours to the contract in force; what is wrong with it is no client's fault."""
    operation = exchange.called
    if operation is None or exchange.disturbance is not None:
        return
    contract = exchange.manners.contract
    pointer = contract.answer_pointer(operation, answer.status)
    if pointer is None or not contract.validator(pointer).is_valid(orjson.loads(answer.body)):
        exchange.failed = True
        _log.error("refiner-mock answered %s in a way its contract does not know: %s", exchange.id, answer.status)


def _excuse(exchange: Exchange) -> None:
    """Let a call go on that the judge has failed on, while its exception is at hand."""
    exchange.failed = True
    _log.exception("refiner-mock failed to judge %s %s", exchange.request.method, exchange.path)
