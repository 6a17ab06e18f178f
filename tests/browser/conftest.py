"""A real Chromium on our real server, and a tab that lets nothing untoward pass.

These tests run in a pytest process of their own (`make browser`): a Playwright session leaves an event loop running in
its thread, on which every test that starts one breaks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
import requests
from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Dialog,
    Error,
    Locator,
    Page,
    Request,
    ViewportSize,
    expect,
    sync_playwright,
)

from mock_server.remote import RemoteEnvironment
from tests.miniatures.running import Served, tool

NARROW: ViewportSize = {"width": 360, "height": 800}
WIDE: ViewportSize = {"width": 1440, "height": 900}
FLAGS = (
    "disable-gpu",
    "disable-quic",
    "disable-background-networking",
    "disable-component-update",
    "disable-sync",
    "disable-dev-shm-usage",
)

# Playwright's own waits: a browser that shares two cores with other tests is slow at times.
expect.set_options(timeout=20_000)


class Tab:
    """A page of an environment; what should never happen on it is kept in `troubles`, and fails the test at its end."""

    def __init__(self, page: Page, served: Served, env: str) -> None:
        self.page, self.env, self.served = page, env, served
        self.troubles: list[str] = []
        page.set_default_timeout(20_000)
        self._watched: dict[Any, Callable[..., None]] = {
            "dialog": self._asked,
            "pageerror": self._thrown,
            "console": self._said,
            "request": self._requested,
            "requestfailed": self._failed,
        }
        for event, heard in self._watched.items():
            page.on(event, heard)

    def leave(self) -> None:
        """Watch it no longer: the window is for the next test."""
        for event, heard in self._watched.items():
            self.page.remove_listener(event, heard)

    def _said(self, words: ConsoleMessage) -> None:
        if words.type in ("error", "warning"):
            self.troubles.append(f"said: {words.text}")

    def _asked(self, dialog: Dialog) -> None:
        self.troubles.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _thrown(self, error: Error) -> None:
        self.troubles.append(f"uncaught: {error}")

    def _requested(self, request: Request) -> None:
        where = urlsplit(request.url)
        if where.scheme != "data" and where.netloc != urlsplit(self.served.url).netloc:
            self.troubles.append(f"request to elsewhere: {request.url}")

    def _failed(self, request: Request) -> None:
        # Whoever leaves a page ends its stream.
        if request.failure != "net::ERR_ABORTED":
            self.troubles.append(f"failed: {request.url} {request.failure}")

    def open(self, path: str = "/", **query: Any) -> Page:
        """Open a path below `/_mock` for the environment of the test."""
        self.page.goto(f"{self.served.url}/_mock{path}?{urlencode({'env': self.env, **query})}")
        return self.page

    def part(self, testid: str, text: str = "") -> Locator:
        """Return the elements of a test id, those that hold the text."""
        return self.page.get_by_test_id(testid).filter(has_text=text)

    @property
    def overflow(self) -> list[str]:
        """What sticks out of the window on the right, unless it lies in a part that scrolls by itself."""
        found: list[str] = self.page.evaluate(OVERFLOW)
        return found


class Client:
    """A client of an environment, right or wrong."""

    def __init__(self, refiner: RemoteEnvironment) -> None:
        self.refiner = refiner

    def send(self, method: str, path: str, **given: Any) -> requests.Response:
        """Make a call of the mirrored API; `given` as `requests` takes it."""
        key = {"Authorization": f"Bearer {self.refiner.api_key}"}
        return requests.request(method, self.refiner.base_url + path, headers=key, timeout=20, **given)

    def identify(self, id: str, **traits: Any) -> str:
        """Tell of a contact and return the id of the exchange."""
        answer = self.send("POST", "/identify-user", json={"id": id, **traits})
        return answer.headers["Refiner-Mock-Request-Id"]

    def track(self, **sent: Any) -> str:
        """Tell of an event and return the id of the exchange."""
        return self.send("POST", "/track-event", json=sent).headers["Refiner-Mock-Request-Id"]


OVERFLOW = """() => {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width) return [];
  return [...document.body.querySelectorAll("*")]
    .filter((one) => one.getBoundingClientRect().right > width + 1 && !one.parentElement.closest(".scroll, pre, .away"))
    .map((one) => `${one.tagName}.${one.className}: ${one.textContent.trim().slice(0, 60)}`);
}"""


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    executable = tool("chromium")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=executable, args=[f"--{flag}" for flag in FLAGS])
        yield running
        running.close()


@pytest.fixture
def way() -> dict[str, Any]:
    """How the browser is set up (`Browser.new_context`); a test changes it by parametrizing."""
    return {}


@pytest.fixture(scope="session")
def windows(browser: Browser) -> dict[str, Page]:
    """The windows that were opened so far, by the way they are set up: to open one takes longer than most tests."""
    return {}


@pytest.fixture
def tab(
    browser: Browser, windows: dict[str, Page], served: Served, refiner: RemoteEnvironment, way: dict[str, Any]
) -> Iterator[Tab]:
    wanted = {"viewport": WIDE, **way}
    page = windows.get(repr(wanted))
    if page is None:
        page = windows[repr(wanted)] = browser.new_context(**wanted).new_page()
    page.set_viewport_size(wanted["viewport"])
    page.emulate_media(color_scheme="light")
    watched = Tab(page, served, refiner.name)
    yield watched
    page.goto("about:blank")  # what it still has to say is said now
    watched.leave()
    assert watched.troubles == []


@pytest.fixture
def client(refiner: RemoteEnvironment) -> Client:
    return Client(refiner)
