"""What clients send, drawn at random: sensible requests out of the contract, and anything at all."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from urllib.parse import unquote

from hypothesis import strategies as st

from mock_server.contract.document import Operation, load
from mock_server.contract.verdict.spelling import with_plus
from mock_server.contract.verdict.terms import NOTHINGS
from tests.contract.verdict.judged import KEY, brackets

__all__ = ["ANYTHING", "CALLS", "NAMES", "honest", "multipart"]

CALLS = [each for each in load().operations.values() if not each.mock_only and each.parameters]

TEXT = st.text(
    st.characters(codec="utf-8", categories=("L", "N", "Zs"), include_characters="_-.:/!?,"), min_size=1, max_size=30
)
WORDS = TEXT.map("a{}".format)
WHOLE = st.integers(-(2**31) + 1, 2**31 - 1)
FREE: dict[str, st.SearchStrategy[Any]] = {
    "plan": WORDS,
    "favorite_color": WORDS,
    "größe": WORDS,
    "seats": WHOLE,
    "Company Size": WHOLE,
    "weight": st.floats(-1e6, 1e6),
    "isBeta": st.booleans(),
    "signed_up_at": st.datetimes().map("{}Z".format) | st.integers(0, 2**33),
    "trialEndDate": st.dates().map(str),
}
"""Traits and answers; the values of one are of one kind, as a sensible client's are."""
NESTED = {"address": st.fixed_dictionaries({"city": WORDS}, optional={"moved_at": st.dates().map(str)})}


def honest(called: Operation) -> st.SearchStrategy[dict[str, Any]]:
    """Draw what a client that has read the contract sends: all that is needed, and some of the rest."""
    own = called.parameters
    person = st.sampled_from(called.one_of) if called.one_of else st.just("")

    def with_person(name: str) -> st.SearchStrategy[dict[str, Any]]:
        needed = {*called.required, *({name} if name else ())}
        optional = {each: fitting(own[each].name, own[each].schema) for each in own if each not in needed}
        known = st.fixed_dictionaries({each: fitting(each, own[each].schema) for each in needed}, optional=optional)
        if not called.open:
            return known
        free = {**FREE, **NESTED} if called.id == "identifyUser" else FREE
        return st.tuples(st.fixed_dictionaries({}, optional=free), known).map(lambda pair: {**pair[0], **pair[1]})

    return person.flatmap(with_person)


def fitting(name: str, schema: Any) -> st.SearchStrategy[Any]:
    """Draw values that fit a schema as a sensible person reads it: an e-mail address where one belongs."""
    schema = load().resolve(schema)
    if name == "email":
        return st.builds("{}@example.{}".format, st.text("abz0+._-", min_size=1), st.sampled_from(["org", "com"]))
    if name == "date_range_end":
        return st.dates(date(2025, 4, 1), date(2030, 1, 1)).map(str)
    if name == "date_range_start":
        return st.dates(date(2020, 1, 1), date(2025, 3, 1)).map("{} 10:00:00".format)
    if name == "page_cursor":
        return st.text("Aa0_+/-=", min_size=1, max_size=40)
    if schema.get("type") == "array":
        return st.lists(fitting("", schema["items"]), min_size=1, max_size=3)
    if schema.get("type") == "object":
        plan = st.fixed_dictionaries({"plan": WORDS})
        return plan if "properties" not in schema else st.fixed_dictionaries({"id": WORDS}, optional=FREE)
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if schema.get("format") == "uuid":
        return st.uuids().map(str)
    if schema.get("x-time"):
        return st.dates(date(2000, 1, 1), date(2030, 1, 1)).map("{}T10:00:00Z".format) | st.dates().map(str)
    return st.integers(1, 1_000) if schema.get("type") == "integer" else TEXT.map(str.strip).filter(is_sensible)


def is_sensible(text: str) -> bool:
    """Tell whether a text can be an id or a name; no client means to send the others."""
    return text != "" and text not in NOTHINGS and with_plus(text) is None


def multipart(values: Mapping[str, Any]) -> bytes:
    parts = (pair.partition("=") for pair in brackets(values).split("&"))
    fields = [
        f'--b\r\nContent-Disposition: form-data; name="{unquote(name)}"\r\n\r\n{unquote(text)}\r\n'
        for name, _, text in parts
    ]
    return ("".join(fields) + "--b--\r\n").encode()


ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
    | st.sampled_from(
        ["undefined", "[object Object]", "%40", "a,b", '["a"]', "{'a': 1}", "2025-03-15", "9999-12-31", "\ud7ff", KEY]
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
NAMES = (
    st.sampled_from(sorted({name for called in CALLS for name in called.parameters}))
    | st.text()
    | st.sampled_from(["tags[]", "api_key", "apiKey", "%5B", "account[id]", "traits", "first_seen_at", "auth_token"])
)
