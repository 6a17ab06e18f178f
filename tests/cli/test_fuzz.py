"""Any words on the command line end with an exit code, never with a traceback."""

from __future__ import annotations

import re
import socket
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mock_server import cli

OPTIONS = sorted(
    {
        option
        for file in Path(cli.__file__).parent.glob("*.py")
        for option in re.findall(r'"(--[a-z-]+)"', file.read_text("utf-8"))
    }
)
WORDS = ["", "-", "--", "0", "-1", "nan", "x=y", "http://127.0.0.1:9", "http://[", "é\0", "create", "advance", "client"]


def takes_time(word: str) -> bool:
    """A number may be how long to wait."""
    try:
        return not float(word) <= 0
    except ValueError:
        return False


VERBS = ["", *(verb for verb in cli.VERBS if verb != "demo")]
"""The demo begins with a receiver at any free port, and no machine fails at that as the walls here do."""
ANYTHING = st.sampled_from(WORDS) | st.text(max_size=8).filter(lambda word: not takes_time(word))
PARTS = st.sampled_from(OPTIONS) | st.builds("{}={}".format, st.sampled_from(OPTIONS), ANYTHING) | ANYTHING


@pytest.fixture
def walled_off(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No socket is bound or connected, no name looked up, no program started; files are written to a folder."""

    def refused(*_: object, **__: object) -> None:
        raise ConnectionRefusedError(111, "walled off")

    def missing(*_: object, **__: object) -> None:
        raise FileNotFoundError(2, "walled off")

    for name in ("bind", "connect", "connect_ex", "listen"):
        monkeypatch.setattr(socket.socket, name, refused)
    monkeypatch.setattr(socket, "getaddrinfo", refused)
    monkeypatch.setattr(subprocess, "Popen", missing)
    monkeypatch.chdir(tmp_path)


@pytest.mark.usefixtures("walled_off")
@pytest.mark.parametrize("verb", VERBS)
@given(words=st.lists(PARTS, max_size=5))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_words_end_with_a_known_exit_code(verb: str, words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    try:
        code = cli.main([verb, *words] if verb else words)
    except SystemExit as end:
        code = -1 if end.code else 0
    said = capsys.readouterr()
    assert code in range(4)
    assert "Traceback" not in said.err
    assert code == 0 or said.err or said.out, "who fails says why"
