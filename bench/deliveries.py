"""W6: how fast webhooks go out, beside the same HTTP client posting in a bare loop to the same receiver."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from bench.figures import Budget, Figure, Section, Session, paired, spread
from bench.rounds import OURS
from bench.servers import CannotMeasure, Server, clean_environment, pin, running, serve_command
from mock_server.remote import Remote, RemoteEnvironment
from mock_server.settings import Settings

__all__ = ["measure_deliveries"]

DELIVERIES = Budget(must=0.6, moonshot=0.85)
_CONTACTS, _WEBHOOKS = 100, 20
_POSTS = _CONTACTS * _WEBHOOKS
_PAYLOAD = 1_200
"""Bytes of a typical payload."""
_TOKEN = "token"  # noqa: S105 - guards nothing


def measure_deliveries(session: Session) -> list[Section]:
    """Return posts per second of the sender's CPU, of both senders in turns.

    100 surveys are completed on a clock that stands still, with 20 webhooks that wait a minute. Then the clock is
    moved: what is measured is the delivering alone, until everything is delivered and in the log.

    Raises:
        CannotMeasure: when something does not start, or a delivery fails.
    """
    with ExitStack() as stack:
        folder, cores = session.folder, session.cores
        command = [sys.executable, "-m", "bench.posts", "receive"]
        receiver = stack.enter_context(running("receiver", command, folder, cores.load))
        ours = stack.enter_context(running(OURS, serve_command("--port", "0"), folder, cores.server))
        bare_loop = stack.enter_context(_bare_loop(f"{receiver.base_url}/hook", cores.server))
        pin(0, cores.load)
        remote = Remote(ours.base_url.removesuffix("/v1"))
        rates: dict[str, list[float]] = {OURS: [], "the client in a bare loop": []}
        walls: dict[str, list[float]] = {name: [] for name in rates}
        for number in range(session.rounds + 1):
            measured = {OURS: _deliver(remote, ours, receiver), "the client in a bare loop": bare_loop()}
            for name, (cpu, seconds) in measured.items() if number else ():  # the first one only warms
                rates[name].append(_POSTS / cpu)
                walls[name].append(_POSTS / seconds)
    ratios = paired(*rates.values())
    rows = [
        *(spread(name, of_sender) for name, of_sender in rates.items()),
        *(spread(f"{name}, per second", of_sender) for name, of_sender in walls.items()),
    ]
    figure = Figure("W6", "deliveries, against the same client in a bare loop", "x", ratios, DELIVERIES)
    title = f"W6  {_POSTS:,} deliveries to one target: posts per second of the sender's CPU, median, min, max"
    return [Section(title, rows, [figure], {"rates": rates, "per_second": walls})]


def _deliver(remote: Remote, server: Server, receiver: Server) -> tuple[float, float]:
    """Return the seconds of CPU and of time in which one environment delivered everything."""
    with remote.create_environment() as environment:
        environment.freeze()
        form = environment.create_form("Satisfaction", [{"identifier": "nps", "text": "How likely?", "type": "nps"}])
        environment.configure(delivery={"delay": 60})
        for number in range(_WEBHOOKS):
            environment.subscribe(f"{receiver.base_url}/hook/{number}", ["Completed Survey"], auth_token=_TOKEN)
        for number in range(_CONTACTS):
            environment.complete_survey(form["uuid"], f"user-{number}", nps=9)
        begun, cpu = time.perf_counter(), server.cpu()
        _advance(environment)
        took = max(server.cpu() - cpu, 0.01), time.perf_counter() - begun
        states = {one["status"] for one in environment.deliveries()}
        if states != {"delivered"}:
            raise CannotMeasure(f"W6: deliveries ended as {', '.join(sorted(states)) or 'nothing at all'}")
    return took


def _advance(environment: RemoteEnvironment) -> None:
    environment.advance("61s")
    environment.settle(60)


@contextmanager
def _bare_loop(url: str, core: int | None) -> Iterator[Callable[[], tuple[float, float]]]:
    """Hold a process that posts when told; calling it returns its seconds of CPU and of time."""
    command = [sys.executable, "-m", "bench.posts", "loop", url]
    with subprocess.Popen(
        command, env=clean_environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        to, back = process.stdin, process.stdout

        def post() -> tuple[float, float]:
            to.write(f"{_PAYLOAD} {_POSTS} {Settings().delivery_concurrency_per_target}\n")
            to.flush()
            told = json.loads(back.readline())
            return told["cpu"], told["seconds"]

        pin(process.pid, core)
        try:
            yield post
        finally:
            process.terminate()
