"""What an environment knows, as frozen values in Refiner's own words.

A change makes a new record and never touches the old one, so a snapshot is a reference, a fork shares every record,
and a rendering can be kept for as long as the record it was made from is still the current one.

Times are whole microseconds since the epoch, UTC (`Micros`). Mappings inside a record are never changed after it was
made: build a new dict instead.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Generic, TypeVar

from mock_server.frozen import frozen

__all__ = [
    "NO_TRACES", "Account", "AccountInput", "AnswerValue", "Contact", "DeliveryPolicy", "EventTally", "Form",
    "FormRevision", "Identity", "Membership", "Micros", "Question", "Response", "Rule", "Segment", "Slice",
    "SortKey", "Tag", "Traces", "TrackedEvent", "TraitValue", "TriggeredEvent", "Window",
]  # fmt: skip

T = TypeVar("T")

Micros = int
TraitValue = str | int | bool
"""A stored trait: text, integer, boolean, or a date as text in Refiner's form (`2026-01-31T10:00:00.000000Z`)."""
AnswerValue = str | list[str]
SortKey = tuple[int | str, int]
"""Where a row stands in an order: its sort value, then its `serial` as the tie-breaker."""


@frozen
class Identity:
    """Whom a call speaks of: any of the user id (`remote_id`), the e-mail and Refiner's own uuid."""

    id: str | None = None
    email: str | None = None
    uuid: str | None = None
    cookie_uuid: str | None = None
    """What the browser client calls a visitor; only the control API can give it, since no call of Refiner's does."""


@frozen
class AccountInput:
    """The nested `account` of an identify call: its id and its traits as they came."""

    id: str
    traits: Mapping[str, object]


@frozen
class Segment:
    """A group of contacts: manual (by API or hand) or filled by its rule."""

    uuid: str
    name: str
    is_manual: bool
    rule: Rule | None
    created_at: Micros
    silent: bool = False
    """Entering fires no webhook: "All Users", which every contact enters."""


@frozen
class Rule:
    """One condition (`subject`, `name`, `operator`, `value`) or a combination of rules (`all` / `any` in `parts`)."""

    subject: str
    """`trait`, `event`, `answer`, `all` or `any`."""
    name: str = ""
    operator: str = ""
    value: object = None
    parts: tuple[Rule, ...] = ()


@frozen
class Membership:
    """A contact's place in a segment; the times are those of the membership (observed, RUD-cap)."""

    segment: Segment
    created_at: Micros | None
    """None is when the contact was first seen: in "All Users" nearly all are from then on, and so share one place."""
    updated_at: Micros | None

    @classmethod
    def begun(cls, segment: Segment, created_at: Micros, updated_at: Micros, first_seen_at: Micros) -> Membership:
        """Return the membership of a contact that was first seen at a time."""
        if segment.silent and created_at == updated_at == first_seen_at:
            return cls(segment, None, None)
        return cls(segment, created_at, updated_at)

    def times(self, contact: Contact) -> tuple[Micros, Micros]:
        """Return when this membership of a contact began and was last renewed."""
        created_at = contact.first_seen_at if self.created_at is None else self.created_at
        return created_at, created_at if self.updated_at is None else self.updated_at


@frozen
class EventTally:
    """How often and when last a contact sent one tracked event."""

    count: int
    last_at: Micros


@frozen
class Account:
    """The company of a contact; every contact has one, without a `remote_id` while ungrouped (observed, RUD-cap)."""

    uuid: str
    serial: int
    remote_id: str | None
    domain: str | None
    traits: Mapping[str, TraitValue]
    first_seen_at: Micros
    last_seen_at: Micros


@frozen
class Traces:
    """What a contact left behind in a browser, in surveys and by events. Who has left nothing shares it with others."""

    answers: Mapping[str, AnswerValue] = field(default_factory=dict)
    """The latest answer to each question identifier; part of the rendered attributes."""
    answered_at: Mapping[str, Micros] = field(default_factory=dict)
    """When the latest answer to each identifier was given, also where a trait has taken its place since."""
    events: Mapping[str, EventTally] = field(default_factory=dict)
    form_views_count: int = 0
    form_submissions_count: int = 0
    last_form_view_at: Micros | None = None
    last_form_submission_at: Micros | None = None
    cookie_uuid: str | None = None


