"""How the pages of a list are asked for: one after the other, not beyond the end, by cursor where there are many rows.

Tests read the same page again and again, whoever polls the first page means to, and several clients read at the same
time. So a rule here speaks only where none of this explains what it sees. A page that is read over and over is told
when nothing more comes, unless the operation has shown a later page by then; only an endless loop is told at once.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from mock_server.contract.sequence.step import Listing, Page, Peer, Recent, Step
from mock_server.contract.violation import Finding
from mock_server.frozen import frozen

__all__ = ["PagingWatch"]

LISTS, CURSORS = 64, 512
"""How many are kept of one environment."""

DEEP = 10_000
"""Rows beyond which the vendor advises the cursor (documented, W6W)."""

LOOP = 250_000_000
"""Nanoseconds: whoever polls waits longer than this, a loop that handles a page and does not get on waits less."""

FEW, MOST, ENDLESS = 3, 5, 10
"""Times that a page is read in a row: a few are a pattern for a cursor, which nobody looks at twice, and for a number
as often as there are pages, between the first two; so many are a loop whatever follows."""

TURNING = ("page", "page_cursor")
"""The parameters of who turns pages."""

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
    peer: Peer | None

    def goes_on_with(self, step: Step, place: tuple[object, ...]) -> bool:
        """Tell whether a step reads the page once more, after the answer before and as soon as a loop does."""
        soon = 0 <= step.began - self.ended < LOOP and 0 <= step.at - self.at < SECOND
        return soon and place == self.place and step.is_after(self.peer)


@frozen
class _Stuck:
    """A page that was read over and over, and none after it."""

    page: int
    request: str
    finding: Finding
    told: bool


class PagingWatch:
    """Watches the lists of one environment."""

    def __init__(self) -> None:
        self._lists: Recent[str, _List] = Recent(LISTS)
        self._cursors: Recent[str, set[int]] = Recent(CURSORS)
        """Those that were given out, with the filters of their lists."""
        self._run: _Run | None = None
        self._furthest: dict[str, int] = {}
        """The last page that was asked for, by operation."""
        self._stuck: dict[str, _Stuck] = {}
        """By operation."""

    @property
    def stuck(self) -> frozenset[str]:
        """Operations of which a page was read over and over, and none after it."""
        return frozenset(self._stuck)

    def closing(self) -> list[tuple[str, Finding]]:
        """Return every page that was read over and over before the end, with the last request for it."""
        return [(stuck.request, stuck.finding) for stuck in self._stuck.values() if not stuck.told]

    def interrupt(self) -> None:
        """Something else was done: who reads a page once more has a reason to."""
        self._run = None

    def see(self, step: Step, listing: Listing) -> list[Finding]:
        """Return what is wrong with asking for this page of a list."""
        page = step.page
        name, filters = listing
        if step.fault is not None or page is None:
            self.interrupt()
            misplaced = None if step.fault is not None else self._misplaced(step, filters)
            return [] if misplaced is None else [misplaced]
        known = self._lists.get(name) or _List()
        self._lists.put(name, known)
        self._get_on(step.operation.id, page.number)
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
        """Judge a page that is read again and again, by one who asks for pages: whoever names none wants the newest."""
        assert step.ended is not None, "only a fault withholds an answer"
        cursor = step.values.get("page_cursor")
        place = (name, cursor, page)
        run, self._run = self._run, _Run(place, 1, step.at, step.ended, step.peer)
        if run is None or not run.goes_on_with(step, place):
            return None
        self._run.times = times = run.times + 1
        often = FEW if cursor is not None else max(FEW, min(page.last, MOST))
        if page.number > page.last:
            return _past_the_end(page) if times == often and page.number == page.last + 1 else None
        if times < often or page.number == page.last or step.names.isdisjoint(TURNING):
            return None
        finding = _over_and_over(step, page, times)
        self._keep(step.operation.id, _Stuck(page.number, step.request, finding, times >= ENDLESS))
        return finding if times == ENDLESS else None

    def _keep(self, operation: str, stuck: _Stuck) -> None:
        """Keep what is wrong until the end, unless a later page shows that whoever it is can turn pages."""
        before = self._stuck.get(operation)
        told = stuck.told or (before is not None and before.told)
        if stuck.told or self._furthest[operation] == stuck.page:
            self._stuck[operation] = replace(stuck, told=told)

    def _get_on(self, operation: str, page: int) -> None:
        """Take note of a page that was read: whoever gets to a later one is not stuck."""
        self._furthest[operation] = max(page, self._furthest.get(operation, 0))
        if operation in self._stuck and self._stuck[operation].page < page:
            del self._stuck[operation]

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


def _over_and_over(step: Step, page: Page, times: int) -> Finding:
    cursor = ", or send its next_page_cursor as page_cursor" if page.has_cursors else ""
    return Finding(
        rule="page-repeated",
        where=("sequence", "page_cursor" if "page_cursor" in step.names else "page"),
        got=f"page {page.number} of {page.last}, {times} times in a row",
        expected=f"page {page.number + 1}",
        message=f"Page {page.number} of {page.last} was read {times} times in a row, and then no page after it: ask "
        f"for page={page.number + 1} next{cursor}.",
        suggestion="page_cursor" if page.has_cursors else "page",
        operation=step.operation.id,
    )


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
