"""A team's client. With SLIP set it makes the mistake that no stub of theirs would ever notice."""

from __future__ import annotations

import os
from typing import Any

import requests

SLIP = "SLIP" in os.environ


class Refiner:
    """What the shop needs of Refiner."""

    def __init__(self, base: str, key: str) -> None:
        self._base = base
        self._session = requests.Session()
        self._session.headers["Authorization"] = f"Bearer {key}"

    def identify(self, id: str, **traits: Any) -> int:
        return self._session.post(f"{self._base}/identify-user", json={"id": id, **traits}, timeout=10).status_code

    def contacts(self, survey: str) -> list[Any]:
        name = "survey" if SLIP else "form_uuid"
        answer = self._session.get(f"{self._base}/contacts", params={name: survey}, timeout=10)
        found: list[Any] = answer.json().get("items", [])
        return found
