"""A client behind an HTTP server: in a browser, on a device, or wherever a process has no pipes."""

from __future__ import annotations

import http.client
import socket
import time
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from typing import NoReturn
from urllib.parse import urlsplit

from mock_server.conformance.adapters.attached import Attached, ending
from mock_server.conformance.adapters.base import GRACE, How
from mock_server.conformance.adapters.child import LONGEST_LINE
from mock_server.conformance.adapters.deadline import Aside, Late
from mock_server.conformance.plain import harmless
from mock_server.conformance.protocol import Garbled, Hello, Outcome, Request, read_hello, read_outcome, shown
from mock_server.errors import UsageError

__all__ = ["HttpAdapter"]

Place = tuple[str, int, str]
"""Host, port and what stands in front of every path."""
_PORT_VARIABLE = "REFINER_ADAPTER_PORT"
_PAUSE = 0.02
"""Seconds between two looks whether it listens."""
_ENDING = 0.3
"""Seconds in which a process has ended that does not listen any more."""
_SHORT = 2.0
"""Seconds for a call that does nothing."""
_BROKEN = (OSError, http.client.HTTPException)
"""What HTTP raises."""


class HttpAdapter(Attached):
    """Speaks with an adapter's own HTTP server: `GET /` its hello, `POST /run` a request, `DELETE /` the end."""

    def __init__(
        self,
        command: Sequence[str] = (),
        *,
        url: str | None = None,
        env: Mapping[str, str] | None = None,
        cwd: str | Path | None = None,
        hello_within: float = 15.0,
    ) -> None:
        """Attach a command, which is started when it is first needed, or a server that runs already.

        Args:
            command: it listens on 127.0.0.1, on the port in `REFINER_ADAPTER_PORT`; no shell is involved.
            url: instead of a command, where the adapter listens. It is not ended.
            env: variables besides those of this process.
            cwd: where it runs; by default here.
            hello_within: seconds in which it must have said its hello.

        Raises:
            UsageError: when there is neither or both of command and URL, or the URL is none of HTTP's.
        """
        if bool(command) == (url is not None):
            raise UsageError("an adapter over HTTP is either a command to start or the url of one that runs")
        super().__init__(command or [url or ""], env, cwd, hello_within)
        self._url = url
        self._place = None if url is None else _place(url)
        self._hello: Hello | None = None
        self._aside: Aside | None = None

    def hello(self) -> Hello:
        """Start it if it has to be, and return its hello. Raises AdapterFailed, CannotRun."""
        if self._hello is None:
            self._hello = self._greeted()
        return self._hello

    def run(self, request: Request) -> Outcome:
        """Have one operation done. Raises AdapterFailed when no proper answer came, CannotRun for no such command."""
        if self._failed or self._place is None:
            self._hello = self._greeted()
        within, key = request.deadline_ms / 1_000 + GRACE, request.api_key
        try:
            answer = self._call("POST", "/run", request.line().encode(), within)
            return read_outcome(answer, request.case)
        except (Late, TimeoutError):
            self._fail("hang", f"gave no answer to {request.operation} within {within:.1f} s", key)
        except _BROKEN as reason:
            self._broken(reason, f"when it was asked for {request.operation}", key)
        except Garbled as what:
            self._fail("garbage", f"did not answer as it should: {what}", key)

    def another(self) -> HttpAdapter:
        """Return one more of its kind: another process on another port, or the same server."""
        command = () if self._url else self._command
        return HttpAdapter(command, url=self._url, env=self._env, cwd=self._cwd, hello_within=self._hello_within)

    def close(self) -> None:
        """End what was started here."""
        if self._child is not None:
            with suppress(Late, Garbled, *_BROKEN):
                self._call("DELETE", "/", b"", _SHORT)
        super().close()
        self._forget()

    def _greeted(self) -> Hello:
        """Return its hello, once it was started and listens."""
        until = time.monotonic() + self._hello_within
        if self._url is None:
            self._place = ("127.0.0.1", _free_port(), "")
            self._start({_PORT_VARIABLE: str(self._place[1])})
        self.restarts, self._failed = self.restarts + self._failed, False
        while True:
            try:
                return read_hello(self._call("GET", "/", b"", max(0.0, until - time.monotonic())))
            except (Late, TimeoutError):
                where = f" on 127.0.0.1, port {_PORT_VARIABLE}," if self._url is None else ""
                self._fail("hang", f"said no hello to GET /{where} within {self._hello_within:.1f} s")
            except Garbled as what:
                self._fail("garbage", f"must say its hello to GET /, but {what}")
            except _BROKEN as reason:
                if self._child is None or self._child.exit_code(_PAUSE) is not None:
                    self._broken(reason, "before it said its hello")

    def _call(self, method: str, path: str, body: bytes, within: float) -> bytes:
        """Return what it answers. Raises Late, what HTTP raises, and Garbled where it is no success or too long."""
        assert self._place is not None
        if self._aside is None:
            self._aside = Aside()
        status, answer = self._aside.do(partial(_exchanged, self._place, method, path, body, within), within)
        if not 200 <= status < 300:
            raise Garbled(f"the answer to {method} {path} has the status {status}: {shown(answer)}")
        if len(answer) > LONGEST_LINE:
            raise Garbled(f"the answer to {method} {path} has more than {LONGEST_LINE} bytes: {shown(answer)}")
        return answer

    def _broken(self, reason: Exception, when: str, key: str = "") -> NoReturn:
        """Fail because of what HTTP raised."""
        if self._child is not None and self._child.exit_code(_ENDING) is not None:
            self._fail("crash", f"{ending(self._child)} {when}", key)
        how: How = "crash" if isinstance(reason, OSError) else "garbage"
        said = harmless(str(reason), 120) or type(reason).__name__
        self._fail(how, f"could not be spoken with {when}: {said}", key)

    def _fail(self, how: How, what: str, key: str = "") -> NoReturn:
        self._forget()
        super()._fail(how, what, key)

    def _forget(self) -> None:
        """Drop what belongs to one run of the command."""
        if self._url is None:
            self._place = None
        if self._aside is not None:
            self._aside.leave()
            self._aside = None


def _exchanged(place: Place, method: str, path: str, body: bytes, within: float) -> tuple[int, bytes]:
    host, port, prefix = place
    with closing(http.client.HTTPConnection(host, port, timeout=within)) as connection:
        connection.request(method, prefix + path, body, {"Content-Type": "application/json"} if body else {})
        answer = connection.getresponse()
        return answer.status, answer.read(LONGEST_LINE + 1)


def _place(url: str) -> Place:
    try:
        parts = urlsplit(url)
        if parts.scheme == "http" and parts.hostname:
            return parts.hostname, parts.port or 80, parts.path.rstrip("/")
    except ValueError:  # a port that is none
        pass
    raise UsageError(
        f"the adapter's url must be one of HTTP's, such as http://127.0.0.1:9000, not {harmless(url, 100)}"
    )


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
