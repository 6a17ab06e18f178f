from __future__ import annotations

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_server.state.clock import Clock
from mock_server.state.ids import Ids, is_uuid, new_api_key
from mock_server.state.records import Micros

MARCH = 1_741_944_011_567_000
GREGORIAN = 0x01B21DD213814000


def frozen(at: Micros = MARCH) -> Clock:
    clock = Clock()
    clock.freeze(at)
    return clock


def time_of(text: str) -> Micros:
    return (uuid.UUID(text).time - GREGORIAN) // 10


def test_ids_are_lower_case_uuids_of_version_1_dated_now() -> None:
    """(a) Identifiers: every object id is a UUID v1, lower case, whose time is the creation (RUD-cap, live)."""
    text = Ids(frozen(), "seed").uuid()
    assert text == str(uuid.UUID(text)) == text.lower()
    assert uuid.UUID(text).version == 1
    assert uuid.UUID(text).variant == uuid.RFC_4122
    assert time_of(text) == MARCH


def test_an_id_can_be_dated() -> None:
    """(a) Identifiers: the response uuid's time is `first_shown_at` (RUD-cap, live)."""
    text = Ids(frozen(), "seed").uuid(MARCH - 5_000_000)
    assert uuid.UUID(text).version == 1
    assert time_of(text) == MARCH - 5_000_000


def test_ids_step_on_by_100_ns_while_time_stands_still() -> None:
    ids = Ids(frozen(), "seed")
    first, second = uuid.UUID(ids.uuid()), uuid.UUID(ids.uuid())
    assert second.time - first.time == 1
    assert (second.clock_seq, second.node) == (first.clock_seq, first.node)


def test_the_same_seed_and_calls_give_the_same_ids() -> None:
    one, same, other = (Ids(frozen(), seed) for seed in ("a", "a", "b"))
    calls = [None, MARCH, None, MARCH, 0]
    assert [one.uuid(at) for at in calls] == [same.uuid(at) for at in calls]
    assert one.uuid() != other.uuid()


def test_the_node_is_no_network_card() -> None:
    assert uuid.UUID(Ids(frozen(), "seed").uuid()).node >> 40 & 1


@given(
    st.lists(
        st.one_of(
            st.none(),
            st.tuples(st.just("clock"), st.integers(-10, 10).map(lambda hours: MARCH + hours * 3_600_000_000)),
            st.tuples(st.just("dated"), st.sampled_from([0, MARCH, MARCH + 1, -62_135_596_800_000_000])),
        ),
        max_size=80,
    )
)
def test_no_id_comes_twice_however_the_clock_jumps(steps: list[tuple[str, Micros] | None]) -> None:
    clock = frozen()
    ids = Ids(clock, "seed")
    made = []
    for step in steps:
        if step is None:
            made.extend([ids.uuid(), ids.uuid()])
        elif step[0] == "clock":
            clock.set(step[1])
        else:
            made.append(ids.uuid(step[1]))
    assert len(set(made)) == len(made)
    assert all(is_uuid(text) for text in made)


def test_very_many_ids_of_one_moment_are_all_different() -> None:
    ids = Ids(frozen(), "seed")
    assert len({ids.uuid() for _ in range(20_000)} | {ids.uuid(MARCH) for _ in range(200_000)}) == 220_000


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("87b1755e-00b5-11f0-9944-0d5ca6a3a450", True),
        ("87B1755E-00B5-11F0-9944-0D5CA6A3A450", True),
        ("00000000-0000-0000-0000-000000000000", True),
        ("87b1755e00b511f099440d5ca6a3a450", False),
        ("{87b1755e-00b5-11f0-9944-0d5ca6a3a450}", False),
        ("87b1755e-00b5-11f0-9944-0d5ca6a3a450\n", False),
        ("", False),
        (None, False),
        (5, False),
    ],
)
def test_only_the_canonical_form_is_a_uuid(text: object, verdict: bool) -> None:
    assert is_uuid(text) is verdict


def test_api_keys_are_random_uuids_of_version_4() -> None:
    """(a) Key: a lowercase UUID; those seen in public code are version 4 (RUD-proxy, CS)."""
    key = new_api_key()
    assert is_uuid(key)
    assert key == key.lower()
    assert uuid.UUID(key).version == 4
    assert key != new_api_key()
