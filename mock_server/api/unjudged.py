"""Refiner's operations done from within: what somebody does by hand is no call of the client under test."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mock_server.api.call import Call
from mock_server.api.handlers import handlers
from mock_server.api.manners import Manners
from mock_server.contract.coercion import coerce
from mock_server.contract.exchange import Request
from mock_server.errors import NotFound, UsageError
from mock_server.spelling import advice
from mock_server.state.environment import Environment
from mock_server.webhooks.delivery import DeliveryEngine

__all__ = ["Unjudged"]


class Unjudged:
    """Does one operation in an environment; journal, judge, faults and rate limits know nothing of it."""

    def __init__(self, engine: DeliveryEngine) -> None:
        self._engine = engine

    def __call__(self, environment: Environment, id: str, parameters: Mapping[str, Any]) -> Any:
        """Return what the operation returns, as Refiner writes it under the environment's dialect.

        Args:
            environment: where it is done; what it triggers stays in the outbox.
            id: its `operationId`.
            parameters: as a JSON client would send them.

        Raises:
            NotFound: when Refiner has no such operation, or no such object.
            UsageError: when the parameters are not what it takes.
            RefusedByRefiner: when the operation itself refuses.
        """
        manners = Manners.under(environment.dialect)
        contract = manners.contract
        operation = contract.operations.get(id)
        if operation is None or operation.mock_only:
            choices = (each.id for each in contract.operations.values() if not each.mock_only)
            raise NotFound(f"Refiner has no operation {id[:60]!r}; {advice(id, choices)}")
        sent = dict(parameters)
        read = coerce(contract, operation, Request(operation.method, operation.path, sent, {}, sent))
        if read.problems:
            raise UsageError(" ".join(problem.message for problem in read.problems))
        call = Call(environment, operation, read.values, read.extra, {}, self._engine, manners)
        return handlers(contract)[id](call)
