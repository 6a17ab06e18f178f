"""A running server: `MockServer` in a thread of its own, `serve_forever` in the main thread.

Both run the same uvicorn; ours differs from it in two points. It learns at once that it shall stop (uvicorn looks
every 0.1 s), and before it waits for open connections it tells long-polls and deliveries to end, which would
otherwise hold it for ever.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import gc
import socket
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import FrameType, TracebackType
from typing import TYPE_CHECKING, Any, Self

import uvicorn

from mock_server.app import Rooms, create_app
from mock_server.errors import PortTaken, ServerUnavailable, UsageError
from mock_server.server.bounded import SWEEPS
from mock_server.server.protocol import Protocol
from mock_server.settings import Settings

if TYPE_CHECKING:
    from mock_server.remote import Remote, RemoteEnvironment

__all__ = ["MockServer", "serve_forever"]

START_TIMEOUT = 20.0
"""Seconds a server may take from start to listening before it counts as failed."""

GRACE = 0.5
"""Seconds that answers in flight get when the server stops."""


class _Uvicorn(uvicorn.Server):
    """uvicorn that stops at once and says where it listens."""

    def __init__(self, settings: Settings, on_ready: Callable[[str, Rooms], None]) -> None:
        app = create_app(settings)
        self._rooms: Rooms = app.state.rooms
        self._on_ready = on_ready
        self._wake: asyncio.Event | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        super().__init__(
            uvicorn.Config(
                app,
                host=settings.host,
                port=settings.port,
                http=Protocol,
                ws="none",
                access_log=False,
                log_level="error",
                log_config=None,
                server_header=False,
                # What a proxy says of itself is no business of a server on loopback.
                proxy_headers=False,
                # Refiner's own headers are unknown (g15): send only what we must.
                date_header=False,
                lifespan="off",
            )
        )

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self._wake, self._loop = asyncio.Event(), asyncio.get_running_loop()
        await super().startup(sockets)
        if self.started:
            host, port = self.servers[0].sockets[0].getsockname()[:2]
            name = f"[{host}]" if ":" in host else host
            self._on_ready(f"http://{name}:{port}", self._rooms)
            self._sweep()

    def _sweep(self) -> None:
        """Have the connections looked at that wait, now and from now on."""
        assert self._loop is not None, "startup comes first"
        self._loop.call_later(self._rooms.settings.idle_timeout / SWEEPS, self._sweep)
        for connection in list(self.server_state.connections):
            assert isinstance(connection, Protocol), "there is no other"
            connection.sweep()

    async def main_loop(self) -> None:
        assert self._wake is not None, "startup comes first"
        if not self.should_exit:
            await self._wake.wait()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        # Not uvicorn's own: it would raise the signal again after a clean stop and so end with an error code.
        self.stop()

    def stop(self) -> None:
        """Ask the server to stop; from any thread, also before it has started."""
        self.should_exit = True
        if self._loop is not None and self._wake is not None:
            with contextlib.suppress(RuntimeError):  # the loop has closed: it stopped by itself
                self._loop.call_soon_threadsafe(self._wake.set)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # uvicorn's own sleeps 0.1 s and more, too long for a fixture, and waits for idle keep-alive connections.
        for server in self.servers:
            server.close()
        await self._rooms.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
            cycle = getattr(connection, "cycle", None)
            if cycle is not None and cycle.more_body:
                # Half a request gets no answer: without this its reader would be cut off with an error.
                connection.transport.close()
        if self.server_state.tasks:
            _, late = await asyncio.wait(self.server_state.tasks, timeout=GRACE)
            for task in late:
                task.cancel()


def serve_forever(settings: Settings, *, on_ready: Callable[[str, Rooms], None]) -> None:
    """Serve in the main thread until SIGINT or SIGTERM, which it survives by returning.

    Args:
        settings: where and how.
        on_ready: called on the event loop with the server's URL and its rooms once it listens.

    Raises:
        UsageError: when the address cannot be listened on.
    """
    _check_free(settings)
    server = _Uvicorn(settings, on_ready)
    # What start-up made lives as long as the process, and what calls make has hardly a cycle in it: spare the
    # collector the walk over the one and most walks over the other (10 to 20 % of the CPU, performance.md).
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    gc.enable()
    with contextlib.suppress(KeyboardInterrupt, SystemExit):  # uvicorn exits where it cannot listen
        server.run()
    if not server.started:
        raise UsageError(f"cannot listen on {settings.host}:{settings.port}")


def _check_free(settings: Settings) -> None:
    """Refuse a taken port in our own words: uvicorn would exit the process instead."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise PortTaken(settings.host, settings.port) from None
            reason = error.strerror or str(error)
            elsewhere = "--host" if error.errno != errno.EACCES else "--port, or --port 0"
            raise UsageError(
                f"cannot listen on {settings.host}:{settings.port}: {reason}; choose another with {elsewhere}"
            ) from None


