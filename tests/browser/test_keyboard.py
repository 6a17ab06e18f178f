"""Whoever has no mouse reaches everything, sees where they are, and has short keys on the timeline."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Client, Tab

TABBABLE = """() => [...document.querySelectorAll(
  "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']")]
  .filter((one) => !one.disabled && one.checkVisibility() && (one.type !== "radio" || one.checked))
  .map((one) => one.dataset.stop = `${one.tagName} ${one.id || one.textContent.trim().slice(0, 40)}`)"""
FOCUSED = """() => {
  const one = document.activeElement, style = getComputedStyle(one), box = one.getBoundingClientRect();
  const outlined = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  return [one.dataset.stop ?? "", outlined && box.width > 0 && box.bottom > 0 && box.top < innerHeight];
}"""


def walk(page: Page) -> list[str]:
    """Press Tab until all was visited in its order; return where no focus was to be seen."""
    wanted, unseen = page.evaluate(TABBABLE), []
    stops: list[str] = []
    for _ in range(2 * len(wanted)):
        page.keyboard.press("Tab")
        name, seen = page.evaluate(FOCUSED)
        if stops[-1:] == [name]:
            continue  # a field of a date has stops of its own
        stops.append(name)
        if not seen:
            unseen.append(name)
        if len(stops) == len(wanted):
            break
    assert stops == wanted
    return unseen


@pytest.mark.parametrize("path", ["/", "/coverage", "/contacts", "/surveys", "/webhooks/new", "/environments/overview"])
def test_tab_walks_through_everything_in_order_and_shows_where_it_is(path: str, tab: Tab, client: Client) -> None:
    client.identify("u-1")
    assert walk(tab.open(path)) == []


def test_the_skip_link_leads_past_the_navigation(tab: Tab) -> None:
    page = tab.open()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_in_viewport()

    page.keyboard.press("Enter")
    page.keyboard.press("Tab")

    expect(page.get_by_test_id("pause")).to_be_focused()


def test_rows_are_walked_and_opened_by_short_keys(tab: Tab, client: Client) -> None:
    for number in range(3):
        client.identify(f"u-{number}")
    page = tab.open()
    row = tab.part("row")

    page.keyboard.press("j")
    expect(row.nth(0).get_by_role("link")).to_be_focused()
    page.keyboard.press("j")
    expect(row.nth(1).get_by_role("link")).to_be_focused()
    page.keyboard.press("k")
    page.keyboard.press("k")
    expect(row.nth(0).get_by_role("link")).to_be_focused()
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", level=1)).to_contain_text("/identify-user")


def test_search_pause_and_help_have_keys(tab: Tab, client: Client) -> None:
    client.identify("u-1")
    client.identify("u-2")
    page = tab.open()

    page.keyboard.press("p")
    expect(tab.part("live")).to_have_text("Paused")
    page.keyboard.press("r")
    expect(tab.part("live")).to_have_text("Live")

    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Keys")).to_be_hidden()

    page.keyboard.press("/")
    page.keyboard.type("u-1")  # no letter of it is taken for a key
    page.keyboard.press("Enter")
    expect(tab.part("row")).to_have_count(1)
    expect(page.get_by_label("Search")).to_have_value("u-1")


def test_a_webhook_is_registered_by_keyboard_alone(tab: Tab) -> None:
    page = tab.open("/webhooks/new")
    page.get_by_label("Name").focus()
    page.keyboard.type("Mine")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    while page.evaluate("document.activeElement.id") != "url":
        page.keyboard.press("Tab")
    page.keyboard.type("http://127.0.0.1:9/hooks")
    page.keyboard.press("Enter")

    expect(tab.part("notice")).to_be_visible()
    expect(tab.part("webhook", "Mine")).to_contain_text("http://127.0.0.1:9/hooks")
