"""Judges requests as they come over the wire, without a server; for the tests of the verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

import orjson

from mock_server.contract.coercion import coerce
from mock_server.contract.dialects import contract_under
from mock_server.contract.rules import severity
from mock_server.contract.verdict import judge
from mock_server.contract.violation import Finding
from mock_server.state.clock import parse_time
from mock_server.wire.decoding import decode

__all__ = ["FORM", "JSON", "KEY", "NOWHERE", "Known", "form", "judged", "one"]

JSON, FORM = "application/json", "application/x-www-form-urlencoded"
KEY = "5b2f8a1c-3d4e-4f60-9a7b-1c2d3e4f5a6b"
NOW = "2025-03-15T12:00:00Z"


@dataclass
class Known:
    """An environment that knows some contacts: uuid -> (id, e-mail), and kinds of traits."""

    contacts: Mapping[str, tuple[str | None, str | None]] = field(default_factory=dict)
    kinds: Mapping[str, str] = field(default_factory=dict)

    def contact_uuid_exists(self, text: str) -> bool:
        return text in self.contacts

    def uuid_of(self, *, id: str | None = None, email: str | None = None) -> str | None:
        rank, wanted = (0, id) if id is not None else (1, email)
        return next((uuid for uuid, known in self.contacts.items() if known[rank] == wanted), None)

    def email_of(self, id: str) -> str | None:
        return next((known[1] for known in self.contacts.values() if known[0] == id), None)

    @property
    def trait_kinds(self) -> Mapping[str, str]:
        return self.kinds


NOWHERE = Known()
"""No environment at all."""


def judged(
    call: str,
    value: Any = None,
    *,
    query: str = "",
    body: bytes = b"",
    media_type: str | None = None,
    headers: Mapping[str, str] | None = None,
    world: Known | None = None,
    dialect: Mapping[str, str] | None = None,
    max_nesting: int = 32,
    **facts: Any,
) -> tuple[Finding, ...]:
    """Judge `POST /identify-user` and the like: a `value` is sent as JSON, other bodies with their media type."""
    method, _, path = call.partition(" ")
    path, _, more = path.partition("?")
    if value is not None:
        body, media_type = orjson.dumps(value), media_type or JSON
    sent = {"authorization": f"Bearer {KEY}", **(headers or {})}
    if media_type:
        sent["content-type"] = media_type
    raw = [(name.lower().encode(), text.encode()) for name, text in sent.items() if text]
    asked = (query or more).encode()
    request = decode(method, path, asked, raw, body, max_nesting=max_nesting, max_parameters=5_000)
    contract = contract_under(dialect or {})
    called = contract.route(method, path) if facts.get("mirrored", True) else None
    coerced = None if called is None or request.problem else coerce(contract, called, request)
    now = parse_time(facts.pop("now", NOW))
    assert now is not None, "a test's time is a time"
    facts = {"refused": False, "headers": raw, **facts}
    return judge(contract, called, request, coerced, None if world is NOWHERE else world or Known(), now, **facts)


def form(call: str, text: str, **facts: Any) -> tuple[Finding, ...]:
    """Judge a call whose body is an urlencoded form."""
    return judged(call, body=text.encode(), media_type=FORM, **facts)


def one(found: Sequence[Finding]) -> dict[str, Any]:
    """Return the only finding, as far as tests speak of it."""
    assert len(found) == 1, [(each.rule, each.where, each.message) for each in found]
    (each,) = found
    return {
        "rule": each.rule,
        "where": each.where,
        "got": each.got,
        "suggestion": each.suggestion,
        "severity": severity(each.rule, each.evidence),
        "evidence": each.evidence,
    }


def brackets(values: Mapping[str, Any]) -> str:
    """Write values as a query or form does: `tags[]=a`, `account[id]=b`."""
    pairs: list[tuple[str, Any]] = []
    for name, value in values.items():
        if isinstance(value, list):
            pairs += [(f"{name}[]", item) for item in value]
        elif isinstance(value, dict):
            pairs += [(f"{name}[{key}]", item) for key, item in value.items()]
        else:
            pairs.append((name, value))
    return urlencode([(name, _text(value)) for name, value in pairs], quote_via=quote)


def _text(value: Any) -> str:
    return {True: "1", False: "0", None: ""}.get(value, str(value)) if isinstance(value, bool | None) else str(value)
