"""What kind of error an exception of somebody's client is: by its name, its status, or what it is one of."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress

__all__ = ["guessed_kind", "status_of"]

_NAMES = (
    ("auth", re.compile("auth|credential|forbidden|api_?key", re.IGNORECASE)),
    ("rate-limited", re.compile("rate_?limit|too_?many|throttl", re.IGNORECASE)),
    ("not-found", re.compile("not_?found|no_?such|does_?not_?exist", re.IGNORECASE)),
)
"""A client that has such a class of its own has told errors apart itself."""
_STATUSES = {400: "invalid", 401: "auth", 403: "auth", 404: "not-found", 422: "invalid", 429: "rate-limited"}
_ATTRIBUTES = ("status", "status_code", "http_status", "code")
_BAD_KEY = re.compile(r"\bAPI[ _-]?key\b|\bcredentials?\b", re.IGNORECASE)
"""Of such a text an answer of 400 or 404 is about the key: Refiner may refuse an unknown one like this."""
_TEXTS = ("text", "body", "message")
_DEEPEST = 8
"""How far an exception's causes are followed."""


def status_of(error: BaseException) -> int | None:
    """Return the HTTP status that an exception, its `response` or what it was raised from carries; None for none."""
    for each in _chain(error):
        for holder in (each, getattr(each, "response", None)):
            for name in _ATTRIBUTES:
                status = getattr(holder, name, None)
                if isinstance(status, int) and 100 <= status <= 599:
                    return int(status)
    return None


def guessed_kind(error: BaseException) -> str:
    """Return one of the kinds of error of `contracts/adapter.schema.json`."""
    names = [name for each in _chain(error) for name in _own_names(each)]
    for kind, pattern in _NAMES:
        if any(map(pattern.search, names)):
            return kind
    status = status_of(error)
    if status in (400, 404) and any(map(_BAD_KEY.search, _texts(error))):
        return "auth"
    if status is not None:
        return _STATUSES.get(status, "server" if status >= 500 else "other")
    if any("timeout" in name.lower() for name in names) or any(
        isinstance(each, TimeoutError) for each in _chain(error)
    ):
        return "timeout"
    return "network" if any(isinstance(each, OSError) for each in _chain(error)) else "other"


def _texts(error: BaseException) -> Iterator[str]:
    """Yield what an exception, its `response` or what it was raised from carries of the answer.

    Not what it says by itself: that often has the URL in it, and with that the name of a parameter.
    """
    for each in _chain(error):
        for holder in (each, getattr(each, "response", None)):
            for name in _TEXTS:
                with suppress(Exception):  # an answer that was not read, or not to its end, may refuse
                    text = getattr(holder, name, None)
                    if isinstance(text, str):
                        yield text


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Yield an exception and what it was raised from, or while handling which."""
    each: BaseException | None = error
    for _ in range(_DEEPEST):
        if each is None:
            return
        yield each
        each = each.__cause__ or (None if each.__suppress_context__ else each.__context__)


def _own_names(error: BaseException) -> list[str]:
    """Return the names of an exception's classes that are not Python's own: FileNotFoundError means no contact."""
    return [each.__name__ for each in type(error).__mro__ if each.__module__ not in ("builtins", "urllib.error")]
