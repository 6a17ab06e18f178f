"""The mirrored API as one synchronous function from request to answer, dispatched by the contract."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, MutableMapping
from types import ModuleType
from typing import Any

from mock_server.api import account, contacts, forms, reporting, responses, segments, webhooks
from mock_server.api.call import Call
from mock_server.contract.coercion import coerce
from mock_server.contract.document import Contract, Operation
from mock_server.contract.exchange import Answer, Request
from mock_server.errors import ContractError, LimitReached, RefusedByRefiner, UnknownEnvironment
from mock_server.journal import Exchange
from mock_server.settings import Settings
from mock_server.state.environment import Environment
from mock_server.state.environments import Environments
from mock_server.webhooks.delivery import DeliveryEngine
from mock_server.wire import credentials, replies
from mock_server.wire.decoding import decode

__all__ = ["Mirror"]

Handler = Callable[[Call], Any]

ROOMS: tuple[ModuleType, ...] = (account, contacts, segments, forms, responses, reporting, webhooks)

_log = logging.getLogger(__name__)


class Mirror:
    """Answers what Refiner would answer. Knows HTTP only as decoded requests and answers."""

    def __init__(
        self, settings: Settings, contract: Contract, environments: Environments, engine: DeliveryEngine
    ) -> None:
        self._settings = settings
        self._contract = contract
        self._environments = environments
        self._engine = engine
        self._handlers = {operation.id: _handler(operation) for operation in contract.operations.values()}

    def open(self, id: str, scope: MutableMapping[str, Any], body: bytes | None) -> Exchange:
        """Return a new exchange: the request decoded, its environment found by path, else by key."""
        path: str = scope["path"]
        prefix, name, rest = _split(path)
        request = decode(
            scope["method"],
            rest,
            scope["query_string"],
            scope["headers"],
            body or b"",
            max_nesting=self._settings.max_nesting,
            max_parameters=self._settings.max_parameters,
        )
        environment = self._by_name(name) if name is not None else self._by_key(credentials.find(request).key)
        exchange = Exchange(id, path, request, environment)
        if prefix:
            operation = self._contract.route(request.method, rest)
            exchange.operation = operation.id if operation is not None else None
        exchange.too_large = body is None
        exchange.mirrored = prefix
        return exchange

    def answer(self, exchange: Exchange) -> Answer:
        """Return the answer to an open exchange; every refusal has Refiner's shape and nothing is half done."""
        try:
            return self._answer(exchange)
        except RefusedByRefiner as refusal:
            return replies.message(refusal.status, str(refusal))
        except LimitReached as bound:
            return replies.message(400, str(bound))
        except Exception:  # noqa: BLE001 - a bug of ours must not reach a client as a broken connection
            _log.exception("refiner-mock failed on %s %s", exchange.request.method, exchange.path)
            return replies.message(500, "refiner-mock itself failed on this call; its log has the reason")

    def _answer(self, exchange: Exchange) -> Answer:
        request = exchange.request
        if exchange.too_large:
            return replies.message(413, f"The body is larger than {self._settings.max_body} bytes (max_body).")
        if exchange.operation is None:
            return self._no_such_call(exchange)
        environment = exchange.environment
        if environment is None and exchange.path.startswith("/e/"):
            return replies.message(404, "No environment has that name.")
        credential = credentials.find(request)
        refusal = credentials.refusal(credential)
        if refusal is not None:
            return replies.json_answer(*refusal)
        if environment is None or not self._opens(credential.key, environment):
            return replies.json_answer(*credentials.UNKNOWN_KEY)
        if request.problem is not None:
            return replies.message(400, request.problem)
        return self._perform(environment, self._contract.operations[exchange.operation], request)

    def _perform(self, environment: Environment, operation: Operation, request: Request) -> Answer:
        coerced = coerce(self._contract, operation, request)
        if coerced.problems:
            return replies.message(400, coerced.problems[0].message)
        path = self._contract.path_parameters(operation, request.path)
        value = self._handlers[operation.id](
            Call(environment, operation, coerced.values, coerced.extra, path, self._engine)
        )
        return replies.json_answer(operation.success, value)

    def _no_such_call(self, exchange: Exchange) -> Answer:
        """Return 404 or 405 in the style of Laravel (assumed, g3)."""
        request = exchange.request
        methods = self._contract.methods(request.path) if exchange.mirrored else ()
        if not methods:
            return replies.message(404, f"The route {exchange.path.lstrip('/')} could not be found.")
        allowed = ", ".join(methods)
        text = f"The {request.method} method is not supported for this route. Supported methods: {allowed}."
        answer = replies.message(405, text)
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
            return self._by_name("default")
        return found

    def _opens(self, key: str | None, environment: Environment) -> bool:
        """Whether a well-formed key opens this environment: a key of another environment is an unknown key."""
        return key == environment.api_key or (self._settings.any_key and environment.name == "default")


_PREFIX = re.compile(r"(?:/e/(?P<name>[^/]+))?/v1(?P<rest>/.*)?\Z", re.DOTALL)


def _split(path: str) -> tuple[bool, str | None, str]:
    """Return whether the path is below a `/v1`, the environment it names, and the rest, which starts with `/`."""
    if path.startswith("/v1/"):
        return True, None, path[3:]
    match = _PREFIX.match(path)
    if match is None:
        return False, None, path
    return True, match["name"], match["rest"] or "/"


def _handler(operation: Operation) -> Handler:
    name = re.sub(r"(?<!^)([A-Z])", r"_\1", operation.id).lower()
    for room in ROOMS:
        function: Handler | None = getattr(room, name, None)
        if function is not None:
            return function
    raise ContractError(f"contracts/refiner.yaml has the operation {operation.id}, but api/ has no function {name}")
