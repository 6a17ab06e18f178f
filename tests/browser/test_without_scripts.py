"""Whoever lets no script run reads everything and does everything; only nothing is live."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from mock_server.remote import RemoteEnvironment
from tests.browser.conftest import Client, Tab
from tests.miniatures.running import receiving

pytestmark = pytest.mark.parametrize("way", [{"java_script_enabled": False}])


def test_the_timeline_is_filtered_by_its_button(tab: Tab, client: Client) -> None:
    client.identify("u-1")
    client.track(id="u-1", event_name="Signed up")
    tab.open()
    expect(tab.part("row")).to_have_count(2)
    expect(tab.part("live")).to_have_text("As of the moment you opened it")
    expect(tab.part("pause")).to_be_hidden()

    tab.page.get_by_label("Verdict").select_option("With errors")
    tab.page.get_by_role("button", name="Filter").click()

    expect(tab.part("row")).to_have_count(1)


def test_another_environment_is_picked_by_its_button(tab: Tab, refiner: RemoteEnvironment) -> None:
    page = tab.open("/contacts")
    page.get_by_label("Environment").select_option("default")
    page.get_by_role("button", name="Show").click()
    expect(page).to_have_url(f"{tab.served.url}/_mock/contacts?env=default")


def test_a_survey_is_answered_and_its_webhook_sent(tab: Tab, refiner: RemoteEnvironment, client: Client) -> None:
    client.identify("u-1", name="Mira")
    refiner.create_form("NPS", [{"text": "How likely?", "type": "nps", "identifier": "nps"}])
    with receiving() as receiver:
        refiner.subscribe(receiver.url, ["Completed Survey"])
        page = tab.open("/contacts")
        page.get_by_role("link", name="Mira").click()
        tab.part("simulate").get_by_text("9", exact=True).click()
        page.get_by_role("button", name="Complete", exact=True).click()
        expect(tab.part("notice")).to_contain_text("The survey is completed as this contact.")
        assert receiver.next().body["response"]["data"]["nps"] == "9"


def test_a_refused_form_says_why_and_keeps_what_was_typed(tab: Tab) -> None:
    page = tab.open("/webhooks/new")
    page.get_by_label("Name").fill("Mine")
    page.get_by_label("Destination URL").fill("ftp://127.0.0.1/x")
    page.get_by_label("Saw Survey").check()
    page.get_by_role("button", name="Save").click()

    expect(tab.part("refusal")).to_contain_text("url")
    expect(page.get_by_label("Name")).to_have_value("Mine")
    expect(page.get_by_label("Saw Survey")).to_be_checked()
    # Chromium reports every answer of 400 on its console.
    tab.troubles = [one for one in tab.troubles if "status of 4" not in one]
