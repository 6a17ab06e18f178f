"""The probe: how it is read, and what it takes for changed and unchanged."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from itertools import chain, count, repeat

import pytest

from mock_server.conformance import probe as module
from mock_server.conformance.probe import Probe, Unreadable, apart
from tests.conformance.receivers import Honest, listening


@pytest.fixture(autouse=True)
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_GRACE", 0.01)
    monkeypatch.setattr(module, "_LONGEST_WAIT", 0.1)


def showing(shown: Iterator[bytes]) -> Probe:
    return Probe(lambda: next(shown))


def test_a_url_is_read_by_get_however_long_its_body_is() -> None:
    class Large(Honest):
        def shown(self) -> tuple[int, bytes]:
            return 200, b"\xff" * 100_000

    with listening(Large()) as place:
        assert Probe(place.url).at_rest() == b"\xff" * 100_000


def test_a_url_that_answers_anything_but_200_tells_nothing() -> None:
    class Busy(Honest):
        def shown(self) -> tuple[int, bytes]:
            return 503, b""

    with listening(Busy()) as place, pytest.raises(Unreadable, match="answers 503 instead of 200"):
        Probe(f"{place.url}?key=1").at_rest()
    with pytest.raises(Unreadable, match=r"/hook\?… gives no answer: nothing listens"):
        Probe(f"{place.url}?key=1").at_rest()


def test_a_command_is_read_by_its_output() -> None:
    assert Probe(f"{sys.executable} -c \"print('two words')\"").at_rest() == b"two words\n"


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (f"{sys.executable} -c 'import sys; sys.exit(\"no table\\x1b\")'", r"ended with 1: no table\\x1b"),
        ("no-such-command-anywhere", "cannot be run: No such file"),
    ],
)
def test_a_command_that_fails_tells_nothing(command: str, said: str) -> None:
    with pytest.raises(Unreadable, match=said):
        Probe(command).at_rest()


def test_a_command_that_does_not_end_tells_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_PATIENCE", 0.2)
    with pytest.raises(Unreadable, match=r"did not end within 0.2 s"):
        Probe("sleep 30").at_rest()


def test_it_is_at_rest_once_two_looks_agree() -> None:
    assert showing(chain([b"1", b"2", b"3"], repeat(b"4"))).at_rest() == b"4"


def test_what_never_rests_tells_nothing() -> None:
    with pytest.raises(Unreadable, match="goes on changing"):
        showing(str(number).encode() for number in count()).at_rest()


def test_a_change_is_waited_for() -> None:
    assert showing(chain([b"old"] * 3, repeat(b"new"))).changed(b"old")
    assert not showing(repeat(b"old")).changed(b"old")


def test_the_grace_grows_with_what_effects_were_seen_to_take() -> None:
    shown, ready = [b"old"], threading.Timer(0.05, lambda: shown.append(b"new"))
    probe = Probe(lambda: shown[-1])
    ready.start()
    assert probe.changed(b"old")
    late = threading.Timer(0.07, lambda: shown.append(b"newer"))
    late.start()
    assert probe.unchanged(b"new") == b"newer"


def test_effects_that_show_too_late_do_not_tell_that_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_LATEST", 0.001)
    probe = showing(chain([b"old"] * 3, repeat(b"new")))
    assert probe.changed(b"old")
    with pytest.raises(Unreadable, match="too late to tell that there is none"):
        probe.unchanged(b"new")


def test_what_is_known_to_rest_is_looked_at_once_until_something_is_sent() -> None:
    looks = count()
    probe = Probe(lambda: b"same" if next(looks) >= 0 else b"")
    probe.at_rest()
    assert next(looks) == 2
    probe.at_rest()
    assert next(looks) == 4
    probe.disturbed()
    probe.at_rest()
    assert next(looks) == 7


def test_contents_are_shown_where_they_part() -> None:
    assert apart(b"a" * 100 + b"1", b"a" * 100 + b"2") == (b"a" * 40 + b"1", b"a" * 40 + b"2")
    assert apart(b"a" * 50, b"a" * 51) == (b"a" * 40, b"a" * 41)
    assert apart(b"", b"x") == (b"", b"x")
