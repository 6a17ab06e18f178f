"""A live server that does one thing otherwise: a proxy before a real one of ours that alters what it answers."""

from __future__ import annotations

import contextlib
import http.client
import http.server
import json
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import SplitResult, parse_qsl, urlsplit

from mock_server.conformance.drift.battery import check_api
from mock_server.conformance.report import Check, Report
from mock_server.remote import RemoteEnvironment

__all__ = ["Alter", "Reply", "altered", "checked", "each", "findings", "on", "put"]


@dataclass
class Reply:
    """A request as it came, and the answer to it, to be altered."""

    method: str
    path: str
    """Below `/v1`."""
    query: dict[str, str]
    headers: dict[str, str]
    status: int = 200
    value: Any = None
    media_type: str = "application/json"
    more: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    """Sent instead of the value."""

    @property
    def items(self) -> list[dict[str, Any]]:
        """The rows, none where it is no list."""
        return list(self.value.get("items", ())) if isinstance(self.value, dict) else []


Alter = Callable[[Reply], None]


class _Handler(http.server.BaseHTTPRequestHandler):
    """Passes a request on, and what it is answered back."""

    upstream: SplitResult
    before: Alter | None
    alter: Alter

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = urlsplit(self.path)
        asked = dict(parse_qsl(parts.query))
        reply = Reply(self.command, parts.path.removeprefix("/v1"), asked, dict(self.headers))
        query = parts.query
        before = type(self).before
        if before is not None:
            before(reply)
            query = "&".join(pair for pair in query.split("&") if pair.partition("=")[0] in reply.query)
        self._ask(reply, query, body)
        type(self).alter(reply)
        sent = json.dumps(reply.value).encode() if reply.raw is None else reply.raw
        self.send_response(reply.status)
        headers = {"Content-Type": reply.media_type, "Content-Length": str(len(sent)), **reply.more}
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(sent)

    def _ask(self, reply: Reply, query: str, body: bytes) -> None:
        connection = http.client.HTTPConnection(self.upstream.hostname or "", self.upstream.port or 80, timeout=30)
        with contextlib.closing(connection):
            target = self.upstream.path + reply.path + (f"?{query}" if query else "")
            kept = {name: value for name, value in reply.headers.items() if name not in ("Host", "Connection")}
            connection.request(reply.method, target, body or None, kept)
            answer = connection.getresponse()
            reply.status, reply.value = answer.status, json.loads(answer.read())
            if later := answer.getheader("Retry-After"):
                reply.more["Retry-After"] = later

    do_POST = do_DELETE = do_GET  # noqa: N815 - as http.server wants them

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@contextlib.contextmanager
def altered(
    base_url: str, alter: Alter, *, before: Alter | None = None, tls: ssl.SSLContext | None = None
) -> Iterator[str]:
    """Stand before a server until the block ends, and give the base URL; `before` may change what is asked."""
    told = {
        "upstream": urlsplit(base_url),
        "alter": staticmethod(alter),
        "before": before and staticmethod(before),
    }
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), told))
    server.daemon_threads = True
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"{'http' if tls is None else 'https'}://127.0.0.1:{server.server_address[1]}/v1"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def findings(report: Report) -> dict[str, Check]:
    """Return the checks that say something, by id."""
    return {check.id: check for check in report.checks if check.outcome not in ("passed", "skipped")}


def checked(environment: RemoteEnvironment, alter: Alter, *cases: str, **how: Any) -> Report:
    """Return the report on an environment behind something that alters it."""
    with altered(environment.base_url, alter, **how) as url:
        return check_api(url, key=environment.api_key, cases=cases)


def on(path: str, change: Callable[[Reply], object], *, successes: bool = True) -> Alter:
    """Return what alters the answers of one path."""

    def alter(reply: Reply) -> None:
        if reply.path == path and (reply.status == 200 or not successes):
            change(reply)

    return alter


def each(change: Callable[[dict[str, Any]], object]) -> Callable[[Reply], None]:
    """Return what alters every row of a list."""

    def alter(reply: Reply) -> None:
        for item in reply.items:
            change(item)

    return alter


def put(name: str, value: object) -> Callable[[dict[str, Any]], object]:
    """Return what gives an object a value."""
    return lambda item: item.__setitem__(name, value)
