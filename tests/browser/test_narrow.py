"""What a narrow window does differently: the tabs are one line, and it is scrolled to the one that is open."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import NARROW, Tab


@pytest.mark.parametrize("way", [{"viewport": NARROW}], indirect=False)
@pytest.mark.parametrize(("path", "name"), [("/", "Timeline"), ("/webhooks", "Webhooks"), ("/coverage", "Coverage")])
def test_the_open_pages_tab_is_in_sight_in_one_line(tab: Tab, path: str, name: str) -> None:
    page = tab.open(path)
    pages = page.get_by_role("navigation", name="Pages")
    here = pages.get_by_role("link", name=name)
    expect(here).to_have_attribute("aria-current", "page")
    expect(here).to_be_in_viewport(ratio=0.95)
    box = pages.bounding_box()
    assert box is not None
    assert box["height"] < 60
    assert tab.overflow == []