class MockServer:
    """A server in its own thread, ready when entered.

    Example:
        with MockServer() as server:
            refiner = server.create_environment(seed="demo")
            client = MyClient(refiner.base_url, refiner.api_key)

    Args:
        settings: how it behaves. Its port counts unless it is the default one, which stands for a free port here.
        overrides: single settings by name, such as `posture="strict"`.

    Raises:
        ServerUnavailable: on start, when it does not listen within 20 seconds.
    """

    def __init__(self, settings: Settings | None = None, **overrides: Any) -> None:
        settings = settings or Settings()
        if settings.port == Settings().port:
            settings = replace(settings, port=0)
        self.settings = replace(settings, **overrides)
        self._server: _Uvicorn | None = None
        self._thread: threading.Thread | None = None
        self._ready = threading.Event()
        self._failure: BaseException | None = None
        self._url = ""
        self._rooms: Rooms | None = None
        self._remote: Remote | None = None

    def start(self) -> Self:
        """Start and return when it listens.

        Raises:
            UsageError: when it runs already, or the port is taken.
            ServerUnavailable: when it does not listen in time.
        """
        if self._thread is not None:
            raise UsageError("the server is running already; make another MockServer for a second one")
        _check_free(self.settings)
        self._server = _Uvicorn(self.settings, self._listening)
        self._thread = threading.Thread(target=self._run, name="refiner-mock", daemon=True)
        self._thread.start()
        if not self._ready.wait(START_TIMEOUT) or self._failure is not None or not self._url:
            failure = self._failure
            self.stop()
            raise ServerUnavailable(f"the server did not start: {failure or 'it gave no reason'}")
        return self

    def stop(self) -> None:
        """Stop and return when the thread has ended; answers in flight get half a second."""
        if self._remote is not None:
            self._remote.close()
        if self._server is not None and self._thread is not None:
            self._server.stop()
            self._thread.join()
        self._server = self._thread = self._remote = self._rooms = self._failure = None
        self._url = ""
        self._ready.clear()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """Where it listens: `http://127.0.0.1:PORT`."""
        if not self._url:
            raise UsageError("the server is not running; use `with MockServer() as server:`")
        return self._url

    @property
    def rooms(self) -> Rooms:
        """The collaborators inside. They belong to the server's thread: from another one only add listeners."""
        if self._rooms is None:
            raise UsageError("the server is not running; use `with MockServer() as server:`")
        return self._rooms

    @property
    def base_url(self) -> str:
        """The mirrored API: `url` + `/v1`."""
        return f"{self.url}/v1"

    @property
    def remote(self) -> Remote:
        """The control API of this server."""
        from mock_server.remote import Remote  # a server that is asked over HTTP alone needs no client of its own

        if self._remote is None:
            self._remote = Remote(self.url, admin_token=self.rooms.settings.admin_token)
        return self._remote

    @property
    def api_key(self) -> str:
        """The key of the environment `default`."""
        return self.remote.environment("default").api_key

    @property
    def project_uuid(self) -> str:
        """The project uuid of the environment `default`."""
        return self.remote.environment("default").project_uuid

    def create_environment(
        self,
        name: str | None = None,
        *,
        seed: str | Mapping[str, Any] | None = None,
        posture: str | None = None,
        dialect: Mapping[str, str] | None = None,
        clock: Mapping[str, Any] | None = None,
        rendering: str | None = None,
    ) -> RemoteEnvironment:
        """Make an isolated environment with a key of its own and return it (see `Remote.create_environment`)."""
        return self.remote.create_environment(
            name, seed=seed, posture=posture, dialect=dialect, clock=clock, rendering=rendering
        )

    def _run(self) -> None:
        assert self._server is not None, "start makes it"
        try:
            self._server.run()
        except BaseException as error:  # noqa: BLE001 - uvicorn leaves by SystemExit; the starter must hear of it
            self._failure = error
        finally:
            self._ready.set()

    def _listening(self, url: str, rooms: Rooms) -> None:
        self._url, self._rooms = url, rooms
        self._ready.set()
