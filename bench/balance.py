"""`python -m bench.balance`: W1 on one server and on two behind nginx, by the configuration that is shipped.

Two servers, nginx and the load share what cores there are: the CPU of the whole is what tells.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit

from bench import report
from bench.figures import Section, spread
from bench.load import press
from bench.rounds import OURS
from bench.servers import CannotMeasure, Server, choose_cores, running, serve_command, stopping
from bench.workloads import WORKLOADS
from mock_server.remote import Remote
from mock_server.resources import fixture_path

__all__ = ["balancing", "main"]

_ROUNDS, _SECONDS, _KEYS = 2, 3, 6


def main() -> int:
    """Return 0 when both ways were measured, 2 when nginx is missing."""
    facts = report.machine(choose_cores())
    try:
        with tempfile.TemporaryDirectory() as folder:
            sections = [_measured(count, Path(folder)) for count in (1, 2)]
    except CannotMeasure as reason:
        print(f"bench: {reason}", file=sys.stderr)
        return 2
    print(report.header({**facts, "pinned": {"server": None, "load": None}}))
    print(*map(report.section, sections), sep="\n")
    report.write({**report.document(facts, sections), "figures": []}, "balance")
    return 0


def _measured(count: int, folder: Path) -> Section:
    """Return how many answers a second so many servers behind nginx give to six environments at once."""
    with ExitStack() as stack:
        servers = [
            stack.enter_context(running(f"{OURS} {number}", serve_command("--port", "0"), folder, None))
            for number in range(count)
        ]
        url, balancer = stack.enter_context(balancing(folder, servers))
        remote = stack.enter_context(closing(Remote(url)))
        made = [remote.create_environment() for _ in range(_KEYS)]
        asked = [Server(one.name, balancer, f"{url}/v1", one.api_key) for one in made]
        runs = [_press_all(asked, servers, balancer, folder) for _ in range(_ROUNDS + 1)][1:]
    rows = [
        spread("answers per second", [answers / seconds for answers, _, _, seconds in runs]),
        spread("per second of the servers' CPU", [answers / cpu for answers, cpu, _, _ in runs]),
        spread("per second of nginx' CPU", [answers / cpu for answers, _, cpu, _ in runs]),
        f"    the servers had {median(cpu / seconds for _, cpu, _, seconds in runs):.2f} cores of {os.cpu_count()}",
    ]
    data = {"servers": count, "runs": runs}
    return Section(f"W1 over {_KEYS} environments, {count} behind nginx: median, min, max", rows, data=data)


def _press_all(asked: Sequence[Server], servers: Sequence[Server], balancer: int, folder: Path) -> tuple[float, ...]:
    """Return the answers, the servers' CPU, nginx' CPU and the seconds."""
    nginx = Server("nginx", balancer, "", "")
    workload = replace(WORKLOADS[0], name="W1b")
    before, before_nginx, begun = sum(one.cpu() for one in servers), nginx.cpu(), time.perf_counter()
    with ThreadPoolExecutor(len(asked)) as pool:
        answers = list(pool.map(lambda each: press(each, workload, _SECONDS, folder), asked))
    took = time.perf_counter() - begun
    return sum(answers), sum(one.cpu() for one in servers) - before, max(nginx.cpu() - before_nginx, 0.01), took


@contextmanager
def balancing(folder: Path, servers: Sequence[Server]) -> Iterator[tuple[str, int]]:
    """Hold nginx in front of servers; yield its address and process id.

    Raises:
        CannotMeasure: when there is no nginx.
    """
    nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if nginx is None:
        raise CannotMeasure("nginx is not installed")
    place = folder / f"nginx-{len(servers)}"
    place.mkdir()
    with socket.create_server(("127.0.0.1", 0), backlog=512) as entrance:
        port = entrance.getsockname()[1]
        rules = (
            fixture_path("nginx/refiner-mock.conf").read_text("utf-8").replace("127.0.0.1:7400;", f"127.0.0.1:{port};")
        )
        named = "\n".join(f"server {urlsplit(server.base_url).netloc};" for server in servers)
        rules = rules.replace("server 127.0.0.1:7401;", named).replace("server 127.0.0.1:7402;", "")
        places = "".join(f"{kind}_temp_path {kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        events = "events { worker_connections 4096; }"
        whole = f"pid pid; error_log stderr; {events} http {{ access_log off; {places} {rules} }}"
        (place / "nginx.conf").write_text(whole, "utf-8")
        # It inherits the socket, which listens already: nobody has to wait for it.
        process = subprocess.Popen(
            [nginx, "-p", str(place), "-c", "nginx.conf", "-g", "daemon off;"],
            env={**os.environ, "NGINX": f"{entrance.fileno()};"},
            pass_fds=[entrance.fileno()],
            stderr=subprocess.DEVNULL,
        )
        try:
            yield f"http://127.0.0.1:{port}", process.pid
        finally:
            stopping(process)


if __name__ == "__main__":
    sys.exit(main())
