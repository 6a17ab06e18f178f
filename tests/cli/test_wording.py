"""Words for people at terminals."""

from __future__ import annotations

import io

import pytest

from mock_server.cli.wording import Paint, attempt_arrows, printable, span, target


class Terminal(io.StringIO):
    """A stream that claims to be one."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("micros", "words"),
    [
        (0, "0 ms"),
        (300, "0.3 ms"),
        (1_240, "1.2 ms"),
        (12_400, "12 ms"),
        (5_000_000, "5 s"),
        (1_500_000, "1.5 s"),
        (90_000_000, "1.5 min"),
        (1_800_000_000, "30 min"),
        (36_000_000_000, "10 h"),
        (864_000_000_000, "10 d"),
    ],
)
def test_time_is_told_in_its_largest_unit(micros: int, words: str) -> None:
    assert span(micros) == words


@pytest.mark.parametrize(
    ("environ", "stream", "painted"),
    [
        ({}, Terminal(), True),
        ({"NO_COLOR": ""}, Terminal(), True),
        ({"NO_COLOR": "1"}, Terminal(), False),
        ({"TERM": "dumb"}, Terminal(), False),
        ({}, io.StringIO(), False),
    ],
)
def test_colours_are_for_terminals_that_want_them(environ: dict[str, str], stream: io.StringIO, painted: bool) -> None:
    """NO_COLOR counts where it is not empty (no-color.org)."""
    paint = Paint(stream, environ)
    assert (paint("words", "red") != "words") is painted
    assert (paint.status(500) != "500") is painted


def test_the_class_of_a_status_decides_its_colour() -> None:
    paint = Paint(Terminal(), {})
    colours = [paint.status(status).partition(str(status))[0] for status in (200, 202, 301, 404, 500, 0)]
    assert colours[0] == colours[1]
    assert colours[2] == colours[3]
    assert colours[4] == colours[5]
    assert len(set(colours)) == 3


def test_nothing_that_a_client_sends_steers_the_terminal() -> None:
    assert printable("\x1b[2J\r\n") == "\\x1b[2J\\r\\n"
    assert printable("für Ägypten") == "für Ägypten"


def test_an_address_is_shown_without_what_may_be_secret() -> None:
    assert target("http://127.0.0.1:9000/hook?token=abc") == "http://127.0.0.1:9000/hook?…"
    assert target("http://me:pass@127.0.0.1:9000/hook") == "http://127.0.0.1:9000/hook"


def test_what_the_policy_drops_is_one_line_for_nothing_went_out() -> None:
    attempt = {"status": None, "duration_ms": 0, "error": "on purpose", "answer": None}
    sent = {"id": "d1", "event": "Saw Survey", "url": "http://127.0.0.1:9/hook", "status": "dropped"}
    lines = attempt_arrows({**sent, "attempts": [attempt]}, Paint(io.StringIO(), {}))
    assert lines == ["-> d1 Saw Survey http://127.0.0.1:9/hook dropped: on purpose"]
