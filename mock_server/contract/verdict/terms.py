"""What the first look at a request and the rules behind it must agree on: names, media types, texts for nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Protocol

from mock_server.contract.document import Contract, Operation

__all__ = [
    "FORMS",
    "JSON",
    "NOTHINGS",
    "NO_TRAIT",
    "RANGE_END",
    "RANGE_START",
    "World",
    "foreign_uuids",
    "looks_like_uuid",
    "takes_forms",
]

JSON = "application/json"
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
"""The media types with brackets."""

RANGE_START, RANGE_END = "date_range_start", "date_range_end"

NOTHINGS = frozenset(
    {"undefined", "null", "NULL", "Null", "None", "nil", "NIL", "NaN", "nan", "(null)", "(nil)", "<nil>", "<null>"}
)
"""How JavaScript, PHP, Python, Ruby, Go, C and their kin print that there is no value."""
NO_TRAIT = frozenset({"undefined", "null", "NaN"})
"""Those of them that are hardly ever a trait; a plan may well be called None."""

looks_like_uuid = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}").fullmatch


class World(Protocol):
    """What the judge asks of an environment as it was before the request; asking changes nothing."""

    def contact_uuid_exists(self, text: str) -> bool:
        """Tell whether a text is the Refiner uuid of a contact."""

    def uuid_of(self, *, id: str | None = None, email: str | None = None) -> str | None:
        """Return the uuid of the contact that an id, or else an e-mail, means; None for nobody."""

    def email_of(self, id: str) -> str | None:
        """Return the e-mail of the contact that an id means; None for none, or for nobody."""

    @property
    def trait_kinds(self) -> Mapping[str, str]:
        """The kinds of contacts' traits by their slugs: `string`, `integer`, `date` or `boolean`."""


@lru_cache(maxsize=64)
def takes_forms(contract: Contract) -> bool:
    """Tell whether bodies may be forms, which is so but under one dialect."""
    return all(FORMS[0] in body["content"] for body in contract.document["components"]["requestBodies"].values())


def foreign_uuids(operation: Operation) -> tuple[str, ...]:
    """Return the parameters of an operation that hold the uuid of something else than a contact."""
    return tuple(
        name
        for name, parameter in operation.parameters.items()
        if parameter.schema.get("format") == "uuid" and name not in operation.one_of
    )
