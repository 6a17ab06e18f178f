from __future__ import annotations

import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mock_server.state.records import TraitValue
from mock_server.state.shapes import MOST_SHAPES, shaped, shapes

TRAITS = st.dictionaries(st.text(max_size=3), st.text(max_size=3) | st.integers() | st.booleans(), max_size=6)


@settings(max_examples=50, deadline=None)
@given(TRAITS, TRAITS)
def test_it_is_what_the_dict_is(one: dict[str, TraitValue], other: dict[str, TraitValue]) -> None:
    mapping = shaped(one)
    assert mapping == one
    assert one == mapping
    assert (mapping == shaped(other)) == (one == other)
    assert (mapping != shaped(other)) == (one != other)
    assert list(mapping) == list(mapping.keys()) == list(one)
    assert list(mapping.items()) == list(one.items())
    assert list(mapping.values()) == list(one.values())
    assert (len(mapping), bool(mapping), repr(mapping)) == (len(one), bool(one), repr(one))
    assert dict(mapping) == {**mapping} == one
    for name in {*one, *other}:
        assert (mapping.get(name), mapping.get(name, 7), name in mapping) == (
            one.get(name),
            one.get(name, 7),
            name in one,
        )
        assert [mapping[name]] == [one[name]] if name in one else name not in mapping


def test_an_unknown_name_is_a_key_error_and_nothing_can_be_set() -> None:
    mapping = shaped({"plan": "pro"})
    with pytest.raises(KeyError):
        mapping["seats"]
    with pytest.raises(TypeError):
        mapping["plan"] = "free"  # type: ignore[index]


def test_mappings_of_one_make_share_their_names_and_weigh_half() -> None:
    names = [f"name_{number}" for number in range(5)]
    one, other = shaped(dict.fromkeys(names, 1)), shaped(dict.fromkeys(names, 2))
    assert one.keys() is not other.keys()
    assert all(mine is theirs for mine, theirs in zip(one, other, strict=True))
    assert sys.getsizeof(one) <= sys.getsizeof(dict.fromkeys(names)) / 2


def test_shapes_that_are_forgotten_stay_true_for_what_was_made_of_them() -> None:
    before = shaped({"first": 1})
    for number in range(MOST_SHAPES + 1):
        shaped({f"other_{number}": 1})
    assert len(shapes) <= MOST_SHAPES
    assert before == shaped({"first": 1}) == {"first": 1}
