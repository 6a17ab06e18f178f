"""W1, W2, W3: interleaved rounds whose order rotates, over servers that send the same bytes."""

from __future__ import annotations

import http.client
import json
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from urllib.parse import urlsplit

from bench.figures import Figure, Section, Session, paired, spread
from bench.load import press
from bench.servers import CannotMeasure, Server, pin, running, serve_command
from bench.workloads import USERS, WORKLOADS, Workload, identify_body

__all__ = ["BARE", "OURS", "ask", "identify_all", "measure_workloads", "race"]

BARE, OURS = "bare ASGI", "refiner-mock"

Rates = dict[str, list[float]]
"""Answers per second of server CPU, one of each round, by server."""


def measure_workloads(session: Session) -> list[Section]:
    """Return what was measured of the workloads that are wanted; every round asks every server once.

    Raises:
        CannotMeasure: when a server does not start, answers with an error or sends other bytes than we do.
    """
    with ExitStack() as stack:
        folder, core = session.folder, session.cores.server
        ours = stack.enter_context(running(OURS, serve_command("--port", "0"), folder, core))
        identify_all(ours)
        answers = folder / "answers.json"
        # What the references repeat: the body only, since what our headers say is work of ours.
        answers.write_text(
            json.dumps({each.path.partition("?")[0]: ask(ours, each).decode() for each in WORKLOADS}), "utf-8"
        )
        servers = []
        for name, kind in ((BARE, "bare"), ("Starlette", "starlette")):
            command = [sys.executable, "-m", "bench.references", kind, "--answers", str(answers)]
            servers.append(stack.enter_context(running(name, command, folder, core)))
        servers.append(ours)
        pin(0, session.cores.load)
        return [_measured(each, servers, session) for each in WORKLOADS if each.name in session.only]


def _measured(workload: Workload, servers: Sequence[Server], session: Session) -> Section:
    rates = race(workload, servers, session)
    sizes = {server.name: len(ask(server, workload)) for server in servers}
    if len(set(sizes.values())) != 1:
        raise CannotMeasure(f"{workload.name} is no race, the answers differ in length: {sizes}")
    ratios = paired(rates[OURS], rates[BARE])
    lines = [f"    {'':36}{'median':>11}{'min':>11}{'max':>11}{'to bare':>9}"]
    for server, of_server in rates.items():
        against = Figure("", "", "x", paired(of_server, rates[BARE]), workload.budget).median
        lines.append(spread(server, of_server, more=f"{against:>9.2f}"))
    return Section(
        f"{workload.name}  {workload.title} ({sizes[OURS]:,} bytes of answer): answers per second of server CPU",
        lines,
        [Figure(workload.name, f"{workload.short}, against bare ASGI", "x", ratios, workload.budget)],
        {"rates": rates, "answer_bytes": sizes[OURS]},
    )


def race(workload: Workload, servers: Sequence[Server], session: Session) -> Rates:
    """Return the rates of all servers, who take turns at being first; the seconds before are not counted."""
    for server in servers:
        press(server, workload, min(1, session.seconds), session.folder)  # warm
    rates: Rates = {server.name: [] for server in servers}
    for number in range(session.rounds):
        turn = number % len(servers)
        for server in (*servers[turn:], *servers[:turn]):
            before = server.cpu()
            count = press(server, workload, session.seconds, session.folder)
            rates[server.name].append(count / max(server.cpu() - before, 0.01))
    return rates


def identify_all(server: Server) -> None:
    """Let the server know the users that the workloads name."""
    identify = WORKLOADS[0]
    for number in range(USERS):
        ask(server, identify, identify_body(number))


def ask(server: Server, workload: Workload, body: str | None = None) -> bytes:
    """Return the answer to a workload's first body, or to another one.

    Raises:
        CannotMeasure: when it is no success.
    """
    connection = http.client.HTTPConnection(urlsplit(server.base_url).netloc, timeout=30)
    headers = {"Authorization": f"Bearer {server.api_key}", "Content-Type": "application/json"}
    sent = workload.bodies[0] if body is None else body
    connection.request(workload.method, workload.path, sent.encode() or None, headers)
    answer = connection.getresponse()
    read = answer.read()
    connection.close()
    if answer.status >= 300:
        raise CannotMeasure(f"{server.name} answered {workload.method} {workload.path} with {answer.status}: {read!r}")
    return read
