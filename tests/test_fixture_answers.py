"""The server answers, and sends, the like of each fixture: same keys, same order, same kinds of values."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest

from mock_server.contract.document import load
from mock_server.settings import Settings
from mock_server.state.records import Identity
from tests.api.door import Client, Door, Reply
from tests.fixture_scene import Scene, named, play_scene, read, shape
from tests.miniatures.running import receiving

COOKIE = "5b0e7c1a-3d42-0f6b-c1d7-2a9f4e8b6c30"


@pytest.fixture(scope="module")
def door() -> Iterator[Door]:
    made = Door(Settings())
    yield made
    made.close()


@pytest.fixture
def scene(door: Door) -> Iterator[Scene]:
    with play_scene(door) as played:
        yield played


def after(*answers: Mapping[str, object]) -> Callable[[Scene], None]:
    """Return who stores these answers, one response of a new user each."""

    def store(scene: Scene) -> None:
        scene.refiner.delete("/contact", id="u-204")
        for rank, given in enumerate(answers):
            scene.refiner.post("/responses", {"form_uuid": scene.form, "id": f"a-{rank}", **given})

    return store


def report(kind: str, *answers: Mapping[str, object], **more: object) -> Callable[[Scene], Reply]:
    def ask(scene: Scene) -> Reply:
        after(*answers)(scene)
        return scene.refiner.get("/reporting", type=kind, **more)

    return ask


def met(scene: Scene) -> Client:
    """Let a second contact be met, of whom nothing but the e-mail address is known."""
    scene.refiner.post("/identify-user", {"email": "teo@example.com"})
    return scene.refiner


def emptied(scene: Scene) -> Client:
    scene.refiner.delete("/contact", id="u-204")
    return scene.refiner


def dismissed(scene: Scene) -> Client:
    scene.refiner.advance("1m")
    scene.refiner.simulate("Dismissed Survey", contact={"id": "u-204"}, form_uuid=scene.form)
    return scene.refiner


def keyed(key: str | None) -> Callable[[Scene], Reply]:
    headers = {} if key is None else {"Authorization": f"Bearer {key}"}
    return lambda scene: scene.refiner.door.call("GET", "/v1/account", headers=headers)


RATED = [{"nps": value} for value in (3, 5, 5, 5)]
SITUATIONS: dict[str, Callable[[Scene], Reply]] = {
    "401.no-key": keyed(None),
    "401.short-key": keyed("YOUR_API_KEY"),
    "401.malformed-key": keyed("this-is-long-enough-but-no-uuid-at-all"),
    "404.unknown-key": keyed("6f1f6a2e-4c2b-4a3e-9a5f-0c1d2e3f4a5b"),
    "verifyKey": lambda scene: scene.refiner.get("/"),
    "getAccount": lambda scene: scene.refiner.get("/account"),
    "identifyUser": lambda scene: scene.refiner.post("/identify-user", {"id": "u-204"}),
    "trackEvent": lambda scene: scene.refiner.post("/track-event", {"id": "u-204", "event": "Report: exported"}),
    "getContact": lambda scene: scene.refiner.get("/contact", id="u-204"),
    "getContact.ungrouped": lambda scene: met(scene).get("/contact", email="teo@example.com"),
    "deleteContact": lambda scene: scene.refiner.delete("/contact", id="u-204"),
    "listContacts": lambda scene: scene.refiner.get("/contacts"),
    # By e-mail Mira comes before Teo.
    "listContacts.first-page": lambda scene: met(scene).get("/contacts", page_length=1, order_by="email"),
    "listContacts.empty": lambda scene: emptied(scene).get("/contacts"),
    "listSegments": lambda scene: scene.refiner.get("/segments"),
    "addToSegment": lambda scene: scene.refiner.post("/sync-segment", {"id": "u-204", "segment_uuid": scene.segment}),
    "removeFromSegment": lambda scene: scene.refiner.delete("/sync-segment", id="u-204", segment_uuid=scene.segment),
    "listForms": lambda scene: scene.refiner.get("/forms"),
    "listForms.info": lambda scene: scene.refiner.get("/forms", include_info=1),
    "listForms.config": lambda scene: scene.refiner.get("/forms", include_config=1, list="published"),
    "publishForm": lambda scene: scene.refiner.post("/forms/publish", {"form_uuid": scene.form, "published": 0}),
    "duplicateForm": lambda scene: scene.refiner.post("/forms/duplicate", {"form_uuid": scene.form, "name": "Copy"}),
    "archiveForm": lambda scene: scene.refiner.delete("/forms", form_uuid=scene.form),
    "listFormHistory": lambda scene: scene.refiner.get("/forms/history", form_uuid=scene.form),
    "listResponses": lambda scene: scene.refiner.get("/responses"),
    "listResponses.all": lambda scene: dismissed(scene).get("/responses", include="all"),
    "listResponses.attributes": lambda scene: scene.refiner.get("/responses", with_attributes=1),
    "storeResponse": lambda scene: scene.refiner.post("/responses", {"form_uuid": scene.form, "id": "u-204", "nps": 8}),
    "tagResponse": lambda scene: scene.refiner.post("/responses/tags", {"uuid": scene.response, "tags": ["called"]}),
    "getReporting.nps": report("nps", *({"nps": score} for score in (3, 8, 9, 9, 10))),
    "getReporting.csat": report(
        "csat", *({"csat": score} for score in (-2, 0, 1, 1, 2)), question_identifiers=["csat"]
    ),
    "getReporting.ratings": report("ratings", *RATED, question_identifiers=["nps"]),
    "getReporting.distribution": report(
        "distribution",
        *({"team": team} for team in (["Design", "Sales"], "Design", "Design", "Design", "Sales")),
        question_identifiers=["team"],
    ),
    "getReporting.count": report("count"),
}


@pytest.mark.parametrize("name", named("responses"))
def test_the_server_answers_alike(scene: Scene, name: str) -> None:
    """Same keys, same order, same kinds of values as the fixture of the situation."""
    reply = SITUATIONS[name](scene)
    what = name.partition(".")[0]

    assert reply.status == (int(what) if what.isdigit() else load().operations[what].success), reply.body
    assert shape(reply.json) == shape(read(f"responses/{name}.json"))


@pytest.mark.parametrize("name", ["nps", "csat", "ratings", "distribution"])
def test_a_report_of_the_same_answers_has_the_same_figures(scene: Scene, name: str) -> None:
    """(e): buckets 0-6, 7-8, 9-10; percent satisfied; sum and average."""
    fixture = read(f"responses/getReporting.{name}.json")

    assert SITUATIONS[f"getReporting.{name}"](scene).json == fixture


def fresh(client: Client, **account: Any) -> tuple[str, str]:
    """Let only u-204 be there, without a name, in the segment Trial; return the survey and the segment."""
    form, segment = client.form_uuid(questions=[]), client.segment_uuid()
    client.identify("u-204", email="mira@example.org", plan="pro", **account)
    client.identify("u-204", plan="")
    client.post("/sync-segment", {"id": "u-204", "segment_uuid": segment})
    return form, segment


def survey(event: str, **more: Any) -> Callable[[Client], None]:
    """Return who lets a survey event happen to u-204; `more` goes with the first identify."""

    def happen(client: Client) -> None:
        form, _ = fresh(client, **more)
        data = {"data": {"nps": 8}} if event == "Completed Survey" else {}
        client.simulate(event, contact={"id": "u-204"}, form_uuid=form, **data)

    return happen


def entered(client: Client) -> None:
    fresh(client)


def tagged(client: Client) -> None:
    survey("Completed Survey")(client)
    response = client.get("/responses").json["items"][0]["uuid"]
    client.post("/responses/tags", {"uuid": response, "tags": ["churn risk"]})


def unreachable(
    event: str, traits: Mapping[str, Any], cookie: str | None = None, **changes: Any
) -> Callable[[Client], None]:
    """Return who lets an event happen to a contact as a browser makes them, which no call of the API can do."""

    def happen(client: Client) -> None:
        form, _ = fresh(client, **traits)
        environment = client.environment
        if event == "Saw Survey":
            environment.see_survey(Identity(id="u-204"), form)
        else:
            environment.complete_survey(Identity(id="u-204"), form, {"nps": 8})
        happened = environment.outbox.pop()
        attributes = {**happened.contact_attributes, **{name: None for name in changes if name == "email"}}
        traces = replace(happened.contact.traces, cookie_uuid=cookie)
        contact = replace(happened.contact, traces=traces, **changes)
        environment.outbox.append(replace(happened, contact=contact, contact_attributes=attributes))
        client.get("/")

    return happen


HAPPENINGS: dict[str, Callable[[Client], None]] = {
    "completed-survey": survey("Completed Survey"),
    "completed-survey.browser": unreachable("Completed Survey", {"name": "Mira Holt"}, cookie=COOKIE),
    "completed-survey.grouped-account": survey("Completed Survey", account={"id": "acc-9", "name": "Holt Ltd"}),
    "completed-survey.no-segments": unreachable("Completed Survey", {}, memberships=()),
    "saw-survey": survey("Saw Survey"),
    "saw-survey.anonymous": unreachable("Saw Survey", {}, remote_id=None, email=None, cookie=COOKIE, memberships=()),
    "dismissed-survey": survey("Dismissed Survey"),
    "entered-segment": entered,
    "tag-added": tagged,
}


@pytest.mark.parametrize("name", named("webhooks"))
def test_the_server_sends_alike(door: Door, name: str) -> None:
    """What really arrives at a receiver has the keys, the order and the kinds of the fixture."""
    fixture = read(f"webhooks/{name}.json")
    environment = door.rooms.environments.create()
    client = Client(door, environment)
    client.freeze("2025-03-14T09:20:11Z")
    with receiving() as receiver:
        hook = {"name": "CRM", "url": receiver.url, "events": [fixture["triggered_event"]], "auth_token": "a-token"}
        client.control("POST", "/webhooks", hook)

        HAPPENINGS[name](client)
        client.control("POST", "/settle")

        received = receiver.next()
    assert shape(received.body) == shape(fixture)
    assert received.headers["Authorization"] == "Bearer a-token"
    door.rooms.engine.forget(environment)
    door.rooms.environments.delete(environment.name)
