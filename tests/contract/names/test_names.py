"""Which parameter was meant: over a thousand names that developers write, and nine hundred traits to be left alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from mock_server.contract.document import Operation, Parameter, load
from mock_server.contract.names import control_meant, is_ordinary, meant
from mock_server.contract.prepared import read

HERE = Path(__file__).parent
OPERATIONS = {each.id: each for each in load().operations.values() if not each.mock_only}
CLOSED = [each for each in OPERATIONS.values() if not each.open and each.parameters]
IDENTIFY, STORE = OPERATIONS["identifyUser"], OPERATIONS["storeResponse"]
OURS, THEIRS = "34de57da-fd12-11ef-83b6-81e7e8e25d94", "3f0c2b1a-9d8e-4f7a-8b6c-5d4e3f2a1b0c"
"""A UUID as Refiner makes them, and one as others do."""
MANY_VALUES: tuple[object, ...] = (
    "abc", "published", "a b", "1", 5, 0, 3.5, True, False, None, "", OURS, THEIRS, "2025-03-01",
    "2025-03-01T10:00:00Z", 1741942811, "a@example.org", "https://x.example/a", [OURS], ["a", "b"], [],
    "a,b", {"plan": "pro"}, {},
)  # fmt: skip


def lists() -> dict[str, dict[str, Any]]:
    return {name: read((HERE / name).read_bytes()) for name in ("misnamings.yaml", "misnamings_of_others.yaml")}


def call(operation: Operation, lacks: str | None) -> tuple[frozenset[str], frozenset[str]]:
    """Return what a call carries and lacks, which is whole but for the parameter `lacks`."""
    needed = frozenset((*operation.required, *operation.one_of[:1])) - {lacks}
    if lacks in operation.one_of:
        return needed - {*operation.one_of}, frozenset(operation.one_of)
    return needed, frozenset(each for each in operation.required if each == lacks)


def value_for(parameter: Parameter) -> object:
    schema = parameter.schema
    if parameter.kind == "array":
        return [OURS] if "$ref" in schema["items"] and "Uuid" in schema["items"]["$ref"] else ["a word"]
    if "enum" in schema and parameter.kind == "string":
        return schema["enum"][1]
    if "x-time" in schema:
        return "2025-03-01"
    by_kind = {"object": {"plan": "pro"}, "boolean": 1, "integer": "50"}
    by_name = {"email": "mira@example.org"}
    return by_kind.get(parameter.kind) or by_name.get(parameter.name) or (OURS if "format" in schema else "abc")


def guesses(listed: dict[str, Any]) -> Iterator[tuple[str, str | None, str | None]]:
    """Yield what was written, with what was meant and what is guessed."""
    for id, part in listed.items():
        operation = OPERATIONS[id]
        plain = ((name, value_for(operation.parameters[wanted]), wanted)
            for wanted, names in part.get("means", {}).items() for name in names)  # fmt: skip
        for name, value, wanted in (*plain, *part.get("valued", ())):
            guess = meant(name, value, operation, *call(operation, wanted))
            yield f"{id} {name}={value}", wanted, guess.name if guess else None


@pytest.mark.parametrize(("listed", "least"), [("misnamings.yaml", 1.0), ("misnamings_of_others.yaml", 0.96)])
def test_what_was_meant_is_guessed_and_hardly_ever_wrongly(
    listed: str, least: float, record_property: Callable[[str, object], None]
) -> None:
    found = list(guesses(lists()[listed]))
    wrong = [each for each in found if each[2] not in (each[1], None)]
    right = sum(guess == wanted for _, wanted, guess in found) / len(found)
    record_property("right", round(right, 3))
    assert (wrong, right >= least) == ([], True), (right, [each for each in found if each[1] != each[2]])
    assert len(found) > 500


def test_nothing_is_guessed_for_a_name_that_stands_for_nothing_whatever_its_value() -> None:
    tried, wrong = 0, []
    for part in lists().values():
        for id, names in ((id, each.get("unknown", ())) for id, each in part.items()):
            for name in names:
                guess = [meant(name, value, OPERATIONS[id], *call(OPERATIONS[id], None)) for value in MANY_VALUES]
                wrong += [(id, name, each) for each in guess if each]
                tried += 1
    assert wrong == []
    assert tried > 300


def test_every_operation_has_enough_names_in_the_lists() -> None:
    first = lists()["misnamings.yaml"]
    with_parameters = {each.id for each in CLOSED}
    assert with_parameters <= first.keys()
    for id in with_parameters:
        assert sum(map(len, first[id]["means"].values())) >= 10, id
        assert len(first[id]["unknown"]) >= 5, id


STYLES: dict[str, Callable[[Sequence[str]], str]] = {
    "camel": lambda words: words[0] + "".join(map(str.title, words[1:])),
    "Pascal": lambda words: "".join(map(str.title, words)),
    "kebab": "-".join,
    "dotted": ".".join,
    "Title": lambda words: " ".join(map(str.title, words)),
    "CAPITALS": lambda words: "_".join(words).upper(),
    "glued": "".join,
    "$": lambda words: "$" + "_".join(words),
    "[]": lambda words: "_".join(words) + "[]",
}


@pytest.mark.parametrize("style", STYLES)
def test_a_parameter_in_the_spelling_of_another_language_is_that_parameter(style: str) -> None:
    for operation in CLOSED:
        for name in operation.parameters:
            respelt = STYLES[style](name.split("_"))
            if respelt != name:
                for value in ("abc", 5, None, [OURS], {"a": 1}):
                    guess = meant(respelt, value, operation, (), operation.required)
                    assert guess is not None, (operation.id, respelt)
                    assert guess.name == name


def test_two_letters_that_changed_places_are_put_back() -> None:
    tried, right = 0, 0
    for operation in CLOSED:
        for name, parameter in operation.parameters.items():
            for at in range(len(name) - 1):
                swapped = name[:at] + name[at + 1] + name[at] + name[at + 2 :]
                if len(name) > 4 and swapped not in operation.parameters:
                    guess = meant(swapped, value_for(parameter), operation, *call(operation, name))
                    assert guess is None or guess.name == name, (operation.id, swapped, guess)
                    tried, right = tried + 1, right + (guess is not None)
    assert right / tried > 0.9


def test_what_is_given_already_is_not_guessed_unless_it_is_spelt_another_way() -> None:
    operation = OPERATIONS["listResponses"]
    assert meant("survey_id", OURS, operation, {"form_uuid"}, ()) is None
    guess = meant("formUuid", OURS, operation, {"form_uuid"}, ())
    assert guess is not None
    assert guess.name == "form_uuid"


def test_what_the_call_lacks_is_likelier() -> None:
    operation = OPERATIONS["publishForm"]
    guess = meant("id", "42", operation, (), {"form_uuid"})
    assert guess is not None
    assert (guess.name, guess.why) == ("form_uuid", "it means the same, and the call lacks it")
    assert meant("id", "42", operation, {"form_uuid"}, ()) is None


def free_names() -> list[tuple[Operation, frozenset[str], object, str | None, str]]:
    rows = yaml.safe_load((HERE / "free_names.yaml").read_text("utf-8"))
    return [
        (OPERATIONS[id], frozenset(carries), value, wanted, name)
        for id, carries, value, wanted, names in rows
        for name in names
    ]


@pytest.mark.parametrize(("operation", "carries", "value", "wanted", "name"), free_names())
def test_a_free_name_that_is_none_is_told_from_one(
    operation: Operation, carries: frozenset[str], value: object, wanted: str | None, name: str
) -> None:
    lacks = [each for each in operation.required if each not in carries]
    lacks += () if carries & {*operation.one_of} else operation.one_of
    guess = control_meant(name, value, operation, carries, lacks)
    assert (guess.name if guess else None) == wanted
    assert wanted is None or not is_ordinary(operation, name)


def traits() -> list[str]:
    found, separator = [], None
    for line in (HERE / "traits.txt").read_text("utf-8").splitlines():
        if line.startswith("#"):
            separator = "|" if "Titles" in line else None
        else:
            found += line.split(separator)
    return list(dict.fromkeys(found))


OWN_IDS = {"user_id", "remote_id", "remoteId"}
"""Traits, unless an e-mail alone says who is meant."""
OTHER_OBJECTS = {"segment", "segment_id"}
"""Traits, unless their value is a list or a UUID of Refiner's."""


