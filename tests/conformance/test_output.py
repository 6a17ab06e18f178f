from __future__ import annotations

import errno
import io
import os
from pathlib import Path

import pytest

from mock_server.conformance.output import Wanted, coloured, put, wanted
from mock_server.errors import UsageError


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("text", Wanted("text", "-")),
        ("json=-", Wanted("json", "-")),
        ("junit=out/report.xml", Wanted("junit", "out/report.xml")),
        ("markdown=a=b.md", Wanted("markdown", "a=b.md")),
    ],
)
def test_a_report_is_asked_for_as_format_and_path(text: str, meant: Wanted) -> None:
    assert wanted(text) == meant


@pytest.mark.parametrize(("text", "why"), [("html", "choose from"), ("", "choose from"), ("json=", "names no file")])
def test_what_cannot_be_meant_is_refused(text: str, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        wanted(text)


def test_a_file_is_replaced_whole_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "report.json"
    put("first", path)
    put("second", str(path))
    assert path.read_text("utf-8") == "second"
    assert [file.name for file in path.parent.iterdir()] == ["report.json"]


def test_a_file_that_cannot_be_written_is_said_and_nothing_is_lost(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("mine", "utf-8")
    for path in (tmp_path / "folder", tmp_path / "file" / "below", tmp_path / ("x" * 300)):
        with pytest.raises(UsageError, match="cannot be written"):
            put("text", path)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["file", "folder"]
    assert (tmp_path / "file").read_text("utf-8") == "mine"


def test_a_full_disk_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    path = tmp_path / "report"
    put("first", path)
    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(UsageError, match="No space left on device"):
        put("second", path)
    assert path.read_text("utf-8") == "first"
    assert [file.name for file in tmp_path.iterdir()] == ["report"]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "real")
    put("text", tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_text("utf-8") == "text"


def test_a_device_takes_what_it_gets() -> None:
    put("text", os.devnull)
    assert Path(os.devnull).is_char_device()


def test_a_stream_that_knows_few_characters_gets_the_others_escaped() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, "ascii")
    put("ok ✅", stream)
    assert raw.getvalue() == rb"ok \u2705"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_colours_are_for_terminals_that_nobody_told_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    assert coloured(Terminal())
    assert not coloured(io.StringIO())
    monkeypatch.setenv("NO_COLOR", "1")
    assert not coloured(Terminal())
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("TERM", "dumb")
    assert not coloured(Terminal())
