"""A client in Python and the event loop that it lives in, made and used in one thread."""

from __future__ import annotations

import asyncio
import inspect
import json
import re
from collections.abc import AsyncIterable, Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from copy import deepcopy
from typing import Any

from mock_server.conformance.adapters.base import without
from mock_server.conformance.adapters.guessing import guessed_kind, status_of
from mock_server.conformance.plain import harmless
from mock_server.conformance.protocol import Outcome, Request, kinds, promised_key
from mock_server.errors import UsageError

__all__ = ["Calling", "Unspeakable", "method_of"]

_LONGEST = 500
"""Characters of what an exception says."""


class Unspeakable(Exception):
    """What a method returned is nothing that JSON can hold; the message says what it is."""


class Calling:
    """Makes clients, one at a time, and calls their methods."""

    def __init__(self, make: Callable[[str, str], Any], kind_of: Callable[[Exception], str | None] | None) -> None:
        self._make, self._kind_of = make, kind_of
        self._place: tuple[str, str] | None = None
        self._client: Any = None
        self._runner: asyncio.Runner | None = None

    def outcome(self, request: Request) -> Outcome:
        """Have one operation done.

        Raises:
            Unspeakable: when the value is none.
            UsageError: when an exception was said to be of a kind that there is not.
        """
        try:
            method = method_of(self._client_of(request.base_url, request.api_key), request.operation)
            if method is None:
                return Outcome(
                    "unsupported", message=f"it has no {request.operation} and no {_snake(request.operation)}"
                )
            if reason := _unfit(method, request.args):
                return Outcome("unsupported", message=reason)
            value = self._settled(method(**deepcopy(dict(request.args))))
        except NotImplementedError as reason:
            return Outcome("unsupported", message=_said(reason, request.api_key))
        except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001 - whatever the client raises is its answer
            return Outcome("error", None, self._kind(error), status_of(error), _said(error, request.api_key))
        return Outcome("ok", _plain(_shaped(request.operation, value)))

    def close(self) -> None:
        """Close the client and the loop."""
        self._drop()
        if self._runner is not None:
            self._runner.close()
            self._runner = None

    def _client_of(self, base_url: str, api_key: str) -> Any:
        if self._place != (base_url, api_key):
            self._drop()
            self._client = self._settled(self._make(base_url, api_key))
            self._place = base_url, api_key
        return self._client

    def _drop(self) -> None:
        client, self._client, self._place = self._client, None, None
        close = getattr(client, "aclose", None) or getattr(client, "close", None)
        if callable(close):
            with suppress(Exception):  # it is not judged by how it ends
                self._settled(close())

    def _settled(self, value: Any) -> Any:
        """Return what was awaited or iterated, if it has to be."""
        if inspect.isawaitable(value):
            value = self._run(_awaited(value))
        if isinstance(value, AsyncIterable):
            value = self._run(_collected(value))
        return list(value) if isinstance(value, Iterator) else value

    def _run(self, work: Any) -> Any:
        if self._runner is None:
            self._runner = asyncio.Runner()
        return self._runner.run(work)

    def _kind(self, error: BaseException) -> str:
        kind = self._kind_of(error) if self._kind_of is not None and isinstance(error, Exception) else None
        if kind is None:
            return guessed_kind(error)
        if kind not in kinds():
            raise UsageError(f"error= said {kind!r} of {type(error).__name__}; the kinds are {', '.join(kinds())}")
        return kind


def method_of(client: Any, operation: str) -> Callable[..., Any] | None:
    """Return what does an operation: of a mapping an item, else a method, by operationId or in snake_case."""
    for name in (operation, _snake(operation)):
        found = client.get(name) if isinstance(client, Mapping) else getattr(client, name, None)
        if callable(found):
            return found  # type: ignore[no-any-return]
    return None


def _snake(operation: str) -> str:
    return re.sub("(?=[A-Z])", "_", operation).lower()


def _unfit(method: Callable[..., Any], args: Mapping[str, Any]) -> str | None:
    """Return why a method cannot be called with these args, None where it can or nothing is known."""
    try:
        signature = inspect.signature(method)
    except (TypeError, ValueError):  # one written in C
        return None
    try:
        signature.bind(**args)
    except TypeError as reason:
        return f"it cannot be called with {', '.join(args) or 'nothing'}: {reason}"
    return None


async def _awaited(value: Awaitable[Any]) -> Any:
    return await value


async def _collected(values: AsyncIterable[Any]) -> list[Any]:
    return [each async for each in values]


def _shaped(operation: str, value: Any) -> Any:
    """Return a bare list or text under the key that the operation promises."""
    key = promised_key(operation)
    if key is None or value is None or isinstance(value, Mapping):
        return value
    if key == "items":
        return {key: list(value)} if isinstance(value, Iterable) and not isinstance(value, str | bytes) else value
    return {key: str(value)}


def _plain(value: Any) -> Any:
    """Return a value as it would have come over a pipe."""
    try:
        return json.loads(json.dumps(value))
    except (TypeError, ValueError, RecursionError) as reason:
        raise Unspeakable(f"{type(value).__name__} ({harmless(str(reason), 120)})") from None


def _said(error: BaseException, key: str) -> str:
    return harmless(without(f"{type(error).__name__}: {error}".removesuffix(": "), key), _LONGEST)
