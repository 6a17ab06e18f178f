"""The timeline while calls arrive: they appear by themselves, wait while it is paused, and survive a restart."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from mock_server.remote import Remote
from tests.browser.conftest import Client, Tab
from tests.miniatures.running import serving


@pytest.fixture
def live(tab: Tab) -> Tab:
    """The timeline, connected."""
    tab.open()
    expect(tab.part("live")).to_have_text("Live")
    return tab


def test_a_call_appears_by_itself_and_above_the_older_one(live: Tab, client: Client) -> None:
    expect(live.part("empty")).to_contain_text("No call has arrived")

    client.identify("u-1", plan="pro")
    expect(live.part("row")).to_have_count(1)
    client.track(id="u-1", event="Signed up")

    expect(live.part("row")).to_have_count(2)
    expect(live.part("row").first).to_contain_text("Signed up")


def test_a_pause_holds_the_list_and_counts_what_waits(live: Tab, client: Client) -> None:
    client.identify("u-1")
    expect(live.part("row")).to_have_count(1)

    live.part("pause").click()
    client.identify("u-2")
    expect(live.part("live")).to_have_text("Paused, 1 new")
    expect(live.part("row")).to_have_count(1)

    live.part("pause").click()
    expect(live.part("row", "u-2")).to_be_visible()
    expect(live.part("live")).to_have_text("Live")


def test_what_the_filter_does_not_want_never_appears(live: Tab, client: Client) -> None:
    live.page.get_by_label("Verdict").select_option("With errors")  # sends itself
    expect(live.part("live")).to_have_text("Live")

    client.identify("u-1")
    client.track(id="u-1", event_name="Signed up")

    expect(live.part("row")).to_have_count(1)
    expect(live.part("row")).to_contain_text("event was probably meant")


def test_the_row_that_has_the_focus_keeps_it_when_others_come(live: Tab, client: Client) -> None:
    client.identify("u-1")
    expect(live.part("row")).to_have_count(1)
    live.page.keyboard.press("j")

    client.identify("u-2")

    expect(live.part("row")).to_have_count(2)
    expect(live.part("row", "u-1").get_by_role("link")).to_be_focused()


@pytest.mark.parametrize("way", [{"reduced_motion": "reduce"}])
def test_nothing_moves_for_whoever_wants_no_motion(live: Tab, client: Client) -> None:
    client.identify("u-1")
    expect(live.part("row")).to_have_count(1)
    assert live.page.evaluate("document.getAnimations().length") == 0


def test_it_goes_on_after_the_server_was_started_anew(tab: Tab, tmp_path: Path) -> None:
    with serving(tmp_path, "--quiet") as before:
        tab.served, tab.env = before, "default"
        tab.open()
        expect(tab.part("live")).to_have_text("Live")
        port = urlsplit(before.url).port
    expect(tab.part("live")).to_have_text("Connecting…")

    with serving(tmp_path, "--quiet", "--port", str(port)) as after, closing(Remote(after.url)) as remote:
        Client(remote.environment()).identify("u-after")
        expect(tab.part("row", "u-after")).to_be_visible()
        expect(tab.part("live")).to_have_text("Live")

    # It was gone for a while, and the browser's console says so.
    tab.troubles = [one for one in tab.troubles if "ERR_CONNECTION_REFUSED" not in one]
