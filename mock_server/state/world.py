"""The world inside an environment: its rooms, wired together, and what they hold as one value.

An environment has one world at a time. A reset or a snapshot gives it another, a fork gives a copy of it away: the
records are frozen and shared, and so are the mappings that hold them, up to what changes afterwards (see `layers`).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from typing import Final

from mock_server.errors import LimitReached
from mock_server.frozen import frozen
from mock_server.settings import Settings
from mock_server.state.attributes import Attributes
from mock_server.state.clock import Clock
from mock_server.state.ids import Ids
from mock_server.state.interactions import Interactions
from mock_server.state.people import People
from mock_server.state.persons import Persons
from mock_server.state.records import Account, Contact, Form, FormRevision, Response, Segment, Tag, TrackedEvent
from mock_server.state.responses import Responses
from mock_server.state.segments import Segments
from mock_server.state.surveys import Surveys
from mock_server.state.transitions import Transitions
from mock_server.state.usage import Usage
from mock_server.state.ways import Ways

__all__ = ["Content", "World"]


@frozen
class Content:
    """All that a world holds, each kind in the order of its making."""

    contact_traits: Mapping[str, str]
    """The kinds of the known traits by slug."""
    account_traits: Mapping[str, str]
    accounts: tuple[Account, ...]
    segments: tuple[Segment, ...]
    contacts: tuple[Contact, ...]
    forms: tuple[Form, ...]
    history: Mapping[str, tuple[FormRevision, ...]]
    """Of every survey by its uuid, oldest first."""
    tags: tuple[Tag, ...]
    responses: tuple[Response, ...]
    events: tuple[TrackedEvent, ...]
    usage: tuple[int, int, int, int]
    """As `Usage.counters`."""


_BOUNDS: Final[Mapping[str, str]] = {
    "contacts": "max_contacts",
    "accounts": "max_accounts",
    "responses": "max_responses",
    "forms": "max_definitions",
    "segments": "max_definitions",
    "tags": "max_definitions",
}
"""The settings that bound each kind of a content."""


class World:
    """The rooms of one environment."""

    def __init__(
        self,
        project_uuid: str,
        clock: Clock,
        ids: Ids,
        ways: Ways,
        settings: Settings,
        segments: Iterable[Segment] = (),
    ) -> None:
        self._parts = project_uuid, clock, ids, ways, settings
        self.usage = Usage()
        self.tracked: deque[TrackedEvent] = deque(maxlen=settings.max_events)
        self.segments = Segments(clock, ids, settings.max_definitions, segments)
        self.people = People(clock, ids, self.segments.all_users, self.usage, settings, ways)
        self.attributes = Attributes(self.people.traits, self.people.accounts.traits, ways)
        self.transitions = Transitions(project_uuid, clock, self.people, self.segments, self.attributes)
        self.surveys = Surveys(clock, ids, settings.max_definitions)
        self.responses = Responses(clock, ids, settings)
        self.persons = Persons(self.people, self.attributes, ways)
        self.interactions = Interactions(clock, self.people, self.surveys, self.responses, self.transitions, ways)

    def fork(self, project_uuid: str, clock: Clock, ids: Ids, ways: Ways) -> World:
        """Return an independent copy for another environment, which shares what neither changes (see `layers`)."""
        world = World(project_uuid, clock, ids, ways, self._parts[-1], self.segments)
        world.usage.load(self.usage.counters)
        world.tracked.extend(self.tracked)
        world.people.adopt(self.people)
        world.surveys.load(self.surveys, self.surveys.revisions)
        world.responses.adopt(self.responses)
        return world

    def anew(self) -> World:
        """Return another world for the same environment, with nothing in it."""
        return World(*self._parts)

    def holding(self, content: Content) -> World:
        """Return another world for the same environment, with this content, which must be sound.

        Raises:
            LimitReached: when it has more of anything than an environment may hold.
        """
        settings = self._parts[-1]
        for kind, setting in _BOUNDS.items():
            if len(getattr(content, kind)) > (most := getattr(settings, setting)):
                raise LimitReached(f"An environment holds {most} {kind}; raise the setting {setting}")
        world = World(*self._parts, content.segments)
        world.usage.load(content.usage)
        world.tracked.extend(content.events)
        world.people.load(content.contacts, content.contact_traits)
        world.people.accounts.load(content.accounts, content.account_traits)
        world.surveys.load(content.forms, content.history)
        world.responses.load(content.responses, content.tags)
        contacts = {contact.uuid: contact for contact in content.contacts}
        for response in content.responses:
            world.people.listings.link(contacts[response.contact_uuid], response.form_uuid)
        return world

    def content(self) -> Content:
        """Return what the world holds now; later changes do not show in it."""
        return Content(
            dict(self.people.traits.kinds),
            dict(self.people.accounts.traits.kinds),
            tuple(self.people.accounts),
            tuple(self.segments),
            tuple(self.people),
            tuple(self.surveys),
            {uuid: tuple(revisions) for uuid, revisions in self.surveys.revisions.items()},
            tuple(self.responses.tags),
            tuple(self.responses),
            tuple(self.tracked),
            self.usage.counters,
        )
