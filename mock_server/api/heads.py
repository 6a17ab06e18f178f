"""What the head of a request says, worked out once for all requests that have the same."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from mock_server.api.manners import Manners
from mock_server.contract.coercion import Coerced, coerce
from mock_server.contract.document import Operation
from mock_server.contract.exchange import Head
from mock_server.wire import credentials
from mock_server.wire.decoding import read_head

__all__ = ["Note", "begun", "note_of"]

_ALIASES = {"HEAD": "GET"}
"""What takes GET takes HEAD, as with Laravel (inferred); the server leaves out the body of the answer."""

_MOST_NOTES = 4
"""Dialects under which it is noted what follows from one head."""


def begun(method: str, path: str, query: bytes, headers: Iterable[tuple[bytes, bytes]], **bounds: int) -> Head:
    """Return a request up to its body, at whatever path; `bounds` are those of `read_head`."""
    mirrored, name, rest = _split(path)
    if mirrored and rest != "/" and rest.endswith("/"):
        rest = rest.rstrip("/") or "/"  # as Laravel does (inferred)
    return read_head(method, rest, query, headers, whole=path, mirrored=mirrored, name=name, **bounds)


class Note(NamedTuple):
    """What follows from a head under one dialect, however often it comes."""

    operation: Operation | None
    credential: credentials.Credential | None
    """The key in its headers, None where a body may have another."""
    bare: Coerced | None
    """What is left to do where no body comes with it."""


def note_of(head: Head, manners: Manners) -> Note:
    """Return what follows from a head under one dialect, from now on found in its notes."""
    bare, contract = head.bare, manners.contract
    operation = contract.route(_ALIASES.get(bare.method, bare.method), bare.path) if head.mirrored else None
    found = None if manners.parameter_first else credentials.find(bare)
    readable = operation is not None and bare.problem is None
    if len(head.notes) == _MOST_NOTES:
        head.notes.clear()
    head.notes[manners.mark] = note = Note(
        operation,
        None if found is None or found.key is None or found.kind == "parameter" else found,
        coerce(contract, operation, manners.read(bare)) if operation is not None and readable else None,
    )
    return note


_PREFIX = re.compile(r"(?:/e/(?P<name>[^/]+))?/v1(?P<rest>/.*)?\Z", re.DOTALL)


def _split(path: str) -> tuple[bool, str | None, str]:
    """Return whether the path is below a `/v1`, the environment it names, and the rest, which starts with `/`."""
    if path.startswith("/v1/"):
        return True, None, path[3:]
    match = _PREFIX.match(path)
    if match is None:
        return False, None, path
    return True, match["name"], match["rest"] or "/"
