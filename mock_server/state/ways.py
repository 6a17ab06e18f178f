"""What an environment's dialect decides inside it: how it behaves (`Ways`) and how its records are written (`Style`).

The points and their choices stand in `contracts/dialects.yaml`. Here only the choices that are no default are named,
so what is said nowhere is the default, and a dialect that names a few points is as good as a full one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from mock_server.frozen import frozen
from mock_server.state.clock import iso, plain
from mock_server.state.records import Micros

__all__ = ["USUAL", "Style", "Ways"]


@frozen
class Style:
    """How records are written as JSON."""

    response_time: Callable[[Micros], str] = plain
    """Times in the items of listResponses (`response-times`)."""
    nameless: str | None = ""
    """The display name of who has none (`display-name`)."""
    flags: tuple[str, str] = ("0", "1")
    """False and true among attributes (`boolean-traits`)."""
    counts_shows: bool = True
    """listResponses has a number as `show_counter` (`show-counter`)."""
    lists_tags: bool = False
    """Items of listResponses carry their tags (`response-tags`)."""
    tags_by_name: bool = False
    """A tag is its name (`tag-shape`)."""
    numbers: bool = False
    """An answer that is written as a number is one (`answer-values`)."""
    joins_choices: bool = False
    """Several choices are one text (`multiple-choice`)."""
    lists_nothing: bool = False
    """An empty map is written as a list, as PHP does (`empty-map`)."""
    dates_memberships: bool = False
    """REST, too, has the times of memberships (`segment-times`)."""
    numbers_flags: bool = False
    """`is_manual` is 1 or 0 (`is-manual`)."""
    segment_entry: str = "Entered Segment"
    """The `triggered_event` of a segment entry (`segment-event-name`)."""
    tag_added: str = "Tag Added"
    """The `triggered_event` of a tag that was added (`tag-event-name`)."""
    names_segment: bool = False
    """The payload of a segment entry says which segment it was (`entered-segment`)."""


USUAL: Final = Style()
"""How records are written where no choice differs from the defaults."""


class Ways:
    """What the parts of one environment ask when they meet a point of doubt; they all hold the same one."""

    __slots__ = (
        "accepts_archived", "dialect", "drops_accounts", "drops_booleans", "joins_later_ids", "oldest_first",
        "refuses_clashes", "refuses_duplicates", "stored_fires", "stored_unseen", "style", "text_limit",
    )  # fmt: skip

    def __init__(self, dialect: Mapping[str, str] | None = None) -> None:
        self.follow(dialect or {})

    def follow(self, dialect: Mapping[str, str]) -> None:
        """Go by these choices from now on."""
        self.dialect = dict(dialect)
        self.style = _style(dialect)
        self.text_limit = 255 if dialect.get("text-limit") == "255" else 10_000
        self.refuses_clashes = dialect.get("identity-conflict") == "refused"
        self.joins_later_ids = dialect.get("later-id") != "new"
        self.drops_booleans = dialect.get("boolean-traits") == "dropped"
        self.drops_accounts = dialect.get("deleted-account") == "deleted"
        self.accepts_archived = dialect.get("archived-form") == "accepts"
        self.refuses_duplicates = dialect.get("duplicate-response") == "refused"
        self.stored_fires = dialect.get("stored-response-fires") == "yes"
        self.stored_unseen = dialect.get("stored-response-shown") == "never"
        self.oldest_first = dialect.get("date-order") == "oldest-first"


def _style(dialect: Mapping[str, str]) -> Style:
    get = dialect.get
    return Style(
        response_time=iso if get("response-times") == "iso" else plain,
        nameless=None if get("display-name") == "null" else "",
        flags=("false", "true") if get("boolean-traits") == "true-false" else ("0", "1"),
        counts_shows=get("show-counter") != "null",
        lists_tags=get("response-tags") == "present",
        tags_by_name=get("tag-shape") == "name",
        numbers=get("answer-values") == "number",
        joins_choices=get("multiple-choice") == "text",
        lists_nothing=get("empty-map") == "array",
        dates_memberships=get("segment-times") == "everywhere",
        numbers_flags=get("is-manual") == "number",
        segment_entry=get("segment-event-name", USUAL.segment_entry),
        tag_added=get("tag-event-name", USUAL.tag_added),
        names_segment=get("entered-segment") == "named",
    )
