"""`python -m bench.peers`: the mock servers that package registries have, on our workload and our core.

Each is installed below `.bench/peers` and given what it needs to answer W1 and W3: no state, no judge. One that cannot
be had or does not run is said with the reason.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from bench import report
from bench.figures import Figure, Section, Session, paired, spread
from bench.load import press
from bench.peer_table import PEERS, Answers, Peer
from bench.rounds import OURS, ask, identify_all
from bench.servers import CannotMeasure, Server, choose_cores, clean_environment, pin, running, serve_command, stopping
from bench.workloads import WORKLOADS, Workload

__all__ = ["main"]

FOLDER = report.KEPT / "peers"
_IDENTIFY, _LIST = WORKLOADS[0], WORKLOADS[2]
_COLD = 5.0
"""Seconds that count as the first ones."""
_WARMINGS = 8
_PATIENCE = 60.0


def main() -> int:
    """Return 0 when those were raced that can be had, however it went, and 2 when none could."""
    parser = argparse.ArgumentParser(prog="python -m bench.peers", description="Race refiner-mock against its peers.")
    parser.add_argument("--rounds", type=int, default=5, help="rounds of every workload (default 5)")
    parser.add_argument("--seconds", type=float, default=2, help="length of one press on one server (default 2)")
    parser.add_argument("--only", default="", metavar="NAMES", help=f"some of {','.join(one.name for one in PEERS)}")
    given = parser.parse_args()
    cores = choose_cores()
    pin(0, cores.load)
    facts = report.machine(cores)
    print(report.header(facts), flush=True)
    sections = []
    with tempfile.TemporaryDirectory() as folder:
        session = Session(given.rounds, given.seconds, cores, Path(folder), ())
        for peer in PEERS:
            if given.only and peer.name not in given.only.split(","):
                continue
            try:
                sections.append(_raced(peer, session))
            except (CannotMeasure, OSError, subprocess.SubprocessError) as reason:
                sections.append(Section(f"{peer.name}  not raced: {' '.join(str(reason).split())[:600]}"))
            print(report.section(sections[-1]), flush=True)
    print(report.budgets([figure for one in sections for figure in one.figures]))
    path = report.write(report.document(facts, sections), "peers")
    print(f"\nkept in {path.relative_to(report.KEPT.parent)}")
    return 0 if any(one.figures for one in sections) else 2


def _raced(peer: Peer, session: Session) -> Section:
    """Return how one peer did beside us: both from their start on, then both warm and in turns."""
    folder, version = _installed(peer)
    core = session.cores.server
    with running(OURS, serve_command("--port", "0"), session.folder, core) as ours:
        identify_all(ours)
        bodies = {each.name: ask(ours, each).decode() for each in (_IDENTIFY, _LIST)}
        answers: Answers = [
            (each.method, each.path.partition("?")[0].replace("/v1", peer.prefix, 1), bodies[each.name])
            for each in (_IDENTIFY, _LIST)
        ]
        with running(OURS, serve_command("--port", "0"), session.folder, core) as fresh:
            cold = {OURS: [_rate(fresh, _IDENTIFY, _COLD, session)]}
        begun = time.perf_counter()
        with _running(peer, folder, answers, ours.api_key, session) as theirs:
            start = time.perf_counter() - begun
            cold[peer.name] = [_rate(theirs, _at(peer, _IDENTIFY), _COLD, session)]
            _warm(theirs, _at(peer, _IDENTIFY), session)
            rates = {each.name: _in_turns(peer, each, ours, theirs, session) for each in (_IDENTIFY, _LIST)}
            sent = {each.name: len(ask(theirs, _at(peer, each))) for each in (_IDENTIFY, _LIST)}
    lines = [f"    {'answers per second of server CPU':36}{'median':>11}{'min':>11}{'max':>11}"]
    for words, found in (("W1, first 5 s", cold), ("W1, warm", rates["W1"]), ("W3, warm", rates["W3"])):
        lines += [spread(f"{words}: {name}", of_server) for name, of_server in found.items()]
    lines.append(
        f"    it started in {start:.1f} s and sends {sent['W1']:,} and {sent['W3']:,} bytes (we {len(bodies['W3']):,})"
    )
    figures = [Figure("W1", f"against {peer.name} {version}, warm", "x", paired(*rates["W1"].values()), peer.budget)]
    if peer.cold is not None:
        ratio = paired(*cold.values())
        figures.append(Figure("W1", f"against {peer.name} {version}, first 5 seconds", "x", ratio, peer.cold))
    data = {"peer": peer.name, "version": version, "cold": cold, "rates": rates, "start": start, "sent": sent}
    return Section(f"{peer.name} {version}", lines, figures, data)


def _at(peer: Peer, workload: Workload) -> Workload:
    """Return a workload as the peer is asked for it."""
    return replace(workload, path=workload.path.replace("/v1", peer.prefix, 1))


def _rate(server: Server, workload: Workload, seconds: float, session: Session) -> float:
    """Return the answers per second of CPU."""
    before = server.cpu()
    return press(server, workload, seconds, session.folder) / max(server.cpu() - before, 0.01)


def _warm(server: Server, workload: Workload, session: Session) -> None:
    """Press until the server gets no faster: what a virtual machine compiles meanwhile takes it long."""
    best, vain = 0.0, 0
    for _ in range(_WARMINGS):
        rate = _rate(server, workload, _COLD, session)
        vain = vain + 1 if rate < best * 1.05 else 0
        if vain == 2:
            return
        best = max(best, rate)


def _in_turns(peer: Peer, workload: Workload, ours: Server, theirs: Server, session: Session) -> dict[str, list[float]]:
    rates: dict[str, list[float]] = {OURS: [], peer.name: []}
    for number in range(session.rounds):
        pair = ((workload, ours), (_at(peer, workload), theirs))
        for each, server in pair if number % 2 else pair[::-1]:
            rates[server.name].append(_rate(server, each, session.seconds, session))
    return rates


def _installed(peer: Peer) -> tuple[Path, str]:
    """Return the folder and the version of a peer, which is installed unless it is there.

    Raises:
        CannotMeasure: when it cannot be.
    """
    if shutil.which(peer.needs) is None:
        raise CannotMeasure(f"there is no {Path(peer.needs).name} to run it")
    folder = FOLDER / peer.name
    python, package = peer.package.startswith("pypi:"), peer.package.removeprefix("pypi:")
    if not (folder / "installed").exists():
        folder.mkdir(parents=True, exist_ok=True)
        if not python:
            command = ["npm", "install", "--no-audit", "--no-fund", "--no-save", "--prefix", str(folder), package]
        elif shutil.which("uv"):
            command = ["uv", "pip", "install", "--python", sys.executable, "--target", str(folder), package]
        else:
            command = [sys.executable, "-m", "pip", "install", "--target", str(folder), package]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
        if done.returncode:
            raise CannotMeasure(f"it could not be installed: {(done.stderr or done.stdout)[-400:]}")
        (folder / "installed").touch()
    if python:
        facts = next(folder.glob("pytest_httpserver-*.dist-info"))
        return folder, facts.name.partition("-")[2].removesuffix(".dist-info")
    known = json.loads((folder / "node_modules" / package / "package.json").read_text("utf-8"))
    return folder, str(known["version"])


@contextmanager
def _running(peer: Peer, folder: Path, answers: Answers, key: str, session: Session) -> Iterator[Server]:
    port = _free_port()
    log = session.folder / f"{peer.name}.log"
    environment = {**clean_environment(), "PYTHONPATH": str(folder)} if peer.package.startswith("pypi:") else None
    with log.open("wb") as output:
        process = subprocess.Popen(
            peer.command(folder, port, answers),
            stdout=output,
            stderr=output,
            env=environment or clean_environment(),
            cwd=session.folder,  # some leave files where they run
        )
    try:
        pin(process.pid, session.cores.server)
        server = Server(peer.name, process.pid, f"http://127.0.0.1:{port}", key)
        for method, url, document in [] if peer.admin is None else peer.admin(port, answers):
            _wait(lambda: _called(method, url, document), process, log)  # noqa: B023 - called before the next
        _wait(lambda: ask(server, _at(peer, _IDENTIFY)) is not None, process, log)
        yield server
    finally:
        stopping(process)


def _free_port() -> int:
    """Return a free port, the one after which is free as well: mountebank wants both."""
    while True:
        with socket.create_server(("", 0)) as probe, contextlib.suppress(OSError):
            port: int = probe.getsockname()[1]
            with socket.create_server(("", port + 1)):
                return port


def _wait(works: Callable[[], bool], process: subprocess.Popen[bytes], log: Path) -> None:
    give_up = time.monotonic() + _PATIENCE
    while True:
        try:
            if works():
                return
        except (OSError, CannotMeasure) as error:
            reason = error
        if process.poll() is not None or time.monotonic() > give_up:
            raise CannotMeasure(f"it did not run: {reason} {log.read_text('utf-8', 'replace')[-400:]}")
        time.sleep(0.05)


def _called(method: str, url: str, document: Mapping[str, Any]) -> bool:
    sent = json.dumps(document).encode()
    request = urllib.request.Request(url, sent, {"Content-Type": "application/json"}, method=method)  # noqa: S310
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - a peer on loopback
        return bool(answer.status < 300)


if __name__ == "__main__":
    os.environ.setdefault("MOCKSERVER_LOG_LEVEL", "WARN")
    sys.exit(main())