def test_no_trait_is_suspected_whatever_its_value() -> None:
    names = traits()
    wrong = [
        (name, value, guess)
        for carries in ({"id"}, {"email"}, {"id", "email", "account"})
        for name in names
        for value in MANY_VALUES
        if not (name in OWN_IDS and carries == {"email"}) and not (name in OTHER_OBJECTS and OURS in str(value))
        if not (name in OTHER_OBJECTS and isinstance(value, list))
        if (guess := control_meant(name, value, IDENTIFY, carries, ()))
    ]
    assert wrong == []
    assert len(names) > 800


def test_nearly_every_trait_is_known_to_be_one_by_its_name_alone() -> None:
    names = traits()
    assert sum(is_ordinary(IDENTIFY, name) for name in names) / len(names) > 0.96


QUALITIES = [
    "first",
    "last",
    "total",
    "monthly",
    "preferred",
    "billing",
    "company",
    "shipping",
    "trial",
    "is",
    "has",
    "avg",
]
THINGS = [
    "plan",
    "name",
    "phone",
    "city",
    "role",
    "score",
    "orders",
    "seats",
    "login",
    "country",
    "team",
    "price",
    "visit",
]
ENDINGS = ["", "count", "at", "date", "type", "status", "name", "level", "url", "v2"]


