"""What is asked of every server, and what we want of the answer."""

from __future__ import annotations

import json
from dataclasses import dataclass

__all__ = ["FIXTURE", "JUDGING", "PAGE", "START", "USERS", "WORKLOADS", "Budget", "Workload", "identify_body"]

USERS = 1_000
"""Contacts in the environment while it is measured; W1 updates them in turn, W3 lists the first 50."""


@dataclass(frozen=True, slots=True)
class Budget:
    """The two marks of a ratio; `at_most` says whether smaller or larger is better."""

    must: float
    moonshot: float
    at_most: bool = False

    def kept(self, ratio: float) -> tuple[bool, bool]:
        """Return whether the ratio keeps the must and reaches the moonshot."""
        if self.at_most:
            return ratio <= self.must, ratio <= self.moonshot
        return ratio >= self.must, ratio >= self.moonshot


@dataclass(frozen=True, slots=True)
class Workload:
    """One operation asked over and over; `bodies` are sent in turn, an empty one means no body."""

    name: str
    title: str
    method: str
    path: str
    bodies: tuple[str, ...]
    budget: Budget


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


WORKLOADS = (
    Workload(
        name="W1",
        title="identify a user, JSON, five traits and an account",
        method="POST",
        path="/v1/identify-user",
        bodies=tuple(identify_body(number) for number in range(USERS)),
        budget=Budget(must=0.40, moonshot=0.60),
    ),
    Workload(
        name="W3",
        title="list 50 contacts",
        method="GET",
        path="/v1/contacts?page_length=50",
        bodies=("",),
        budget=Budget(must=0.35, moonshot=0.60),
    ),
)

JUDGING = Budget(must=40, moonshot=12, at_most=True)
"""The verdict on one clean W1 body, in microseconds."""

START = Budget(must=16, moonshot=10, at_most=True)
"""W4: from start to the first 200, as a multiple of `python -c pass`."""

FIXTURE = {
    "environment": ("a fresh environment, ms", Budget(must=2, moonshot=0.3, at_most=True)),
    "start": ("server start in a thread, imports done, ms", Budget(must=40, moonshot=5, at_most=True)),
    "stop": ("server stop, ms", Budget(must=20, moonshot=2, at_most=True)),
    "tests": ("200 tests of three requests with pytest's own start, s", Budget(must=3, moonshot=1.5, at_most=True)),
    "unused": ("CPU of the plugin in a run that does not use it, ms", Budget(must=5, moonshot=1, at_most=True)),
}
"""W8: what the pytest fixture costs."""

PAGE = Budget(must=1_000, moonshot=250, at_most=True)
"""W9: milliseconds until a page can be seen."""
