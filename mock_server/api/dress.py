"""Renderings: the same truth in other legal dress, so that clients meet every form an answer may have."""

from __future__ import annotations

from mock_server.contract.document import Contract, Operation
from mock_server.contract.exchange import Answer

__all__ = ["RENDERINGS", "dressed"]

RENDERINGS = ("plain", "lean", "full", "odd")


def dressed(answer: Answer, rendering: str, contract: Contract, operation: Operation) -> Answer:
    """Return a successful answer as the rendering has it, valid against the contract in force."""
    return answer
