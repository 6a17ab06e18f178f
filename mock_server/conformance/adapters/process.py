"""A client behind a command: one that is started once and asked by lines (`stream`), or anew for each (`oneshot`)."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

from mock_server.conformance.adapters.attached import Attached, ending
from mock_server.conformance.adapters.base import GRACE
from mock_server.conformance.adapters.child import LONGEST_LINE, Child, Ended
from mock_server.conformance.protocol import Garbled, Hello, NoJson, Outcome, Request, read_hello, read_outcome, shown
from mock_server.errors import UsageError

__all__ = ["ProcessAdapter"]

_MODES = ("stream", "oneshot")
_STDERR = "nothing but answers may go to standard output: print diagnostics to stderr"


class ProcessAdapter(Attached):
    """Speaks with a process over its stdin and stdout; see `contracts/adapter.schema.json`."""

    def __init__(
        self,
        command: Sequence[str],
        mode: Literal["stream", "oneshot"] = "stream",
        *,
        env: Mapping[str, str] | None = None,
        cwd: str | Path | None = None,
        hello_within: float = 15.0,
    ) -> None:
        """Attach a command; it is started when it is first needed.

        Args:
            command: the command and its words; no shell is involved.
            mode: `stream` or `oneshot`.
            env: variables besides those of this process.
            cwd: where it runs; by default here.
            hello_within: seconds in which an adapter in a stream must have said its hello.

        Raises:
            UsageError: when there is no command, or no such mode.
        """
        super().__init__(command, env, cwd, hello_within)
        if mode not in _MODES:
            raise UsageError(f"the mode of an adapter's process is {' or '.join(_MODES)}, not {mode!r}")
        self._mode: Literal["stream", "oneshot"] = mode
        self._hello: Hello | None = None
        self._asked = 0

    def hello(self) -> Hello | None:
        """Start it and return its hello; None for `oneshot`, which says none. Raises AdapterFailed, CannotRun."""
        if self._mode == "stream" and self._hello is None:
            self._running()
        return self._hello

    def run(self, request: Request) -> Outcome:
        """Have one operation done. Raises AdapterFailed when no proper answer came, CannotRun for no such command."""
        return self._in_stream(request) if self._mode == "stream" else self._once(request)

    def another(self) -> ProcessAdapter:
        """Return one more of its kind, with a process of its own."""
        return ProcessAdapter(self._command, self._mode, env=self._env, cwd=self._cwd, hello_within=self._hello_within)

    def _in_stream(self, request: Request) -> Outcome:
        child = self._running()
        if not child.idle:
            line = self._line(child, 0.0, request, "")
            self._fail("garbage", f"said {shown(line)} when nothing was asked; {_STDERR}", request.api_key)
        # Each time another case, or a late answer would be taken for one to the next request of the same case.
        self._asked += 1
        return self._ask(child, replace(request, case=f"{request.case}#{self._asked}"))

    def _once(self, request: Request) -> Outcome:
        child = self._start({"REFINER_BASE_URL": request.base_url, "REFINER_API_KEY": request.api_key})
        outcome = self._ask(child, request, last=True)
        self.close()
        return outcome

    def _ask(self, child: Child, request: Request, *, last: bool = False) -> Outcome:
        """Return the answer to a request; after the last one the process must end without another word."""
        until = time.monotonic() + request.deadline_ms / 1_000 + GRACE
        child.send(f"{request.line()}\n".encode(), until)
        if last:
            child.finish()
        line = self._line(child, until, request, f"gave no answer to {request.operation}")
        try:
            outcome = read_outcome(line, request.case)
        except Garbled as what:
            self._fail("garbage", f"did not answer as it should: {_told(what)}", request.api_key)
        if last:
            self._await_end(child, until, request)
        return outcome

    def _await_end(self, child: Child, until: float, request: Request) -> None:
        try:
            more = child.line(until)
        except Ended:
            return
        except TimeoutError:
            if child.exit_code(0) is None:
                self._fail("hang", "gave its answer, but did not end; let it exit then", request.api_key)
            return  # something that it has started holds its stdout
        self._fail("garbage", f"said {shown(more)} after its answer; {_STDERR}", request.api_key)

    def _running(self) -> Child:
        """Return the process, which has said its hello."""
        if self._child is not None:
            return self._child
        child = self._start({})
        line = self._line(child, time.monotonic() + self._hello_within, None, "said no hello")
        try:
            self._hello = read_hello(line)
        except Garbled as what:
            self._fail("garbage", f"must say its hello in its first line, but {_told(what)}")
        return child

    def _line(self, child: Child, until: float, request: Request | None, missing: str) -> bytes:
        """Return the next line, or fail where none comes; `missing` says what did not come then."""
        began, key = time.monotonic(), request.api_key if request else ""
        try:
            line = child.line(until)
        except TimeoutError:
            self._fail("hang", f"{missing} within {until - began:.1f} s", key)
        except Ended:
            asked = f" when it was asked for {request.operation}" if request else " before it said its hello"
            self._fail("crash", f"{ending(child)}{asked}", key)
        if len(line) > LONGEST_LINE:
            self._fail("garbage", f"said a line of more than {LONGEST_LINE} bytes: {shown(line)}", key)
        return line


def _told(what: Garbled) -> str:
    return f"{what}; {_STDERR}" if isinstance(what, NoJson) else str(what)