NO_TRACES = Traces()


@frozen
class Contact:
    """One person of an environment."""

    uuid: str
    serial: int
    """Rises by creation within the environment: the tie-breaker of every order."""
    remote_id: str | None
    email: str | None
    traits: Mapping[str, TraitValue]
    """Only what is set; what the environment knows and this contact lacks is rendered as null."""
    account_uuid: str
    first_seen_at: Micros
    last_seen_at: Micros
    memberships: tuple[Membership, ...] = ()
    traces: Traces = NO_TRACES


@frozen
class Question:
    """One question of a survey; `identifier` is derived from `text` where none was given."""

    identifier: str
    text: str
    type: str


@frozen
class Form:
    """A survey. Published once `published_at` is set and `archived_at` is not."""

    uuid: str
    serial: int
    name: str
    questions: tuple[Question, ...]
    created_at: Micros
    updated_at: Micros
    published_at: Micros | None = None
    archived_at: Micros | None = None
    first_form_view_at: Micros | None = None
    last_form_view_at: Micros | None = None
    views_count: int = 0
    responses_count: int = 0
    channels: tuple[str, ...] = ("web",)
    page_url: str | None = None


@frozen
class FormRevision:
    """One line of a survey's history: what was done and the survey as it then was."""

    uuid: str
    action: str
    form: Form
    created_at: Micros


@frozen
class Tag:
    """A label on responses, made on first use."""

    uuid: str
    name: str


@frozen
class Response:
    """One showing of a survey to one contact, from the first display on (its uuid's time is `first_shown_at`)."""

    uuid: str
    serial: int
    form_uuid: str
    contact_uuid: str
    first_shown_at: Micros
    last_shown_at: Micros
    show_counter: int = 1
    first_data_reception_at: Micros | None = None
    last_data_reception_at: Micros | None = None
    completed_at: Micros | None = None
    received_at: Micros | None = None
    dismissed_at: Micros | None = None
    data: Mapping[str, AnswerValue] = field(default_factory=dict)
    tags: tuple[Tag, ...] = ()


@frozen
class TrackedEvent:
    """What a client reported with track-event: a name and a person, nothing else (documented)."""

    event: str
    contact_uuid: str
    at: Micros


@frozen
class TriggeredEvent:
    """Why webhooks fire, with everything a payload needs as it was when it happened."""

    kind: str
    """`Completed Survey`, `Saw Survey`, `Dismissed Survey`, `Entered Segment` or `Tag Added`."""
    at: Micros
    project_uuid: str
    contact: Contact
    account: Account
    contact_attributes: Mapping[str, object]
    account_attributes: Mapping[str, object]
    form: Form | None = None
    response: Response | None = None
    segment: Segment | None = None
    """The segment that was entered; it selects subscriptions and is not in the payload (g5)."""


@frozen
class DeliveryPolicy:
    """How an environment's webhooks are sent; every other policy than this default is a disturbance asked for."""

    order: str = "in-order"
    """In which order those that are due at once go out: `in-order`, `reversed` or `shuffled` (from the seed)."""
    duplicate: int = 0
    """How many copies follow each delivery."""
    drop: int = 0
    """How many of the next deliveries are lost, counted down as they are."""
    delay: float = 0.0
    """Seconds on the environment's clock before each first attempt."""
    jitter: float = 0.0
    """The part of each wait by which it may grow, 0 to 1, drawn from the environment's seed."""


@frozen
class Window:
    """Which part of a list is wanted: page `page` (from 1) of `length` rows, or the rows after a cursor's key."""

    page: int
    length: int
    after: SortKey | None = None


@frozen
class Slice(Generic[T]):
    """One part of a list: its rows, how many rows match in all, the rank of the first row, the key to go on from."""

    items: tuple[T, ...]
    total: int
    start: int
    next_after: SortKey | None
