"""How lists are walked through: from the first page to the last, and not over and over.

A client that stops in the middle may have found what it looked for, also on the page before the last, and several may
walk through one list at the same time. Only who stops right before the last page wherever it goes has miscounted.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from mock_server.contract.sequence.step import Listing, Page, Recent, Step
from mock_server.contract.violation import Finding

__all__ = ["WalkWatch"]

LISTS, WALKS = 64, 4
"""How many are kept: lists of one environment, unfinished walks of one list."""

LONG = 4
"""Pages of a list that hardly anybody leaves right before the last one by chance."""

RESCAN = 3
"""Walks through one whole list after which it is worth saying that a part would do."""


@dataclass(slots=True)
class _Walk:
    """One reader on its way from the first page of a list to the last."""

    request: str = ""
    at: int = 0
    last: int = 0
    cursor: str | None = None
    by_cursor: bool = False
    excused: bool = False
    """What it asked for next was refused, or spoilt by a fault."""


@dataclass(slots=True)
class _List:
    """One list, as it was walked through so far."""

    walks: list[_Walk] = field(default_factory=list)
    """The unfinished ones."""
    whole: int = 0
    """How many came to the end."""


class WalkWatch:
    """Watches the walks of one environment."""

    def __init__(self) -> None:
        self._lists: Recent[str, _List] = Recent(LISTS)
        self._finishers: set[tuple[str, bool]] = set()
        """Operations of which a list was read to its end, by page number and by cursor."""

    def see(self, step: Step, listing: Listing) -> list[Finding]:
        """Return what is wrong with a walk, now that one more page of a list was read."""
        known = self._lists.get(listing.name) or _List()
        self._lists.put(listing.name, known)
        if step.page is None or step.fault is not None:
            for walk in known.walks:
                walk.excused = True
            return []
        if not self._advance(step, step.page, known):
            return []
        known.whole += 1
        since = "date_range_start"
        can_narrow = since in step.operation.parameters and since not in step.values
        return [_rescan(since)] if known.whole == RESCAN and can_narrow else []

    def closing(self) -> list[tuple[str, Finding]]:
        """Return where walks stop right before the last page, with the request that the longest of them ended with.

        Whoever comes to the end elsewhere in the same way has not miscounted, nor has who stops anywhere.
        """
        stopped: dict[tuple[str, bool], list[_Walk]] = {}
        for name, known in self._lists.items():
            for walk in known.walks:
                if walk.at > 1 and not walk.excused:
                    stopped.setdefault((name.partition(" ")[0], walk.by_cursor), []).append(walk)
        found = []
        for way, walks in stopped.items():
            longest = max(walks, key=lambda walk: walk.last)
            lengths = {walk.last for walk in walks}
            is_pattern = longest.last >= LONG or len(lengths) > 1
            if is_pattern and way not in self._finishers and all(walk.at == walk.last - 1 for walk in walks):
                found.append((longest.request, _unread(way[0], longest, lengths)))
        return found

    def _advance(self, step: Step, page: Page, known: _List) -> bool:
        """Take the walk on which a page is the next one a page further; tell whether it has come to its end thereby."""
        cursor = step.values.get("page_cursor")
        walk = _walk_to(known.walks, page, cursor)
        if walk is None:
            return False
        walk.request, walk.at, walk.last, walk.cursor = step.request, page.number, page.last, page.cursor
        walk.by_cursor, walk.excused = cursor is not None, False
        if page.number < page.last:
            return False
        known.walks.remove(walk)
        if page.last == 1:  # to read the only page is no walk
            return False
        self._finishers.add((step.operation.id, walk.by_cursor))
        return True


def _walk_to(walks: list[_Walk], page: Page, cursor: object) -> _Walk | None:
    """Return the walk that takes its next step with this page, a new one for a first page, None for a mere look."""
    if cursor is not None:
        return next((walk for walk in walks if walk.cursor == cursor), None)
    if page.number > 1:
        return next((walk for walk in walks if walk.at == page.number - 1), None)
    walk = next((walk for walk in walks if walk.at == 1), None)
    if walk is None:
        walk = _Walk()
        del walks[: len(walks) - WALKS + 1]
        walks.append(walk)
    return walk


def _rescan(since: str) -> Finding:
    return Finding(
        rule="rescan",
        where=("sequence", since),
        got=f"the whole list {RESCAN} times",
        expected=f"{since} with the time of the last poll",
        message=f"All pages of the same list were read {RESCAN} times: {since} asks only for what came since.",
        suggestion=since,
    )


def _unread(operation: str, walk: _Walk, lengths: set[int]) -> Finding:
    """Return what is wrong with walks that stop before the last page, of which one may be a coincidence."""
    if len(lengths) > 1:
        several = ", ".join(map(str, sorted(lengths)))
        message = f"Lists of different lengths ({several} pages) were each read up to the page before the last"
    else:
        message = f"Pages 1 to {walk.at} were read and page {walk.last}, the last one, never"
    return Finding(
        rule="last-page-unread",
        where=("sequence", "page_cursor" if walk.by_cursor else "page"),
        got=f"pages 1 to {walk.at} of {walk.last}",
        expected=f"page {walk.last} as well",
        message=f"{message}: last_page is a page like the others"
        + ("; go on until next_page_cursor is null." if walk.cursor is not None else "."),
        suggestion="page_cursor" if walk.by_cursor else "page",
        evidence=None if len(lengths) > 1 else "assumed",
        operation=operation,
    )
