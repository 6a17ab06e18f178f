from __future__ import annotations

import copy
import dataclasses
import inspect
import pickle
from dataclasses import FrozenInstanceError, asdict, dataclass, field, fields, replace
from typing import Any, Generic, TypeVar, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mock_server.frozen import frozen

T = TypeVar("T")


@frozen
class Person:
    """Has every kind of field."""

    name: str
    age: int = 1
    traits: dict[str, int] = field(default_factory=dict)
    key: str = field(default="k", repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Standard:
    """The same, as Python makes it."""

    name: str
    age: int = 1
    traits: dict[str, int] = field(default_factory=dict)
    key: str = field(default="k", repr=False, compare=False)


@frozen(kw_only=True)
class Named:
    """Is made by name only, and looks at itself when it is made."""

    low: int = 0
    high: int

    def __post_init__(self) -> None:
        if self.low > self.high:
            raise ValueError("low is above high")


@frozen(eq=False)
class Box(Generic[T]):
    """Equals itself alone."""

    content: T


@frozen
class Plain:
    """Can be hashed, and shows itself in its own way."""

    name: str
    age: int

    def __repr__(self) -> str:
        return f"<{self.name}>"


@frozen
class Guest(Person):
    """Is a person with a host."""

    host: str = ""


_arguments = st.tuples(st.text(), st.integers(), st.dictionaries(st.text(), st.integers(), max_size=2), st.text())


@settings(max_examples=50, deadline=None)
@given(one=_arguments, other=_arguments, many=st.integers(1, 4))
def test_a_frozen_value_is_shown_and_compared_as_a_dataclass_is(
    one: tuple[Any, ...], other: tuple[Any, ...], many: int
) -> None:
    ours, theirs = Person(*one[:many]), Standard(*one[:many])
    assert repr(ours) == repr(theirs).replace("Standard", "Person")
    assert asdict(ours) == {each.name: getattr(theirs, each.name) for each in fields(theirs)}
    assert (ours == Person(*other)) == (theirs == Standard(*other))
    assert ours == Person(*one[:many])
    assert ours != cast("object", theirs)
    assert replace(ours, age=7) == Person(one[0], 7, ours.traits)


def test_a_frozen_class_may_inherit_from_another() -> None:
    guest = Guest("a", 2, host="b")
    assert replace(guest, host="c") == Guest("a", 2, host="c")
    assert guest != Person("a", 2)
    with pytest.raises(FrozenInstanceError):
        guest.age = 3  # type: ignore[misc]


def test_each_value_gets_a_default_of_its_own() -> None:
    assert Person("a").traits is not Person("a").traits


@pytest.mark.parametrize("change", [lambda it: setattr(it, "age", 2), lambda it: delattr(it, "age")])
def test_no_field_of_a_frozen_value_changes(change: Any) -> None:
    person = Person("a")
    with pytest.raises(FrozenInstanceError, match="age"):
        change(person)
    assert person.age == 1
    assert not hasattr(person, "__dict__")


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, lambda it: pickle.loads(pickle.dumps(it))])  # noqa: S301
def test_a_frozen_value_can_be_copied_and_sent_to_another_process(again: Any) -> None:
    copied = again(Person("a", 2, {"b": 3}, "secret"))
    assert type(copied) is Person
    assert asdict(copied) == {"name": "a", "age": 2, "traits": {"b": 3}, "key": "secret"}


def test_its_call_is_that_of_a_dataclass() -> None:
    assert list(inspect.signature(Person).parameters) == list(inspect.signature(Standard).parameters)
    assert Person.__match_args__ == Standard.__match_args__
    with pytest.raises(TypeError, match=r"Person\(\) missing 1 required positional argument: 'name'"):
        Person()  # type: ignore[call-arg]


def test_fields_that_are_given_by_name_may_follow_each_other_in_any_order() -> None:
    assert Named(high=3) == Named(high=3, low=0)
    with pytest.raises(ValueError, match="low is above high"):
        Named(low=4, high=3)
    with pytest.raises(TypeError):
        Named(3)  # type: ignore[call-arg]


def test_a_value_that_is_not_compared_equals_itself_alone() -> None:
    box = Box(1)
    assert box == box  # noqa: PLR0124 - that is the question
    assert box != Box(1)
    assert {box: 1}[box] == 1
    assert Box[str]("a").content == "a"


def test_equal_values_are_one_key_and_what_a_class_says_itself_is_kept() -> None:
    assert {Plain("a", 1): "first", Plain("a", 1): "second"} == {Plain("a", 1): "second"}
    assert repr(Plain("a", 1)) == "<a>"
    with pytest.raises(TypeError, match="unhashable"):
        hash(Person("a"))


def test_it_counts_as_a_dataclass() -> None:
    assert dataclasses.is_dataclass(Person)
    assert [each.name for each in fields(Person)] == ["name", "age", "traits", "key"]
