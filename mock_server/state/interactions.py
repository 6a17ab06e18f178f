"""Interactions: contacts see, answer, complete and dismiss surveys, and responses are stored and tagged.

Each moves three things together: the response, the survey's counters, and the contact's own counters and answers.
`last_seen_at` does not move (observed, RUD-cap).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from mock_server.errors import Invalid
from mock_server.state.clock import Clock
from mock_server.state.people import People
from mock_server.state.records import AccountInput, Contact, Form, Identity, Micros, Response
from mock_server.state.responses import Responses, answer_values
from mock_server.state.surveys import Surveys
from mock_server.state.transitions import Transitions
from mock_server.state.ways import Ways

__all__ = ["Interactions"]


class Interactions:
    """What contacts and surveys of one environment do with each other."""

    def __init__(
        self,
        clock: Clock,
        people: People,
        surveys: Surveys,
        responses: Responses,
        transitions: Transitions,
        ways: Ways,
    ) -> None:
        self._clock = clock
        self._people = people
        self._surveys = surveys
        self._responses = responses
        self._transitions = transitions
        self._ways = ways

    def see(self, identity: Identity, form_uuid: str | None) -> Response:
        """Return the response that a display begins, or the open one displayed again."""
        contact, form = self._meet(identity, form_uuid)
        response, contact = self._show(contact, form)
        self._transitions.settle(contact, "Saw Survey", self._surveys.get(form.uuid), response)
        return response

    def answer(self, identity: Identity, form_uuid: str, data: Mapping[str, object], *, complete: bool) -> Response:
        """Return the open response with more answers, completed or still partial."""
        contact, form = self._meet(identity, form_uuid)
        row, contact = self._open(contact, form)
        response = self._responses.answer(contact.uuid, form.uuid, data, complete)
        kind = "Completed Survey" if complete else None
        self._receive(contact, response, data, kind, first=row.first_data_reception_at is None)
        return response

    def dismiss(self, identity: Identity, form_uuid: str) -> Response:
        """Return the open response dismissed."""
        contact, form = self._meet(identity, form_uuid)
        _, contact = self._open(contact, form)
        response = self._responses.dismiss(contact.uuid, form.uuid)
        self._transitions.settle(contact, "Dismissed Survey", self._surveys.get(form.uuid), response)
        return response

    def store(
        self,
        identity: Identity,
        form_uuid: str,
        answers: Mapping[str, object],
        date: Micros | None,
        account: AccountInput | None,
        *,
        prevent_duplicates: bool,
        tags: Sequence[str],
    ) -> Response:
        """Return a response that came by the API, completed at `date`; it counts as a view unless it is unseen (g9)."""
        form = self._open_to_all(self._surveys.get(form_uuid))
        ways = self._ways
        if ways.refuses_duplicates and prevent_duplicates:  # before anything is done
            known = self._people.find(identity)
            if known is not None and self._responses.duplicate(known.uuid, form.uuid, answers) is not None:
                raise Invalid("An identical response is stored already; prevent_duplicates=false stores it again.")
        self._responses.check_room(tags)
        contact = self._people.upsert(identity, account=account, seen=False)
        response, made = self._responses.store(
            contact.uuid,
            form.uuid,
            answers,
            date=date,
            prevent_duplicates=prevent_duplicates,
            tags=tags,
            unseen=ways.stored_unseen,
        )
        if made:
            contact = self._viewed(contact, response)
            kind = "Completed Survey" if ways.stored_fires else None
            self._receive(contact, response, answers, kind, first=True)
        else:
            self._transitions.settle(contact)
        return response

    def tag(self, response_uuid: str, tags: Sequence[str]) -> Response:
        """Return a response with the tags; only new ones are an event."""
        response, new = self._responses.tag(response_uuid, tags)
        if new:
            contact = self._people.get(Identity(uuid=response.contact_uuid))
            self._transitions.fire("Tag Added", contact, self._surveys.get(response.form_uuid), response)
        return response

    def _meet(self, identity: Identity, form_uuid: str | None) -> tuple[Contact, Form]:
        """Return whom and what is meant: without a uuid the published survey that comes first by name."""
        form = self._surveys.first_published() if form_uuid is None else self._surveys.get(form_uuid)
        if form is None:
            raise Invalid("No survey is published: publish one, or give form_uuid", "form_uuid")
        form = self._open_to_all(form)
        known = self._people.find(identity)
        if known is None or self._responses.open_row(known.uuid, form.uuid) is None:
            self._responses.check_room()
        return self._people.upsert(identity, seen=False), form

    def _open_to_all(self, form: Form) -> Form:
        """Return a survey that takes responses; that an archived one does not is assumed (g13)."""
        if form.archived_at is not None and not self._ways.accepts_archived:
            raise Invalid(f"The survey {form.name!r} is archived, so it takes no responses any more", "form_uuid")
        return form

    def _open(self, contact: Contact, form: Form) -> tuple[Response, Contact]:
        """Return the open response, begun by a display if there is none."""
        row = self._responses.open_row(contact.uuid, form.uuid)
        return self._show(contact, form) if row is None else (row, contact)

    def _show(self, contact: Contact, form: Form) -> tuple[Response, Contact]:
        response = self._responses.show(contact.uuid, form.uuid)
        return response, self._viewed(contact, response)

    def _viewed(self, contact: Contact, response: Response) -> Contact:
        """Return the contact of a response after one more show of it, which the survey counts too; none if unseen."""
        self._people.listings.link(contact, response.form_uuid)
        if not response.show_counter:
            return contact
        at = response.last_shown_at
        self._surveys.viewed(response.form_uuid, at)
        left = contact.traces
        traces = replace(
            left, form_views_count=left.form_views_count + 1, last_form_view_at=max(at, left.last_form_view_at or at)
        )
        return self._people.put(replace(contact, traces=traces))

    def _receive(
        self, contact: Contact, response: Response, data: Mapping[str, object], kind: str | None, *, first: bool
    ) -> None:
        """Let survey, counters and contact know of data that a response received."""
        form = self._surveys.answered(response.form_uuid) if first else self._surveys.get(response.form_uuid)
        if first:
            self._people.usage.answered(self._clock.now())
        at = response.last_data_reception_at or self._clock.now()
        contact = self._people.answered(contact, answer_values(data), at)
        if response.completed_at is not None:
            left = contact.traces
            traces = replace(
                left,
                form_submissions_count=left.form_submissions_count + 1,
                last_form_submission_at=max(at, left.last_form_submission_at or at),
            )
            contact = replace(contact, traces=traces)
        self._transitions.settle(self._people.put(contact), kind, form, response)
