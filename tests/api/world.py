"""An environment beside its model: what `test_machine` does with both at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from mock_server.contract.dialects import contract_under
from tests.api.door import Client, Door
from tests.api.model import Model
from tests.api.showing import DAY, Json, Person, Row, Segment, Survey, Who, iso, plain

__all__ = ["ANSWERS", "EVENTS", "ORDERS", "TRAITS", "World"]

START = 1_769_853_600
"""2026-01-31 at ten: waiting leads into another month."""
EVENTS = ["Completed Survey", "Saw Survey", "Dismissed Survey", "Entered Segment", "Tag Added"]
ORDERS = ["first_seen_at", "last_seen_at", "last_form_submission_at", "display_name", "email"]
TRAITS: list[tuple[Json, str, str | None]] = [
    ({"plan": "trial"}, "plan", "trial"),
    ({"plan": "pro"}, "plan", "pro"),
    ({"plan": ""}, "plan", None),
    ({"name": "Zoe"}, "name", "Zoe"),
    ({"name": "adam"}, "name", "adam"),
    ({"name": None}, "name", None),
    ({"seats": 14}, "seats", "14"),
    ({"isOwner": False}, "is_owner", "0"),
    ({"trial_ends_at": "2026-02-01"}, "trial_ends_at", "2026-02-01T00:00:00.000000Z"),
    ({"address": {"city": "Oslo"}}, "address_city", "Oslo"),
]
"""Traits as they are sent, the slug that each becomes, and how it is shown; None erases it."""
ANSWERS: list[tuple[str, Any]] = [
    ("nps", 9),
    ("nps", "3"),
    ("nps", 8),
    ("nps", 7),
    ("nps", 6),
    ("nps", 10),
    ("score", 7),
    ("why", "Fast support"),
    ("colours", ["red", "blue"]),
]
QUESTIONS = [
    {"identifier": "nps", "text": "How likely?", "type": "nps"},
    {"identifier": "why", "text": "Why?", "type": "text"},
]


class World:
    """One environment, its client and its model."""

    def __init__(self, door: Door, receiver: str, dialect: Mapping[str, str]) -> None:
        body = f'{{"clock": {{"freeze": "{iso(START)}"}}}}'.encode()
        made = door.call("POST", "/_mock/api/environments", body=body).json
        environment = door.rooms.environments.get(made["name"])
        prefix = f"/e/{environment.name}/v1" if dialect else "/v1"
        self.client = Client(door, environment, prefix)
        if dialect:
            self.client.control("PATCH", "/settings", {"dialect": dict(dialect)})
        self.contract = contract_under(environment.dialect)
        self.length = int(dialect.get("page-length", "50"))
        [all_users] = self.client.get("/segments").json["items"]
        self.model = Model(environment.project_uuid, all_users["uuid"], START, iso if dialect else plain)
        self.tags: dict[str, str] = {}
        self.path = f"/hook/{environment.name}"
        self.target = receiver.removesuffix("/hook") + self.path
        self.webhooks: dict[str, tuple[str, list[str]]] = {}
        self.segments = [all_users["uuid"]]
        self._segment("Manual", lambda _: False)
        self._segment("Trial", lambda one: one.traits.get("plan") == "trial", ("trait", "plan", "equals", "trial"))
        self._segment("Fans", lambda one: int(one.answers.get("nps", 0)) > 8, ("answer", "nps", "greater_than", 8))
        for name in ("NPS", "csat"):
            self._made(self.client.form_uuid(name, questions=QUESTIONS), name)

    def _segment(self, name: str, holds: Callable[[Person], bool], rule: tuple[Any, ...] = ()) -> None:
        more = {"rule": {rule[0]: rule[1], "operator": rule[2], "value": rule[3]}} if rule else {}
        uuid = self.client.segment_uuid(name, **more)
        self.segments.append(uuid)
        self.model.segments[uuid] = Segment(uuid, name, not rule, holds)

    def _made(self, uuid: str, name: str) -> None:
        survey = self.model.add_survey(uuid, name, QUESTIONS, "create")
        survey.published = self.model.now
        self.model.record(survey, "publish")

    # who and what is meant

    def whom(self, who: Json) -> Json:
        """Return an identity; a `pick` is the uuid of a contact there is."""
        if "pick" not in who:
            return who
        people = list(self.model.people)
        return {"uuid": people[who["pick"] % len(people)]} if people else {"id": "u1"}

    def survey(self, pick: int) -> Survey:
        surveys = list(self.model.surveys.values())
        return surveys[pick % len(surveys)]

    def meet(self, who: Who, *, seen: bool, account: Json | None = None) -> Person:
        """Let the model meet someone who has just come; how he now looks is compared after the step."""
        return self.model.meet(who, self.client.get("/contact", **who).json, seen=seen, account=account)

    # writing

    def keep_survey(self, verb: str, pick: int) -> None:
        """Publish, unpublish, duplicate or archive a survey, or read its history."""
        model, survey, client = self.model, self.survey(pick), self.client
        if verb == "duplicate":
            if len(model.surveys) < 6:
                name = f"copy {len(model.surveys) % 2}"
                answer = client.post("/forms/duplicate", {"form_uuid": survey.uuid, "name": name}).json
                assert (answer["message"], answer["source_form_uuid"]) == ("ok", survey.uuid)
                model.add_survey(answer["new_form_uuid"], name, survey.questions, "duplicate")
        elif verb == "archive":
            assert client.delete("/forms", form_uuid=survey.uuid).json == {"message": "ok"}
            if survey.archived is None:
                survey.archived = model.now
                model.record(survey, "archive")
        elif verb == "history":
            items = client.get("/forms/history", form_uuid=survey.uuid).json["items"]
            assert len({item.pop("uuid") for item in items}) == len(items)
            assert items == survey.history
        else:
            wanted = verb == "publish"
            reply = client.post("/forms/publish", {"form_uuid": survey.uuid, "published": int(wanted)})
            assert reply.status == (200 if survey.archived is None else 400)
            if survey.archived is None and (survey.published is not None) != wanted:
                survey.published = model.now if wanted else None
                model.record(survey, verb)

    def keep_webhook(self, events: list[str], *, leaves: bool) -> None:
        """Register a webhook, or delete the oldest."""
        if not leaves and len(self.webhooks) < 3:
            path = f"{self.path}/{len(self.webhooks)}"
            sent = {"name": path, "url": self.target.removesuffix(self.path) + path, "events": events}
            made = self.client.post("/webhooks", sent).json
            assert {name: made[name] for name in sent} == sent
            self.webhooks[made["uuid"]] = (path, events)
        elif self.webhooks:
            uuid = next(iter(self.webhooks))
            assert self.client.delete(f"/webhooks/{uuid}").json == {"message": "ok"}
            del self.webhooks[uuid]

    def told(self) -> list[tuple[str, Json]]:
        """Deliver what is due, and return what the webhooks must have been told since last asked."""
        fired, self.model.fired = self.model.fired, []
        if self.webhooks:
            assert self.client.control("POST", "/settle").status == 200
        return [(path, body) for kind, body in fired for path, events in self.webhooks.values() if kind in events]

    def check_payload(self, body: Json) -> None:
        """Hold a payload to the contract, and learn the tags in it."""
        pointer = self.contract.payload_pointer(body["triggered_event"])
        assert pointer is not None
        self.contract.validator(pointer).validate(body)
        self._name_tags([body.get("response", {})])

    def _name_tags(self, responses: Iterable[Json]) -> None:
        """Put names in the place of tags, which everywhere have the same uuids."""
        for response in responses:
            for tag in response.get("tags", ()):
                assert self.tags.setdefault(tag["name"], tag["uuid"]) == tag["uuid"]
            if "tags" in response:
                response["tags"] = [tag["name"] for tag in response["tags"]]

    # reading

    def read(self, path: str, expected: list[Json], page: Json, **query: Any) -> None:
        """Read a page of a list, and all that follows by cursor where there is one; each row must be as expected."""
        answer = self.client.get(path, **page, **query).json
        number, length = page.get("page", 1), page.get("page_length", self.length)
        start, cursor = (number - 1) * length, answer["pagination"].pop("next_page_cursor", None)
        last = max(1, -(-len(expected) // length))
        counts = {"items_count": len(expected), "current_page": number, "last_page": last, "page_length": length}
        assert answer["pagination"] == counts
        items = answer["items"]
        assert len(items) == len(expected[start : start + length])
        while path != "/forms":
            assert (cursor is None) == (start + len(items) >= len(expected))
            if cursor is None:
                break
            answer = self.client.get(path, page_length=length, page_cursor=cursor, **query).json
            items += answer["items"]
            cursor = answer["pagination"]["next_page_cursor"]
        self._name_tags(items)
        assert items == (expected[start : start + length] if path == "/forms" else expected[start:])
        for item in items:
            attributes = list(item.get("attributes", ()))
            assert attributes == sorted(attributes)

    def read_everything(self) -> None:
        """Compare the whole of both lists, the responses of each tag, the reports, and the usage of the month."""
        model, month = self.model, self.model.month
        self.read("/contacts", model.contacts(), {"page_length": 1_000})
        for tag, uuid in {"": "", **self.tags}.items():
            rows = model.matching("all", lambda row, tag=tag: not tag or tag in row.tags)  # type: ignore[misc]
            sent = {"include": "all"} | ({"tag_uuid": uuid} if tag else {})
            self.read("/responses", [model.response(row, attributes=False) for row in rows], {"page_length": 7}, **sent)
        self.report({}, {}, [])
        users = sum(seen == month for seen, _ in model.seen)
        usage = {"mtu": users, "mte": model.counted[month, "mte"], "mpv": 0, "msr": model.counted[month, "msr"]}
        answer = self.client.get("/account").json
        assert answer["environments"] == [{"uuid": model.project, "name": self.client.environment.project_name} | usage]
        assert {name: answer["subscription"][f"{name}_count"] for name in usage} == usage

    def query(self, scope: Json, span: Json, include: str) -> tuple[Json, Callable[[Row], bool]]:
        """Return filters as they are sent, and which rows they mean."""
        model, midnight = self.model, self.model.now - self.model.now % DAY
        sent = {name: value for name, value in scope.items() if not name.endswith("uuids")}
        forms = {self.survey(pick).uuid for pick in scope.get("form_uuids", ())}
        segments = {self.segments[pick % len(self.segments)] for pick in scope.get("segment_uuids", ())}
        sent |= {"form_uuids": sorted(forms)} if forms else {}
        sent |= {"segment_uuids": sorted(segments)} if segments else {}
        dates = {name: (midnight if days % 2 else model.now) + days * DAY for name, days in span.items()}
        sent |= {name: (iso(at) or "")[: None if at % DAY else 10] for name, at in dates.items()}
        first, end = dates.get("date_range_start", 0), dates.get("date_range_end", 1 << 40)

        def wanted(row: Row) -> bool:
            person = row.person
            data = {
                "response_data[nps]": row.data.get("nps"),
                "contact_data[plan]": model.attributes(person).get("plan"),
                "account_data[name]": person.company.traits.get("name"),
            }
            return (
                first <= row.date(include) < end
                and (not forms or row.survey.uuid in forms)
                and (not segments or not segments.isdisjoint(person.places))
                and all(data[name] == scope[name] for name in data if name in scope)
            )

        return sent, wanted

    def report(self, scope: Json, span: Json, names: list[str]) -> None:
        """Compare the reports `count` and `nps` with counting; without dates they are of the last seven days."""
        whole = {"date_range_start": -7, "date_range_end": 1} | span
        sent, wanted = self.query(scope, whole, "all")
        dates = {name: text if len(text) > 10 else f"{text}T00:00:00.000000Z" for name in whole if (text := sent[name])}
        given = {"type": "count"} | {name: value for name, value in sent.items() if name in span or name not in whole}
        shown = self.model.matching("all", wanted)
        rows = self.model.matching("partials", self.query(scope, whole, "partials")[1])
        figures = {"views": sum(row.shows for row in shown), "responses": len(rows)}
        assert self.client.get("/reporting", **given).json == figures | dates
        given |= {"type": "nps"} | ({"question_identifiers": names} if names else {})
        figures = self.model.nps(rows, dict.fromkeys(names))
        assert self.client.get("/reporting", **given).json == figures | dates
