"""Clients without the nerves for trouble: they swallow errors, mistake them, come again too soon, or wait for ever."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from tests.miniatures.adapters.honest import Client, Failure, Params, Reply
from tests.miniatures.adapters.inside import Wrong, Wrongs

__all__ = ["NERVES"]

NERVES = Wrongs()

SUCCESS = "reported success"


def swallowing(status: int, value: Mapping[str, Any] | None = None) -> type[Client]:
    """Return a client that takes answers with a status for good ones."""

    class Swallows(Client):
        def read(self, reply: Reply) -> dict[str, Any]:
            return dict(value or {"items": []}) if reply.status == status else super().read(reply)

    return Swallows


def losing(*kinds: str) -> type[Client]:
    """Return a client to whom failures of some kinds are success."""

    class Loses(Client):
        def request(self, method: str, path: str, given: Params) -> dict[str, Any]:
            try:
                return super().request(method, path, given)
            except Failure as failure:
                if failure.kind in kinds:
                    return {"items": []}
                raise

    return Loses


def mistaking(change: Callable[[int, str, str], str]) -> type[Client]:
    """Return a client that gives errors other kinds, by status, message and the right kind."""

    class Mistakes(Client):
        def kind(self, status: int, message: str) -> str:
            return change(status, message, super().kind(status, message))

    return Mistakes


SWALLOWED = [
    (401, "key-revoked-write"),
    (404, "publish-form-missing"),
    (429, "track-event-limited-for-ever"),
    (500, "track-event-500-for-ever"),
    (502, "list-responses-502-for-ever"),
    (503, "get-account-503-for-ever"),
    (400, "track-event-answered-400"),
    (422, "list-contacts-answered-422"),
    (403, "identify-user-answered-403"),
    (409, "identify-user-answered-409"),
]
NERVES |= {f"takes {status} for success": Wrong(swallowing(status), case, SUCCESS) for status, case in SWALLOWED}
NERVES |= {
    "takes a cut connection for success": Wrong(losing("network"), "track-event-drop-for-ever", SUCCESS),
    "takes a reset connection for success": Wrong(losing("network"), "identify-user-reset-for-ever", SUCCESS),
    "takes no answer in time for success": Wrong(losing("timeout"), "track-event-too-slow", SUCCESS),
    "takes what it cannot read for success": Wrong(losing("other"), "list-forms-garble-for-ever", SUCCESS),
    "takes a missing contact for an empty one": Wrong(swallowing(404, {"uuid": ""}), "get-contact-missing", SUCCESS),
    "calls an unknown key a missing contact": Wrong(
        mistaking(lambda status, _, kind: "not-found" if status == 404 else kind), "get-contact-unknown-key", "auth"
    ),
    "calls an unknown key not found": Wrong(
        mistaking(lambda status, _, kind: "not-found" if status == 404 else kind), "verify-key-unknown-key", "auth"
    ),
    "calls a missing contact a wrong key": Wrong(
        mistaking(lambda status, _, kind: "auth" if status == 404 else kind), "get-contact-missing", "not-found"
    ),
    "calls a missing contact a broken server": Wrong(
        mistaking(lambda status, _, kind: "server" if status == 404 else kind), "get-contact-missing-uuid", "not-found"
    ),
    "calls a limit a broken server": Wrong(
        mistaking(lambda status, _, kind: "server" if status == 429 else kind), "limited-for-a-day", "rate-limited"
    ),
    "calls a malformed key invalid": Wrong(
        mistaking(lambda status, _, kind: "invalid" if status == 401 else kind), "verify-key-malformed-key", "auth"
    ),
    "calls every error other": Wrong(mistaking(lambda *_: "other"), "get-contact-malformed-key", "auth"),
}


@NERVES.caught("get-contact-truncate-for-ever", SUCCESS)
class ReadsHalfAnAnswer(Client):
    """Makes do with as much of a body as came."""

    def send(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Reply:
        try:
            return super().send(method, url, headers, body)
        except Failure as failure:
            if failure.kind == "network":
                return Reply(200, {}, b"{}")
            raise


@NERVES.caught("get-account-garble-for-ever", SUCCESS)
class ReadsHtml(Client):
    """Takes whatever is no JSON as the text of the answer."""

    def read(self, reply: Reply) -> dict[str, Any]:
        if reply.status < 300 and not reply.body.startswith(b"{"):
            return {"text": reply.body.decode(errors="replace")}
        return super().read(reply)


class Restless(Client):
    """Makes a request again, whatever it was, without the patience of the honest one."""

    pauses = (0.0,) * 20

    def may_repeat(self, method: str, failure: Failure) -> bool:
        return failure.kind not in ("auth", "not-found", "invalid")

    def retry_after(self, reply: Reply) -> float:
        return 0.0


@NERVES.caught("get-contact-500-for-ever", "without a pause")
class Hammers(Restless):
    pass


@NERVES.caught("list-contacts-limited-for-ever", "came again after")
class HammersALimit(Restless):
    def may_repeat(self, method: str, failure: Failure) -> bool:
        return failure.kind == "rate-limited"


@NERVES.caught("get-contact-drop-for-ever", "without a pause")
class HammersADeadConnection(Restless):
    def may_repeat(self, method: str, failure: Failure) -> bool:
        return failure.kind == "network" and method == "GET"


@NERVES.caught("key-revoked", "times")
class HammersWithAWrongKey(Client):
    pauses = (0.05, 0.1, 0.2)

    def may_repeat(self, method: str, failure: Failure) -> bool:
        return True


@NERVES.caught("get-contact-missing", "times")
class LooksAgainAndAgainForWhatIsMissing(Client):
    pauses = (0.05, 0.1, 0.2, 0.3)

    def may_repeat(self, method: str, failure: Failure) -> bool:
        return failure.kind == "not-found" or super().may_repeat(method, failure)


@NERVES.caught("track-event-answered-422", "times")
class InsistsOnWhatWasRefused(Client):
    pauses = (0.05, 0.1, 0.2, 0.3)

    def may_repeat(self, method: str, failure: Failure) -> bool:
        return failure.kind == "invalid" or super().may_repeat(method, failure)


@NERVES.caught("get-contact-limited-once", "asked it to wait")
class DoesNotWait(Client):
    def retry_after(self, reply: Reply) -> float:
        return 0.0


@NERVES.caught("list-responses-limited-once", "asked it to wait")
class WaitsMilliseconds(Client):
    def retry_after(self, reply: Reply) -> float:
        return super().retry_after(reply) / 1_000


@NERVES.caught("limited-date", "asked it to wait")
class ReadsNoDates(Client):
    """Waits the seconds that it is asked to wait, and not at all where that is a date."""

    def retry_after(self, reply: Reply) -> float:
        asked = reply.headers.get("Retry-After") or ""
        return float(asked) if asked.isdecimal() else 0.0


@NERVES.caught("get-contact-503-retry-after", "asked it to wait", "MAY")
class DoesNotWaitForAServerInTrouble(Client):
    def may_repeat(self, method: str, failure: Failure) -> bool:
        return failure.status == 503 or super().may_repeat(method, failure)

    def retry_after(self, reply: Reply) -> float:
        return 0.0 if reply.status == 503 else super().retry_after(reply)


@NERVES.caught("track-event-drop-once", "should be 1", "SHOULD")
class WritesAgainWhenItHeardNothing(Client):
    def may_repeat(self, method: str, failure: Failure) -> bool:
        return failure.kind == "network" or super().may_repeat(method, failure)


@NERVES.caught("duplicate-form-drop-once", "/forms/", "SHOULD")
class CopiesAgainWhenItHeardNothing(WritesAgainWhenItHeardNothing):
    pass


@NERVES.caught("track-event-truncate-once", "should be 1")
class WritesAgainWhenItCannotRead(Client):
    def may_repeat(self, method: str, failure: Failure) -> bool:
        return failure.kind in ("network", "other") or super().may_repeat(method, failure)


@NERVES.caught("track-event-garble-once", "should be 1")
class WritesAgainAfterAPageOfHtml(Client):
    def may_repeat(self, method: str, failure: Failure) -> bool:
        return failure.kind == "other" or super().may_repeat(method, failure)


@NERVES.caught("track-event-slow", "once more")
class WritesAgainAfterASecond(Client):
    """Takes a slow answer for none, and does it again."""

    @property
    def left(self) -> float:
        return min(super().left, 1.0)

    def may_repeat(self, method: str, failure: Failure) -> bool:
        return failure.kind == "timeout" or super().may_repeat(method, failure)


@NERVES.caught("get-contact-slow", "error")
class WaitsHalfASecond(Client):
    @property
    def left(self) -> float:
        return min(super().left, 0.5)


@NERVES.caught("limited-for-a-day", "would have been enough")
class WaitsTwoSecondsAtMost(Client):
    """Does not wait for long, whatever it is asked."""

    def __init__(self, base_url: str, api_key: str, seconds: float = 30.0) -> None:
        super().__init__(base_url, api_key, seconds)

    def retry_after(self, reply: Reply) -> float:
        return min(super().retry_after(reply), 0.5)


@NERVES.caught("track-event-503-for-ever", SUCCESS)
class FiresAndForgets(Client):
    def request(self, method: str, path: str, given: Params) -> dict[str, Any]:
        try:
            return super().request(method, path, given)
        except Failure:
            if path == "/track-event":
                return {}
            raise


@NERVES.caught("event-too-long", SUCCESS, "SHOULD")
class CutsWhatIsTooLong(Client):
    def body(self, given: Params) -> bytes:
        return json.dumps({name: value[:255] if name == "event" else value for name, value in given.items()}).encode()
