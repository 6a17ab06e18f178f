"""The measurement: interleaved rounds whose order rotates, and the start-up race."""

from __future__ import annotations

import http.client
import json
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from bench.load import press
from bench.servers import CannotMeasure, Cores, Server, clean_environment, pin, running, serve_command
from bench.workloads import USERS, WORKLOADS, Workload, identify_body

__all__ = ["BARE", "OURS", "Start", "measure_start", "measure_workloads"]

BARE, OURS = "bare ASGI", "refiner-mock"

Rates = dict[str, list[float]]
"""Answers per second of server CPU, one of each round, by server."""


@dataclass(frozen=True, slots=True)
class Start:
    """Seconds that each start took: ours to the first 200, and an interpreter that does nothing."""

    ours: list[float]
    python: list[float]


def measure_workloads(rounds: int, seconds: int, cores: Cores, folder: Path) -> dict[str, Rates]:
    """Return the rates of all servers by workload; every round asks every server once.

    Raises:
        CannotMeasure: when a server does not start or answers with an error.
    """
    with ExitStack() as stack:
        ours = stack.enter_context(running(OURS, serve_command("--port", "0"), folder, cores.server))
        answers = folder / "answers.json"
        answers.write_text(json.dumps(_collect_answers(ours)), "utf-8")
        servers = []
        for name, kind in ((BARE, "bare"), ("Starlette", "starlette")):
            command = [sys.executable, "-m", "bench.references", kind, "--answers", str(answers)]
            servers.append(stack.enter_context(running(name, command, folder, cores.server)))
        servers.append(ours)
        pin(0, cores.load)
        return {workload.name: _measure(workload, servers, rounds, seconds, folder) for workload in WORKLOADS}


def _measure(workload: Workload, servers: Sequence[Server], rounds: int, seconds: int, folder: Path) -> Rates:
    for server in servers:
        press(server, workload, 1, folder)  # warm
    rates: Rates = {server.name: [] for server in servers}
    for number in range(rounds):
        turn = number % len(servers)
        for server in (*servers[turn:], *servers[:turn]):
            before = server.cpu()
            count = press(server, workload, seconds, folder)
            rates[server.name].append(count / (server.cpu() - before))
    return rates


def _collect_answers(ours: Server) -> dict[str, str]:
    """Identify the users once and return our answer to each workload by path, for the references to repeat."""
    bodies = [("POST", "/v1/identify-user", identify_body(number)) for number in range(USERS)]
    asked = [*bodies, *((workload.method, workload.path, workload.bodies[0]) for workload in WORKLOADS)]
    headers = {"Authorization": f"Bearer {ours.api_key}", "Content-Type": "application/json"}
    connection = http.client.HTTPConnection(urlsplit(ours.base_url).netloc, timeout=30)
    answers = {}
    for method, path, body in asked:
        connection.request(method, path, body.encode() or None, headers)
        answer = connection.getresponse()
        text = answer.read().decode()
        if answer.status >= 300:
            raise CannotMeasure(f"{OURS} answered {method} {path} with {answer.status}: {text[:300]}")
        answers[path.partition("?")[0]] = text
    connection.close()
    return answers


def measure_start(rounds: int, cores: Cores) -> Start:
    """Return how long refiner-mock takes to its first 200 and `python -c pass` to its end, in turns."""
    pin(0, cores.load)
    _start_once(cores)  # warm: byte code, caches of the file system
    start = Start([], [])
    for _ in range(rounds):
        begun = time.perf_counter()
        process = subprocess.Popen([sys.executable, "-c", "pass"], env=clean_environment())
        pin(process.pid, cores.server)
        process.wait()
        start.python.append(time.perf_counter() - begun)
        start.ours.append(_start_once(cores))
    return start


def _start_once(cores: Cores) -> float:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    begun = time.perf_counter()
    command = serve_command("--port", str(port))
    with subprocess.Popen(
        command, env=clean_environment(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            pin(process.pid, cores.server)
            while not _healthy(port):
                if process.poll() is not None:
                    raise CannotMeasure(f"{OURS} did not start: {process.communicate()[1][-2000:].strip()}")
                if time.perf_counter() - begun > 30:
                    raise CannotMeasure(f"{OURS} gave no answer within 30 seconds of its start")
                time.sleep(0.001)
            return time.perf_counter() - begun
        finally:
            process.terminate()


def _healthy(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/_mock/api/health")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()
