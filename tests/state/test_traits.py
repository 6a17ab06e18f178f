from __future__ import annotations

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_server.state.clock import parse_time
from mock_server.state.records import TraitValue
from mock_server.state.shapes import shaped
from mock_server.state.traits import COMPUTED, RESERVED, TraitRegistry, merged, render_value, slug

scalars = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20))
values = st.recursive(scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner))
names = st.text(max_size=12) | st.sampled_from(["email", "userId", "signed_up_at", "birth_date", "account", "name"])


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("firstName", "first_name"),
        ("userCountry", "user_country"),
        ("userId", "user_id"),
        ("username", "username"),
        ("first_name", "first_name"),
        ("a__b", "a__b"),
        ("_x", "_x"),
    ],
)
def test_camel_case_becomes_snake_case_and_lower_case_is_kept(name: str, expected: str) -> None:
    """(c) Traits, slugging: `firstName→first_name`, all-lower input kept (RUD-cap + RUD-dst, live)."""
    assert slug(name) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("First Name", "first_name"), ("address.city", "address_city"), ("HTTPServer", "http_server"),
        ("userID", "user_id"), ("ABC", "abc"), ("$initial", "initial"), ("Größe", "größe"), ("  ", ""), ("", ""),
        ("x" * 300, "x" * 255),
    ],
)  # fmt: skip
def test_other_characters_become_underscores_and_long_slugs_are_cut(name: str, expected: str) -> None:
    assert slug(name) == expected


@given(st.text())
def test_a_slug_is_its_own_slug(name: str) -> None:
    once = slug(name)
    assert len(once) <= 255
    assert slug(once).lower() == once.lower()


def test_nested_objects_are_flattened() -> None:
    """(c) Traits: `address.city→address_city`, `userAddress.state→user_address_state` (RUD-cap + RUD-dst, live)."""
    raw = {"address": {"city": "Bonn"}, "userAddress": {"state": "NW", "geo": {"lat": 50}}, "tags": ["a", "b"]}
    assert TraitRegistry().absorb(raw) == {
        "address_city": "Bonn",
        "user_address_state": "NW",
        "user_address_geo_lat": 50,
        "tags_0": "a",
        "tags_1": "b",
    }


def test_numeric_slugs_occur() -> None:
    """(c) Account: numeric slugs such as "1" occur (RUD-cap, live)."""
    assert TraitRegistry().absorb({"1": "x"}) == {"1": "x"}


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        ("text", "text"), (14, 14), (True, True), (False, False), ("14", 14), ("-5", -5), ("0", 0),
        ("014", "014"), ("+14", "+14"), ("1.5", "1.5"), (1.5, "1.5"), (3.0, 3), (" 14", " 14"), ("-0", "-0"),
        (2_147_483_647, 2_147_483_647), (-2_147_483_647, -2_147_483_647), ("2147483648", "2147483648"),
        (2_147_483_648, "2147483648"), (-2_147_483_648, "-2147483648"), (1e20, "1" + "0" * 20), ("true", "true"),
    ],
)  # fmt: skip
def test_values_keep_their_type_and_integers_are_recognised_in_text(value: object, stored: object) -> None:
    """(c) Traits: string, integer (−2147483647..2147483647), boolean; auto-detected (KB-tr, KB-dm, W6W, docs)."""
    registry = TraitRegistry()
    for _ in range(2):  # the second time the slug is known
        found = registry.absorb({"x": value})["x"]
        assert (found, type(found)) == (stored, type(stored))


@pytest.mark.parametrize("key", ["signed_up_at", "birth_date", "lastLoginAt"])
@pytest.mark.parametrize("value", ["2025-03-14T09:20:11Z", "2025-03-14 09:20:11", 1_741_944_011, "1741944011"])
def test_a_slug_that_ends_in_at_or_date_holds_a_date(key: str, value: object) -> None:
    """(c) Traits: date by suffix, ISO or Unix, emitted as `….000000Z` (KB-tr, docs; RUD-cap, live)."""
    assert TraitRegistry().absorb({key: value}) == {slug(key): "2025-03-14T09:20:11.000000Z"}


def test_a_date_trait_without_a_time_of_day_is_midnight() -> None:
    """(c) Traits: account trait `a_date_at` at midnight (RUD-cap, live)."""
    assert TraitRegistry().absorb({"a_date_at": "2022-10-01"}) == {"a_date_at": "2022-10-01T00:00:00.000000Z"}


def test_what_is_no_date_is_kept_as_it_is() -> None:
    registry = TraitRegistry()
    assert registry.absorb({"trial_at": "soon", "due_date": True}) == {"trial_at": "soon", "due_date": True}
    assert dict(registry.kinds) == {"name": "string", "trial_at": "date", "due_date": "date"}


def test_over_long_text_is_cut() -> None:
    """(c) Traits, (f7): 10,000 characters stored (KB-tr, KB-js)."""
    assert TraitRegistry().absorb({"bio": "x" * 10_001}) == {"bio": "x" * 10_000}


def test_an_empty_value_erases_and_makes_no_trait() -> None:
    """(b) identify: setting a trait to an empty value erases it (W6W/SLATES-spec, docs)."""
    registry = TraitRegistry()
    assert registry.absorb({"plan": "", "seats": None}) == {}
    registry.absorb({"plan": "pro", "seats": 4})
    assert registry.absorb({"plan": "", "seats": None}) == {"plan": None, "seats": None}


