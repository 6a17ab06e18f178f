"""All receivers by name: the honest ones, and the wrong ones with the case that is meant for each."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

from tests.miniatures.receivers.honest import Honest
from tests.miniatures.receivers.wrong_doors import DOORS
from tests.miniatures.receivers.wrong_habits import HABITS
from tests.miniatures.receivers.wrong_readers import READERS

__all__ = ["HONEST", "WRONG"]


class SaysLess(Honest):
    """Has no body to send, and calls a wrong token forbidden."""

    accepted, refused = 204, 403


class WorksAfterwards(Honest):
    """Answers at once and does its work when it finds the time."""

    def take_in(self, payload: Mapping[str, Any]) -> None:
        threading.Timer(0.05, super().take_in, [payload]).start()


class WorksAlone(Honest):
    """Serves one after the other."""

    turn = threading.Lock()

    def receive(self, body: bytes) -> int:
        with self.turn:
            return super().receive(body)


class IsStrict(Honest):
    """Takes nothing but JSON that says so, and of that what it knows."""

    def receive(self, body: bytes) -> int:
        if self.headers.get("Content-Type") != "application/json":
            return 415
        return super().receive(body)

    def take_in(self, payload: Mapping[str, Any]) -> None:
        if payload["triggered_event"] in ("Completed Survey", "Tag Added"):
            super().take_in(payload)


HONEST: Mapping[str, type[Honest]] = {
    "plain": Honest,
    "says less": SaysLess,
    "works afterwards": WorksAfterwards,
    "works alone": WorksAlone,
    "is strict": IsStrict,
}

WRONG: Mapping[str, tuple[type[Honest], str]] = {**DOORS, **READERS, **HABITS}
