"""Survey responses: their life cycle, their tags and the filtered list of them.

A response is one showing of a survey to one contact. Its life cycle (documented, (c)):

    shown      first_shown_at, last_shown_at; showing it again moves last_shown_at and counts
    partial    + first_data_reception_at, last_data_reception_at, received_at
    completed  + completed_at, equal to last_data_reception_at and received_at (observed)
    dismissed  + dismissed_at

A row is *open* until it is completed or dismissed. Invariants: a contact has at most one open row per survey;
`completed_at` and `dismissed_at` are never both set; a row without `last_data_reception_at` has no data; the uuid's
time is `first_shown_at` (observed); there is one `Tag` per name.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, MutableMapping, Sequence
from dataclasses import replace

from mock_server.errors import LimitReached, NotFound
from mock_server.settings import Settings
from mock_server.state.clock import Clock
from mock_server.state.ids import Ids
from mock_server.state.layers import parted
from mock_server.state.queries import INCLUDES, Directory, ResponseQuery, answer_values
from mock_server.state.records import Micros, Response, Slice, Tag, Window
from mock_server.state.response_lists import ResponseLists, span

__all__ = ["INCLUDES", "Directory", "ResponseQuery", "Responses", "answer_values"]


class Responses:
    """All responses of one environment, with the tags on them."""

    def __init__(self, clock: Clock, ids: Ids, settings: Settings) -> None:
        self._clock = clock
        self._ids = ids
        self._most, self._most_tags = settings.max_responses, settings.max_definitions
        self._rows: MutableMapping[str, Response] = {}
        self._serial = 0
        self._open: MutableMapping[tuple[str, str], str] = {}
        self._of_contact: MutableMapping[str, tuple[str, ...]] = {}
        self._tags: dict[str, Tag] = {}
        self._lists = ResponseLists(self._rows, self._of_contact)

    def __iter__(self) -> Iterator[Response]:
        """Walk all responses in the order of their making."""
        return iter(self._rows.values())

    @property
    def tags(self) -> Collection[Tag]:
        """All tags in the order of their making."""
        return self._tags.values()

    def adopt(self, source: Responses) -> None:
        """Hold what another one holds; both go their own ways from here. O(what changed since its last fork)."""
        self._serial = source._serial
        source._rows, self._rows = parted(source._rows)
        source._open, self._open = parted(source._open)
        source._of_contact, self._of_contact = parted(source._of_contact)
        self._lists = source._lists.fork(source._rows, source._of_contact, self._rows, self._of_contact)
        self._tags.update(source._tags)

    def load(self, rows: Iterable[Response], tags: Iterable[Tag]) -> None:
        """Hold these responses and tags."""
        self._tags.update((tag.name, tag) for tag in tags)
        for row in rows:
            self._serial = max(self._serial, row.serial)
            self._keep(row)

    def get(self, uuid: str) -> Response:
        """Return one response.

        Raises:
            NotFound: when the environment has no such response.
        """
        try:
            return self._rows[uuid]
        except KeyError:
            raise NotFound(f"No response has the uuid {uuid!r}") from None

    def open_row(self, contact_uuid: str, form_uuid: str) -> Response | None:
        """Return the response that is neither completed nor dismissed, or None."""
        uuid = self._open.get((contact_uuid, form_uuid))
        return None if uuid is None else self._rows[uuid]

    def of_contact(self, contact_uuid: str) -> tuple[Response, ...]:
        """Return a contact's responses in the order of their making."""
        return tuple(self._rows[uuid] for uuid in self._of_contact.get(contact_uuid, ()))

    def check_room(self, tags: Iterable[str] = ()) -> None:
        """Raise LimitReached when the environment may hold no more responses, or not these tags too."""
        if len(self._rows) >= self._most:
            raise LimitReached(f"The environment holds {self._most} responses; raise the setting max_responses")
        self._check_tags(tags)

    def _check_tags(self, names: Iterable[str]) -> None:
        if (new := set(names) - self._tags.keys()) and len(self._tags) + len(new) > self._most_tags:
            raise LimitReached(f"The environment holds {len(self._tags)} tags; raise the setting max_definitions")

    def show(self, contact_uuid: str, form_uuid: str) -> Response:
        """Return a new response, or the open one shown once more (the same row: documented)."""
        now = self._clock.now()
        row = self.open_row(contact_uuid, form_uuid)
        if row is not None:
            return self._keep(replace(row, last_shown_at=now, show_counter=row.show_counter + 1), row)
        return self._keep(self._new(contact_uuid, form_uuid, now))

    def answer(self, contact_uuid: str, form_uuid: str, data: Mapping[str, object], complete: bool) -> Response:
        """Return the open response (shown first if there is none) with more answers, completed or still partial."""
        row = self.open_row(contact_uuid, form_uuid) or self.show(contact_uuid, form_uuid)
        now = self._clock.now()
        answered = replace(
            row,
            first_data_reception_at=row.first_data_reception_at or now,
            last_data_reception_at=now,
            received_at=now,
            completed_at=now if complete else None,
            data={**row.data, **answer_values(data)},
        )
        return self._keep(answered, row)

    def dismiss(self, contact_uuid: str, form_uuid: str) -> Response:
        """Return the open response (shown first if there is none) dismissed; what was answered stays."""
        row = self.open_row(contact_uuid, form_uuid) or self.show(contact_uuid, form_uuid)
        return self._keep(replace(row, dismissed_at=self._clock.now()), row)

    def store(
        self,
        contact_uuid: str,
        form_uuid: str,
        data: Mapping[str, object],
        date: Micros | None = None,
        prevent_duplicates: bool = True,
        tags: Sequence[str] = (),
        unseen: bool = False,
    ) -> tuple[Response, bool]:
        """Return a completed response as the API stores it, and whether it is new.

        Every time but `dismissed_at` is `date`, now by default (assumed). Without `prevent_duplicates=False` an earlier
        response of the same contact to the same survey with identical data is returned as it is, without the tags
        (documented; that it is returned, and untagged: assumed). An open response is left alone. One that is `unseen`
        counts no show (g9).
        """
        answers = answer_values(data)
        if prevent_duplicates and (known := self.duplicate(contact_uuid, form_uuid, data)) is not None:
            return known, False
        at = self._clock.now() if date is None else date
        row = replace(
            self._new(contact_uuid, form_uuid, at),
            first_data_reception_at=at,
            last_data_reception_at=at,
            received_at=at,
            completed_at=at,
            data=answers,
            tags=tuple(self._tag(name) for name in dict.fromkeys(tags)),
            show_counter=0 if unseen else 1,
        )
        return self._keep(row), True

    def duplicate(self, contact_uuid: str, form_uuid: str, data: Mapping[str, object]) -> Response | None:
        """Return the completed response of a contact to a survey that holds the very same answers, or None."""
        answers = answer_values(data)
        for row in self.of_contact(contact_uuid):
            if row.form_uuid == form_uuid and row.completed_at is not None and row.data == answers:
                return row
        return None

    def tag(self, uuid: str, names: Sequence[str]) -> tuple[Response, tuple[Tag, ...]]:
        """Return a response with the tags added, and those it did not have; tags are made on first use (documented).

        Raises:
            NotFound: when the environment has no such response.
            LimitReached: when it may hold no more tags; then none is added.
        """
        row = self.get(uuid)
        self._check_tags(names)
        added = tuple(tag for tag in (self._tag(name) for name in dict.fromkeys(names)) if tag not in row.tags)
        if not added:
            return row, ()
        return self._keep(replace(row, tags=row.tags + added), row), added

    def forget_contact(self, contact_uuid: str) -> tuple[Response, ...]:
        """Return the responses of a deleted contact, which are no more (documented); unknown contacts have none."""
        forgotten = self.of_contact(contact_uuid)
        self._of_contact.pop(contact_uuid, None)
        for row in forgotten:
            del self._rows[row.uuid]
            self._open.pop((contact_uuid, row.form_uuid), None)
            self._lists.note(row)
        return forgotten

    def search(self, query: ResponseQuery, window: Window, people: Directory) -> Slice[Response]:
        """Return one part of the responses that match, newest first (documented).

        The date range is over `last_data_reception_at`, over `last_shown_at` when `include` is `all` (documented);
        newest is meant by the same field (assumed). A cursor is the place of the last row seen, so it stays right while
        rows come and go.

        O(log n + page + what changed since the same was asked for); a new question costs O(the fewest rows that one of
        its filters leaves), sorted, and a text that all contacts are read through once.

        Raises:
            Invalid: when `include` is none of `INCLUDES`.
        """
        return self._lists.order(query, people).slice(window, *span(query))

    def matching(self, query: ResponseQuery, people: Directory) -> Iterator[Response]:
        """Return all responses that match, in the order of `search`: O(those). Raises Invalid like it."""
        return self._lists.order(query, people).between(*span(query))

    def _new(self, contact_uuid: str, form_uuid: str, at: Micros) -> Response:
        self._serial += 1
        return Response(self._ids.uuid(at), self._serial, form_uuid, contact_uuid, first_shown_at=at, last_shown_at=at)

    def _keep(self, row: Response, before: Response | None = None) -> Response:
        self._rows[row.uuid] = row
        if before is None:
            self._of_contact[row.contact_uuid] = (*self._of_contact.get(row.contact_uuid, ()), row.uuid)
        seat = (row.contact_uuid, row.form_uuid)
        if row.completed_at is None and row.dismissed_at is None:
            self._open[seat] = row.uuid
        elif self._open.get(seat) == row.uuid:
            del self._open[seat]
        self._lists.note(row)
        return row

    def _tag(self, name: str) -> Tag:
        tag = self._tags.get(name)
        if tag is None:
            tag = self._tags[name] = Tag(self._ids.uuid(), name)
        return tag
