"""The mirrored API as one synchronous function from request to answer, dispatched by the contract."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any

from mock_server.api.call import Call
from mock_server.api.dress import asked, dressed
from mock_server.api.faulted import in_place
from mock_server.api.handlers import handlers
from mock_server.api.heads import begun, note_of
from mock_server.api.judging import Judge
from mock_server.api.limits import Limits, person_of, user_of
from mock_server.api.manners import Manners
from mock_server.contract.coercion import coerce
from mock_server.contract.document import Contract, Operation
from mock_server.contract.exchange import Answer, Head, Request
from mock_server.contract.sequence.step import Peer
from mock_server.errors import LimitReached, RefusedByRefiner, UnknownEnvironment
from mock_server.faults import Faults, Strike
from mock_server.journal import Exchange
from mock_server.settings import Settings
from mock_server.state.environment import Environment
from mock_server.state.environments import Environments
from mock_server.webhooks.delivery import DeliveryEngine
from mock_server.wire import credentials, replies
from mock_server.wire.decoding import read_body

__all__ = ["Mirror"]

DEFAULT = "default"
"""The name of the environment that every server begins with."""

NOWHERE = "/nowhere"
"""The name of a world in which there is nothing; no other can have it."""

_log = logging.getLogger(__name__)


class Mirror:
    """Answers what Refiner would answer. Knows HTTP only as decoded requests and answers."""

    def __init__(
        self,
        settings: Settings,
        contract: Contract,
        environments: Environments,
        engine: DeliveryEngine,
        faults: Faults,
        judge: Judge,
    ) -> None:
        self._settings = settings
        self._faults = faults
        self._environments = environments
        self._engine = engine
        self._judge = judge
        self._bounds = {"max_nesting": settings.max_nesting, "max_parameters": settings.max_parameters}
        self._usual = Manners.under(settings.dialect)
        self._handlers = handlers(contract)

    def head(self, method: str, path: str, query: bytes, headers: Iterable[tuple[bytes, bytes]]) -> Head:
        """Return a request up to its body as `open` wants it; it may be used again wherever the same comes."""
        try:
            return begun(method, path, query, headers, **self._bounds)
        except Exception:  # noqa: BLE001 - see `_safely`
            _log.exception("refiner-mock failed to read %s %s", method, path)
            return Head(path, (), b"", Request(method, path, {}, {}, {}, query), failed=True)

    def open(self, id: str, head: Head, body: bytes | None, peer: Peer | None = None) -> Exchange:
        """Return a new exchange: the request decoded, its environment found by path, else by key."""
        if not head.failed:
            try:
                return self._open(id, head, body, peer)
            except Exception:  # noqa: BLE001 - see `_safely`
                _log.exception("refiner-mock failed to read %s %s", head.bare.method, head.path)
        request = Request(head.bare.method, head.path, {}, {}, {}, head.bare.raw_query, body or b"")
        exchange = Exchange(id, head.path, request, None)
        exchange.manners, exchange.failed = self._usual, True
        return exchange

    def _open(self, id: str, head: Head, body: bytes | None, peer: Peer | None) -> Exchange:
        name = head.name
        request = read_body(head, body, **self._bounds) if body else head.bare
        environment = None if name is None else self._by_name(name)
        # Which environment a key opens is not known before it is found, so without a name the server's dialect decides.
        manners = self._manners_of(environment)
        note = head.notes.get(manners.mark) or note_of(head, manners)
        credential = note.credential or credentials.find(request, parameter_first=manners.parameter_first)
        if name is None:
            environment = self._by_key(credential.key)
            if environment is not None and (own := self._manners_of(environment)) is not manners:
                manners = own
                note = head.notes.get(manners.mark) or note_of(head, manners)
        exchange = Exchange(id, head.path, request, environment)
        exchange.manners, exchange.headers, exchange.peer = manners, head.headers, peer
        if not head.mirrored:
            exchange.mirrored = False
        if environment is None or not credentials.same_key(credential.key, environment.api_key):
            exchange.refusal = self._refusal(manners, credential, environment, name)
        operation = note.operation
        if operation is not None:
            exchange.called, exchange.operation = operation, operation.id
            if body is not None and request.problem is None:
                exchange.coerced = coerce(manners.contract, operation, manners.read(request)) if body else note.bare
        if body is None:
            exchange.too_large = True
        return exchange

    def answer(self, exchange: Exchange) -> Answer:
        """Return the answer to an open exchange; every refusal has Refiner's shape and nothing is half done."""
        if exchange.failed:
            return _failure()
        strike = self._strike(exchange) if self._faults.armed else None
        self._judge.before(exchange)
        answer = self._safely(exchange, strike)
        self._judge.after(exchange, answer)
        return answer

    def _strike(self, exchange: Exchange) -> Strike | None:
        """Return the armed fault that spoils an exchange; a bug of ours there spoils nothing."""
        try:
            exchange.disturbance = strike = self._faults.strike(exchange.environment, exchange.operation)
        except Exception:  # noqa: BLE001 - see `_safely`
            exchange.failed = True
            _log.exception("refiner-mock failed to look for faults of %s", exchange.id)
            return None
        return strike

    def _safely(self, exchange: Exchange, strike: Strike | None) -> Answer:
        manners: Manners = exchange.manners
        try:
            if strike is not None and strike.in_place:
                return in_place(strike, exchange, self._done_nowhere)
            return self._answer(exchange, manners)
        except RefusedByRefiner as refusal:
            exchange.declined = refusal
            return manners.refuse(refusal)
        except LimitReached as limit:
            exchange.declined = limit
            return manners.tell(manners.invalid, str(limit))
        except Exception:  # noqa: BLE001 - one broken call must not take the connection with it
            exchange.failed = True
            _log.exception("refiner-mock failed on %s %s", exchange.request.method, exchange.path)
            return _failure()

    def _answer(self, exchange: Exchange, manners: Manners) -> Answer:
        request, environment, operation = exchange.request, exchange.environment, exchange.called
        if exchange.too_large:
            return manners.tell(413, f"The body is larger than {self._settings.max_body} bytes (max_body).")
        if operation is None:
            return self._no_such_call(exchange, manners)
        if exchange.refusal is not None:
            return exchange.refusal
        assert environment is not None, "a request without an environment is refused"
        if environment.rate_limits and (seconds := self._early(environment, manners, operation, request)):
            return manners.slow_down(seconds, environment.clock.now())
        if request.problem is not None:
            return manners.tell(manners.invalid, request.problem)
        coerced, contract = exchange.coerced, manners.contract
        assert coerced is not None, "what could be read was coerced"
        if coerced.problems:
            return manners.tell(manners.invalid, coerced.problems[0].message)
        if coerced.extra and manners.refuses_unknown and not operation.open:
            return manners.tell(manners.invalid, f"The {next(iter(coerced.extra))[:80]} field is not known here.")
        if exchange.violations and environment.posture == "strict" and (error := _worst(exchange)):
            return manners.tell(manners.invalid, error)
        rendering = environment.rendering
        exchange.told = self._done(exchange, environment)
        answer = replies.json_answer(operation.success, exchange.told)
        return answer if rendering == "plain" else dressed(answer, rendering, contract, operation)

    def _done(self, exchange: Exchange, environment: Environment) -> Any:
        """Have a call done in an environment, and return what it returns."""
        operation, coerced, rendering = exchange.called, exchange.coerced, environment.rendering
        assert operation is not None, "only what the contract knows is done"
        assert coerced is not None, "and only what could be read"
        manners: Manners = exchange.manners
        call = Call(
            environment,
            operation,
            coerced.values if rendering == "plain" else asked(coerced.values, rendering, operation),
            coerced.extra,
            manners.contract.path_parameters(operation, exchange.request.path) if "{" in operation.path else {},
            self._engine,
            manners,
        )
        return self._handlers[operation.id](call)

    def _done_nowhere(self, exchange: Exchange) -> Any:
        """Have a call done in a world in which there is nothing."""
        nowhere = Environment(NOWHERE, dialect=exchange.manners.dialect)
        try:
            return self._done(exchange, nowhere)
        finally:
            self._engine.forget(nowhere)

    def _no_such_call(self, exchange: Exchange, manners: Manners) -> Answer:
        """Return 404 or 405 in the style of Laravel (assumed, g3)."""
        request = exchange.request
        methods = manners.contract.methods(request.path) if exchange.mirrored else ()
        if not methods:
            # Without the prefix that is ours, and with the slash of the root, as Laravel names a path.
            route = (f"v1{request.path}" if exchange.mirrored else exchange.path).strip("/") or "/"
            return manners.tell(404, f"The route {route} could not be found.")
        allowed = ", ".join(methods)
        text = f"The {request.method} method is not supported for this route. Supported methods: {allowed}."
        answer = manners.tell(405, text)
        return Answer(answer.status, answer.body, (*answer.headers, (b"allow", allowed.encode())))

    def _by_name(self, name: str) -> Environment | None:
        try:
            return self._environments.get(name)
        except UnknownEnvironment:
            return None

    def _by_key(self, key: str | None) -> Environment | None:
        if key is None:
            return None
        found = self._environments.by_key(key)
        if found is None and self._settings.any_key:
            return self._by_name(DEFAULT)
        return found

    def _refusal(
        self,
        manners: Manners,
        credential: credentials.Credential,
        environment: Environment | None,
        name: str | None,
    ) -> Answer | None:
        """Return the answer to a key that is not the environment's (observed), None where any will do."""
        refusal = credentials.refusal(credential)
        if refusal is not None:
            return replies.json_answer(*refusal)
        if environment is None and name is not None:
            return manners.tell(404, "No environment has that name.")
        if environment is not None and environment.name == DEFAULT and self._settings.any_key:
            return None
        # A key of another environment is an unknown key.
        return manners.unknown_key

    def _manners_of(self, environment: Environment | None) -> Manners:
        """Return the manners under the environment's dialect, else under the server's."""
        if environment is None:
            return self._usual
        kept: Manners | None = environment.beside.get(Manners)
        if kept is None or kept.dialect is not environment.ways.dialect:
            kept = environment.beside[Manners] = Manners.under(environment.dialect)
        return kept

    def _early(self, environment: Environment, manners: Manners, operation: Operation, request: Request) -> int:
        """Count a call and return 0, or how many seconds it is too early."""
        kept: tuple[int, Limits] | None = environment.beside.get(Limits)
        if kept is None or kept[0] != environment.generation:
            kept = environment.beside[Limits] = environment.generation, Limits(self._usual.contract)
        user = user_of(operation, request)
        if user is not None and manners.limits_person:
            user = person_of(environment, request) or user
        return kept[1].take(user, environment.clock.now())


def _failure() -> Answer:
    return replies.message(500, "refiner-mock itself failed on this call; its log has the reason")


def _worst(exchange: Exchange) -> str | None:
    """Return what the first violation of severity error says; None where there is none so grave."""
    errors = (one["message"] for one in exchange.violations if one["severity"] == "error")
    return next(errors, None)
