"""What holds for every page of the table, full of hostile words: accessible, quiet, whole at any size, plain HTML."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.resources import files

import pytest
from playwright.sync_api import Page, expect

from mock_server.remote import Remote, RemoteEnvironment
from tests.browser.conftest import NARROW, WIDE, Tab
from tests.browser.content import HOSTILE, address, fill, pages
from tests.miniatures.running import Served, receiving

AXE_CORE = files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")
AXE = """async (rules) => (await axe.run({resultTypes: ["violations"], ...rules})).violations.flatMap((rule) =>
  rule.nodes.map((node) => `${rule.id}: ${node.target} ${node.failureSummary} ${node.html.slice(0, 200)}`))"""
UNFOLD = "for (const one of document.querySelectorAll('details')) one.open = true"
THIN = """for (const list of [...document.querySelectorAll("ul, ol, tbody")].reverse()) {
  const seen = new Set();
  for (const item of [...list.children]) {
    const shape = [item, ...item.querySelectorAll("*")].map((one) => one.tagName + one.className).join();
    if (seen.has(shape)) item.remove();
    seen.add(shape);
  }
}"""
"""Leaves one item of each shape in every list: the others cost axe-core minutes and tell it nothing new."""


@pytest.fixture(scope="module")
def full(served: Served) -> Iterator[RemoteEnvironment]:
    """An environment with something on every page; the tests of this module only look at it."""
    remote = Remote(served.url)
    with receiving(*[200, 500] * 20) as receiver, remote.create_environment(seed="demo") as environment:
        fill(environment, receiver.url)
        yield environment
    remote.close()


@pytest.fixture
def refiner(full: RemoteEnvironment) -> RemoteEnvironment:
    return full


def complaints(page: Page, *rules: str) -> list[str]:
    """Return what axe-core finds wrong, by all its rules or by these."""
    found: list[str] = page.evaluate(AXE, {"runOnly": rules} if rules else {})
    return found


@pytest.mark.parametrize("way", [{"reduced_motion": "reduce"}])  # colours on their way are no colours to judge
@pytest.mark.parametrize("path", pages())
def test_it_is_accessible_in_light_and_dark_and_fits_any_window(
    path: str, tab: Tab, refiner: RemoteEnvironment
) -> None:
    page = tab.open(address(path, refiner))
    page.evaluate(UNFOLD)
    for size in (NARROW, WIDE):
        page.set_viewport_size(size)
        assert tab.overflow == [], size
    page.evaluate(THIN)
    page.evaluate(AXE_CORE)
    assert complaints(page) == []
    page.emulate_media(color_scheme="dark")
    assert complaints(page, "color-contrast") == []


@pytest.mark.parametrize("way", [{"java_script_enabled": False}])
def test_without_scripts_every_page_can_be_read(tab: Tab, refiner: RemoteEnvironment) -> None:
    for path in pages():
        page = tab.open(address(path, refiner))
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        assert len(page.locator("main").inner_text().split()) > 10, path


@pytest.mark.parametrize("path", ["/", "/contacts", "/segments", "/surveys", "/responses", "/events", "/webhooks"])
def test_words_of_clients_stay_words(path: str, tab: Tab) -> None:
    page = tab.open(path)
    said = page.locator("main").inner_text()
    assert any(word[:24] in said for word in HOSTILE)
    made = page.locator("main :is(script, img, svg[onload], [onerror], [onmouseover])")
    expect(made).to_have_count(0)
    expect(page).to_have_title(re.compile("· refiner-mock$"))


def test_every_page_of_the_navigation_leads_on_to_the_others(tab: Tab) -> None:
    tab.open()
    names = tab.page.get_by_role("navigation", name="Pages").get_by_role("link").all_inner_texts()
    for name in names:
        tab.page.get_by_role("navigation", name="Pages").get_by_role("link", name=name, exact=True).click()
        current = tab.page.locator("[aria-current=page]")
        expect(current).to_have_text(name)
        assert f"env={tab.env}" in tab.page.url
