from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_server.errors import Invalid
from mock_server.wire import brackets

Pairs = list[tuple[str, str]]


def nest(pairs: Pairs, max_nesting: int = 32, max_parameters: int = 5_000) -> dict[str, object]:
    return brackets.nest(pairs, max_nesting=max_nesting, max_parameters=max_parameters)


@pytest.mark.parametrize(
    ("pairs", "bag"),
    [
        ([("tags[]", "a"), ("tags[]", "b")], {"tags": ["a", "b"]}),
        ([("account[id]", "acme"), ("account[name]", "Acme")], {"account": {"id": "acme", "name": "Acme"}}),
        ([("response_data[nps]", "9")], {"response_data": {"nps": "9"}}),
        ([("contact_data[country]", "France")], {"contact_data": {"country": "France"}}),
    ],
)
def test_the_documented_samples_of_arrays_and_objects_are_read(pairs: Pairs, bag: dict[str, object]) -> None:
    """(a) arrays use `key[]=a&key[]=b`, objects use `key[sub]=v` (docs: W6W, RUD-dst, MIND)."""
    assert nest(pairs) == bag


@pytest.mark.parametrize(
    ("pairs", "bag"),
    [
        ([("a[k][]", "1"), ("a[k][]", "2")], {"a": {"k": ["1", "2"]}}),
        ([("a[][k]", "1"), ("a[][k]", "2")], {"a": [{"k": "1"}, {"k": "2"}]}),
        ([("a[][]", "1"), ("a[][]", "2")], {"a": [["1"], ["2"]]}),
        ([("a[0]", "1"), ("a[1]", "2")], {"a": ["1", "2"]}),
        ([("a[0]", "1"), ("a[]", "2")], {"a": ["1", "2"]}),
        ([("a[1]", "1"), ("a[0]", "2")], {"a": {"1": "1", "0": "2"}}),
        ([("a[5]", "1"), ("a[]", "2")], {"a": {"5": "1", "6": "2"}}),
        ([("a[k]", "1"), ("a[]", "2")], {"a": {"k": "1", "0": "2"}}),
        ([("a[00]", "1"), ("a[]", "2")], {"a": {"00": "1", "0": "2"}}),
        ([("a[-1]", "1")], {"a": {"-1": "1"}}),
        ([("a[٣]", "1")], {"a": {"٣": "1"}}),
        ([("a[99999999999999999999]", "1"), ("a[]", "2")], {"a": {"99999999999999999999": "1", "0": "2"}}),
        ([("a[ ]", "1")], {"a": ["1"]}),
        ([("0", "1"), ("1", "2")], {"0": "1", "1": "2"}),
    ],
)
def test_keys_are_numbered_as_php_numbers_them(pairs: Pairs, bag: dict[str, object]) -> None:
    assert nest(pairs) == bag


@pytest.mark.parametrize(
    ("name", "bag"),
    [
        ("a[b", {"a_b": "1"}),
        ("a[b[c", {"a_b_c": "1"}),
        ("a[", {"a_": "1"}),
        ("a]b", {"a]b": "1"}),
        ("a[b]c", {"a": {"b": "1"}}),
        ("a[b]c[d]", {"a": {"b": "1"}}),
        ("a[b][c", {"a": {"b": "1"}}),
        ("a[b[c]", {"a": {"b[c": "1"}}),
        ("[a]", {}),
        ("[", {}),
        ("", {}),
    ],
)
def test_unbalanced_brackets_are_read_as_php_reads_them(name: str, bag: dict[str, object]) -> None:
    assert nest([(name, "1")]) == bag


def test_blanks_and_dots_in_names_are_kept() -> None:
    assert nest([(" a.b c", "1"), ("d. e[f.g]", "2")]) == {" a.b c": "1", "d. e": {"f.g": "2"}}


def test_a_later_scalar_replaces_an_earlier_one_in_its_place() -> None:
    bag = nest([("a", "1"), ("b", "2"), ("a", "3"), ("c[k]", "4"), ("c[k]", "5")])
    assert list(bag.items()) == [("a", "3"), ("b", "2"), ("c", {"k": "5"})]


