"""The pages, rendered on the server; readable without JavaScript and without the network."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from mock_server.journal import Journal
from mock_server.state.environments import Environments

if TYPE_CHECKING:
    from jinja2 import Environment as Templates

__all__ = ["dashboard_routes"]

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'",
    "Referrer-Policy": "no-referrer",
}
LATEST = 20
"""Exchanges shown on the front page."""


def dashboard_routes(environments: Environments, journal: Journal) -> list[BaseRoute]:
    """Return the routes of the page, to be mounted at `/_mock`."""
    return [Route("/", _front_page(environments, journal))]


def _front_page(environments: Environments, journal: Journal) -> Callable[[Request], Response]:
    def front_page(request: Request) -> Response:
        """Show the environments, where to point a client, and the latest exchanges, newest first."""
        text = (
            _templates()
            .get_template("front.html")
            .render(
                server=f"{request.url.scheme}://{request.url.netloc}",
                environments=list(environments),
                entries=list(journal.entries())[-LATEST:][::-1],
            )
        )
        return HTMLResponse(text, headers=HEADERS)

    return front_page


@cache
def _templates() -> Templates:
    from jinja2 import Environment, FileSystemLoader  # 150 ms to import: only once somebody looks

    folder = Path(__file__).parent / "templates"
    return Environment(loader=FileSystemLoader(folder), autoescape=True, trim_blocks=True, lstrip_blocks=True)
