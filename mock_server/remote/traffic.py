"""What the client under test has sent: the journal, its violations, and the verbs that wait for requests."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any

from mock_server.contract.document import load
from mock_server.errors import UsageError
from mock_server.remote import telling
from mock_server.remote.frames import hidden
from mock_server.remote.matching import departures, parameters
from mock_server.remote.place import Place
from mock_server.remote.shapes import Document, Exchange
from mock_server.spelling import advice

__all__ = ["LONGEST_WAIT", "Traffic"]

__tracebackhide__ = hidden

LONGEST_WAIT = 30.0
"""Seconds one long-poll waits at most; the server refuses more than 60."""

_PAGE = 1_000
"""Entries that are asked for at once, as many as the server gives."""
_WHOLE_PAGE = 200
"""Exchanges with their bodies that are asked for at once."""
_OTHERS = 5
"""Requests to other operations that a message lists."""


class Traffic(Place):
    """The verbs about requests.

    Every request to the environment counts, whatever it was answered: also one that was refused, that broke the
    contract, or that a fault struck (it was sent; `fault` of the exchange says so).

    Fields are parameters as they were decoded (`tags`, not `tags[]`; `account={"id": "acc-9"}` asks for this part
    only), compared as the operation types them: where a form or a query writes text, `seats=14` is `"14"`. A value may
    also be a type, a compiled pattern (found anywhere in the text), or a function of the value. Traits called
    `operation`, `times` or `timeout` cannot be fields.
    """

    def events(self) -> list[Document]:
        """Return the latest 1,000 tracked events, oldest first."""
        return list(self.remote.get(f"{self._path}/events")["items"])

    def journal(self, *, since: int = 0, wait: float | None = None, **filters: Any) -> list[Document]:
        """Return the journal's entries after `since`, oldest first; `wait` seconds for one where there is none.

        Args:
            since: the `seq` of an entry.
            wait: seconds, at most 60.
            filters: `operation`, `method`, `status`, `violations_only`, `code`, `severity`; `whole=True` for entries
                with what was sent and answered (see `Exchange`); `limit` for the first ones only.
        """
        if "limit" in filters:
            return list(self._page(since, wait, filters)["items"])
        return [entry for page in self._pages(since, wait, filters) for entry in page["items"]]

    def violations(self, *, closing: bool = False) -> list[Document]:
        """Return the violations recorded so far, each with its journal `entry`, worst first.

        With `closing` also what is wrong only if nothing follows any more, such as a list not read to its end.
        """
        return list(self.remote.get(f"{self._path}/violations", closing=closing or None)["items"])

    def verdict(self, *, closing: bool = False) -> Document:
        """Return what the traffic has come to; that outlives the journal and a reset.

        Its keys: `requests`, which are `judged injected mock_only unknown_routes turned_away`, and `failures`;
        `operations`, `refused` and `webhooks` with the number of each,
        `errors warnings notes`, and `violations`: the first of each kind, with the `count` of its kind, worst first;
        with `closing` also what is wrong only if nothing follows any more.
        """
        return dict(self.remote.get(f"{self._path}/verdict", closing=closing))

    def await_request(
        self, operation: str | None = None, timeout: float = 5.0, times: int = 1, **fields: Any
    ) -> Exchange:
        """Wait until a request has arrived and return it with its answer; one that is there already will do.

        Args:
            operation: its operationId, such as `trackEvent`; None takes any request.
            timeout: seconds to wait.
            times: how many such requests must have arrived; the last of them is returned.
            fields: see the class.

        Raises:
            AssertionError: when they have not; the message shows what did arrive, the nearest first.
            UsageError: when there is no such operation.
        """
        _check(operation, times, least=1)
        end = time.monotonic() + timeout
        matched: list[Exchange] = []
        since, wait = 0, None
        while True:
            for page in self._pages(since, wait, {"operation": operation, "whole": True}):
                matched += (one for one in page["items"] if _fits(one, fields))
                if len(matched) >= times:
                    return matched[times - 1]
                since = page["next_since"]
            wait = min(end - time.monotonic(), LONGEST_WAIT)
            if wait <= 0:
                break
        number = "no request" if not matched else f"only {len(matched)} of {times} requests"
        head = f"{number} to {telling.wish(operation, fields)} arrived within {timeout:g} s"
        raise AssertionError("\n".join([self._told(head, operation, fields), *telling.blocking("await_request")]))

    def assert_requested(self, operation: str | None = None, times: int | None = None, **fields: Any) -> list[Exchange]:
        """Assert that such a request has arrived, exactly `times` times if that is given, and return all of them.

        It does not wait; `await_request` does.

        Raises:
            AssertionError: when it has not; the message shows what did arrive, the nearest first.
            UsageError: when there is no such operation.
        """
        _check(operation, times, least=0)
        matched = self._matching(operation, fields)
        if (len(matched) == times) if times is not None else matched:
            return matched
        wanted = telling.wish(operation, fields)
        if matched:
            head = f"{_requests(len(matched))} to {wanted} arrived, wanted {times or 'none'}"
            if times is not None and len(matched) > times:
                raise AssertionError("\n".join([f"{head}:", *telling.in_full(matched)]))
        else:
            head = f"no request to {wanted} has arrived" + (f", wanted {times}" if times is not None else "")
        raise AssertionError(self._told(head, operation, fields))

    def assert_no_requests(self, operation: str | None = None, **fields: Any) -> None:
        """Assert that no such request has arrived; without arguments, none at all.

        Raises:
            AssertionError: when some have; the message shows them.
            UsageError: when there is no such operation.
        """
        _check(operation, None, least=0)
        matched = self._matching(operation, fields)
        if matched:
            head = f"{_requests(len(matched))} to {telling.wish(operation, fields)} arrived, wanted none:"
            raise AssertionError("\n".join([head, *telling.in_full(matched)]))

    def _matching(self, operation: str | None, fields: Mapping[str, Any]) -> list[Exchange]:
        pages = self._pages(0, None, {"operation": operation, "whole": True})
        return [one for page in pages for one in page["items"] if _fits(one, fields)]

    def _told(self, head: str, operation: str | None, fields: Mapping[str, Any]) -> str:
        """Return a message with the near misses below its head, and what other operations were called."""
        pages = [*self._pages(0, None, {"operation": operation, "whole": True})]
        alike: list[Exchange] = [one for page in pages for one in page["items"]]
        others = [] if operation is None else [one for one in self.journal() if one["operation"] != operation]
        lines = [head]
        if not alike and not others:
            lines[0] += f"; nothing at all arrived in the environment {self.name} ({self.base_url})"
        if alike and fields:
            lines += [f"requests to {operation or 'it'}, nearest first:", *telling.nearest(alike, fields)]
        elif alike:
            lines += [f"requests to {operation or 'it'}:", *telling.in_full(alike)]
        if others:
            lines.append("other requests, latest first:")
            lines += (f"  {telling.call_line(one)}" for one in others[: -_OTHERS - 1 : -1])
            lines += [f"  and {len(others) - _OTHERS} more"] if len(others) > _OTHERS else []
        if pages[-1]["dropped"]:
            lines.append(f"({pages[-1]['dropped']} older requests fell out of the journal: journal_entries)")
        return "\n".join(lines)

    def _pages(self, since: int, wait: float | None, filters: Mapping[str, Any]) -> Iterator[Document]:
        """Yield the journal page by page, one at least."""
        limit = _WHOLE_PAGE if filters.get("whole") else _PAGE
        while True:
            page = self._page(since, wait, {**filters, "limit": limit})
            yield page
            if len(page["items"]) < limit:
                return
            since, wait = page["next_since"], None

    def _page(self, since: int, wait: float | None, query: Mapping[str, Any]) -> Document:
        return dict(self.remote.get(f"{self._path}/journal", since=since, wait=wait, **query))


def _check(operation: str | None, times: int | None, least: int) -> None:
    known = load().operations
    if operation is not None and operation not in known:
        raise UsageError(f"there is no operation {operation!r:.100}; {advice(operation, sorted(known))}")
    if times is not None and times < least:
        raise UsageError(f"times is {times}; it must be {least} or more")


def _fits(exchange: Exchange, fields: Mapping[str, Any]) -> bool:
    return not fields or next(departures(fields, parameters(exchange)), None) is None


def _requests(number: int) -> str:
    return "1 request" if number == 1 else f"{number} requests"
