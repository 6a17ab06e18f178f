"""What can happen to an environment, and what must come of it: a model for `test_machine`.

An independent reading of refiner-api.md that shares no code with `mock_server`. It is told the uuids that answers
bring, and knows everything else by itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tests.api.showing import Company, Json, Person, Row, Showing, Survey, Who, iso

__all__ = ["Model"]


class Model(Showing):
    """One environment. The verbs change it and note in `fired` what webhooks are told."""

    def find(self, who: Who) -> Person | None:
        """By id, else by e-mail whoever has no id; by e-mail alone who was first; by uuid if nothing else is given."""
        email = who.get("email", "").lower()
        same = [one for one in self.people.values() if email and (one.email or "").lower() == email]
        if "id" in who:
            by_id = [one for one in self.people.values() if one.id == who["id"]]
            return next(iter(by_id + [one for one in same if one.id is None]), None)
        return next(iter(same), None) if email else self.people.get(who.get("uuid", ""))

    def meet(self, who: Who, shown: Json, *, seen: bool, account: Json | None = None) -> Person:
        """Someone comes, known or not; `shown` is what the API says of him afterwards and brings the uuids."""
        person = self.find(who)
        if person is None:
            assert shown["uuid"] not in self.people
            company = Company(shown["account"]["uuid"], self.now, self.now)
            person = Person(shown["uuid"], self._number(), company, self.now, self.now)
            person.places = {next(iter(self.segments)): self.now}
            self.people[person.uuid] = person
            self.seen.add((self.month, person.uuid))
        assert person.uuid == shown["uuid"]
        person.id, person.email = person.id or who.get("id"), who.get("email") or person.email
        if account is not None:
            self._group(person, account, shown["account"]["uuid"])
        if seen:
            person.last = person.company.last = self.now
            self.seen.add((self.month, person.uuid))
        return person

    def _group(self, person: Person, account: Json, uuid: str) -> None:
        name, known = account["id"], self.companies.get(account["id"])
        if known is None and person.company.id not in (None, name):
            known = Company(uuid, self.now, self.now)
        person.company = known or person.company
        person.company.id, self.companies[name] = name, person.company
        person.company.traits |= {key: value for key, value in account.items() if key != "id"}
        self.company_slugs |= person.company.traits.keys()

    def settle(self, person: Person, kind: str | None = None, row: Row | None = None) -> None:
        """Rules place the person anew; then `kind` is told, then what was entered."""
        entered = []
        for segment in self.segments.values():
            if not segment.is_manual and segment.name != "All Users":
                if not segment.holds(person):
                    person.places.pop(segment.uuid, None)
                elif segment.uuid not in person.places:
                    person.places[segment.uuid] = self.now
                    entered.append(segment)
        if kind is not None:
            self.fire(kind, person, row)
        for _ in entered:
            self.fire("Entered Segment", person)

    def change(self, person: Person, traits: Mapping[str, str | None]) -> None:
        for slug, value in traits.items():
            person.traits.pop(slug, None)
            if value is not None:
                person.traits[slug] = value
                self.slugs.add(slug)

    def show(self, person: Person, survey: Survey, uuid: str) -> Row:
        """A display, of the open row if there is one."""
        row = self.open_row(person, survey)
        if row is None:
            row = self.rows[uuid] = Row(uuid, self._number(), survey, person, self.now, self.now)
        else:
            row.last_shown, row.shows = self.now, row.shows + 1
        self.view(row, self.now)
        return row

    def view(self, row: Row, at: int) -> None:
        person, survey = row.person, row.survey
        person.views, person.last_view = person.views + 1, max(at, person.last_view or at)
        survey.views, survey.first_view = survey.views + 1, min(at, survey.first_view or at)
        survey.last_view = max(at, survey.last_view or at)

    def open_row(self, person: Person, survey: Survey) -> Row | None:
        rows = [row for row in self.rows.values() if row.person is person and row.survey is survey]
        return next((row for row in rows if row.completed is None and row.dismissed is None), None)

    def same(self, person: Person | None, survey: Survey, data: Json) -> Row | None:
        """The completed row with the very same answers."""
        rows = [row for row in self.rows.values() if row.person is person and row.survey is survey]
        return next((row for row in rows if row.completed is not None and row.data == data), None)

    def store(self, person: Person, survey: Survey, uuid: str, data: Json, at: int) -> Row:
        row = self.rows[uuid] = Row(uuid, self._number(), survey, person, at, at)
        self.view(row, at)
        self.receive(row, data, at)
        return row

    def receive(self, row: Row, data: Json, at: int) -> None:
        """A row is completed at a time; what was answered before others keeps behind them."""
        row.first_data = row.last_data = row.completed = at
        row.data = data
        row.survey.responses += 1
        self.counted[self.month, "msr"] += 1
        person, late = row.person, row.person.last_submission
        for name, answer in data.items():
            if at >= person.answered.get(name, at):
                person.answers[name], person.answered[name] = answer, at
        person.submissions, person.last_submission = person.submissions + 1, max(at, late or at)
        self.slugs |= data.keys()

    def delete(self, person: Person) -> None:
        del self.people[person.uuid]
        for row in self.rows.values():
            if row.person is person:
                row.survey.views -= row.shows
                row.survey.responses -= row.last_data is not None
        self.rows = {uuid: row for uuid, row in self.rows.items() if row.person is not person}

    def add_survey(self, uuid: str, name: str, questions: Sequence[Json], action: str) -> Survey:
        survey = self.surveys[uuid] = Survey(uuid, self._number(), name, questions, self.now, self.now)
        self.record(survey, action)
        return survey

    def record(self, survey: Survey, action: str) -> None:
        survey.updated = self.now
        snapshot = self.survey(survey, info=True, config=True)
        survey.history.insert(0, {"action": action, "snapshot": snapshot, "created_at": iso(self.now)})

    def fire(self, kind: str, person: Person, row: Row | None = None) -> None:
        body = self.contact(person, dated=True) | {"project_uuid": self.project, "triggered_event": kind}
        if row is not None:
            response = self.times(row, iso) | {"show_counter": None, "data": row.data, "tags": list(row.tags)}
            body |= {"form": {"uuid": row.survey.uuid, "name": row.survey.name}, "response": response}
        self.fired.append((kind, body))

    def _number(self) -> int:
        self.made += 1
        return self.made
