"""All receivers by name: the honest ones, and the wrong ones with the case that is meant for each."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping
from typing import Any

from tests.miniatures.receivers.honest import Honest
from tests.miniatures.receivers.wrong_doors import DOORS
from tests.miniatures.receivers.wrong_habits import HABITS
from tests.miniatures.receivers.wrong_readers import READERS

__all__ = ["HONEST", "WRONG", "Throttles", "WorksAfterwards"]

Payload = Mapping[str, Any]


class SaysLess(Honest):
    """Has no body to send, and calls a wrong token forbidden."""

    accepted, refused = 204, 403


class WorksAfterwards(Honest):
    """Answers at once and does its work when it finds the time."""

    accepted = 202
    after = 0.05

    def take_in(self, payload: Payload) -> None:
        threading.Timer(self.after, super().take_in, [payload]).start()


class WorksMuchLater(WorksAfterwards):
    """Does its work as a queue does that is looked after at times."""

    after = 0.25


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

    def take_in(self, payload: Payload) -> None:
        if payload["triggered_event"] in ("Completed Survey", "Tag Added"):
            super().take_in(payload)


class ShowsAnswers(Honest):
    """Shows the answers of all responses that were completed."""

    def show(self) -> tuple[int, bytes]:
        return 200, json.dumps(self.answers()).encode()

    def answers(self) -> list[Payload]:
        kept = self.server.kept.values()
        return [payload["response"]["data"] for payload in kept if payload["triggered_event"] == "Completed Survey"]


class ShowsTheLatest(ShowsAnswers):
    """Shows the score of the latest response alone."""

    def show(self) -> tuple[int, bytes]:
        return 200, json.dumps([answers.get("nps") for answers in self.answers()][-1:]).encode()


class ShowsAMean(ShowsAnswers):
    """Shows the mean of all scores."""

    def show(self) -> tuple[int, bytes]:
        scores = [int(answers["nps"]) for answers in self.answers() if str(answers.get("nps")).isdigit()]
        return 200, str(sum(scores) / max(len(scores), 1)).encode()


class Throttles(Honest):
    """Takes twenty deliveries in a fifth of a second, and asks the others to come again in one."""

    def receive(self, body: bytes) -> int:
        times: Any = self.server.memory.setdefault("times", [])
        now = time.monotonic()
        with self.server.lock:
            times[:] = [one for one in times if one > now - 0.2]
            full = len(times) >= 20
            times += [] if full else [now]
        return 429 if full else super().receive(body)

    def say(self, status: int, body: bytes = b"", **headers: str) -> None:
        super().say(status, body, **headers, **({"Retry-After": "1"} if status in (429, 503) else {}))


class WarmsUp(Throttles):
    """Is not ready for the first deliveries."""

    def receive(self, body: bytes) -> int:
        return 503 if len(self.server.heard) < 5 else Honest.receive(self, body)


class LocksOut(Honest):
    """Listens to nobody any more after five wrong tokens."""

    def receive(self, body: bytes) -> int:
        wrong: list[bytes] = self.server.memory.setdefault("wrong", [])
        status = 403 if len(wrong) >= 5 else super().receive(body)
        wrong += [body] if status == self.refused else []
        return status


HONEST: Mapping[str, type[Honest]] = {
    "plain": Honest,
    "says less": SaysLess,
    "works afterwards": WorksAfterwards,
    "works much later": WorksMuchLater,
    "works alone": WorksAlone,
    "is strict": IsStrict,
    "shows answers": ShowsAnswers,
    "shows the latest": ShowsTheLatest,
    "shows a mean": ShowsAMean,
    "throttles": Throttles,
    "warms up": WarmsUp,
    "locks out": LocksOut,
}

WRONG: Mapping[str, tuple[type[Honest], str]] = {**DOORS, **READERS, **HABITS}
