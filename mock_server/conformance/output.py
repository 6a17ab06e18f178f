"""Where a report goes: `FMT` to the terminal, `FMT=PATH` to a file, which is written whole or not at all."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import TextIO

from mock_server.errors import UsageError
from mock_server.frozen import frozen
from mock_server.spelling import advice

__all__ = ["FORMATS", "Wanted", "coloured", "put", "wanted"]

FORMATS = ("text", "json", "junit", "markdown", "github")


@frozen
class Wanted:
    """One report that was asked for."""

    format: str
    """One of `FORMATS`."""
    path: str
    """A file, or `-` for standard output."""


def wanted(text: str) -> Wanted:
    """Return what `--report FMT` or `--report FMT=PATH` asks for; without a path, or with `-`, standard output.

    Raises:
        UsageError: when there is no such format, or no path behind the equals sign.
    """
    name, equals, path = text.partition("=")
    if name not in FORMATS:
        raise UsageError(f"There is no report format {name!r}; {advice(name, FORMATS)}")
    if equals and not path:
        raise UsageError(f"--report {text} names no file; say {name}=PATH, or {name} for standard output.")
    return Wanted(name, path or "-")


def coloured(stream: TextIO) -> bool:
    """Tell whether a stream is a terminal that shows colours, and nobody asked for none (`NO_COLOR`)."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def put(text: str, to: str | os.PathLike[str] | TextIO) -> None:
    """Write a text to a stream or a file; missing folders are made.

    Raises:
        UsageError: when a file cannot be written; what was there is there still.
    """
    if not isinstance(to, str | os.PathLike):
        encoding = to.encoding or "utf-8"
        to.write(text.encode(encoding, "backslashreplace").decode(encoding))
        to.flush()
        return
    try:
        _put_whole(text, Path(to))
    except OSError as error:
        raise UsageError(f"The report cannot be written to {os.fspath(to)}: {error.strerror or error}.") from error


def _put_whole(text: str, path: Path) -> None:
    if path.exists() and not path.is_file():  # a pipe or a terminal, such as /dev/stderr, takes what it gets
        path.write_text(text, "utf-8")
        return
    path = path.resolve()  # a link stays one
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name[:200]}.{os.getpid()}")
    try:
        draft.write_text(text, "utf-8")
        draft.replace(path)
    except OSError:
        with suppress(OSError):
            draft.unlink()
        raise
