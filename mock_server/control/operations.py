"""Does what Refiner's own operations do, by hand: no call of the client under test, so nobody judges it."""

from __future__ import annotations

from typing import Any

from mock_server.control.aftermath import aftermath
from mock_server.control.call import ControlCall

__all__ = ["do"]


def do(call: ControlCall) -> dict[str, Any]:
    """Do one operation, and return its answer with what came of it."""
    answer = call.desk.operate(call.environment, call.path["operation"], call.body.raw)
    return {"answer": answer, **aftermath(call)}