@pytest.mark.parametrize("turned", [False, True])
def test_a_bracketed_path_beats_a_scalar_whichever_comes_first(turned: bool) -> None:
    """(a) duplicate names (assumed)."""
    top, deep = [("a", "1"), ("a[]", "2")], [("a[k]", "1"), ("a[k][]", "2")]
    assert nest(top[::-1] if turned else top) == {"a": ["2"]}
    assert nest(deep[::-1] if turned else deep) == {"a": {"k": ["2"]}}


def test_too_many_parameters_and_too_deep_brackets_are_refused_by_the_name_of_their_setting() -> None:
    assert nest([("a[][]", "1")] * 3, max_nesting=2, max_parameters=3) == {"a": [["1"]] * 3}
    with pytest.raises(Invalid, match="max_parameters"):
        nest([("a", "1")] * 4, max_parameters=3)
    with pytest.raises(Invalid, match="max_nesting"):
        nest([("a[][][]", "1")], max_nesting=2)


def _no_number(name: str) -> bool:
    return not name.isdecimal()


names = st.text(st.characters(exclude_characters="[]", exclude_categories=["Cs"]), min_size=1, max_size=5).filter(
    lambda name: name != " "
)
values: st.SearchStrategy[object] = st.recursive(
    st.text(max_size=5),
    lambda inner: (
        st.lists(inner, min_size=1, max_size=3)
        | st.dictionaries(names.filter(_no_number), inner, min_size=1, max_size=3)
    ),
    max_leaves=8,
)


def _spelled(prefix: str, value: object) -> Pairs:
    """Write a value as a form does, lists with their numbers, since `a[][k]` would start a new item each time."""
    if isinstance(value, dict):
        return [pair for key, inner in value.items() for pair in _spelled(f"{prefix}[{key}]", inner)]
    if isinstance(value, list):
        return [pair for at, inner in enumerate(value) for pair in _spelled(f"{prefix}[{at}]", inner)]
    return [(prefix, str(value))]


@given(st.dictionaries(names, values, max_size=4))
def test_a_nested_value_spelled_in_brackets_comes_back_with_its_order(bag: dict[str, object]) -> None:
    nested = nest([pair for name, value in bag.items() for pair in _spelled(name, value)])
    assert nested == bag
    assert list(nested) == list(bag)


@given(st.lists(st.tuples(st.text("ab[]01. ", max_size=10), st.text(max_size=3)), max_size=12))
def test_any_names_give_nothing_but_text_lists_and_dicts(pairs: Pairs) -> None:
    def check(value: object) -> None:
        if isinstance(value, dict):
            assert all(type(key) is str for key in value)
            for inner in value.values():
                check(inner)
        elif isinstance(value, list):
            for inner in value:
                check(inner)
        else:
            assert type(value) is str

    bag = nest(pairs)
    assert type(bag) is dict
    check(bag)


@given(
    st.lists(st.tuples(st.sampled_from(["a", "b", "a[]", "a[k]", "a[0]", "a[k][]", "b[x]"]), st.text("xy")), max_size=8)
)
def test_nesting_equals_a_model_of_parse_str(pairs: Pairs) -> None:
    """The model walks paths the slow way, on one flat table from path to text."""
    assert nest(pairs) == _model(pairs)


def _model(pairs: Pairs) -> dict[str, object]:
    table: dict[tuple[str, ...], str] = {}
    for name, text in pairs:
        path: list[str] = [name.partition("[")[0]]
        for key in name.replace("]", "").split("[")[1:]:
            used = {known[len(path)] for known in table if len(known) > len(path) and list(known[: len(path)]) == path}
            numbers = [int(known) for known in used if known.isdecimal()]
            path.append(key or str(max(numbers, default=-1) + 1))
        taken = tuple(path)
        if any(len(known) > len(taken) and known[: len(taken)] == taken for known in table):
            continue  # a path beats a scalar
        for shorter in range(1, len(taken)):
            table.pop(taken[:shorter], None)
        table[taken] = text
    return _grown(table, ())


def _grown(table: dict[tuple[str, ...], str], prefix: tuple[str, ...]) -> dict[str, object]:
    grown: dict[str, object] = {}
    for path in table:
        if len(path) <= len(prefix) or path[: len(prefix)] != prefix or path[len(prefix)] in grown:
            continue
        key = path[len(prefix)]
        here = (*prefix, key)
        if here in table:
            grown[key] = table[here]
            continue
        inner = _grown(table, here)
        grown[key] = list(inner.values()) if list(inner) == [str(at) for at in range(len(inner))] else inner
    return grown
