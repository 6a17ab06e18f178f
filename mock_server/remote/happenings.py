"""What a test prepares and lets happen: contacts, surveys, segments, and the events of Refiner's own side.

None of it is a call of the mirrored API: it stands in no journal and is not judged.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from mock_server.errors import UsageError
from mock_server.remote.frames import hidden
from mock_server.remote.naming import Named, Who, contact_of, is_uuid, names_of, uuid_in, uuid_named
from mock_server.remote.place import Place
from mock_server.remote.shapes import Document, Happening

__all__ = ["Happenings"]

__tracebackhide__ = hidden

_NOUNS = {"survey": "forms", "segment": "segments"}


class Happenings(Place):
    """The verbs that make something, or let something happen.

    A survey or segment is given by its name, its uuid or a document that has it (what made it, or a `Happening`). A
    contact is given by user id, e-mail (it has an @), uuid, a mapping such as `{"id": "u-1"}`, or a document (what
    `identify` returned, a contact, a `Happening`). Whoever is unknown becomes known by id or e-mail.
    """

    def identify(
        self, id: str | None = None, email: str | None = None, account: Mapping[str, Any] | None = None, **traits: Any
    ) -> Document:
        """Make or change a contact and return it, as `getContact` would show it.

        That is what the API's identifyUser does, with all that follows (segments with a rule, their webhooks), but no
        call: it is neither in the journal nor judged, and counts for no verdict.

        Args:
            id: the client's own user id.
            email: beside or instead of it.
            account: the company: `{"id": ..., ...}` with its traits.
            traits: values by name; None erases one.

        Raises:
            UsageError: when neither id nor e-mail is given, or a value is one that identifyUser does not take.
        """
        given = {"id": id, "email": email, "account": account}
        person = {**traits, **{name: value for name, value in given.items() if value is not None}}
        return dict(self.remote.post(f"{self._path}/contacts", person))

    def create_form(
        self, name: str, questions: Sequence[Mapping[str, str]] = (), *, published: bool = True
    ) -> Document:
        """Make a survey and return it; a question is `{"text": ..., "type"?: "nps", "identifier"?: "nps"}`."""
        wanted = {"name": name, "questions": list(questions), "published": published}
        return dict(self.remote.post(f"{self._path}/forms", wanted))

    def create_segment(self, name: str, rule: Mapping[str, Any] | None = None) -> Document:
        """Make a segment, manual unless a rule fills it, and return it.

        A rule is `{"trait" or "event" or "answer": NAME, "operator": ..., "value": ...}`, or `{"all": [rules]}`,
        `{"any": [rules]}`.
        """
        wanted = {"name": name, "is_manual": rule is None, **({} if rule is None else {"rule": rule})}
        return dict(self.remote.post(f"{self._path}/segments", wanted))

    def complete_survey(self, form: Named | None, contact: Who, **answers: Any) -> Happening:
        """Let a contact complete a survey (None: the first published one by name) and return what came of it.

        Args:
            form: see the class.
            contact: see the class.
            answers: by the identifiers of questions, which need not be the survey's. Those called `form` or `contact`
                go through `simulate("Completed Survey", data=...)`.

        Raises:
            UsageError: when there is no such survey or contact; the message says what there is. So do its siblings.
        """
        return self._happens("Completed Survey", contact, form=form, data=answers)

    def see_survey(self, form: Named | None, contact: Who) -> Happening:
        """Show a survey to a contact and return what came of it."""
        return self._happens("Saw Survey", contact, form=form)

    def dismiss_survey(self, form: Named | None, contact: Who) -> Happening:
        """Let a contact dismiss a survey and return what came of it."""
        return self._happens("Dismissed Survey", contact, form=form)

    def enter_segment(self, segment: Named, contact: Who) -> Happening:
        """Let a contact enter a segment, anew if it is in there, and return what came of it."""
        return self._happens("Entered Segment", contact, segment_uuid=self._uuid("segment", segment))

    def tag_response(self, response: Named, *tags: str) -> Happening:
        """Tag a response and return what came of it: nothing (`events` is empty) where it had the tags.

        Args:
            response: its uuid, `latest` (the one shown last), or a document that has it, such as what
                `complete_survey` returned.
            tags: 1 to 20 names.
        """
        uuid = uuid_in("response", response) if isinstance(response, Mapping) else response
        return cast("Happening", self.simulate("Tag Added", response_uuid=uuid, tags=list(tags)))

    def simulate(self, event: str, **what: Any) -> Document:
        """Make a trigger event happen and return what came of it (see `Happening`).

        Args:
            event: `Completed Survey`, `Saw Survey`, `Dismissed Survey`, `Entered Segment` or `Tag Added`.
            what: `contact` (a mapping with id, email or uuid), `form_uuid`, `data`, `segment_uuid`, `response_uuid`,
                `tags`, as `POST .../simulate` takes them; None means not given.
        """
        wanted = {"event": event, **{key: value for key, value in what.items() if value is not None}}
        return dict(self.remote.post(f"{self._path}/simulate", wanted))

    def _happens(self, event: str, contact: Who, *, form: Named | None = None, **what: Any) -> Happening:
        who = contact_of(contact)
        form_uuid = None if form is None else self._uuid("survey", form)
        try:
            return cast("Happening", self.simulate(event, contact=who, form_uuid=form_uuid, **what))
        except UsageError as refusal:
            raise UsageError(f"{refusal}{self._hint(str(refusal), contact)}") from None

    def _uuid(self, noun: str, given: Named) -> str:
        if isinstance(given, Mapping):
            return uuid_in("form" if noun == "survey" else noun, given)
        return given.lower() if is_uuid(given) else uuid_named(noun, given, self._all(noun))

    def _all(self, noun: str) -> list[Document]:
        return list(self.remote.get(f"{self._path}/{_NOUNS[noun]}")["items"])

    def _uuids(self, noun: str, given: Named | Iterable[Named] | None) -> list[str]:
        """Return the uuids of one thing, or of several."""
        if given is None:
            return []
        several = [given] if isinstance(given, str | Mapping) else given
        return [self._uuid(noun, one) for one in several]

    def _hint(self, refusal: str, contact: Who) -> str:
        """Return what helps whoever named something that is not there."""
        for noun in _NOUNS:
            if refusal.startswith(f"No {noun} has the uuid"):
                return f"; {names_of(noun, self._all(noun))}"
        if refusal.startswith("No contact has the uuid") and isinstance(contact, str):
            return '; a user id that is written like a uuid is given as {"id": ...}'
        return ""
