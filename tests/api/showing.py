"""What a model of an environment shows: its records, and how Refiner writes and lists them (see `model.py`).

Times are whole seconds since the epoch.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

__all__ = ["DAY", "Company", "Json", "Person", "Row", "Segment", "Showing", "Survey", "Who", "iso", "plain"]

DAY = 86_400
Json = dict[str, Any]
Who = Mapping[str, str]


def iso(at: int | None) -> str | None:
    return None if at is None else f"{datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%M:%S}.000000Z"


def plain(at: int | None) -> str | None:
    return None if at is None else f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M:%S}"


@dataclass
class Company:
    uuid: str
    first: int
    last: int
    id: str | None = None
    traits: dict[str, str] = field(default_factory=dict)


@dataclass
class Person:
    uuid: str
    number: int
    company: Company
    first: int
    last: int
    id: str | None = None
    email: str | None = None
    traits: dict[str, str] = field(default_factory=dict)
    places: dict[str, int] = field(default_factory=dict)
    answers: Json = field(default_factory=dict)
    answered: dict[str, int] = field(default_factory=dict)
    views: int = 0
    submissions: int = 0
    last_view: int | None = None
    last_submission: int | None = None


@dataclass
class Survey:
    uuid: str
    number: int
    name: str
    questions: Sequence[Json]
    created: int
    updated: int
    published: int | None = None
    archived: int | None = None
    first_view: int | None = None
    last_view: int | None = None
    views: int = 0
    responses: int = 0
    history: list[Json] = field(default_factory=list)


@dataclass
class Row:
    uuid: str
    number: int
    survey: Survey
    person: Person
    first_shown: int
    last_shown: int
    shows: int = 1
    first_data: int | None = None
    last_data: int | None = None
    completed: int | None = None
    dismissed: int | None = None
    data: Json = field(default_factory=dict)
    tags: list[str] = field(default_factory=list)

    def date(self, include: str) -> int:
        return self.last_shown if include == "all" or self.last_data is None else self.last_data


@dataclass
class Segment:
    uuid: str
    name: str
    is_manual: bool
    holds: Callable[[Person], bool]


class Showing:
    """One environment: what is in it and how it looks. Every list is filtered and sorted when asked for."""

    def __init__(
        self, project: str, all_users: str, now: int, time: Callable[[int | None], str | None] = plain
    ) -> None:
        self.project, self.now, self.time = project, now, time
        self.segments = {all_users: Segment(all_users, "All Users", False, lambda _: True)}
        self.people: dict[str, Person] = {}
        self.companies: dict[str, Company] = {}
        self.surveys: dict[str, Survey] = {}
        self.rows: dict[str, Row] = {}
        self.made = 0
        self.slugs, self.company_slugs = {"name"}, {"name"}
        self.seen: set[tuple[str, str]] = set()
        self.counted: Counter[tuple[str, str]] = Counter()
        self.fired: list[tuple[str, Json]] = []

    @property
    def month(self) -> str:
        return (iso(self.now) or "")[:7]

    def attributes(self, person: Person) -> Json:
        own = {"email": person.email, "first_seen_at": iso(person.first), "last_seen_at": iso(person.last)}
        views = {"form_views_count": str(person.views), "last_form_view_at": iso(person.last_view)}
        last = iso(person.last_submission)
        submissions = {"form_submissions_count": str(person.submissions), "last_form_submission_at": last}
        return {**dict.fromkeys(self.slugs), **person.traits, **person.answers, **own, **views, **submissions}

    def contact(self, person: Person, *, dated: bool = False) -> Json:
        segments: list[Json] = [{"uuid": uuid, "name": self.segments[uuid].name} for uuid in person.places]
        for shown, at in zip(segments, person.places.values(), strict=True):
            if dated:
                shown |= {"created_at": iso(at), "updated_at": iso(at)}
        company = person.company
        times = {"first_seen_at": iso(company.first), "last_seen_at": iso(company.last)}
        attributes = {**dict.fromkeys(self.company_slugs), **company.traits}
        return {
            **{key: value for key, value in self.person(person).items() if key != "account"},
            "first_seen_at": iso(person.first),
            "last_seen_at": iso(person.last),
            "attributes": self.attributes(person),
            "segments": segments,
            "account": {**self.person(person)["account"], **times, "attributes": attributes},
        }

    @staticmethod
    def person(person: Person) -> Json:
        company = person.company
        account: Json = {"uuid": company.uuid, "remote_id": company.id, "domain": None}
        account["display_name"] = company.traits.get("name", "")
        named = {"uuid": person.uuid, "remote_id": person.id, "email": person.email}
        return {**named, "display_name": person.traits.get("name", ""), "account": account}

    @staticmethod
    def times(row: Row, time: Callable[[int | None], str | None]) -> Json:
        shown = {"uuid": row.uuid, "first_shown_at": time(row.first_shown), "last_shown_at": time(row.last_shown)}
        data = {"first_data_reception_at": time(row.first_data), "last_data_reception_at": time(row.last_data)}
        ends = {"completed_at": time(row.completed), "dismissed_at": time(row.dismissed)}
        return {**shown, **data, **ends, "received_at": time(row.last_data)}

    def response(self, row: Row, attributes: bool) -> Json:
        contact = self.person(row.person) | ({"attributes": self.attributes(row.person)} if attributes else {})
        form = {"uuid": row.survey.uuid, "name": row.survey.name}
        more = {"show_counter": row.shows, "form": form, "data": row.data, "contact": contact}
        return self.times(row, self.time) | more | ({"tags": row.tags} if self.time is iso else {})

    def survey(self, survey: Survey, *, info: bool, config: bool) -> Json:
        shown: Json = {"uuid": survey.uuid, "name": survey.name}
        if info:
            names = ("created", "updated", "published", "archived")
            shown |= {f"{name}_at": iso(getattr(survey, name)) for name in names}
            shown |= {"first_form_view_at": iso(survey.first_view), "last_form_view_at": iso(survey.last_view)}
            shown |= {"views_count": survey.views, "responses_count": survey.responses}
            shown |= {"channels": ["web"], "folder": None, "page_url": None}
        if config:
            elements = [
                {"id": part["identifier"], "text": part["text"], "type": part["type"], "required": False}
                for part in survey.questions
            ]
            shown["config"] = {"form_elements": elements}
        return shown

    # lists

    def contacts(
        self, order_by: str = "first_seen_at", form: str = "", segment: str = "", search: str = ""
    ) -> list[Json]:
        linked = {row.person.uuid for row in self.rows.values() if row.survey.uuid == form}
        people = [
            one
            for one in self.people.values()
            if (not form or one.uuid in linked) and (not segment or segment in one.places)
            if not search or search in self.words(one)
        ]
        return [self.contact(one) for one in sorted(people, key=lambda one: _rank(one, order_by))]

    @staticmethod
    def words(person: Person) -> str:
        return "\n".join([person.id or "", person.email or "", person.traits.get("name", "")]).lower()

    def matching(self, include: str, wanted: Callable[[Row], bool]) -> list[Row]:
        """The rows that `include` lets in and that are wanted, newest first."""
        fields = {"completed": "completed", "partials": "last_data", "all": "first_shown"}
        rows = [row for row in self.rows.values() if getattr(row, fields[include]) is not None and wanted(row)]
        return sorted(rows, key=lambda row: (-row.date(include), -row.number))

    def forms(self, listing: str) -> list[Survey]:
        shows: dict[str, Callable[[Survey], bool]] = {
            "all": lambda one: one.archived is None,
            "published": lambda one: one.archived is None and one.published is not None,
            "drafts": lambda one: one.archived is None and one.published is None,
            "archived": lambda one: one.archived is not None,
            "all_with_archived": lambda _: True,
        }
        surveys = filter(shows[listing], self.surveys.values())
        return sorted(surveys, key=lambda one: (one.name.lower(), one.number))

    def nps(self, rows: Iterable[Row], identifiers: Collection[str]) -> Json:
        scores = [
            int(row.data[name])
            for row in rows
            for name in identifiers or [part["identifier"] for part in row.survey.questions if part["type"] == "nps"]
            if str(row.data.get(name, "")).isdigit()
        ]
        low, high = sum(score <= 6 for score in scores), sum(score >= 9 for score in scores)
        data = {"detractors": low, "passives": len(scores) - low - high, "promoters": high}
        share = 100 * abs(high - low) / (len(scores) or 1)
        return {"data": data, "count": len(scores), "nps": int(share + 0.5) * (1 if high > low else -1)}


def _rank(one: Person, order_by: str) -> tuple[Any, ...]:
    times = {"first_seen_at": one.first, "last_seen_at": one.last, "last_form_submission_at": one.last_submission}
    if order_by in times:
        at = times[order_by]
        return (at is None, -(at or 0), -one.number)
    text = one.email if order_by == "email" else one.traits.get("name")
    return (text is None, (text or "").lower(), one.number)
