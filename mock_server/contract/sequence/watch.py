"""The verdict on a sequence: what only several exchanges of one client show, judged as they go by.

paging_watch     how the pages of a list are asked for
walk_watch       how lists are walked through
retry_watch      what follows a refusal, a success, a failure
identity_watch   who is called what

A watch keeps little of each exchange and forgets the oldest first. A sequence that has an honest explanation is let
alone: other clients may share the environment, tests make the same call again and again, and armed faults strike.
"""

from __future__ import annotations

from mock_server.contract.sequence.identity_watch import IdentityWatch
from mock_server.contract.sequence.paging_watch import PagingWatch
from mock_server.contract.sequence.retry_watch import RetryWatch
from mock_server.contract.sequence.step import Step
from mock_server.contract.sequence.walk_watch import WalkWatch
from mock_server.contract.violation import Finding

__all__ = ["Watch"]


class Watch:
    """Sees every exchange of one environment that had the right key and an operation of Refiner's own, in order."""

    def __init__(self) -> None:
        self._paging = PagingWatch()
        self._walks = WalkWatch()
        self._retries = RetryWatch()
        self._identities = IdentityWatch()

    def see(self, step: Step) -> list[Finding]:
        """Return what the step shows together with those before it, [] nearly always."""
        found = self._retries.see(step)
        if step.fault is None:
            found += self._identities.see(step)
        listing = step.listing
        if listing is None:
            self._paging.interrupt()
        else:
            found += self._paging.see(step, listing) + self._walks.see(step, listing)
        return found

    def closing(self) -> list[tuple[str, Finding]]:
        """Return what is wrong if nothing follows any more, each with the request it ended with; changes nothing."""
        stuck = self._paging.stuck  # whoever does not turn the page cannot come to the last one
        unread = [(request, finding) for request, finding in self._walks.closing() if finding.operation not in stuck]
        return self._paging.closing() + unread
