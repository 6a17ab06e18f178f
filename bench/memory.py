"""W5: what an idle server holds, and what a contact adds to it."""

from __future__ import annotations

import re
from pathlib import Path

from bench.figures import Budget, Figure, Section, Session
from bench.growth import MEMORY, measure_memory
from bench.load import send
from bench.rounds import OURS
from bench.servers import Server, pin, running, serve_command
from bench.workloads import USERS, WORKLOADS, identify_body
from mock_server.settings import Settings

__all__ = ["measure_held"]

IDLE = Budget(must=60, moonshot=35, at_most=True)
"""Megabytes of 1,000,000 bytes."""
_MANY = 100_000


def measure_held(session: Session) -> list[Section]:
    """Return the resident memory of a server that has done nothing, and the bytes that each further user adds.

    Once only: it takes 100,000 users. Before they come the rings are full, so what grows is what is known of them. In
    the state alone, without a server that has its own book about each contact, they are weighed for comparison.

    Raises:
        CannotMeasure: when the server does not start or refuses a user.
    """
    identify = WORKLOADS[0]
    with running(OURS, serve_command("--port", "0"), session.folder, session.cores.server) as server:
        pin(0, session.cores.load)
        idle = _resident(server)
        full = Settings().journal_entries + USERS
        send(server, identify, (identify_body(number % USERS) for number in range(full)))
        before = _resident(server)
        send(server, identify, (identify_body(number) for number in range(USERS, USERS + _MANY)))
        after = _resident(server)
    contact = (after - before) / _MANY
    alone = {"grouped": measure_memory(_MANY, own_account=False), "ungrouped": measure_memory(_MANY)}
    lines = [
        f"    idle {idle / 1e6:,.1f} MB, rings full {before / 1e6:,.1f} MB, with {_MANY:,} users {after / 1e6:,.1f} MB",
        f"    a contact: {contact:,.0f} bytes",
        *(f"    in the state alone, {kind}: {size:,.0f} bytes" for kind, size in alone.items()),
    ]
    figures = [
        Figure("W5", "resident memory of an idle server", "MB", [idle / 1e6], IDLE),
        Figure("W5", "a contact of five traits, known to the server", "bytes", [contact], MEMORY),
        Figure("W5", "the same in the state, an account of its own", "bytes", [alone["ungrouped"]], MEMORY),
    ]
    data = {"idle": idle, "rings_full": before, "with_users": after, "state_alone": alone}
    return [Section("W5  memory, measured once", lines, figures, data)]


def _resident(server: Server) -> int:
    status = Path(f"/proc/{server.pid}/status").read_text("utf-8")
    found = re.search(r"^VmRSS:\s+(\d+) kB", status, re.MULTILINE)
    assert found is not None, "Linux says so of every process"
    return int(found[1]) * 1_024
