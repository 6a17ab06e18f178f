"""What processes and HTTP servers have in common: a command that is kept running, and started anew after it failed."""

from __future__ import annotations

import shlex
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NoReturn

from mock_server.conformance.adapters.base import AdapterFailed, How, masked, without
from mock_server.conformance.adapters.child import Child
from mock_server.errors import UsageError

__all__ = ["Attached", "ending"]

_LEAVE = 2.0
"""Seconds it has to end by itself."""


class Attached:
    """A command, and the process that runs it if one does."""

    def __init__(
        self, command: Sequence[str], env: Mapping[str, str] | None, cwd: str | Path | None, hello_within: float
    ) -> None:
        """Attach a command. Raises UsageError where it is none."""
        if isinstance(command, str) or not command:
            raise UsageError("the command of an adapter is a list of words, such as ['node', 'adapter.mjs']")
        self.subject = masked(shlex.join(command))
        """The command line, without secrets."""
        self.restarts = 0
        """How often it had to be started anew because it had failed."""
        self._command, self._env, self._cwd, self._hello_within = tuple(command), env, cwd, hello_within
        self._child: Child | None = None
        self._failed = False

    def close(self) -> None:
        """End it and all that it has started; the next request starts it anew."""
        child, self._child = self._child, None
        if child is not None:
            child.end(_LEAVE)

    def _start(self, extra: Mapping[str, str]) -> Child:
        """Start the command with `extra` variables. Raises CannotRun."""
        child = self._child = Child(self._command, {**(self._env or {}), **extra}, self._cwd)
        self.restarts += self._failed
        self._failed = False
        return child

    def _fail(self, how: How, what: str, key: str = "") -> NoReturn:
        """End the process and raise AdapterFailed: "the adapter `what`", and the last of what it wrote to stderr."""
        child, self._child, self._failed = self._child, None, True
        said = ""
        if child is not None:
            child.end()
            said = child.said()
        detail = f"the adapter {what}"
        raise AdapterFailed(how, without(f"{detail}; the last it wrote to stderr:\n{said}" if said else detail, key))


def ending(child: Child) -> str:
    """Return in words how a process ended that has closed its stdout."""
    code = child.exit_code()
    if code is None:
        return "closed its stdout"
    if code >= 0:
        return f"ended with exit code {code}"
    names = {each.value: each.name for each in signal.Signals}
    return f"was killed by {names.get(-code, f'signal {-code}')}"
