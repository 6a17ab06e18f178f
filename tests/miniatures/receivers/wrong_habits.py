"""Receivers that are wrong in how they go about a delivery: about its bytes, its effect, its time and its order."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from typing import Any, ClassVar

from tests.miniatures.receivers.honest import Honest

__all__ = ["HABITS", "DiesOfBrokenJson"]

Payload = Mapping[str, Any]


class Redirects(Honest):
    """Wants a slash behind its address."""

    def say(self, status: int, body: bytes = b"", **headers: str) -> None:
        if self.command == "POST":
            status, headers = 308, {"Location": f"{self.path}/"}
        super().say(status, body, **headers)


class NeverReady(Honest):
    """Answers when its work is done, which is not before it is stopped."""

    def take_in(self, payload: Payload) -> None:
        super().take_in(payload)
        self.server.closing.wait()


class ServesFour(Honest):
    """Sends the fifth away as long as four are served."""

    free: ClassVar[threading.Semaphore] = threading.Semaphore(4)

    def receive(self, body: bytes) -> int:
        if not self.free.acquire(blocking=False):
            return 503
        try:
            self.server.closing.wait(0.05)
            return super().receive(body)
        finally:
            self.free.release()


class KnowsOneEvent(Honest):
    def fits(self, payload: Any) -> bool:
        return super().fits(payload) and payload["triggered_event"] == "Completed Survey"


class TakesAnythingForAWebhook(Honest):
    def fits(self, payload: Any) -> bool:
        return True


class ReadsLittle(Honest):
    """Reads 100 kB, as some frameworks do unless they are told otherwise."""

    def receive(self, body: bytes) -> int:
        return 413 if len(body) > 100_000 else super().receive(body)


class ReadsNoEscapes(Honest):
    def read(self, body: bytes) -> Any:
        assert rb"\u" not in body, "escapes are for another day"
        return super().read(body)


class LooksForAMark(Honest):
    """Cuts the byte order mark off, and there is no first byte."""

    def read(self, body: bytes) -> Any:
        return super().read(body[3:] if body[0] == 0xEF else body)


class TrustsTheContentType(Honest):
    def read(self, body: bytes) -> Any:
        assert self.headers["Content-Type"].startswith("application/json"), "no such parser"
        return super().read(body)


class FailsAtBrokenJson(Honest):
    def read(self, body: bytes) -> Any:
        try:
            return super().read(body or b"null")
        except json.JSONDecodeError as reason:
            raise RuntimeError("the body has no fields") from reason


class DiesOfBrokenJson(Honest):
    """Ends for good, as a program does that nobody starts again."""

    def read(self, body: bytes) -> Any:
        try:
            return super().read(body)
        except json.JSONDecodeError:
            self.server.shutdown()
            self.server.server_close()
            raise


class AcceptsBrokenJson(Honest):
    def receive(self, body: bytes) -> int:
        status = super().receive(body)
        return self.accepted if status == 400 and body else status


class AcceptsNothing(Honest):
    def receive(self, body: bytes) -> int:
        status = super().receive(body)
        return self.accepted if status == 400 and not body else status


class KeepsNothing(Honest):
    def take_in(self, payload: Payload) -> None:
        """Forget it."""


class CountsTwice(Honest):
    def mark(self, payload: Payload) -> object:
        return object()


class RemembersTheLast(Honest):
    """Knows a delivery again only as long as no other came."""

    def take_in(self, payload: Payload) -> None:
        mark = self.mark(payload)
        if self.server.memory.get("last") != mark:
            self.server.memory["last"] = mark
            self.server.kept[object()] = payload


class KeepsOnePerContact(Honest):
    def mark(self, payload: Payload) -> object:
        return payload["triggered_event"], payload["uuid"]


class LooksBeforeItWrites(Honest):
    """Two may look before one of them has written."""

    def take_in(self, payload: Payload) -> None:
        rows: list[object] = self.server.memory.setdefault("rows", [])
        mark = self.mark(payload)
        if mark not in rows:
            self.server.closing.wait(0.02)
            rows.append(mark)

    def show(self) -> tuple[int, bytes]:
        return 200, json.dumps(self.server.memory.get("rows")).encode()


class DropsUnderLoad(Honest):
    """Says yes to all, and does the work of four at once."""

    free: ClassVar[threading.Semaphore] = threading.Semaphore(4)

    def take_in(self, payload: Payload) -> None:
        if self.free.acquire(blocking=False):
            self.server.closing.wait(0.02)
            super().take_in(payload)
            self.free.release()


class GoesBackToTheShow(Honest):
    """Takes what comes last for what is true."""

    def take_in(self, payload: Payload) -> None:
        if payload["triggered_event"] == "Saw Survey":
            self.server.kept.pop(payload["response"]["uuid"], None)
        else:
            self.server.kept[payload.get("response", payload)["uuid"]] = payload


class RefusesDuplicates(Honest):
    def receive(self, body: bytes) -> int:
        before = len(self.server.kept)
        status = super().receive(body)
        return 409 if status == self.accepted and len(self.server.kept) == before else status


class NeedsTheShowFirst(Honest):
    """Updates the row that the show has made; there may be none."""

    def take_in(self, payload: Payload) -> None:
        event = payload["triggered_event"]
        if event == "Saw Survey":
            self.server.memory[payload["response"]["uuid"]] = event
        assert event != "Completed Survey" or payload["response"]["uuid"] in self.server.memory, "no row was updated"
        super().take_in(payload)


class MakesARowOfEveryShow(Honest):
    """Makes the row when a survey is shown; there may be one."""

    def take_in(self, payload: Payload) -> None:
        if payload["triggered_event"] == "Completed Survey":
            self.server.memory[payload["response"]["uuid"]] = True
        elif payload["triggered_event"] == "Saw Survey":
            assert payload["response"]["uuid"] not in self.server.memory, "duplicate key value"
        super().take_in(payload)


class RemembersTheRefused(Honest):
    """Takes what it has looked at before for done, though it had refused it."""

    def receive(self, body: bytes) -> int:
        now = object()
        self.known = self.server.memory.setdefault(body, now) is not now
        return super().receive(body)

    def take_in(self, payload: Payload) -> None:
        if not self.known:
            super().take_in(payload)


class RemembersTheBroken(Honest):
    """Takes what begins alike for done, though it could not read it."""

    def read(self, body: bytes) -> Any:
        now = object()
        self.known = self.server.memory.setdefault(body[:200], now) is not now
        return super().read(body)

    def take_in(self, payload: Payload) -> None:
        if not self.known:
            super().take_in(payload)


HABITS: Mapping[str, tuple[type[Honest], str]] = {
    "redirects": (Redirects, "no-redirect"),
    "is never ready": (NeverReady, "answered-in-time"),
    "serves four at once": (ServesFour, "fifty-at-once"),
    "knows one event": (KnowsOneEvent, "saw-survey"),
    "takes any JSON for a webhook": (TakesAnythingForAWebhook, "foreign-json"),
    "reads 100 kB": (ReadsLittle, "large-answers"),
    "reads no escapes": (ReadsNoEscapes, "escaped-text"),
    "wants a first byte": (LooksForAMark, "empty-body"),
    "wants its content type": (TrustsTheContentType, "other-content-type"),
    "fails at broken JSON": (FailsAtBrokenJson, "malformed-json"),
    "dies of broken JSON": (DiesOfBrokenJson, "redelivery-after-failure"),
    "accepts broken JSON": (AcceptsBrokenJson, "malformed-json-refused"),
    "accepts an empty body": (AcceptsNothing, "empty-body-refused"),
    "keeps nothing": (KeepsNothing, "first-delivery-has-effect"),
    "counts twice": (CountsTwice, "duplicates-without-effect"),
    "remembers the last": (RemembersTheLast, "duplicates-without-effect"),
    "keeps one per contact": (KeepsOnePerContact, "second-response-has-effect"),
    "looks before it writes": (LooksBeforeItWrites, "twice-at-once"),
    "drops under load": (DropsUnderLoad, "fifty-at-once-kept"),
    "goes back to the show": (GoesBackToTheShow, "late-show-keeps-effect"),
    "refuses duplicates": (RefusesDuplicates, "duplicates"),
    "needs the show first": (NeedsTheShowFirst, "token-accepted"),
    "makes a row of every show": (MakesARowOfEveryShow, "out-of-order"),
    "remembers what it refused": (RemembersTheRefused, "redelivery-after-refusal"),
    "remembers what it could not read": (RemembersTheBroken, "redelivery-after-failure"),
}
