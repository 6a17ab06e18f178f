"""A client in Python, called in the process of the check itself: a class, or functions."""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import suppress
from functools import partial
from typing import Any

from mock_server.conformance import protocol
from mock_server.conformance.adapters.base import GRACE, AdapterFailed
from mock_server.conformance.adapters.calling import Calling, Unspeakable, method_of
from mock_server.conformance.adapters.deadline import Aside, Late
from mock_server.conformance.protocol import Hello, Outcome, Request
from mock_server.errors import UsageError

__all__ = ["CallableAdapter"]


class CallableAdapter:
    """Calls a client's methods, each named like an operation: `listContacts` or `list_contacts`.

    A method takes the args of `contracts/adapter.schema.json` as keywords and returns the value. A bare list, or
    whatever can be iterated, also asynchronously, counts as `{"items": ...}`; a bare text as `{"contact_uuid": ...}`
    or `{"uuid": ...}` where that is promised. What it raises is an error; NotImplementedError, or args that it does not
    take, mean that the client cannot do it. Methods may be async: all calls go through one thread and one event loop.
    """

    def __init__(
        self,
        make: Callable[[str, str], Any],
        *,
        name: str | None = None,
        operations: Collection[str] | None = None,
        error: Callable[[Exception], str | None] | None = None,
    ) -> None:
        """Attach a client.

        Args:
            make: called with base URL (it ends in `/v1`) and API key when these change; returns an object with
                methods, or a mapping of operationIds to functions. A class will do, and so will an async function.
                What it returned is closed by `aclose()` or `close()`, if it has one.
            name: what it is called in reports; by default the name of `make`.
            operations: the operationIds that it offers; by default whatever there is a method for.
            error: says of an exception which kind of error it is: `auth`, `not-found`, `rate-limited`, `server`,
                `network`, `timeout`, `invalid` or `other`; None has it guessed by its class, its status, the answer's
                text, its causes.

        Raises:
            UsageError: when an operation is none.
        """
        if unknown := sorted(set(operations or ()) - set(protocol.operations())):
            known = ", ".join(protocol.operations())
            raise UsageError(f"{', '.join(unknown)}: no such operation; there are {known}")
        self.subject = name or getattr(make, "__qualname__", None) or type(make).__qualname__
        """Its name."""
        self.restarts = 0
        """How often a client had to be made anew because one had failed."""
        self._make, self._name, self._operations, self._error = make, name, operations, error
        self._aside: Aside | None = None
        self._calling = Calling(make, error)
        self._failed = False

    def hello(self) -> Hello | None:
        """Return what it offers, None where only a call can tell. Nothing is made for it."""
        offered = self._operations
        if offered is None and isinstance(self._make, type):
            offered = [each for each in protocol.operations() if method_of(self._make, each) is not None]
        return Hello(self.subject, "Python", tuple(offered)) if offered else None

    def run(self, request: Request) -> Outcome:
        """Have one operation done.

        Raises:
            AdapterFailed: when it does not return in time, exits, or returns what JSON cannot hold.
            UsageError: when `error` says a kind that there is not.
        """
        within = request.deadline_ms / 1_000 + GRACE
        if self._aside is None:
            self._aside, self._calling = Aside(), Calling(self._make, self._error)
            self.restarts, self._failed = self.restarts + self._failed, False
        try:
            return self._aside.do(partial(self._calling.outcome, request), within)
        except Late:
            # Its thread goes on, if it ever does, with a client that is asked for nothing more.
            failure = AdapterFailed("hang", f"{request.operation} did not return within {within:.1f} s")
        except Unspeakable as what:
            failure = AdapterFailed("garbage", f"{request.operation} returned what JSON cannot hold: {what}")
        except SystemExit as ended:
            failure = AdapterFailed("crash", f"{request.operation} raised SystemExit({ended.code!r})")
        self._failed = True
        if failure.how == "hang":
            self._aside = None
        else:
            self.close()
        raise failure

    def another(self) -> CallableAdapter:
        """Return one more of its kind, with clients of its own."""
        return CallableAdapter(self._make, name=self._name, operations=self._operations, error=self._error)

    def close(self) -> None:
        """Close the client; the next request makes another."""
        aside, self._aside = self._aside, None
        if aside is not None:
            with suppress(Late):
                aside.do(self._calling.close, GRACE)
                aside.leave()
