"""Schemathesis against the app: generated calls of every operation, held to the contract.

What it must never find: a 5xx, a status, media type or body that the contract does not know, a good call that is
refused, a bad key that is accepted. The number of examples follows HYPOTHESIS_PROFILE.

Refiner's host takes what it can use and ignores the rest, and so does the stand-in: what breaks the contract is judged,
not refused (design 4.1 and 4.2). `EXCEPTIONS` lists where a call may therefore be answered otherwise than its schema
says, and why.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import orjson
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from mock_server.app import create_app
from mock_server.contract.document import load
from mock_server.settings import Settings
from mock_server.state.records import Window
from mock_server.state.responses import ResponseQuery

Case: TypeAlias = schemathesis.Case[Any]
Check = Callable[..., Any]
Applies = Callable[[Case], bool]

KEY = "5b2f8a1c-3d4e-4f60-9a7b-1c2d3e4f5a6b"

EXAMPLES = max(1, settings().max_examples * 3 // 10)
"""Per operation: 15 in the profile `dev`."""

app = create_app(Settings(api_key=KEY, seed="demo"))


def document() -> dict[str, Any]:
    """Return the contract with examples that exist: the uuids in its own are invented."""
    environment, window = app.state.rooms.environments.get("default"), Window(page=1, length=100)
    response = next(row for row in environment.responses(ResponseQuery(include="all"), window).items if row.tags)
    manual = next(segment for segment in environment.segments(window).items if segment.is_manual)
    real = {
        "34de57da-fd12-11ef-83b6-81e7e8e25d94": response.form_uuid,
        "603947ee-fc29-11ef-8606-95315d9dc9f8": manual.uuid,
        "87b1755e-00b5-11f0-9944-0d5ca6a3a450": response.contact_uuid,
        "e942c400-00bd-11f0-8dbd-1700099950d8": response.uuid,
        "9d3f2c10-00c3-11f0-bb0e-52f7c0a1d844": response.tags[0].uuid,
    }
    text = orjson.dumps(load().document).decode()
    for invented, existing in real.items():
        assert invented in text, "the contract's examples have other uuids now"
        text = text.replace(invented, existing)
    made: dict[str, Any] = orjson.loads(text)
    return made


schema = schemathesis.openapi.from_dict(document())
schema.app = app


@schema.auth()
class Bearer:
    """The key of the environment `default`."""

    def get(self, _case: Case, _context: schemathesis.AuthContext) -> str:
        return KEY

    def set(self, case: Case, data: str, _context: schemathesis.AuthContext) -> None:
        case.headers["Authorization"] = f"Bearer {data}"


def given(case: Case) -> dict[str, Any]:
    """Return the parameters of a call in one bag."""
    return {**case.query, **(case.body if isinstance(case.body, dict) else {})}


def leaves(value: object) -> Iterator[object]:
    """Yield every single value in a value."""
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from leaves(part)
    if not isinstance(value, (dict, list)):
        yield value


def has_structure_in_a_form(case: Case) -> bool:
    return "form" in str(case.media_type) and any(isinstance(value, (list, dict)) for value in given(case).values())


def has_a_cursor(case: Case) -> bool:
    return "page_cursor" in case.query


def names_nobody(case: Case) -> bool:
    return not case.query.keys() & set(case.operation.definition.raw.get("x-any-of-required", case.query))


def asks_for_too_long_a_page(case: Case) -> bool:
    length = str(case.query.get("page_length", ""))
    return length.isdigit() and int(length) > 1_000


def has_a_map_from_0_on(case: Case) -> bool:
    return any("0" in value for value in case.query.values() if isinstance(value, dict)) or any(
        name.endswith("[0]") for name in case.query
    )


def has_empty_values(case: Case) -> bool:
    return any(value is None or value == "" for value in leaves(given(case))) or {} in given(case).values()


def has_numbers_for_text(case: Case) -> bool:
    return any(isinstance(value, (bool, int, float)) for value in leaves(given(case)))


def has_free_names(case: Case) -> bool:
    operation = load().route(case.method.upper(), case.operation.path)
    bag = given(case)
    return (
        operation is not None and operation.open and bool(bag.keys() - operation.parameters.keys() or "account" in bag)
    )


EXCEPTIONS: tuple[tuple[Check, Applies, str], ...] = (
    (positive_data_acceptance, has_structure_in_a_form, "OpenAPI cannot say that `tags` is `tags[]` in forms alone"),
    (positive_data_acceptance, has_a_cursor, "only cursors that were given out are good; walks are in test_paging"),
    (positive_data_acceptance, names_nobody, "OpenAPI cannot say that one of several query parameters is needed"),
    (positive_data_acceptance, has_a_map_from_0_on, "PHP cannot tell the map `a[0]=x` from the list `a[]=x`"),
    (negative_data_rejection, asks_for_too_long_a_page, "it counts as the longest one (x-when-invalid: clamp)"),
    (negative_data_rejection, has_empty_values, "empty text and null count as not given (inferred: Laravel)"),
    (
        negative_data_rejection,
        has_numbers_for_text,
        "a number or boolean is taken as text (design 3.5: at most a note)",
    ),
    (negative_data_rejection, has_free_names, "a trait too long or too large is cut or kept as text (assumed, g11)"),
)


@schema.parametrize()
@settings(max_examples=EXAMPLES, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
def test_generated_calls_are_answered_as_the_contract_says(case: Case) -> None:
    case.call_and_validate(excluded_checks=[check for check, applies, _ in EXCEPTIONS if applies(case)])
