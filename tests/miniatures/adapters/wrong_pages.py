"""Clients that read lists wrongly: too little, too much, in another order, or without an end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.miniatures.adapters.honest import Client, Failure, Params
from tests.miniatures.adapters.inside import Wrong, Wrongs

__all__ = ["PAGES"]

PAGES = Wrongs()

Items = list[Any]


def listing(change: Callable[[Items], Items]) -> type[Client]:
    """Return a client that hands out something else than the items it has read."""

    class Lists(Client):
        def all_items(self, path: str, filters: Params) -> Items:
            return change(super().all_items(path, filters))

    return Lists


def once_each(items: Items) -> Items:
    """Return items, of those with one e-mail only the first."""
    return [*{str(item.get("email") or item["uuid"]): item for item in items}.values()]


def without_empty(items: Items) -> Items:
    return [{name: value for name, value in item.items() if value not in (None, [], {})} for item in items]


ROWS: list[tuple[str, Callable[[Items], Items], str, str]] = [
    ("reads the last first", lambda items: items[::-1], "list-responses-plain", "not what Refiner sent"),
    ("sorts by uuid", lambda items: sorted(items, key=lambda item: str(item["uuid"])), "list-forms-plain", "uuid"),
    ("leaves the last out", lambda items: items[:-1], "segments-1", "0 items; there are 1"),
    ("leaves the first out", lambda items: items[1:], "list-segments-plain", "items; there are"),
    ("hands out uuids only", lambda items: [item["uuid"] for item in items], "list-segments-plain", "/items/0"),
    ("renames what it reads", lambda items: [{"id": item.pop("uuid"), **item} for item in items],
     "list-segments-plain", "uuid"),
    ("leaves out who has no e-mail", lambda items: [item for item in items if item["email"]],
     "list-contacts-bare", "items; there are"),
    ("leaves out who has no id", lambda items: [item for item in items if item.get("remote_id")],
     "list-contacts-plain", "items; there are"),
    ("tells contacts apart by e-mail",
     lambda items: [*{item["email"] or item["uuid"]: item for item in items}.values()],
     "list-contacts-same-email", "items; there are"),
    ("leaves doubles out", lambda items: [*{str(item["form"]["name"]): item for item in items}.values()],
     "list-responses-plain", "items; there are"),
    ("hands out a hundred at most", lambda items: items[:100], "contacts-101", "100 items; there are 101"),
    ("hands out every item twice", lambda items: [one for item in items for one in (item, item)],
     "forms-50", "100 items; there are 50"),
    ("calls an empty list nothing", lambda items: items or [{"uuid": None}], "contacts-0", "1 items; there are 0"),
]  # fmt: skip
PAGES |= {name: Wrong(listing(change), case, word) for name, change, case, word in ROWS}


@PAGES.caught("contacts-51", "50 items; there are 51")
class ReadsTheFirstPage(Client):
    def next_page(self, page: Params) -> Params:
        return {}


@PAGES.caught("segments-51", "segment")
class LeavesTheLastPageOut(Client):
    """Reads pages as long as there is one behind the next."""

    def next_page(self, page: Params) -> Params:
        pagination = page["pagination"]
        current, last = pagination.get("current_page", 1), pagination.get("last_page", 1)
        return {"page": current + 1} if current + 1 < last else {}


@PAGES.caught("responses-51", "50 items; there are 51")
class FollowsPagesWhereThereAreCursors(Client):
    """Takes a cursor for the number of a page, and stops where it is none."""

    def next_page(self, page: Params) -> Params:
        cursor = str(page["pagination"].get("next_page_cursor"))
        return {"page": int(cursor)} if cursor.isdecimal() else {}


@PAGES.caught("contacts-51", "last_page is 2")
class NeverEnds(Client):
    """Asks for the next page whatever there was on this one, until its time is over."""

    def __init__(self, base_url: str, api_key: str, seconds: float = 30.0) -> None:
        super().__init__(base_url, api_key, min(seconds, 1.0))

    def next_page(self, page: Params) -> Params:
        return {"page": page["pagination"].get("current_page", 1) + 1}


@PAGES.caught("contacts-101", "items; there are 101")
class StopsAtAShortPage(Client):
    """Believes that a page has a hundred rows unless it is the last."""

    def next_page(self, page: Params) -> Params:
        return super().next_page(page) if len(page["items"]) >= 100 else {}


@PAGES.caught("paging-hundred-a-page", "items; there are 230", "SHOULD")
class KnowsThatPagesHaveFifty(Client):
    """Takes a page that has not fifty rows for the last."""

    def next_page(self, page: Params) -> Params:
        return super().next_page(page) if len(page["items"]) == 50 else {}


@PAGES.caught("segments-1001", "1000 items; there are 1001")
class AsksForEverythingAtOnce(Client):
    """Asks for a page of 1,000 and believes that this is all."""

    def all_items(self, path: str, filters: Params) -> Items:
        return self.request("GET", path, {**filters, "page_length": 1_000})["items"]  # type: ignore[no-any-return]


@PAGES.caught("segments-1001", "items; there are 1001")
class ReadsTenPages(Client):
    def next_page(self, page: Params) -> Params:
        return super().next_page(page) if page["pagination"].get("current_page", 1) < 10 else {}


@PAGES.caught("segments-1001", "page_length")
class AsksForTooLongPages(Client):
    def all_items(self, path: str, filters: Params) -> Items:
        return super().all_items(path, {**filters, "page_length": 5_000})


@PAGES.caught("paging-filtered", "search")
class SendsNoFiltersWithACursor(Client):
    def request(self, method: str, path: str, given: Params) -> dict[str, Any]:
        if "page_cursor" in given:
            given = {"page_cursor": given["page_cursor"]}
        return super().request(method, path, given)


@PAGES.caught("paging-ordered", "order_by", "SHOULD")
class SendsNoOrderWithACursor(Client):
    def request(self, method: str, path: str, given: Params) -> dict[str, Any]:
        if "page_cursor" in given:
            given = {name: value for name, value in given.items() if name != "order_by"}
        return super().request(method, path, given)


@PAGES.caught("paging-cursor-encoded", "cursor")
class DoesNotEncodeCursors(Client):
    def query(self, given: Params) -> str:
        cursor = given.get("page_cursor")
        others = super().query({name: value for name, value in given.items() if name != "page_cursor"})
        return f"{others}&page_cursor={cursor}" if cursor else others


@PAGES.caught("contacts-101", "cursor")
class CallsTheCursorCursor(Client):
    def next_page(self, page: Params) -> Params:
        further = super().next_page(page)
        return {"cursor": further["page_cursor"]} if further else {}


@PAGES.caught("contacts-101", "items; there are 101")
class ReadsTheFirstPageTwice(Client):
    def all_items(self, path: str, filters: Params) -> Items:
        first: Items = self.request("GET", path, filters)["items"]
        return [*first, *super().all_items(path, filters)]


@PAGES.caught("segments-51", "page field")
class BeginsAtPageZero(Client):
    """Numbers pages from 0."""

    def all_items(self, path: str, filters: Params) -> Items:
        first: Items = self.request("GET", path, {**filters, "page": 0})["items"]
        return [*first, *super().all_items(path, filters)]


@PAGES.caught("list-segments-page-two-500", "reported success")
class MakesDoWithHalfAList(Client):
    """Takes a page that fails for the end."""

    def request(self, method: str, path: str, given: Params) -> dict[str, Any]:
        try:
            return super().request(method, path, given)
        except Failure:
            if "page" in given or "page_cursor" in given:
                return {"items": []}
            raise


@PAGES.caught("list-segments-page-two-drop", "reported success")
class MakesDoWithHalfAListWithoutANet(Client):
    """Takes a page that never comes for the end."""

    def request(self, method: str, path: str, given: Params) -> dict[str, Any]:
        try:
            return super().request(method, path, given)
        except Failure as failure:
            if failure.kind == "network" and "page" in given:
                return {"items": []}
            raise


@PAGES.caught("limited-after-page-one", "reported success")
class MakesDoWithHalfAListWhenLimited(Client):
    def request(self, method: str, path: str, given: Params) -> dict[str, Any]:
        try:
            return super().request(method, path, given)
        except Failure as failure:
            if failure.kind == "rate-limited" and "page" in given:
                return {"items": []}
            raise


@PAGES.caught("contacts-of-missing-segment", "reported success", "SHOULD")
class FindsNobodyWhereThereIsNothing(Client):
    """Takes a refused list for an empty one."""

    def all_items(self, path: str, filters: Params) -> Items:
        try:
            return super().all_items(path, filters)
        except Failure as failure:
            if failure.kind in ("not-found", "invalid"):
                return []
            raise
