"""Surveys (`forms`): drafts, published and archived ones, their counters and their history.

Invariants: every form is in exactly one of the lists `drafts`, `published` and `archived`; `all` is the first two,
`all_with_archived` is all three; every change but a counter adds one line of history.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from mock_server.errors import Invalid, LimitReached, NotFound
from mock_server.state.clock import Clock
from mock_server.state.ids import Ids
from mock_server.state.orders import KeptOrder, alphabetical, cut
from mock_server.state.queries import MAX_IDENTIFIER
from mock_server.state.records import Form, FormRevision, Micros, Question, Response, Slice, SortKey, Window

__all__ = ["LISTINGS", "Surveys", "question_identifier"]

LISTINGS: Final[Mapping[str, Callable[[Form], bool]]] = {
    "all": lambda form: form.archived_at is None,
    "published": lambda form: form.archived_at is None and form.published_at is not None,
    "drafts": lambda form: form.archived_at is None and form.published_at is None,
    "archived": lambda form: form.archived_at is not None,
    "all_with_archived": lambda _: True,
}
"""The values of `list` and which surveys each shows (documented)."""

_MAX_HISTORY: Final = 1_000
"""Lines of history kept of one survey; the oldest fall out."""
_APOSTROPHES = re.compile("['`\u00b4\u2018\u2019]")
_OTHER_RUNS = re.compile(r"[\W_]+")


def question_identifier(text: str) -> str:
    """Return the identifier Refiner derives from a question's text.

    Lower case, apostrophes dropped, every other run of non-letters one `_`, no short cap (observed: a 129-character
    one exists; cut at 255: assumed). A text without any letter or digit gives `question` (assumed).
    """
    return _OTHER_RUNS.sub("_", _APOSTROPHES.sub("", text.lower())).strip("_")[:MAX_IDENTIFIER] or "question"


class Surveys:
    """All surveys of one environment."""

    def __init__(self, clock: Clock, ids: Ids, most: int) -> None:
        self._clock = clock
        self._ids = ids
        self._most = most
        self._forms: dict[str, Form] = {}
        self._history: dict[str, list[FormRevision]] = {}
        # The orders hold uuids, so a view, which changes a form but neither its name nor its lists, moves nothing.
        self._lists: dict[str, KeptOrder[str]] = {listing: KeptOrder(self._place) for listing in LISTINGS}

    def __iter__(self) -> Iterator[Form]:
        """Walk all surveys in the order of their making."""
        return iter(self._forms.values())

    @property
    def revisions(self) -> Mapping[str, Sequence[FormRevision]]:
        """The whole history of every survey by its uuid, oldest first."""
        return self._history

    def load(self, forms: Iterable[Form], history: Mapping[str, Sequence[FormRevision]]) -> None:
        """Hold these surveys with their history."""
        self._forms.update((form.uuid, form) for form in forms)
        for listing, shows in LISTINGS.items():  # sorted at once, as a fork comes this way
            self._lists[listing] = KeptOrder(self._place, (uuid for uuid, form in self._forms.items() if shows(form)))
        self._history.update((uuid, list(revisions)) for uuid, revisions in history.items())

    def create(self, name: str, questions: Sequence[Question] = (), published: bool = True) -> Form:
        """Return a new survey; questions without an identifier get one from their text, doubles a number behind it.

        Raises:
            LimitReached: when the environment may hold no more surveys.
        """
        form = self._new(name, _identified(questions))
        self._keep(form, "create")
        return self.publish(form.uuid, True) if published else form

    def get(self, uuid: str) -> Form:
        """Return one survey, archived or not.

        Raises:
            NotFound: when the environment has no such survey.
        """
        try:
            return self._forms[uuid]
        except KeyError:
            raise NotFound(f"No survey has the uuid {uuid!r}") from None

    def listing(self, listing: str, window: Window) -> Slice[Form]:
        """Return one part of a list of surveys, ordered by name (documented), capitals aside.

        Raises:
            Invalid: when `listing` is none of `LISTINGS`.
        """
        if listing not in self._lists:
            raise Invalid(f"list must be one of {', '.join(LISTINGS)}", "list")
        part = self._lists[listing].slice(window)
        return Slice(tuple(self._forms[uuid] for uuid in part.items), part.total, part.start, part.next_after)

    def publish(self, uuid: str, published: bool) -> Form:
        """Return the survey published or taken back to a draft; it stays as it is if it was so already.

        Raises:
            NotFound: when the environment has no such survey.
            Invalid: when it is archived (assumed).
        """
        form = self.get(uuid)
        if form.archived_at is not None:
            raise Invalid(f"The survey {uuid!r} is archived and cannot be published or unpublished", "form_uuid")
        if (form.published_at is not None) == published:
            return form
        now = self._clock.now()
        changed = replace(form, published_at=now if published else None, updated_at=now)
        return self._keep(changed, "publish" if published else "unpublish")

    def duplicate(self, uuid: str, name: str) -> Form:
        """Return a new draft with the questions of another survey (documented), counters and history its own.

        Raises:
            NotFound: when the environment has no such survey.
        """
        source = self.get(uuid)
        copy = replace(self._new(name, source.questions), channels=source.channels, page_url=source.page_url)
        return self._keep(copy, "duplicate")

    def archive(self, uuid: str) -> Form:
        """Return the survey archived; doing it again changes nothing.

        Raises:
            NotFound: when the environment has no such survey.
        """
        form = self.get(uuid)
        if form.archived_at is not None:
            return form
        now = self._clock.now()
        return self._keep(replace(form, archived_at=now, updated_at=now), "archive")

    def history(self, uuid: str, window: Window) -> Slice[FormRevision]:
        """Return one part of what was done to a survey, newest first.

        Raises:
            NotFound: when the environment has no such survey.
        """
        self.get(uuid)
        numbered = list(enumerate(self._history[uuid]))[::-1]
        part = cut(numbered, lambda entry: (-entry[0], 0), window)
        return Slice(tuple(revision for _, revision in part.items), part.total, part.start, part.next_after)

    def first_published(self) -> Form | None:
        """Return the published survey that comes first by name, or None."""
        items = self.listing("published", Window(page=1, length=1)).items
        return items[0] if items else None

    def viewed(self, form_uuid: str, at: Micros) -> Form:
        """Return the survey after one more display at `at`.

        Raises:
            NotFound: when the environment has no such survey.
        """
        form = self.get(form_uuid)
        self._forms[form_uuid] = viewed = replace(
            form,
            views_count=form.views_count + 1,
            first_form_view_at=min(at, form.first_form_view_at or at),
            last_form_view_at=max(at, form.last_form_view_at or at),
        )
        return viewed

    def answered(self, form_uuid: str) -> Form:
        """Return the survey after one more response.

        Raises:
            NotFound: when the environment has no such survey.
        """
        form = self.get(form_uuid)
        self._forms[form_uuid] = answered = replace(form, responses_count=form.responses_count + 1)
        return answered

    def forget(self, response: Response) -> None:
        """Count a response no more that went with its contact (assumed); the times of views stay."""
        form = self._forms[response.form_uuid]
        self._forms[form.uuid] = replace(
            form,
            views_count=max(0, form.views_count - response.show_counter),
            responses_count=max(0, form.responses_count - (response.last_data_reception_at is not None)),
        )

    def _new(self, name: str, questions: tuple[Question, ...]) -> Form:
        if len(self._forms) >= self._most:
            raise LimitReached(f"The environment holds {self._most} surveys; raise the setting max_definitions")
        now = self._clock.now()
        return Form(self._ids.uuid(), len(self._forms) + 1, name, questions, created_at=now, updated_at=now)

    def _keep(self, form: Form, action: str) -> Form:
        before = self._forms.get(form.uuid)
        self._forms[form.uuid] = form
        self._list(form, before)
        revision = FormRevision(self._ids.uuid(), action, form, form.updated_at)
        history = self._history.setdefault(form.uuid, [])
        history.append(revision)
        del history[:-_MAX_HISTORY]
        return form

    def _list(self, form: Form, before: Form | None) -> None:
        for listing, shows in LISTINGS.items():
            was_shown = before is not None and shows(before)
            if shows(form) and not was_shown:
                self._lists[listing].add(form.uuid)
            elif was_shown and not shows(form):
                self._lists[listing].discard(form.uuid)

    def _place(self, uuid: str) -> SortKey:
        form = self._forms[uuid]
        return alphabetical(form.name, form.serial)


def _identified(questions: Sequence[Question]) -> tuple[Question, ...]:
    taken: set[str] = set()
    named = []
    for question in questions:
        wanted = identifier = question.identifier[:MAX_IDENTIFIER] or question_identifier(question.text)
        number = 2
        while identifier in taken:
            identifier, number = f"{wanted[: MAX_IDENTIFIER - 5]}_{number}", number + 1
        taken.add(identifier)
        named.append(replace(question, identifier=identifier))
    return tuple(named)