def test_slugs_are_known_from_their_first_value_on() -> None:
    """(c) Traits: created on first reception (KB-di, docs)."""
    registry = TraitRegistry()
    assert list(registry.slugs) == ["name"]
    before = registry.revision
    registry.absorb({"plan": "pro", "Age": 3, "vip": True, "signed_at": 0})
    assert list(registry.slugs) == ["age", "name", "plan", "signed_at", "vip"]
    assert registry.revision > before
    assert dict(registry.kinds)["age"] == "integer"
    assert dict(registry.kinds)["vip"] == "boolean"
    again = registry.revision
    registry.absorb({"plan": 5})
    assert registry.revision == again


def test_beyond_a_thousand_traits_further_ones_are_silently_dropped() -> None:
    """(c) Traits: limit 1,000 per environment, further ones dropped (KB-di, docs)."""
    registry = TraitRegistry()
    registry.absorb({f"t{number}": number for number in range(2_000)})
    assert len(registry.slugs) == 1_000
    assert registry.absorb({"new": 1, "t5": "x"}) == {"t5": "x"}
    assert not registry.admit("new", "string")


@pytest.mark.parametrize("name", [*sorted(RESERVED), "apiKey", "firstSeenAt", "Email"])
def test_reserved_names_never_become_traits(name: str) -> None:
    """(c) Traits: reserved are id, email, uuid, account and the computed ones (KB-tr, docs)."""
    registry = TraitRegistry()
    assert registry.absorb({name: "x"}) == {}
    assert registry.slugs == ("name",)
    assert set(COMPUTED) < RESERVED


def test_names_without_any_letter_or_digit_are_left_out() -> None:
    assert TraitRegistry().absorb({"": 1, "  ": 2, "--": 3}) == {}


def test_values_that_were_long_ago_are_read_the_same_again() -> None:
    registry = TraitRegistry()
    first = registry.absorb({"plan": "pro", "n": "7", "due_date": "2025-01-01"})
    for number in range(3_000):
        registry.absorb({"plan": f"{number} text", "due_date": f"{number} seconds", f"Name {number}": 1})
    assert registry.absorb({"plan": "pro", "n": "7", "due_date": "2025-01-01"}) == first


@pytest.mark.parametrize(
    ("value", "shown"), [("x", "x"), (14, "14"), (True, "1"), (False, "0"), (None, None), ("", "")]
)
def test_everything_is_shown_as_text(value: str | int | bool | None, shown: str | None) -> None:
    """(c) Answer values, (f14): attributes are strings (RUD-cap, live), booleans "1" and "0" (guess)."""
    assert render_value(value) == shown


@given(st.lists(st.dictionaries(names, values, max_size=6), max_size=4))
def test_whatever_comes_is_stored_within_the_limits(calls: list[dict[str, object]]) -> None:
    registry = TraitRegistry(limit=12)
    for raw in calls:
        for key, value in registry.absorb(raw).items():
            assert key in registry.kinds
            assert key not in RESERVED
            assert value is None or isinstance(value, str | int)
            if isinstance(value, int):
                assert abs(value) <= 2_147_483_647
            if isinstance(value, str) and registry.kinds[key] == "date" and value.endswith(".000000Z"):
                assert parse_time(value) is not None
    assert len(registry.slugs) <= 12
    assert registry.slugs == tuple(sorted(registry.kinds))


@given(st.dictionaries(names, st.text(max_size=20) | st.integers() | st.booleans(), max_size=4))
def test_absorbing_the_same_twice_gives_the_same(raw: dict[str, object]) -> None:
    registry = TraitRegistry()
    assert registry.absorb(raw) == registry.absorb(raw)


@pytest.mark.parametrize("values", [{"vip": True}, {"vip": True, "plan": "pro"}, {"vip": True, "other": None}])
def test_a_trait_that_changes_from_one_to_true_is_kept_as_it_was_sent(values: dict[str, TraitValue | None]) -> None:
    traits: dict[str, TraitValue] = {"vip": 1, "plan": "pro"}
    for stored in (shaped(traits), traits):
        assert merged(stored, values)["vip"] is True
        assert merged(merged(stored, values), {**values, "vip": 1})["vip"] is not True


def test_merging_erases_what_is_none_and_keeps_what_does_not_change() -> None:
    stored: dict[str, TraitValue] = {"plan": "pro", "seats": 4}
    assert merged(stored, {}) is stored
    assert merged(stored, {"plan": "pro"}) is stored
    assert merged(stored, {"other": None}) is stored
    assert merged(stored, {"plan": None, "x": 1}) == {"seats": 4, "x": 1}
    assert stored == {"plan": "pro", "seats": 4}


def test_equal_values_share_one_object() -> None:
    registry = TraitRegistry()
    first = registry.absorb({"signed_up_at": "2025-03-14", "score": "1234567"})
    registry.absorb({"signed_up_at": "2025-03-15", "score": "7654321"})

    again = registry.absorb({"signed_up_at": "2025-03-14", "score": "1234567"})

    assert all(again[name] is value for name, value in first.items())


def test_a_long_name_is_not_remembered() -> None:
    registry = TraitRegistry()
    name = "x" * 1_000_000
    tracemalloc.start()
    try:
        for number in range(20):
            registry.absorb({f"{name}{number}": ""})
        assert tracemalloc.get_traced_memory()[0] < 1_000_000
    finally:
        tracemalloc.stop()