@settings(max_examples=50, deadline=None)
@given(
    words=st.tuples(st.sampled_from(QUALITIES), st.sampled_from(THINGS), st.sampled_from(ENDINGS)),
    style=st.sampled_from(sorted({*STYLES} - {"[]"})),
    value=st.sampled_from(MANY_VALUES),
    operation=st.sampled_from([IDENTIFY, STORE]),
)
def test_a_name_made_of_ordinary_words_is_a_trait(
    words: tuple[str, ...], style: str, value: object, operation: Operation
) -> None:
    name = STYLES[style]([word for word in words if word])
    assert control_meant(name, value, operation, {"id", "form_uuid"}, ()) is None


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64) | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=5,
)


@settings(max_examples=50, deadline=None)
@given(name=st.text(max_size=100), value=ANYTHING, operation=st.sampled_from(list(OPERATIONS.values())))
def test_any_name_with_any_value_is_judged_and_only_what_is_documented_is_guessed(
    name: str, value: object, operation: Operation
) -> None:
    guess = meant(name, value, operation, (), operation.required)
    assert guess is None or guess.name in operation.parameters
    control_meant(name, value, operation, (), operation.required)


@pytest.mark.parametrize("name", ["", "[]", "?", "x" * 81, "userId" * 20])
def test_a_name_without_words_or_too_long_is_nobodys_slip(name: str) -> None:
    for value in MANY_VALUES:
        assert meant(name, value, OPERATIONS["listForms"], (), ()) is None
        assert control_meant(name, value, IDENTIFY, (), ("id", "email")) is None
    assert is_ordinary(IDENTIFY, name)


def test_a_name_too_long_inside_an_object_is_passed_over() -> None:
    guess = meant("filter", {"x" * 81: OURS, "survey_id": OURS}, OPERATIONS["listResponses"], (), ())
    assert guess is not None
    assert guess.name == "form_uuid"
