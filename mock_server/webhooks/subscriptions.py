"""Registered webhooks of one environment.

Refiner keeps them in its dashboard: a name, a target URL, a trigger event and a secret token (documented, KB-wh).
Several events in one webhook and the filters by survey and segment are ours (assumed).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import field, replace
from typing import Any
from urllib.parse import urlsplit

from mock_server.errors import Invalid, LimitReached, NotFound
from mock_server.frozen import frozen
from mock_server.state.clock import Clock, iso
from mock_server.state.ids import Ids
from mock_server.state.records import Micros, Slice, TriggeredEvent, Window
from mock_server.webhooks.fields import EVENTS, FIELDS, LONGEST_NAME, checked, token
from mock_server.webhooks.targets import forbidden, is_far, shown

__all__ = ["EVENTS", "Subscription", "Subscriptions", "restored", "saved"]

_MADE_UP_TOKEN = "a-token-that-was-never-valid"  # noqa: S105 - nobody's


@frozen
class Subscription:
    """One webhook: who is told, of what. The tokens are never shown."""

    uuid: str
    name: str
    url: str
    events: tuple[str, ...]
    auth_token: str | None = field(default=None, repr=False)
    """Sent as `Authorization: Bearer <token>` (documented: Make's Refiner help page); None sends no such header."""
    previous_token: str | None = field(default=None, repr=False)
    """The token before the last change, for redeliveries that try it."""
    form_uuids: tuple[str, ...] = ()
    """Only surveys among these; empty means every survey."""
    segment_uuids: tuple[str, ...] = ()
    """Only these segments, and only surveys of their members; empty means all."""
    active: bool = True
    created_at: Micros = 0
    updated_at: Micros = 0

    @property
    def secrets(self) -> tuple[str, ...]:
        """Its tokens, the one in force and the one before, as far as there are any: none is ever shown."""
        return tuple(token for token in (self.auth_token, self.previous_token) if token is not None)

    def token(self, mutation: str | None) -> str | None:
        """Return the token to send: the one in force, or as a redelivery's mutation wants it.

        Where the token was never changed, `old_token` is one that never was.
        """
        tokens = {"no_token": None, "old_token": self.previous_token or _MADE_UP_TOKEN}
        return tokens.get(mutation or "", self.auth_token)

    def wants(self, event: TriggeredEvent) -> bool:
        """Tell whether this webhook is on and neither its events nor its filters keep `event` out."""
        if not self.active or event.kind not in self.events:
            return False
        if self.form_uuids and event.form is not None and event.form.uuid not in self.form_uuids:
            return False
        if not self.segment_uuids:
            return True
        if event.segment is not None:
            return event.segment.uuid in self.segment_uuids
        return any(membership.segment.uuid in self.segment_uuids for membership in event.contact.memberships)


class Subscriptions:
    """The webhooks of one environment, in the order of their creation."""

    __slots__ = ("_allow_public", "_by_uuid", "_clock", "_first", "_ids", "_limit")

    def __init__(
        self,
        clock: Clock,
        ids: Ids,
        limit: int,
        first: Callable[[], None] = lambda: None,
        *,
        allow_public: bool = False,
    ) -> None:
        """Keep at most `limit` webhooks; `first` is called when there is about to be one to deliver to."""
        self._clock = clock
        self._ids = ids
        self._limit = limit
        self._first = first
        self._allow_public = allow_public
        self._by_uuid: dict[str, Subscription] = {}

    def load(self, subscriptions: Iterable[Subscription]) -> None:
        """Take in webhooks as they are, from another environment or a snapshot."""
        self._by_uuid.update((subscription.uuid, subscription) for subscription in subscriptions)
        if self._by_uuid:
            self._first()

    def __len__(self) -> int:
        return len(self._by_uuid)

    def __iter__(self) -> Iterator[Subscription]:
        return iter(tuple(self._by_uuid.values()))

    def list(self, window: Window) -> Slice[Subscription]:
        """Return one page of the webhooks, oldest first; there are too few for a cursor."""
        start = (window.page - 1) * window.length
        rows = tuple(self._by_uuid.values())
        return Slice(rows[start : start + window.length], len(rows), start, None)

    def get(self, uuid: str) -> Subscription:
        """Return the webhook `uuid`. Raises NotFound."""
        found = self.find(uuid)
        if found is None:
            raise NotFound("No webhook of this environment has that uuid.")
        return found

    def find(self, uuid: str) -> Subscription | None:
        """Return the webhook `uuid`, or None."""
        return self._by_uuid.get(uuid.lower())

    def create(self, values: Mapping[str, object]) -> Subscription:
        """Register a webhook and return it.

        Args:
            values: `url` and `events`; optionally `name` (else the URL without its query), `auth_token`, `form_uuids`,
                `segment_uuids`, `active`.

        Raises:
            Invalid: when a value cannot be used, is missing, or has another name; also when the URL names a public
                address that may not be posted to. A host name is judged when a connection is made.
            LimitReached: when the environment has `max_webhooks` of them.
        """
        for name in ("url", "events"):
            if values.get(name) is None:
                raise Invalid(f"The {name} field is required.", name)
        given = self._admitted(values)
        if len(self._by_uuid) >= self._limit:
            raise LimitReached(f"this environment has {self._limit} webhooks; the setting max_webhooks allows more")
        self._first()
        now = self._clock.now()
        given.setdefault("name", shown(given["url"])[:LONGEST_NAME])
        made = replace(Subscription(self._ids.uuid(), "", "", (), created_at=now, updated_at=now), **given)
        self._by_uuid[made.uuid] = made
        return made

    def update(self, uuid: str, values: Mapping[str, object]) -> Subscription:
        """Change the given fields of a webhook and return it; an `auth_token` of null or "" takes the token away.

        Raises:
            NotFound: when there is no such webhook.
            Invalid: as for `create`.
        """
        before = self.get(uuid)
        after = replace(before, **self._admitted(values), updated_at=self._clock.now())
        if after.auth_token != before.auth_token:
            after = replace(after, previous_token=before.auth_token)
        self._by_uuid[before.uuid] = after
        return after

    def delete(self, uuid: str) -> Subscription:
        """Remove a webhook and return it; what still waits for it fails when its time comes. Raises NotFound."""
        return self._by_uuid.pop(self.get(uuid).uuid)

    def switch_off(self, uuid: str) -> None:
        """Make a webhook inactive, if there is one: its receiver answered 410."""
        if uuid in self._by_uuid:
            self.update(uuid, {"active": False})

    def wants(self, event: TriggeredEvent) -> tuple[Subscription, ...]:
        """Return the webhooks that `event` goes to, oldest first."""
        return tuple(subscription for subscription in self._by_uuid.values() if subscription.wants(event))

    def _admitted(self, values: Mapping[str, object]) -> dict[str, Any]:
        given = checked(values)
        host = urlsplit(given.get("url", "")).hostname
        if host is not None and not self._allow_public and is_far(host):
            raise Invalid(f"The url field leads to strangers: {forbidden(host)}.", "url")
        return given

    @staticmethod
    def public(subscription: Subscription) -> dict[str, object]:
        """Return a webhook as its owner may see it: without the token."""
        return {
            "uuid": subscription.uuid,
            "name": subscription.name,
            "url": subscription.url,
            "events": list(subscription.events),
            "has_auth_token": subscription.auth_token is not None,
            "form_uuids": list(subscription.form_uuids),
            "segment_uuids": list(subscription.segment_uuids),
            "active": subscription.active,
            "created_at": iso(subscription.created_at),
            "updated_at": iso(subscription.updated_at),
        }


def saved(subscription: Subscription, *, with_secrets: bool) -> dict[str, object]:
    """Return a webhook as a snapshot has it; the tokens are in it only if that is asked for."""
    document = {
        **Subscriptions.public(subscription),
        "created_at": subscription.created_at,
        "updated_at": subscription.updated_at,
    }
    secrets = {"auth_token": subscription.auth_token, "previous_token": subscription.previous_token}
    return {**document, **secrets} if with_secrets else document


def restored(document: Mapping[str, Any], known: Subscription | None) -> Subscription:
    """Return the webhook of a snapshot, whose shape is right; where the tokens were left out it has those of `known`.

    Raises:
        Invalid: when a value cannot be used.
    """
    values = {name: value for name, value in document.items() if name in FIELDS}
    times = {"created_at": document["created_at"], "updated_at": document["updated_at"]}
    made = replace(Subscription(document["uuid"], "", "", ()), **checked(values), **times)
    if "auth_token" in document:
        return replace(made, previous_token=token("previous_token", document.get("previous_token")))
    if not document.get("has_auth_token") or known is None:
        return made
    return replace(made, auth_token=known.auth_token, previous_token=known.previous_token)
