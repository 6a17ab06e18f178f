"""Which function answers which operation: the snake_case of its `operationId`, found among the rooms."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

from mock_server.api import account, contacts, forms, reporting, responses, segments, webhooks
from mock_server.api.call import Call
from mock_server.contract.document import Contract, Operation
from mock_server.errors import ContractError

__all__ = ["Handler", "handlers"]

Handler = Callable[[Call], Any]

ROOMS: tuple[ModuleType, ...] = (account, contacts, segments, forms, responses, reporting, webhooks)


def handlers(contract: Contract) -> Mapping[str, Handler]:
    """Return the function of each operation by its `operationId`.

    Raises:
        ContractError: when the contract has an operation that nothing answers.
    """
    return {operation.id: _handler(operation) for operation in contract.operations.values()}


def _handler(operation: Operation) -> Handler:
    name = re.sub(r"(?<!^)([A-Z])", r"_\1", operation.id).lower()
    for room in ROOMS:
        function: Handler | None = getattr(room, name, None)
        if function is not None:
            return function
    raise ContractError(f"contracts/refiner.yaml has the operation {operation.id}, but api/ has no function {name}")
