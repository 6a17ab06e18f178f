"""The first minute, on the demo's traffic: watch it, find the violation, register a webhook, see it retried, resent."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from mock_server.cli.sample_receiver import SampleReceiver
from mock_server.cli.story import PERSON, Story
from mock_server.remote import Remote, RemoteEnvironment
from tests.browser.conftest import Tab
from tests.miniatures.running import PATIENCE, Receiver, Served, receiving, tool

TOKEN = "s3cret-token"


@pytest.fixture
def refiner(served: Served) -> Iterator[RemoteEnvironment]:
    remote = Remote(served.url)
    with remote.create_environment(seed="demo") as environment:
        yield environment
    remote.close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving(500) as running:
        yield running


def press(tab: Tab, name: str) -> None:
    tab.page.get_by_role("button", name=name, exact=True).click()


def go(tab: Tab, name: str) -> None:
    tab.page.get_by_role("navigation", name="Pages").get_by_role("link", name=name, exact=True).click()


@pytest.mark.parametrize("way", [{"permissions": ["clipboard-read", "clipboard-write"]}])
def test_the_first_minute(tab: Tab, refiner: RemoteEnvironment, receiver: Receiver) -> None:
    watch_the_demo(tab, refiner)
    find_its_violation(tab)
    take_it_along(tab, refiner)
    register(tab, receiver)
    complete_a_survey(tab, receiver)
    let_it_be_tried_again(tab, receiver)
    send_it_again(tab, receiver)


def watch_the_demo(tab: Tab, refiner: RemoteEnvironment) -> None:
    tab.open()
    expect(tab.part("live")).to_have_text("Live")
    with SampleReceiver(TOKEN) as sample:
        Story(refiner, sample, TOKEN, pause=0).tell()

    identified = tab.part("row", "/identify-user")
    expect(identified).to_contain_text(PERSON)
    expect(identified.get_by_test_id("change")).to_contain_text(
        "Contact made: name, plan · entered segment “Trial users”"
    )
    expect(identified.get_by_test_id("event")).to_contain_text("Entered Segment")
    retried = tab.part("row", "Completed Survey").get_by_test_id("delivery").filter(has_text="500")
    expect(retried).to_contain_text("delivered")
    expect(retried).to_contain_text("200")


def find_its_violation(tab: Tab) -> None:
    expect(tab.part("row", "event was probably meant")).to_have_count(1)

    tab.page.get_by_label("Verdict").select_option("With errors")
    expect(tab.part("row")).to_have_count(1)
    tab.part("row").get_by_role("link").click()

    violation = tab.part("violation")
    expect(violation).to_contain_text("wrong-parameter")
    expect(violation.get_by_test_id("place").locator("mark")).to_have_text(re.compile("event_name"))
    expect(violation).to_contain_text("send event instead of event_name")
    violation.get_by_role("link", name="contracts/refiner.yaml").click()
    expect(tab.page.locator("tr:target")).to_be_in_viewport()  # its line, unfolded
    tab.page.go_back()


def take_it_along(tab: Tab, refiner: RemoteEnvironment) -> None:
    press(tab, "Copy as curl")
    expect(tab.page.get_by_role("button", name="Copied as curl")).to_be_visible()
    command = tab.page.evaluate("navigator.clipboard.readText()")

    tool("curl")
    done = subprocess.run(["bash", "-ec", command], capture_output=True, text=True, timeout=PATIENCE, check=True)

    assert "refiner-mock-violations: 1" in done.stdout
    assert len(refiner.journal(violations_only=True)) == 2


def register(tab: Tab, receiver: Receiver) -> None:
    go(tab, "Webhooks")
    tab.part("new-webhook").click()
    page = tab.page
    page.get_by_label("Name").fill("My receiver")
    page.get_by_label("Completed Survey").check()
    page.get_by_label("Destination URL").fill(receiver.url)
    page.get_by_label("Auth-Token").fill(TOKEN)
    press(tab, "Save")
    expect(tab.part("notice")).to_have_text("The webhook is registered.")
    expect(tab.part("webhook", "My receiver")).to_contain_text("has a token")


def complete_a_survey(tab: Tab, receiver: Receiver) -> None:
    go(tab, "Contacts")
    tab.page.get_by_role("searchbox").fill(PERSON)
    press(tab, "Filter")
    tab.part("contact").get_by_role("link").click()
    simulate = tab.part("simulate")
    simulate.get_by_label("Survey").select_option("Product NPS")
    simulate.get_by_text("9", exact=True).click()
    press(tab, "Complete")
    expect(tab.part("notice")).to_contain_text("The survey is completed as this contact.")

    refused = receiver.next()
    assert refused.headers["Authorization"] == f"Bearer {TOKEN}"
    assert (refused.body["triggered_event"], refused.body["remote_id"]) == ("Completed Survey", PERSON)


def let_it_be_tried_again(tab: Tab, receiver: Receiver) -> None:
    go(tab, "Webhooks")
    tab.part("deliveries").click()
    delivery = tab.part("delivery", "My receiver")
    expect(delivery).to_contain_text("500")
    expect(delivery).to_contain_text("next try at")

    go(tab, "Environments")
    tab.part("environment").get_by_role("link", name=tab.env, exact=True).click()
    press(tab, "+1 h")
    expect(tab.part("notice")).to_have_text("The clock was moved on, and what fell due was sent.")
    assert receiver.next().body["remote_id"] == PERSON


def send_it_again(tab: Tab, receiver: Receiver) -> None:
    tab.open("/webhooks/deliveries")
    delivery = tab.part("delivery", "My receiver")
    expect(delivery).to_contain_text("delivered")
    delivery.get_by_role("link").click()
    expect(tab.part("attempt")).to_have_count(2)
    tab.part("resend-no_token").click()

    expect(tab.part("notice")).to_have_text("This is the new delivery.")
    expect(tab.part("status")).to_have_text("delivered")
    again = receiver.next()
    assert "Authorization" not in again.headers
    assert again.body["remote_id"] == PERSON
