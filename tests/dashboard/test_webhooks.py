"""Webhooks on the page: registered, changed, paused, tried and removed, and their token never shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.dashboard.acting import done, refused
from tests.dashboard.test_routes import HOSTILE, assert_whole

if TYPE_CHECKING:
    from tests.dashboard.conftest import Pages
    from tests.miniatures.running import Receiver

CANARY = "canary-T0ken+/="
URL = "http://127.0.0.1:9/hooks"


def registered(pages: Pages) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = pages.refiner.control("GET", "/webhooks").json["items"]
    return found


def register(pages: Pages, url: str = URL, **more: Any) -> str:
    told = {"name": "CRM", "url": url, "events": ["Completed Survey"], **more}
    uuid: str = pages.refiner.control("POST", "/webhooks", told).json["uuid"]
    return uuid


def survey(pages: Pages) -> str:
    return pages.refiner.form_uuid("NPS", questions=[{"identifier": "nps", "text": "How likely?", "type": "nps"}])


def test_without_any_the_page_leads_to_the_form(pages: Pages) -> None:
    outline = pages.open("/webhooks")
    assert "Register a webhook" in outline.one("empty")
    assert "/_mock/webhooks/new" in outline.attributes("a", "href")
    assert_whole(outline)


def test_one_is_registered_with_all_that_refiners_dashboard_asks_for(pages: Pages) -> None:
    form, events = survey(pages), ["Completed Survey", "Tag Added"]
    fields = {"events[]": events, "form_uuids[]": [form], "active": "true", "auth_token": CANARY}
    outline = done(pages, "/webhooks/new", name="CRM", url=URL, **fields)

    assert outline.one("notice") == "The webhook is registered."
    assert "CRM" in outline.one("webhook")
    (made,) = registered(pages)
    assert (made["name"], made["url"], made["events"], made["form_uuids"]) == ("CRM", URL, events, [form])
    assert made["active"]
    assert made["has_auth_token"]


def test_one_without_a_name_is_called_by_its_url_once(pages: Pages) -> None:
    register(pages, name=None)
    assert pages.open("/webhooks").one("webhook").count(URL) == 5  # heading, and what its four buttons are read out as
    register(pages, "http://127.0.0.1:9/others")
    assert "CRM http://127.0.0.1:9/others" in pages.open("/webhooks").all("webhook")[1]


def test_what_happens_reaches_it_with_the_token_that_was_typed(pages: Pages, receiver: Receiver) -> None:
    survey(pages)
    fields = {"events[]": ["Completed Survey"], "active": "true", "auth_token": CANARY}
    done(pages, "/webhooks/new", url=receiver.url, **fields)
    pages.refiner.simulate("Completed Survey", contact={"id": "u-1"}, data={"nps": 9})
    pages.refiner.control("POST", "/settle", {})

    assert receiver.next().headers["Authorization"] == f"Bearer {CANARY}"
    assert "1 delivery 1 delivered" in pages.open("/webhooks").one("webhook")


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"url": URL}, "The events field must be a list of at least one of"),
        ({"url": "nonsense", "events[]": ["Tag Added"]}, "The url field must be an absolute http or https URL"),
        ({"url": "http://8.8.8.8/", "events[]": ["Tag Added"]}, "leads to strangers"),
        ({"url": URL, "events[]": ["Nonsense"]}, "The events field must be"),
        ({"url": URL, "events": "Tag Added"}, "The events field must be"),
        ({"url": URL, "events[a][b]": "Tag Added"}, "The events field must be"),
        ({"url": URL, "events[]": ["Tag Added"], "form_uuids[]": ["x"]}, "must be a list of uuids"),
        ({"url": URL, "events[]": ["Tag Added"], "auth_token[]": "x"}, "The auth_token field must be text"),
    ],
)
def test_what_is_refused_is_said_beside_the_form_and_what_was_typed_stays(
    pages: Pages, fields: dict[str, Any], told: str
) -> None:
    outline = refused(pages, "/webhooks/new", name="Typed name", **fields)

    assert told in outline.one("refusal")
    values = [given.get("value") for tag, given in outline.elements if tag == "input"]
    assert {"Typed name", fields["url"]} <= set(values)
    assert registered(pages) == []
    assert_whole(outline)


def test_a_refused_form_keeps_what_was_ticked(pages: Pages) -> None:
    form = survey(pages)
    outline = refused(pages, "/webhooks/new", url="nonsense", **{"events[]": ["Tag Added"], "form_uuids[]": [form]})
    ticked = {given["value"] for tag, given in outline.elements if tag == "input" and "checked" in given}
    assert ticked == {"Tag Added", form}  # not active: it was off


def test_the_token_is_nowhere_shown_not_even_to_who_mistyped_the_url(pages: Pages, receiver: Receiver) -> None:
    survey(pages)
    uuid = register(pages, receiver.url, auth_token=CANARY)
    done(
        pages,
        f"/webhooks/{uuid}",
        url=receiver.url,
        auth_token=CANARY + "2",
        active="true",
        **{"events[]": ["Completed Survey"]},
    )
    pages.refiner.simulate("Completed Survey", contact={"id": "u-1"}, data={"nps": 9})
    pages.refiner.control("POST", "/settle", {})
    refusal = refused(pages, f"/webhooks/{uuid}", url="nonsense", auth_token=CANARY, **{"events[]": ["Tag Added"]})

    shown = [refusal.text + str(refusal.elements)]
    paths = [
        "/webhooks",
        f"/webhooks/{uuid}",
        f"/webhooks/{uuid}/delete",
        "/webhooks/deliveries",
        "/webhooks/deliveries/d1",
        "/",
    ]
    shown += [pages.call(path).body.decode() for path in paths]
    assert not any("canary" in text for text in shown)
    assert "It has a token." in pages.open(f"/webhooks/{uuid}").text


def test_a_change_keeps_the_token_replaces_it_or_takes_it_away(pages: Pages) -> None:
    uuid = register(pages, auth_token=CANARY)
    subscription = pages.door.rooms.engine.subscriptions(pages.refiner.environment)
    form: dict[str, Any] = {"name": "Other", "url": URL, "events[]": ["Saw Survey"], "active": "true"}

    assert "The webhook is saved." in done(pages, f"/webhooks/{uuid}", **form).one("notice")
    kept = subscription.get(uuid)
    done(pages, f"/webhooks/{uuid}", **form, auth_token="another")
    replaced = subscription.get(uuid)
    done(pages, f"/webhooks/{uuid}", **form, forget_token="yes")

    assert (kept.name, kept.events, kept.auth_token) == ("Other", ("Saw Survey",), CANARY)
    assert (replaced.auth_token, replaced.previous_token) == ("another", CANARY)
    assert subscription.get(uuid).auth_token is None


def test_a_paused_one_is_told_of_nothing_until_it_is_resumed(pages: Pages, receiver: Receiver) -> None:
    survey(pages)
    uuid = register(pages, receiver.url)

    off = done(pages, f"/webhooks/{uuid}/active", active="false")
    assert off.one("paused") == "paused"
    assert off.one("notice") == "CRM is paused: it is told of nothing until you resume it."
    pages.refiner.simulate("Completed Survey", contact={"id": "u-1"})
    on = done(pages, f"/webhooks/{uuid}/active", active="true")
    assert (on.all("paused"), on.one("notice")) == ([], "CRM is told of its events again.")
    pages.refiner.simulate("Completed Survey", contact={"id": "u-2"})
    pages.refiner.control("POST", "/settle", {})

    assert receiver.next().body["remote_id"] == "u-2"
    assert receiver.idle


def test_a_test_delivery_shows_what_the_receiver_said(pages: Pages, receiver: Receiver) -> None:
    survey(pages)
    pages.refiner.simulate("Completed Survey", contact={"id": "u-1"}, data={"nps": 9})
    uuid = register(pages, receiver.url)

    outline = done(pages, f"/webhooks/{uuid}/test")

    assert outline.one("notice") == "The test delivery was sent."
    assert outline.one("status") == "delivered"
    assert " 200 " in outline.one("attempt")
    assert receiver.next().body["triggered_event"] == "Completed Survey"
    assert pages.refiner.control("GET", "/journal").json["items"] == []


def test_a_test_that_has_nothing_to_send_says_what_to_do(pages: Pages) -> None:
    outline = refused(pages, f"/webhooks/{register(pages)}/test")
    assert "no 'Completed Survey' has happened in this environment" in outline.one("refusal")
    assert outline.all("webhook")
    assert "/_mock/webhooks" in outline.attributes("form", "action")


def test_one_is_deleted_after_a_question(pages: Pages) -> None:
    uuid = register(pages)
    question = pages.open(f"/webhooks/{uuid}/delete")
    assert "Delete the webhook CRM?" in question.one("confirm")
    assert f"/_mock/webhooks/{uuid}/delete" in question.attributes("form", "action")
    assert len(registered(pages)) == 1

    assert done(pages, f"/webhooks/{uuid}/delete").one("notice") == "The webhook is gone."
    assert registered(pages) == []


@pytest.mark.parametrize("path", ["", "/active", "/test", "/delete"])
def test_one_that_is_not_there_is_not_found(pages: Pages, path: str) -> None:
    assert "has that uuid" in refused(pages, f"/webhooks/nothing{path}", 404, url=URL).one("error")
    if path in ("", "/delete"):
        pages.open(f"/webhooks/nothing{path}", status=404)


def test_hostile_names_stay_text(pages: Pages) -> None:
    for text in HOSTILE:
        name = text[:255]
        form = pages.refiner.form_uuid(name)
        uuid = register(pages, URL + "/%3Cscript%3E?x=<script>alert(1)</script>'\"", name=name, form_uuids=[form])
        for path in ("/webhooks", f"/webhooks/{uuid}", f"/webhooks/{uuid}/delete", "/webhooks/deliveries"):
            outline = pages.open(path)
            assert [given for tag, given in outline.elements if tag == "script" and "src" not in given] == []
            assert {tag for tag, _ in outline.elements} & {"b", "svg", "iframe"} == set()
            assert "\u202e" not in outline.text
            assert "\x1b" not in outline.text
            assert_whole(outline)
        pages.refiner.control("DELETE", f"/webhooks/{uuid}")


def test_a_filter_on_a_survey_that_is_archived_or_gone_stays_chosen(pages: Pages) -> None:
    form = survey(pages)
    uuid = register(pages, form_uuids=[form, "11111111-1111-1111-1111-111111111111"])
    pages.refiner.post(f"/forms/{form}/archive")
    html = pages.open(f"/webhooks/{uuid}")
    ticked = [given["value"] for tag, given in html.elements if tag == "input" and "checked" in given]
    assert {form, "11111111-1111-1111-1111-111111111111"} <= set(ticked)
    assert "11111111-1111-1111-1111-111111111111, which is not there" in html.text


def test_another_environments_webhooks_are_not_shown(pages: Pages) -> None:
    pages.door.call("POST", "/_mock/api/environments", body=b'{"name":"shop"}')
    uuid = register(pages)
    assert pages.open("/webhooks", env="shop").all("webhook") == []
    pages.open(f"/webhooks/{uuid}", env="shop", status=404)
