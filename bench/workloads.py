"""What is asked of every server, and what we want of the answer."""

from __future__ import annotations

import json
from dataclasses import dataclass

from bench.figures import Budget

__all__ = ["USERS", "WORKLOADS", "Budget", "Workload", "identify_body"]

USERS = 1_000
"""Contacts in the environment while it is measured; W1 and W2 name them in turn, W3 lists the first 50."""


@dataclass(frozen=True, slots=True)
class Workload:
    """One operation asked over and over; `bodies` are sent in turn, an empty one means no body."""

    name: str
    short: str
    title: str
    method: str
    path: str
    bodies: tuple[str, ...]
    budget: Budget
    """Of our answers per second of CPU against those of bare ASGI."""


def identify_body(number: int) -> str:
    """Return the JSON of one `identifyUser` call: five traits and an account."""
    return json.dumps(
        {
            "id": f"user-{number:05}",
            "email": f"user-{number:05}@example.com",
            "name": f"User Number {number}",
            "plan": ("free", "team", "business")[number % 3],
            "logins": number % 97,
            "is_admin": number % 10 == 0,
            "signed_up_at": "2025-03-14T09:20:11Z",
            "account": {"id": f"acme-{number % 40}", "name": f"Acme {number % 40}"},
        }
    )


def _event_body(number: int) -> str:
    return json.dumps({"id": f"user-{number:05}", "event": f"Opened page {number % 20}"})


WORKLOADS = (
    Workload(
        name="W1",
        short="identify",
        title="identify a user, JSON, five traits and an account",
        method="POST",
        path="/v1/identify-user",
        bodies=tuple(identify_body(number) for number in range(USERS)),
        budget=Budget(must=0.40, moonshot=0.60),
    ),
    Workload(
        name="W2",
        short="track an event",
        title="track an event, JSON",
        method="POST",
        path="/v1/track-event",
        bodies=tuple(_event_body(number) for number in range(USERS)),
        budget=Budget(must=0.40, moonshot=0.60),
    ),
    Workload(
        name="W3",
        short="list 50 contacts",
        title="list contacts, a page of 50",
        method="GET",
        path="/v1/contacts?page_length=50",
        bodies=("",),
        budget=Budget(must=0.35, moonshot=0.60),
    ),
)
