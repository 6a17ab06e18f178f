"""Has every exchange judged: by itself before it is answered, as one of a sequence afterwards."""

from __future__ import annotations

from mock_server.contract.exchange import Answer
from mock_server.journal import Exchange

__all__ = ["Judge"]


class Judge:
    """Writes violations into exchanges. Only the server's event loop touches it."""

    def before(self, exchange: Exchange) -> None:
        """Judge an exchange by itself, before anything of it was done."""

    def after(self, exchange: Exchange, answer: Answer) -> None:
        """Judge an exchange as one of a sequence, now that its answer is known."""
