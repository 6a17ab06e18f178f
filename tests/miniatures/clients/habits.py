"""Clients whose single calls are right and whose habits are not: each overrides one thing that the honest one does.

Beside them, those whose habits look alike and break nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from tests.miniatures.clients.honest import Answer, Client
from tests.miniatures.clients.scene import Place
from tests.miniatures.clients.writing import Written

__all__ = ["RIGHT", "WRONG", "Habit"]

EXPORTED = "Report: exported"
MAIL = "zoe@example.org"
AFTER = ("Retry-After", "Retry-After")
"""Where an early call is found, and what it should have looked at."""
CURSOR = "page_cursor"
IGNORED = ("retry", "retry-after-ignored", "sequence", *AFTER, "warning")


@dataclass(frozen=True)
class Habit:
    """What a client does; each thing that it is `told` is code, rule, place (two words), suggestion, severity."""

    rule: str
    who: str
    client: type[Client]
    job: Callable[[Any], object]
    told: tuple[tuple[str, ...], ...] = ()
    crowded: bool = False
    """It takes more contacts than the scene has."""

    def __str__(self) -> str:
        return f"{self.rule}: {self.who}"


def wrong(
    code: str,
    rule: str,
    who: str,
    client: type[Client],
    job: Callable[[Any], object],
    name: str,
    suggestion: str = "",
    severity: str = "warning",
    *,
    before: tuple[tuple[str, ...], ...] = (),
    crowded: bool = False,
) -> Habit:
    """Return a habit that breaks a rule; `before` is what it is told before that."""
    return Habit(rule, who, client, job, (*before, (code, rule, "sequence", name, suggestion, severity)), crowded)


paging, retry, identity = partial(wrong, "paging"), partial(wrong, "retry"), partial(wrong, "identity-misuse")


class Endless(Client):
    """Would go on for ever; it may stop when somebody has noticed."""

    def send(self, method: str, path: str, headers: Mapping[str, str], written: Written) -> Answer:
        answer = super().send(method, path, headers, written)
        self.enough = answer.violations > 0
        return answer


class TurnsThePageInVain(Client):
    """Reads as many pages as there are, and always the same."""

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self.read = 0

    def is_last(self, pagination: Mapping[str, Any]) -> bool:
        self.read += 1
        return bool(self.read == pagination["last_page"])

    def next_page(self, page: int) -> int:
        return page


class NeverTurnsThePage(Endless):
    def next_page(self, page: int) -> int:
        return page


class KeepsItsCursor(Endless):
    def next_cursor(self, cursor: str, answer: Answer) -> str | None:
        return cursor


class NeverStops(Endless):
    def is_last(self, pagination: Mapping[str, Any]) -> bool:
        return False


class ReadsUntilAPageIsEmpty(Client):
    def is_last(self, pagination: Mapping[str, Any]) -> bool:
        return bool(pagination["current_page"] > pagination["last_page"])


class CountsPagesFromZero(Client):
    def is_last(self, pagination: Mapping[str, Any]) -> bool:
        return bool(pagination["current_page"] >= pagination["last_page"] - 1)


class DropsTheLastCursor(Client):
    def next_cursor(self, cursor: str, answer: Answer) -> str | None:
        last = answer.pagination["last_page"] - 1
        return None if answer.pagination["current_page"] == last else answer.cursor


class SendsTheCursorAlone(Client):
    def following(self, filters: Mapping[str, Any], cursor: str) -> dict[str, Any]:
        return {"page_cursor": cursor}


class TakesLongerPages(Client):
    def following(self, filters: Mapping[str, Any], cursor: str) -> dict[str, Any]:
        return {**super().following(filters, cursor), "page_length": 3}


class FindsItEarly(Client):
    """On page 2, whether one or more pages come after it."""

    def is_last(self, pagination: Mapping[str, Any]) -> bool:
        return bool(pagination["current_page"] == 2)


class DoesNotWait(Client):
    def wait(self, seconds: int) -> None:
        """Think that a 429 goes away by itself."""


class WaitsMilliseconds(Client):
    def wait(self, seconds: int) -> None:
        self.place.refiner.advance(f"{max(1, seconds // 1000)}s")


class TakesOnly201ForDone(Client):
    def is_repeated(self, answer: Answer) -> bool:
        return answer.status != 201


class TakesOnly200ForDone(Client):
    """Tries three times."""

    tries = 0

    def is_repeated(self, answer: Answer) -> bool:
        self.tries += 1
        return answer.status != 200 and self.tries < 3


class RepeatsWhatWasLost(Client):
    def is_repeated(self, answer: Answer) -> bool:
        return answer.value is None


# What they do


def read_pages(client: Client) -> None:
    client.read_by_page(page_length=2)


def read_pages_of_two_lengths(client: Client) -> None:
    for length in (2, 3):
        client.read_by_page(page_length=length)


def read_cursors(client: Client) -> None:
    client.read_by_cursor("listResponses", form_uuid="$FORM", page_length=1)


def read_many_pages(client: Client) -> None:
    client.read_by_page(page_length=1000)


def read_many_cursors(client: Client) -> None:
    client.read_by_cursor("listContacts", page_length=1000)


def refused(times: int) -> Callable[[Client], object]:
    def job(client: Client) -> None:
        client.place.refiner.fault("status", status=429, retry_after=60, times=times)
        client.report(EXPORTED)

    return job


def lost(client: Client) -> None:
    client.place.refiner.fault("garble", operation="trackEvent")
    client.report(EXPORTED)


def poll(**since: str) -> Callable[[Client], object]:
    def job(client: Client) -> None:
        for _ in range(3):
            client.read_by_cursor("listResponses", page_length=2, **since)
            client.wait(3600)

    return job


def look_at_the_newest(client: Client) -> None:
    for _ in range(12):
        client.call("listContacts", {"page_length": 2})


def poll_the_first_page(client: Client) -> None:
    for _ in range(6):
        client.call("listContacts", {"page": 1, "page_length": 2})
        client.wait(5)


def report(client: Client) -> None:
    client.report(EXPORTED)


def report_three_times(client: Client) -> None:
    for event in (EXPORTED, "Report: opened", EXPORTED):
        client.report(event)


def identify(*ids: str) -> Callable[[Client], object]:
    def job(client: Client) -> None:
        for id in ids:
            client.call("identifyUser", {"id": id, "email": MAIL})

    return job


def forget(*then: str) -> Callable[[Client], object]:
    def job(client: Client) -> None:
        client.call("deleteContact", {"id": "u-1"})
        for operation in then:
            client.call(operation, {**client.values(operation), "id": "u-1"})

    return job


WRONG = [
    paging("page-repeated", "never turns the page", NeverTurnsThePage, read_pages, "page", "page_cursor"),
    paging("page-repeated", "turns the page in vain", TurnsThePageInVain, read_pages, "page", "page_cursor"),
    paging("page-repeated", "keeps its cursor", KeepsItsCursor, read_cursors, "page_cursor", "page_cursor"),
    paging("pages-past-the-end", "never stops", NeverStops, read_pages, "page", "last_page"),
    paging("last-page-unread", "counts pages from 0", CountsPagesFromZero, read_pages_of_two_lengths, "page", "page"),
    paging("last-page-unread", "stops before the end once", CountsPagesFromZero, read_pages, "page", "page", "note"),
    paging("last-page-unread", "drops the last cursor", DropsTheLastCursor, read_cursors, CURSOR, CURSOR, "note"),
    paging("cursor-with-other-filters", "sends the cursor alone", SendsTheCursorAlone, read_cursors, "page_cursor"),
    paging("deep-page", "goes deep by page", Client, read_many_pages, "page", "page_cursor", crowded=True),
    paging("rescan", "reads it all each hour", Client, poll(), "date_range_start", "date_range_start", "note"),
    retry("retry-after-ignored", "does not wait", DoesNotWait, refused(1), *AFTER),
    retry("retry-after-ignored", "waits milliseconds", WaitsMilliseconds, refused(1), *AFTER),
    retry("hammering", "hammers", DoesNotWait, refused(4), *AFTER, before=(IGNORED,)),
    retry("write-repeated", "takes only 201 for done", TakesOnly201ForDone, Client.copy_survey, "duplicateForm"),
    retry("write-repeated", "takes only 200 for done", TakesOnly200ForDone, report, "trackEvent", "", "note"),
    retry("write-repeated-after-failure", "repeats what was lost", RepeatsWhatWasLost, lost, "trackEvent", "", "note"),
    identity("person-under-two-ids", "spells an id in two ways", Client, identify("U-204", "u-204"), "id", "U-204"),
    identity("person-under-two-ids", "has the e-mail for an id first", Client, identify(MAIL, "u-204"), "id"),
    identity("email-under-two-ids", "goes back and forth", Client, identify(*["web-1", "app-7"] * 3), "id", "", "note"),
    identity("revived-after-deletion", "sends a late event", Client, forget("trackEvent"), "id", "", "note"),
    identity("revived-after-deletion", "sends a late response", Client, forget("storeResponse"), "id", "", "note"),
]

RIGHT = [
    Habit("page-repeated", "reads page after page", Client, read_pages),
    Habit("page-repeated", "polls the first page", Client, poll_the_first_page),
    Habit("page-repeated", "looks at the newest", Client, look_at_the_newest),
    Habit("pages-past-the-end", "reads until a page is empty", ReadsUntilAPageIsEmpty, read_pages),
    Habit("last-page-unread", "stops where it finds what it looks for", FindsItEarly, read_pages_of_two_lengths),
    Habit("cursor-with-other-filters", "repeats the filters", Client, read_cursors),
    Habit("cursor-with-other-filters", "takes longer pages later", TakesLongerPages, read_cursors),
    Habit("deep-page", "goes deep by cursor", Client, read_many_cursors, crowded=True),
    Habit("rescan", "reads what is new each hour", Client, poll(date_range_start="2026-03-10")),
    Habit("retry-after-ignored", "waits", Client, refused(1)),
    Habit("hammering", "waits each time", Client, refused(4)),
    Habit("write-repeated", "copies once", Client, Client.copy_survey),
    Habit("write-repeated", "reports what happens again", Client, report_three_times),
    Habit("write-repeated-after-failure", "lets lost events be lost", Client, lost),
    Habit("person-under-two-ids", "has one id", Client, identify("u-204", "u-204")),
    Habit("email-under-two-ids", "has a new id for good", Client, identify("web-1", "app-7", "app-7", "app-7")),
    Habit("revived-after-deletion", "signs up again", Client, forget("identifyUser", "trackEvent")),
]
