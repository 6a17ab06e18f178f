"""The probe: how it is read, and what it takes for changed and unchanged."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from itertools import chain, count, repeat

import pytest

from mock_server.conformance.receiver import probe as module
from mock_server.conformance.receiver.probe import Probe, Unreadable, apart
from tests.miniatures.receivers.honest import Honest, Receiver


@pytest.fixture(autouse=True)
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_GRACE", 0.01)
    monkeypatch.setattr(module, "_LONGEST_WAIT", 0.1)


def showing(shown: Iterator[bytes]) -> Probe:
    return Probe(lambda: next(shown))


def test_a_url_is_read_by_get_however_long_its_body_is() -> None:
    class Large(Honest):
        def show(self) -> tuple[int, bytes]:
            return 200, b"\xff" * 100_000

    with Receiver(Large) as receiver:
        assert Probe(receiver.probe).rest() == b"\xff" * 100_000


def test_a_url_that_answers_anything_but_200_tells_nothing() -> None:
    class Busy(Honest):
        def show(self) -> tuple[int, bytes]:
            return 503, b""

    with Receiver(Busy) as receiver, pytest.raises(Unreadable, match="answers 503 instead of 200"):
        Probe(f"{receiver.probe}?key=1").rest()
    with pytest.raises(Unreadable, match=r"/probe\?… gives no answer: nothing listens"):
        Probe(f"{receiver.probe}?key=1").rest()


def test_a_command_is_read_by_its_output() -> None:
    assert Probe(f"{sys.executable} -c \"print('two words')\"").rest() == b"two words\n"


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (f"{sys.executable} -c 'import sys; sys.exit(\"no table\x1b\")'", r"ended with 1: no table\\x1b$"),
        ("no-such-command-anywhere", "cannot be run: No such file[^;]*$"),
        (
            "cat /nowhere-at-all | sort",
            r"ended with 1: .*; it is run without a shell: where it needs one, say sh -c '...'$",
        ),
        ("PGUSER=me psql -c 'select 1'", r"cannot be run: No such file or directory; it is run without a shell"),
        ("cat $NOWHERE", "it is run without a shell"),
    ],
)
def test_a_command_that_fails_tells_nothing(command: str, said: str) -> None:
    with pytest.raises(Unreadable, match=said):
        Probe(command).rest()


def test_a_command_that_does_not_end_tells_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_LONGEST_LOOK", 0.2)
    with pytest.raises(Unreadable, match=r"did not end within 0.2 s"):
        Probe("sleep 30").rest()


def test_it_rests_once_two_looks_agree() -> None:
    assert showing(chain([b"1", b"2", b"3"], repeat(b"4"))).rest() == b"4"


def test_what_never_rests_tells_nothing() -> None:
    with pytest.raises(Unreadable, match="goes on changing"):
        showing(str(number).encode() for number in count()).rest()


def test_what_has_failed_once_is_not_asked_again() -> None:
    looks = count()

    def look() -> bytes:
        raise Unreadable(f"look {next(looks)}")

    probe = Probe(look)
    for ask in (probe.rest, probe.rest, lambda: probe.amiss("unchanged")):
        with pytest.raises(Unreadable, match="look 0"):
            ask()


def test_a_change_is_waited_for() -> None:
    late = showing(chain([b"old"] * 5, repeat(b"new")))
    late.rest()
    assert late.amiss("changed") is None
    never = showing(repeat(b"old"))
    never.rest()
    assert never.amiss("changed") == (b"old", b"old")


def test_the_grace_grows_with_what_effects_were_seen_to_take() -> None:
    shown = [b"old"]
    probe = Probe(lambda: shown[-1])
    for demand, effect, amiss in (("changed", b"new", None), ("unchanged", b"newer", (b"new", b"newer"))):
        probe.rest()
        threading.Timer(0.05, shown.append, [effect]).start()
        assert probe.amiss(demand) == amiss


def test_patience_waits_as_long_as_an_effect_may_take_and_is_needed_once() -> None:
    shown = [b"old"]
    probe = Probe(lambda: shown[-1])
    probe.rest()
    assert probe.amiss("unchanged") is None, "that is too early to know"
    with probe.patience():
        probe.rest()
        threading.Timer(0.05, shown.append, [b"new"]).start()
        assert probe.amiss("unchanged") == (b"old", b"new")
    assert not probe.hasty


def test_an_effect_that_shows_too_late_is_the_last_that_is_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_LATEST", 0.001)
    probe = showing(chain([b"old"] * 5, repeat(b"new")))
    probe.rest()
    assert probe.amiss("changed") is None
    with pytest.raises(Unreadable, match=r"effects show only after 0.\d s, .* or give no --probe"):
        probe.rest()


def test_what_is_known_to_rest_is_looked_at_once_until_something_is_sent() -> None:
    looks = count()
    probe = Probe(lambda: b"same" if next(looks) >= 0 else b"")
    probe.rest()
    assert next(looks) == 2
    probe.rest()
    assert next(looks) == 4
    probe.disturbed()
    probe.rest()
    assert next(looks) == 7


@pytest.mark.parametrize(("last", "kept"), [(b"first", False), (b"second", True), (b"third", True)])
def test_what_was_kept_is_not_gone(last: bytes, kept: bool) -> None:
    shown = [b"first"]
    probe = Probe(lambda: shown[-1])
    for now in (b"second", last):
        probe.rest()
        shown.append(now)
        probe.disturbed()
    assert probe.amiss("kept") == (None if kept else (b"second", b"first"))


@pytest.mark.parametrize(
    ("lengths", "once"),
    [
        ((2, 42, 84, 126), True),
        ((2, 42, 84, 168), False),
        ((2, 42, 83, 165), False),
        ((2, 42, 84, 250), False),
        ((2, 42, 84, 84), True),
        ((2, 42, 90, 200), True),
        ((1, 1, 2, 3), True),
        ((4, 12, 16, 34), True),
    ],
    ids=["one entry", "two", "two, of other lengths", "four", "nothing", "not alike", "a count", "short"],
)
def test_what_was_kept_twice_is_told_by_the_length_of_a_list(lengths: tuple[int, ...], once: bool) -> None:
    shown = [b"x" * lengths[0]]
    probe = Probe(lambda: shown[-1])
    for length in lengths[1:]:
        probe.rest()
        shown.append(b"x" * length)
        probe.disturbed()
    assert (probe.amiss("once") is None) == once


def test_contents_are_shown_where_they_part() -> None:
    assert apart(b"a" * 100 + b"1", b"a" * 100 + b"2") == (b"a" * 40 + b"1", b"a" * 40 + b"2")
    assert apart(b"a" * 50, b"a" * 51) == (b"a" * 40, b"a" * 41)
    assert apart(b"", b"x") == (b"", b"x")
