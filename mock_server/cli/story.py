"""What `demo` tells: a scripted minute of a client, the pretend Refiner and a receiver of its webhooks."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping
from textwrap import wrap
from typing import Any

from mock_server.cli.calls import Reply, call
from mock_server.cli.sample_receiver import SampleReceiver
from mock_server.cli.wording import Paint, attempt_arrows, printable, violation_line
from mock_server.remote import RemoteEnvironment

__all__ = ["PERSON", "Story"]

PERSON = "u-204"
EVENTS = ("Entered Segment", "Completed Survey")
PATIENCE = 20.0
"""Seconds to wait for the receiver's answers."""
WIDEST = 110
"""Characters that are shown of one line of JSON."""


class Story:
    """Tells the story on standard output, doing everything it tells.

    Args:
        environment: where it plays; it needs the seed `demo`.
        receiver: who gets the webhooks.
        token: what the webhooks carry.
        pause: seconds between two steps, for whoever reads along.
    """

    def __init__(self, environment: RemoteEnvironment, receiver: SampleReceiver, token: str, pause: float) -> None:
        self._environment = environment
        self._receiver = receiver
        self._token = token
        self._pause = pause
        self._paint = Paint(sys.stdout)
        self._step = 0
        self._told: dict[str, int] = {}
        self._heard = 0

    def tell(self) -> str:
        """Tell it all, and return the id of the delivery that was answered 500 and then 200."""
        self._subscribe()
        self._identify()
        self._misspell()
        self._see_survey()
        completed = self._complete_survey()
        self._retry()
        self._list_contacts()
        return completed

    def _subscribe(self) -> None:
        self._title("The receiver of webhooks is registered (at Refiner you do that in the dashboard).")
        wanted = {"url": self._receiver.url, "events": list(EVENTS), "auth_token": self._token}
        self._control("POST", "/webhooks", wanted)

    def _identify(self) -> None:
        self._title("Your program tells Refiner about a user, with the API key as bearer token.")
        person = {"id": PERSON, "email": "noor@example.org", "name": "Noor Amari", "plan": "trial"}
        self._call("POST", "/identify-user", person)
        self._explain(
            "Everything but id and email is a trait. The segment 'Trial users' has the rule: plan equals trial.",
            "So Noor enters it at once, and that fires a webhook. -> is what we send, <- what the receiver answers:",
        )
        self._webhooks()

    def _misspell(self) -> None:
        self._title("It reports what she did, with a slip: the parameter is called event, not event_name.")
        wrong = self._call("POST", "/track-event", {"id": PERSON, "event_name": "Report exported"})
        self._explain("Refiner says no more than that. Here every call has a verdict, and this is the one on yours:\n")
        for violation in self._environment.remote.get(f"/requests/{wrong.request_id}")["violations"]:
            for line in wrap(violation_line(violation, self._paint).strip(), WIDEST):
                print(f"   {line}")
        self._show("see", f"{self._environment.remote.url}/_mock/requests/{wrong.request_id}")
        self._explain("Run by refiner-mock exec, your tests end with exit code 1 for it. Mended:\n")
        self._call("POST", "/track-event", {"id": PERSON, "event": "Report exported"})

    def _see_survey(self) -> None:
        self._title("A survey is shown to her. Refiner does that in the browser; here you say that it happens.")
        self._control("POST", "/simulate", {"event": "Saw Survey", "contact": {"id": PERSON}})
        self._explain("The same in short: refiner-mock trigger saw-survey --contact u-204")

    def _complete_survey(self) -> str:
        self._title("She gives a 9 and completes the survey. This time the receiver has a problem: it answers 500.")
        seen = {delivery["id"] for delivery in self._environment.deliveries()}
        what = {"event": "Completed Survey", "contact": {"id": PERSON}, "data": {"nps": 9}}
        self._control("POST", "/simulate", what)
        self._webhooks()
        self._explain(
            "(9 is above 8, so she has entered the segment 'Promoters' as well.)",
            "The failed one is not lost: it is tried again after 5 s, then after 5 and 30 minutes, 2, 5 and 10 hours.",
        )
        new = [one for one in self._environment.deliveries() if one["id"] not in seen]
        return next((str(one["id"]) for one in new if one["event"] == "Completed Survey"), "")

    def _retry(self) -> None:
        self._title("Nobody waits for that: each environment has a clock of its own, and we move it on by 6 s.")
        self._show("$", "refiner-mock clock")
        self._show(" ", self._environment.clock()["now"])
        self._show("$", "refiner-mock clock advance 6s")
        self._show(" ", self._environment.advance("6s")["now"])
        self._explain("When that command returns, all that was due meanwhile has happened:")
        self._webhooks()

    def _list_contacts(self) -> None:
        self._title("Your program reads all contacts, page by page along the cursors.")
        cursor = ""
        while cursor is not None:
            query = "?page_length=20" + (f"&page_cursor={cursor}" if cursor else "")
            page = json.loads(self._call("GET", f"/contacts{query}", quiet=True).body)
            cursor = page["pagination"]["next_page_cursor"]
            count, total = len(page["items"]), page["pagination"]["items_count"]
            follows = f'"next_page_cursor": "{cursor[:16]}…"' if cursor else '"next_page_cursor": null, so that was all'
            self._show(self._paint.status(200), f"{count} of {total} contacts, {follows}")

    def _title(self, text: str) -> None:
        if self._step:
            sys.stdout.flush()
            time.sleep(self._pause)
        self._step += 1
        print(f"\n{self._paint(f'{self._step}. {text}', 'bold')}\n")

    def _explain(self, *lines: str) -> None:
        print("\n   " + "\n   ".join(lines))

    def _show(self, label: str, text: str) -> None:
        print(f"   {label} {text}")

    def _call(self, method: str, target: str, body: Mapping[str, Any] | None = None, *, quiet: bool = False) -> Reply:
        """Make a call of the mirrored API, show it, and return the answer; `quiet` leaves the answer to the caller."""
        headers = {"Authorization": f"Bearer {self._environment.api_key}", "Content-Type": "application/json"}
        sent = None if body is None else json.dumps(body)
        self._show(self._paint(method, "bold"), _cut(f"/v1{target} {sent or ''}".rstrip()))
        url = self._environment.remote.url
        reply = call(url, method, f"/v1{target}", headers, None if sent is None else sent.encode())
        if not quiet:
            self._show(self._paint.status(reply.status), _cut(json.dumps(json.loads(reply.body))))
        return reply

    def _control(self, method: str, path: str, body: Mapping[str, Any]) -> None:
        """Make a call of the control API and show it."""
        path = f"/environments/{self._environment.name}{path}"
        self._show(self._paint(method, "bold"), f"/_mock/api{path}")
        self._show(" " * len(method), json.dumps(body))
        answer = self._environment.remote.call(method, path, body)
        self._show(self._paint("ok", "green"), _cut(json.dumps(answer)))

    def _webhooks(self) -> None:
        """Show every attempt that was not shown yet, and what the receiver says to it."""
        self._environment.settle(PATIENCE)
        print()
        for delivery in self._environment.deliveries():
            lines = attempt_arrows(delivery, self._paint)
            told = self._told.get(delivery["id"], 0)
            for line in lines[told:]:
                print(f"   {line}")
            self._told[delivery["id"]] = len(lines) if delivery["attempts"] else 0
        heard = self._receiver.heard[self._heard :]
        self._heard += len(heard)
        for words in heard:
            print(f'   receiver: "{printable(words)}"')


def _cut(text: str) -> str:
    return text if len(text) <= WIDEST else text[: WIDEST - 1] + "…"
