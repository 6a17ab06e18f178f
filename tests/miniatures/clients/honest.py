"""A client of Refiner's that does everything right. Wrong ones are made of it by overriding one thing."""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from mock_server.contract.prepared import read
from tests.miniatures.clients.scene import Place
from tests.miniatures.clients.writing import KEYS, WRITERS, Written
from tests.miniatures.running import PATIENCE

__all__ = ["CALLS", "Answer", "Client"]

CALLS: Mapping[str, Mapping[str, Any]] = read(Path(__file__).with_name("calls.yaml").read_text("utf-8"))
"""Every operation: its method and path, and what this client sends to it."""


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    value: Any = None
    retry_after: int = 0
    """Seconds to wait."""
    violations: int = 0

    @property
    def pagination(self) -> dict[str, Any]:
        return dict(self.value["pagination"])

    @property
    def cursor(self) -> str | None:
        cursor: str | None = self.pagination["next_page_cursor"]
        return cursor


class Client:
    """Speaks to one environment over one connection."""

    enough = False
    """Whether to stop reading in the middle of a list."""

    def __init__(self, place: Place, write: str = "json", key: str = "bearer") -> None:
        self.place = place
        self.keys_in_urls = 0
        self._write, self._key = WRITERS[write], KEYS[key]
        base = urlsplit(place.refiner.base_url)
        self._base = base.path
        self._connection = http.client.HTTPConnection(base.netloc, timeout=PATIENCE)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    # One call

    def values(self, operation: str) -> dict[str, Any]:
        """Return what to send to an operation where nothing else is said."""
        return deepcopy(CALLS[operation].get("send", [{}])[0])

    def route(self, operation: str) -> str:
        return str(CALLS[operation]["call"])

    def written(self, method: str, values: Mapping[str, Any]) -> Written:
        return self._write(method, values)

    def credentials(self) -> tuple[Mapping[str, str], Mapping[str, str]]:
        """Return the headers and the parameters that carry the key."""
        return self._key(self.place.refiner.api_key)

    def call(self, operation: str, values: Mapping[str, Any] | None = None) -> Answer:
        """Call an operation with these values, or with what this client would send."""
        headers, parameters = self.credentials()
        sent = self.place.filled({**(self.values(operation) if values is None else values), **parameters})
        method, path = self.place.filled(self.route(operation)).split(" ", 1)
        return self.send(method, path, headers, self.written(method, sent))

    def send(self, method: str, path: str, headers: Mapping[str, str], written: Written) -> Answer:
        """Make one request; what breaks or cannot be read is an answer without a status."""
        target = self._base + path + (f"?{written.query}" if written.query else "")
        self.keys_in_urls += "api_key=" in target
        media_type = {"Content-Type": written.media_type} if written.media_type is not None else {}
        body = written.body.encode() if written.body else None
        try:
            self._connection.request(method, target, body, {**media_type, **headers})
            response = self._connection.getresponse()
            value = json.loads(response.read())
        except (http.client.HTTPException, ConnectionError, ValueError):
            self._connection.close()
            return Answer(0)
        told = response.headers
        return Answer(response.status, value, int(told["Retry-After"] or 0), int(told["Refiner-Mock-Violations"]))

    # Jobs of several calls

    def live_a_day(self) -> None:
        """Be refused once, read a list in both ways, and call everything there is."""
        self.place.refiner.fault("status", status=429, retry_after=30)
        self.report("Report: exported")
        assert len(self.read_by_page(page_length=2)) == len(self.read_by_cursor("listContacts", page_length=2)) == 8
        for operation, told in CALLS.items():
            for values in told.get("send", [{}]):
                answer = self.call(operation, values)
                assert answer.status in (200, 202), (operation, values, answer.value)

    def read_by_page(self, operation: str = "listContacts", **filters: Any) -> list[Any]:
        """Read a list from page 1 to the last one."""
        items: list[Any] = []
        page = 1
        while not self.enough:
            answer = self.call(operation, {**filters, "page": page})
            items += answer.value["items"]
            if self.is_last(answer.pagination):
                break
            page = self.next_page(page)
        return items

    def is_last(self, pagination: Mapping[str, Any]) -> bool:
        return bool(pagination["current_page"] >= pagination["last_page"])

    def next_page(self, page: int) -> int:
        return page + 1

    def read_by_cursor(self, operation: str = "listResponses", **filters: Any) -> list[Any]:
        """Read a list along its cursors."""
        answer = self.call(operation, filters)
        items = list(answer.value["items"])
        cursor = answer.cursor
        while cursor is not None and not self.enough:
            answer = self.call(operation, self.following(filters, cursor))
            items += answer.value["items"]
            cursor = self.next_cursor(cursor, answer)
        return items

    def following(self, filters: Mapping[str, Any], cursor: str) -> dict[str, Any]:
        """Return what asks for the page behind a cursor."""
        return {**filters, "page_cursor": cursor}

    def next_cursor(self, cursor: str, answer: Answer) -> str | None:
        return answer.cursor

    def report(self, event: str) -> None:
        """Track an event, however often that is refused; one that was lost is."""
        values = {**self.values("trackEvent"), "event": event}
        answer = self.call("trackEvent", values)
        while answer.status == 429:
            self.wait(answer.retry_after)
            answer = self.call("trackEvent", values)
        while self.is_repeated(answer):
            answer = self.call("trackEvent", values)

    def copy_survey(self) -> None:
        """Copy a survey, once it is done."""
        if self.is_repeated(self.call("duplicateForm")):
            self.call("duplicateForm")

    def is_repeated(self, answer: Answer) -> bool:
        """Tell whether to make a call that counts each time once more."""
        return False

    def wait(self, seconds: int) -> None:
        """Let time pass: that of the environment, since nobody has any to lose."""
        self.place.refiner.advance(f"{seconds}s")
