"""The ready file: written whole or not at all once a server listens, gone when it has stopped."""

from __future__ import annotations

import contextlib
import json
import os
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from mock_server.errors import UsageError

__all__ = ["ReadyFile"]


class ReadyFile:
    """Says where a server listens. Another server's is never taken away, only replaced."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._written = ""

    def clear(self) -> None:
        """Remove what a killed server left behind: it would send its readers to a closed port."""
        with contextlib.suppress(OSError):
            if _leads_nowhere(self._path):
                self._path.unlink()

    def write(self, document: Mapping[str, Any]) -> None:
        """Write it.

        Raises:
            UsageError: when no file can be written there.
        """
        text = json.dumps(document, indent=2) + "\n"
        if not self._path.name:  # `.` or `/`
            raise UsageError(f"cannot write --ready-file {self._path}: Is a directory")
        draft = self._path.with_name(f".{self._path.name}.{os.getpid()}")
        try:
            draft.write_text(text, "utf-8")
            draft.replace(self._path)
        except OSError as error:
            with contextlib.suppress(OSError):
                draft.unlink()
            raise UsageError(f"cannot write --ready-file {self._path}: {error.strerror}") from None
        self._written = text

    def remove(self) -> None:
        """Remove it if it was written and is still this server's."""
        if self._written:
            with contextlib.suppress(OSError):
                if self._path.read_text("utf-8") == self._written:
                    self._path.unlink()


def _leads_nowhere(path: Path) -> bool:
    """Tell whether a ready file names an address at which nobody listens."""
    try:
        address = urlsplit(json.loads(path.read_text("utf-8"))["control_url"])
        socket.create_connection((address.hostname, address.port), timeout=1).close()
    except ConnectionRefusedError:
        return True
    except (OSError, ValueError, LookupError, TypeError, AttributeError):  # there is none, or it is no ready file
        return False
    return False
