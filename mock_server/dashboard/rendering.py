"""Templates, and the headers that every answer of the page carries."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mock_server.dashboard import showing

if TYPE_CHECKING:
    from jinja2 import Environment as Templates

__all__ = ["HEADERS", "rendered"]

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    # Not no-referrer: browsers would then hide the origin of our own forms from the Guard, too.
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
"""Nothing inline, nothing from elsewhere, nothing kept: pages show keys."""


def rendered(template: str, values: Mapping[str, Any]) -> str:
    """Return a template as HTML, everything in it escaped."""
    return _templates().get_template(template).render(values)


@cache
def _templates() -> Templates:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # 70 ms to import: only once somebody looks

    templates = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters.update({name: getattr(showing, name) for name in showing.__all__})
    return templates
