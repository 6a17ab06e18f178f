"""Clients in this very process: the honest one behind an adapter, and some that are wrong in exactly one way."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from mock_server.conformance.adapters.base import Adapter, AdapterFailed
from mock_server.conformance.client.reference import Reference
from mock_server.conformance.client.wire import is_write
from mock_server.conformance.protocol import Hello, Outcome, Request, operations

__all__ = [
    "Cautious",
    "Crashes",
    "Distorts",
    "Forgets",
    "Hammers",
    "Honest",
    "Invents",
    "Miscounts",
    "Misnames",
    "OnlyReads",
    "Patient",
    "Refuses",
    "Repeats",
    "Stringifies",
    "Swallows",
    "Writes",
    "client_of",
]


def client_of(request: Request) -> Reference:
    return Reference(request.base_url, request.api_key, request.deadline_ms / 1_000)


class Honest:
    """Does what it is asked, as Refiner wants it."""

    restarts = 0

    @property
    def subject(self) -> str:
        return type(self).__name__

    def hello(self) -> Hello | None:
        return Hello(self.subject, "Python", operations())

    def run(self, request: Request) -> Outcome:
        return self.told(request, client_of(request).does(request.operation, self.args(request)))

    def args(self, request: Request) -> Mapping[str, Any]:
        return request.args

    def told(self, request: Request, outcome: Outcome) -> Outcome:
        return outcome

    def another(self) -> Adapter:
        return type(self)()

    def close(self) -> None:
        """Nothing is open."""


class Forgets(Honest):
    """Drops a trait."""

    def args(self, request: Request) -> Mapping[str, Any]:
        traits = dict(request.args.get("traits") or {})
        if traits:
            traits.popitem()
        return {**request.args, "traits": traits}


class Stringifies(Honest):
    """Writes numbers as text in JSON."""

    def args(self, request: Request) -> Mapping[str, Any]:
        traits = {
            name: str(value) if isinstance(value, (int, float)) else value
            for name, value in (request.args.get("traits") or {}).items()
        }
        return {**request.args, "traits": traits}


class Distorts(Honest):
    """Cuts the name of an event."""

    def args(self, request: Request) -> Mapping[str, Any]:
        return {name: value[:5] if name == "event" else value for name, value in request.args.items()}


class Misnames(Honest):
    """Sends a filter under a name that Refiner does not have."""

    def args(self, request: Request) -> Mapping[str, Any]:
        return {{"segment_uuid": "segment"}.get(name, name): value for name, value in request.args.items()}


class Invents(Honest):
    """Sends a filter that nobody asked for."""

    def args(self, request: Request) -> Mapping[str, Any]:
        return {"search": "a", **request.args} if request.operation == "listContacts" else request.args


class Repeats(Honest):
    """Sends every write twice."""

    def run(self, request: Request) -> Outcome:
        outcome = super().run(request)
        return super().run(request) if is_write(request.operation) else outcome


class Writes(Honest):
    """Tracks an event of its own with every contact that it looks up."""

    def told(self, request: Request, outcome: Outcome) -> Outcome:
        if request.operation == "getContact" and outcome.outcome == "ok":
            client_of(request).does("trackEvent", {"id": outcome.value["remote_id"], "event": "looked up"})
        return outcome


class Miscounts(Honest):
    """Leaves out the last item of a list, and renames a contact."""

    def told(self, request: Request, outcome: Outcome) -> Outcome:
        match outcome.value:
            case {"items": items}:
                return replace(outcome, value={"items": items[:-1]})
            case {"display_name": name}:
                return replace(outcome, value={**outcome.value, "display_name": f"{name}!"})
        return outcome


class OnlyReads(Honest):
    """Says that all is done and does nothing, but for reading."""

    def run(self, request: Request) -> Outcome:
        return Outcome("ok") if is_write(request.operation) else super().run(request)


class Swallows(Honest):
    """Takes every error for success."""

    def told(self, request: Request, outcome: Outcome) -> Outcome:
        return Outcome("ok", {}) if outcome.outcome == "error" else outcome


class Refuses(Honest):
    """Reports every error as one of the server."""

    def told(self, request: Request, outcome: Outcome) -> Outcome:
        return replace(outcome, kind="server") if outcome.outcome == "error" else outcome


class Hammers(Honest):
    """Tries again at once, ten times."""

    def run(self, request: Request) -> Outcome:
        for _ in range(10):
            outcome = super().run(request)
            if outcome.outcome == "ok" or outcome.kind not in ("rate-limited", "server", "network"):
                break
        return outcome


class Patient(Honest):
    """Waits a second or longer and tries again what failed for a while."""

    def run(self, request: Request) -> Outcome:
        for pause in (1.1, 2.2, 0):
            outcome = super().run(request)
            lasting = outcome.kind not in ("rate-limited", "server")
            if outcome.outcome == "ok" or lasting or not pause:
                break
            time.sleep(pause)
        return outcome


class Cautious(Honest):
    """Looks whether its key is good before everything else, sends defaults, and reads in small pages."""

    def run(self, request: Request) -> Outcome:
        client_of(request).does("verifyKey", {})
        also = {"listContacts": {"page_length": 7, "order_by": "first_seen_at"}}.get(request.operation, {})
        return client_of(request).does(request.operation, request.args, also=also)


class Crashes(Honest):
    """Dies of whatever it is asked."""

    def run(self, request: Request) -> Outcome:
        raise AdapterFailed("crash", "It exited with 1; it last said: Traceback ...")
