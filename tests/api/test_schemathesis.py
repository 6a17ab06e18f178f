"""Schemathesis against the app: generated calls of every operation, held to the contract.

What it must never find: a 5xx, a status, media type or body that the contract does not know, a good call that is
refused, a bad key that is accepted. The number of examples follows HYPOTHESIS_PROFILE.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from mock_server.app import create_app
from mock_server.contract.document import load
from mock_server.settings import Settings

Check = Callable[..., Any]

KEY = "5b2f8a1c-3d4e-4f60-9a7b-1c2d3e4f5a6b"

EXAMPLES = max(1, settings().max_examples * 3 // 10)
"""Per operation: 15 in the profile `dev`."""

schema = schemathesis.openapi.from_dict(copy.deepcopy(dict(load().document)))
schema.app = create_app(Settings(api_key=KEY, seed="demo"))


@schema.auth()
class Bearer:
    """The key of the environment `default`."""

    def get(self, _case: schemathesis.Case, _context: schemathesis.AuthContext) -> str:
        return KEY

    def set(self, case: schemathesis.Case, data: str, _context: schemathesis.AuthContext) -> None:
        case.headers["Authorization"] = f"Bearer {data}"


EXCEPTIONS: tuple[tuple[Check, Callable[[schemathesis.Case], bool], str], ...] = (
    (
        positive_data_acceptance,
        lambda case: "form" in str(case.media_type) and any(isinstance(value, (list, dict)) for value in given(case)),
        "OpenAPI cannot say that an array is `tags[]` and an object `account[id]` in a form but not in JSON",
    ),
    (
        positive_data_acceptance,
        lambda case: "page_cursor" in case.query,
        "a cursor is good only if it was given out; walks are in test_paging",
    ),
    (
        positive_data_acceptance,
        lambda case: not case.query.keys() & set(case.operation.definition.raw.get("x-any-of-required", case.query)),
        "OpenAPI cannot say that one of several query parameters is needed",
    ),
    (
        negative_data_rejection,
        lambda case: "page_length" in case.query,
        "a page_length that is too large counts as the largest (x-when-invalid: clamp)",
    ),
    (
        negative_data_rejection,
        lambda case: any(value == "" or value is None for value in given(case)),
        "empty text and null count as not given (inferred: Laravel)",
    ),
)


def given(case: schemathesis.Case) -> list[object]:
    """Return all values of a call."""
    body = case.body.values() if isinstance(case.body, dict) else ()
    return [*case.query.values(), *body]


@schema.parametrize()
@settings(max_examples=EXAMPLES, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
def test_generated_calls_are_answered_as_the_contract_says(case: schemathesis.Case) -> None:
    case.call_and_validate(excluded_checks=[check for check, applies, _ in EXCEPTIONS if applies(case)])
