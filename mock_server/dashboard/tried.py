"""A form that was sent and refused: what is said beside it, and what was typed, which is kept."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import field, replace
from typing import Any

from mock_server.dashboard.call import Done, Page, PageCall, Refused, said
from mock_server.frozen import frozen

__all__ = ["UNTRIED", "Deed", "Tried", "act", "lines"]

Deed = Callable[[PageCall], Awaitable[Done]]


@frozen
class Tried:
    """Which form of a page was sent in vain, if any."""

    which: str = ""
    """Its field `do`."""
    message: str = ""
    fields: Mapping[str, Any] = field(default_factory=dict)

    def refusal(self, which: str) -> str:
        """Return why a form was refused, empty text where it was not."""
        return self.message if which == self.which else ""

    def kept(self, which: str, name: str, default: str = "") -> str:
        """Return what stood in a field of the form when it was sent, else what stands in it at first."""
        return said(self.fields, name) if which == self.which else default


UNTRIED = Tried()
"""No form was sent in vain: how a page is opened."""


async def act(
    call: PageCall, deeds: Mapping[str, Deed], page: Callable[[PageCall, Tried], Awaitable[Page]]
) -> Page | Done:
    """Do what the field `do` of a form says; where that is refused, show the page again with the reason.

    Raises:
        Refused: when there is no such deed, or the page itself is refused.
    """
    which = call.typed("do")
    if which not in deeds:
        raise Refused(400, "This form asks for nothing that can be done here.")
    try:
        return await deeds[which](call)
    except Refused as refused:
        return replace(await page(call, Tried(which, str(refused), call.form)), status=refused.status)


def lines(text: str) -> list[str]:
    """Return the lines of a text that are not empty, blanks around them gone."""
    return [line.strip() for line in text.splitlines() if line.strip()]
