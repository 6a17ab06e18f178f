"""How the pages of a list are asked for: one after the other, not beyond the end, by cursor where there are many rows.

Tests read the same page again and again, whoever polls the first page means to, and several clients read at the same
time. So a rule here speaks only where none of this explains what it sees.
"""

from __future__ import annotations

from dataclasses import dataclass

from mock_server.contract.sequence.step import Listing, Page, Peer, Recent, Step
from mock_server.contract.violation import Finding

__all__ = ["PagingWatch"]

LISTS, CURSORS = 64, 512
"""How many are kept of one environment."""

DEEP = 10_000
"""Rows beyond which the vendor advises the cursor (documented, W6W)."""

LOOP = 40_000_000
"""Nanoseconds: whoever polls waits longer than this, a loop that does not get on waits less."""

ONE_BY_ONE, AT_ONCE = 3, 10
"""Pages after the last one that are too many: of one reader, and of several that may not have known."""

SECOND = 1_000_000
"""In the microseconds of an environment's clock."""


@dataclass(slots=True)
class _List:
    """One list, as it was read so far."""

    beyond: int = 0
    """Pages after the last one that were read in a row, each the next."""
    peer: Peer | None = None
    """The connection that read the first of them."""
    alone: bool = True
    """It has read all of them."""
    deep: bool = False
    """It was told that page numbers are slow here."""


@dataclass(slots=True)
class _Run:
    """The same page read over and over, with nothing in between."""

    place: tuple[object, ...]
    times: int
    at: int
    ended: int


class PagingWatch:
    """Watches the lists of one environment."""

    def __init__(self) -> None:
        self._lists: Recent[str, _List] = Recent(LISTS)
        self._cursors: Recent[str, set[int]] = Recent(CURSORS)
        """Those that were given out, with the filters of their lists."""
        self._run: _Run | None = None

    def interrupt(self) -> None:
        """Something else was done: who reads a page once more has a reason to."""
        self._run = None

    def see(self, step: Step, listing: Listing) -> list[Finding]:
        """Return what is wrong with asking for this page of a list."""
        page = step.page
        if page is None or step.fault is not None:
            self.interrupt()
            return []
        name, filters = listing
        known = self._lists.get(name) or _List()
        self._lists.put(name, known)
        findings = (
            self._repeated(step, page, name),
            self._misplaced(step, filters),
            _beyond(step, page, known),
            _deep(step, page, known),
        )
        if page.cursor is not None:
            self._hand_out(page.cursor, filters)
        return [finding for finding in findings if finding is not None]

    def _repeated(self, step: Step, page: Page, name: str) -> Finding | None:
        """Judge a page that is read again and again as fast as a loop does it, as often as there are pages.

        Nobody polls that fast, and nobody who polls would get on if what he sees changed.
        """
        assert step.ended is not None, "only a fault withholds an answer"
        place = (name, step.values.get("page_cursor"), page)
        run, self._run = self._run, _Run(place, 1, step.at, step.ended)
        if run is None or run.place != place or page.number == page.last or page.number > page.last + 1:
            return None
        if not 0 <= step.began - run.ended < LOOP or step.at - run.at >= SECOND:
            return None
        self._run.times = times = run.times + 1
        if times != max(3, min(page.last, 5)):
            return None
        if page.number > page.last:
            return _past_the_end(page)
        cursor = ", or send its next_page_cursor as page_cursor" if page.has_cursors else ""
        return Finding(
            rule="page-repeated",
            where=("sequence", "page_cursor" if step.values.get("page_cursor") is not None else "page"),
            got=f"page {page.number} of {page.last}, {times} times in a row",
            expected=f"page {page.number + 1}",
            message=f"Page {page.number} of {page.last} was read {times} times in a row and the next one never: ask "
            f"for page={page.number + 1} after it{cursor}.",
            suggestion="page_cursor" if page.has_cursors else "page",
        )

    def _misplaced(self, step: Step, filters: int) -> Finding | None:
        """Judge a cursor that was given out for other filters than it comes back with."""
        owners = self._cursors.get(str(step.values.get("page_cursor")))
        if owners is None or filters in owners:
            return None
        return Finding(
            rule="cursor-with-other-filters",
            where=("sequence", "page_cursor"),
            got=f"page_cursor with {_told(step)}",
            expected="the filters of the page before",
            message="The page_cursor was given out for other filters than it is sent with: repeat all filters of the "
            "first page with every cursor.",
        )

    def _hand_out(self, cursor: str, filters: int) -> None:
        owners = self._cursors.get(cursor) or set()
        if len(owners) < CURSORS:
            owners.add(filters)
        self._cursors.put(cursor, owners)


def _beyond(step: Step, page: Page, known: _List) -> Finding | None:
    """Judge pages after the last one, read one by one; a single empty one is how many a loop learns that it is over.

    Several connections may have asked for them at the same time, before any of them knew that there are none.
    """
    if page.number == page.last + 1:
        known.beyond, known.peer, known.alone = 1, step.peer, step.peer is not None
    elif known.beyond and page.number == page.last + known.beyond + 1:
        known.beyond, known.alone = known.beyond + 1, known.alone and step.peer == known.peer
    else:
        known.beyond = 0
    return _past_the_end(page) if known.beyond == (ONE_BY_ONE if known.alone else AT_ONCE) else None


def _past_the_end(page: Page) -> Finding:
    return Finding(
        rule="pages-past-the-end",
        where=("sequence", "page"),
        got=f"page {page.number} of {page.last}",
        expected=f"page {page.last} as the last one",
        message=f"Page {page.number} was read, and others like it before, although last_page is {page.last}: stop when "
        "current_page has come to last_page" + (", or when next_page_cursor is null." if page.has_cursors else "."),
        suggestion="last_page",
    )


def _deep(step: Step, page: Page, known: _List) -> Finding | None:
    """Judge a page number that leads far into a list that has cursors; it is told once for each list."""
    by_number = page.has_cursors and step.values.get("page_cursor") is None
    if known.deep or not by_number or page.number > page.last or (page.number - 1) * page.length < DEEP:
        return None
    known.deep = True
    return Finding(
        rule="deep-page",
        where=("sequence", "page"),
        got=f"page {page.number} of {page.length} rows each",
        expected="page_cursor",
        message=f"Page {page.number} begins after {(page.number - 1) * page.length:,} rows: beyond about {DEEP:,} page "
        "numbers are slow, so go on with the next_page_cursor of each answer as page_cursor.",
        suggestion="page_cursor",
    )


def _told(step: Step) -> str:
    """Return the names of the filters that were given, for people."""
    parameters = step.operation.parameters
    given = (name for name, value in step.values.items() if value != parameters[name].default)
    return ", ".join(name for name in given if not name.startswith("page"))[:60] or "no filters"
