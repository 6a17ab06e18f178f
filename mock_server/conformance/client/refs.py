"""Names in the args of a case become uuids of what is there: `{ref: "form NPS"}`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mock_server.conformance.client.observing import Snapshot
from mock_server.errors import ContractError

__all__ = ["NOBODY", "resolved"]

NOBODY = "3f1c0a52-0b7e-11f1-9d3a-6b1d2c9e4f05"
"""A uuid of version 1 that nothing has."""
_NAMES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "form": ("forms", ("name",)),
    "segment": ("segments", ("name",)),
    "tag": ("tags", ("name",)),
    "contact": ("contacts", ("remote_id", "email")),
}
"""Where in a snapshot a kind of thing is listed, and by which fields it is named."""


def resolved(args: Any, known: Snapshot) -> Any:
    """Return args with every `{ref: ...}` in them replaced by the uuid of what it names.

    Raises:
        ContractError: when there is no such thing in the world.
    """
    if isinstance(args, list):
        return [resolved(value, known) for value in args]
    if not isinstance(args, Mapping):
        return args
    if args.keys() == {"ref"}:
        return _uuid(args["ref"], known)
    return {name: resolved(value, known) for name, value in args.items()}


def _uuid(ref: str, known: Snapshot) -> str:
    if ref == "nobody":
        return NOBODY
    kind, _, name = ref.partition(" ")
    found: list[Mapping[str, Any]] = []
    if kind == "response":
        contact = _uuid(f"contact {name}", known)
        found = [row for row in known["responses"] if row["contact_uuid"] == contact]
    elif kind in _NAMES:
        place, fields = _NAMES[kind]
        found = [thing for thing in known[place] if name in (thing[field] for field in fields)]
    if not found:
        raise ContractError(f"the world of a case has nothing that {ref!r} names")
    return str(found[-1]["uuid"])
