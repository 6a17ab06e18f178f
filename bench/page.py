"""How soon the page can be seen, in Chromium, with 10,000 exchanges and 10,000 contacts behind it."""

from __future__ import annotations

import http.client
import json
import shutil
from collections.abc import Iterable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bench.figures import Budget, Figure, Section, Session, spread
from bench.servers import apart
from mock_server import MockServer, Settings
from mock_server.state.seeds import crowded

if TYPE_CHECKING:
    from mock_server.remote import RemoteEnvironment

__all__ = ["measure_page"]

PAGE = Budget(must=1_000, moonshot=250, at_most=True)
_PAGES = {"": "timeline", "contacts": "contacts", "responses": "responses", "coverage": "coverage"}
"""Path below `/_mock/` -> how the table calls it."""

_MANY = 10_000
_PAINTED = """() => new Promise((done) => {
  const told = (list) => list.getEntriesByName("first-contentful-paint").forEach((one) => done(one.startTime));
  new PerformanceObserver(told).observe({type: "paint", buffered: true});
})"""


def measure_page(session: Session) -> list[Section]:
    """Return the milliseconds to the first paint; of nothing where there is no Chromium."""
    title = "W9  first paint of the page with 10,000 exchanges and 10,000 contacts: milliseconds, median, min, max"
    measured = apart(_measured, session.rounds)
    if not measured:
        return [Section(title, ["    not measured, there is no Chromium"])]
    rows = [spread(_PAGES[path], times) for path, times in measured.items()]
    figures = [Figure("W9", f"first paint: {_PAGES[path]}", "ms", times, PAGE) for path, times in measured.items()]
    return [Section(title, rows, figures, {_PAGES[path]: times for path, times in measured.items()})]


def _measured(rounds: int) -> dict[str, list[float]]:
    """Return the milliseconds to the first paint, in each round, by path; empty where there is no Chromium to ask."""
    chromium = shutil.which("chromium")
    if chromium is None:
        return {}
    from playwright.sync_api import sync_playwright

    with MockServer(Settings(max_body=1 << 24)) as server, sync_playwright() as playwright:
        environment = server.create_environment(seed=crowded(contacts=_MANY))
        _call(environment, _MANY)
        browser = playwright.chromium.launch(executable_path=chromium, args=["--disable-gpu"])
        measured: dict[str, list[float]] = {path: [] for path in _PAGES}
        for path in [*_PAGES, *list(_PAGES) * rounds]:  # the first time only warms
            page = browser.new_page(viewport={"width": 1440, "height": 900})
            page.goto(f"{server.url}/_mock/{path}?env={environment.name}")
            measured[path].append(page.evaluate(_PAINTED))
            page.close()
        browser.close()
    return {path: of_page[1:] for path, of_page in measured.items()}


def _call(environment: RemoteEnvironment, times: int) -> None:
    where = urlsplit(environment.base_url)
    connection = http.client.HTTPConnection(where.netloc)
    headers = {"Authorization": f"Bearer {environment.api_key}", "Content-Type": "application/json"}
    for body in _bodies(times):
        connection.request("POST", f"{where.path}/track-event", body, headers)
        connection.getresponse().read()
    connection.close()


def _bodies(times: int) -> Iterable[str]:
    """Yield events of the contacts, every tenth of them with a wrong name."""
    for rank in range(times):
        yield json.dumps({"id": f"user-{rank + 1:05}", "event" if rank % 10 else "event_name": "Signed up"})
