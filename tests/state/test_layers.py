from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mock_server.state import layers
from mock_server.state.layers import Layered, parted

ACTS = st.lists(st.tuples(st.sampled_from(["put", "drop", "part"]), st.integers(0, 1), st.integers(0, 9)), max_size=40)


@settings(max_examples=50, deadline=None)
@given(st.dictionaries(st.integers(0, 9), st.integers()), ACTS)
def test_two_that_were_parted_hold_what_two_copies_would(
    start: dict[int, int], acts: list[tuple[str, int, int]]
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(layers, "SMALL", -1)
        sides = list(parted(start.copy()))
        models = [start.copy(), start.copy()]
        for number, (act, side, key) in enumerate(acts):
            if act == "put":
                sides[side][key] = models[side][key] = number
            elif act == "drop" and key in models[side]:
                del models[side][key]
                del sides[side][key]
            elif act == "drop":
                with pytest.raises(KeyError):
                    del sides[side][key]
            elif act == "part":
                sides[side], sides[1 - side] = parted(sides[side])
                models[1 - side] = models[side].copy()
            for mapping, model in zip(sides, models, strict=True):
                assert dict(mapping) == model
                assert len(mapping) == len(model)
                assert [mapping.get(one) for one in range(10)] == [model.get(one) for one in range(10)]
                assert [one in mapping for one in range(10)] == [one in model for one in range(10)]


def test_what_lies_below_is_walked_first_and_in_its_order() -> None:
    mapping = Layered({"a": 1, "b": 2, "c": 3})
    mapping["d"] = 4
    mapping["b"] = 5
    del mapping["a"]
    assert list(mapping.items()) == [("b", 5), ("c", 3), ("d", 4)]


def test_what_is_gone_cannot_be_had_or_taken_again() -> None:
    mapping = Layered({"a": 1})
    assert mapping.pop("a") == 1
    with pytest.raises(KeyError):
        mapping["a"]
    with pytest.raises(KeyError):
        del mapping["a"]
    mapping["a"] = 2
    assert (mapping["a"], len(mapping)) == (2, 1)


def test_a_mapping_that_differs_in_much_is_copied_as_a_whole() -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(layers, "SMALL", 0)
        thin, _ = parted({number: number for number in range(100)})
        assert isinstance(thin, Layered)
        thin[0] = 1
        assert parted(thin)[0] is thin
        thin.update({number: -number for number in range(50)})
        one, other = parted(thin)
        assert one is not thin
        assert dict(one) == dict(other) == dict(thin)
