"""Which lines pytest shows of a failed verb: those of the test that called it, not ours."""

from __future__ import annotations

from typing import Any

from mock_server.errors import RefinerMockError

__all__ = ["hidden"]


def hidden(raised: Any) -> bool:
    """Tell whether `raised` (pytest's ExceptionInfo) is what verbs raise, so that the message says all.

    A module is left out of such a failure by `__tracebackhide__ = hidden`. A mistake of our own keeps its lines.
    """
    return isinstance(raised.value, AssertionError | RefinerMockError)
