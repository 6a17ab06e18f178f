"""Forms of the pages, sent as a browser without JavaScript sends them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from tests.dashboard.conftest import Outline

if TYPE_CHECKING:
    from tests.dashboard.conftest import Pages

__all__ = ["done", "refused"]

_FORM = {"content-type": "application/x-www-form-urlencoded", "origin": "http://127.0.0.1:7334"}


def done(pages: Pages, path: str, query: str = "", /, **fields: Any) -> Outline:
    """Send a form, follow the answer to the page it leads to, and return that page as read."""
    reply = pages.door.call(
        "POST", f"/_mock{path}", query=query, headers=_FORM, body=urlencode(fields, doseq=True).encode()
    )
    assert reply.status == 303, reply.body.decode()
    to, _, query = reply.headers["location"].partition("?")
    then = pages.door.call("GET", to, query=query.partition("#")[0])
    assert then.status == 200, then.body.decode()
    return Outline(then.body.decode())


def refused(pages: Pages, path: str, status: int = 400, query: str = "", /, **fields: Any) -> Outline:
    """Send a form that is refused, and return the page that says why."""
    reply = pages.door.call(
        "POST", f"/_mock{path}", query=query, headers=_FORM, body=urlencode(fields, doseq=True).encode()
    )
    assert reply.status == status, reply.body.decode()
    return Outline(reply.body.decode())
