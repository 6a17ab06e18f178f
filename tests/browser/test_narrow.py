"""What narrow windows do differently: the tabs are one line, scrolled to the one that is open; the picker stays up."""

from __future__ import annotations

from contextlib import closing

import pytest
from playwright.sync_api import expect

from mock_server.remote import Remote
from tests.browser.conftest import NARROW, Tab
from tests.miniatures.running import Served


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


def test_the_picker_stays_beside_the_brand_in_any_window(tab: Tab, served: Served) -> None:
    long = "checkout-test-gw1-0042-of-many"
    with closing(Remote(served.url)) as remote, remote.create_environment(long):
        page = tab.open(env=long)
        for width in (360, 768, 1024, 1300, 1440, 1920):
            page.set_viewport_size({"width": width, "height": 800})
            parts = (page.get_by_role("link", name="refiner-mock"), page.get_by_label("Environment", exact=True))
            brand, picker = (part.bounding_box() for part in parts)
            assert brand is not None
            assert picker is not None
            assert abs(brand["y"] + brand["height"] / 2 - picker["y"] - picker["height"] / 2) < 5, width
            assert tab.overflow == [], width
