"""The table of the page, and what all its views have in common: reading, refusing, answering."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from http import HTTPStatus
from itertools import islice
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from mock_server.dashboard.asking import Control
from mock_server.dashboard.call import ROOT, Done, Page, PageCall, Refused
from mock_server.dashboard.desk import Desk
from mock_server.dashboard.files import static_file
from mock_server.dashboard.pages import coverage, exchange, timeline
from mock_server.dashboard.rendering import HEADERS, rendered
from mock_server.errors import UnknownEnvironment
from mock_server.wire.decoding import decode

__all__ = ["NOTICES", "SECTIONS", "TABLE", "dashboard_routes"]

View = Callable[[PageCall], Awaitable[Page | Done]]

TABLE: Mapping[str, Mapping[str, View]] = {
    "/": {"GET": timeline.timeline},
    "/requests/{id}": {"GET": exchange.exchange},
    "/coverage": {"GET": coverage.coverage},
}
"""Path -> method -> the view that answers it."""

SECTIONS = {"/": "Timeline", "/coverage": "Coverage"}
"""What the navigation shows, in its order."""

NOTICES: Mapping[str, str] = {}
"""What a page says after an action, by the word that stands in its address."""

MOST_PICKED = 100
"""Environments that the picker lists; any other one is reached by `?env=`."""

_log = logging.getLogger(__name__)


def dashboard_routes(desk: Desk) -> list[BaseRoute]:
    """Return the routes to be mounted at `/_mock`; the last one answers every unknown path with a 404."""
    endpoints = [*(_Endpoint(path, views, desk) for path, views in TABLE.items()), _Endpoint("/{path:path}", {}, desk)]
    return [Route("/static/{name}", static_file), *(Route(endpoint.path, endpoint) for endpoint in endpoints)]


class _Endpoint:
    """One path with all its methods, as an ASGI app."""

    def __init__(self, path: str, views: Mapping[str, View], desk: Desk) -> None:
        self.path = path
        self._views = {**views, **({"HEAD": views["GET"]} if "GET" in views else {})}
        self._desk = desk

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        try:
            answer = await self._answer(await _read(request, self._desk), request.method)
        except ClientDisconnect:
            return
        await answer(scope, receive, send)

    async def _answer(self, call: PageCall, method: str) -> Response:
        if not self._views:
            return _refused(call, 404, "There is no such page.")
        if method not in self._views:
            return _refused(call, 405, f"{method} is not supported here; choose from {', '.join(self._views)}.")
        try:
            return _shown(call, await self._views[method](call))
        except UnknownEnvironment as error:
            return _refused(call, 404, str(error))
        except Refused as error:
            return _refused(call, error.status, str(error))
        except Exception:  # noqa: BLE001 - a bug of ours must not reach the reader as a broken connection
            _log.exception("refiner-mock failed on %s %s", method, call.here)
            return _refused(call, 500, "refiner-mock itself failed on this page; its log has the reason.")


async def _read(request: Request, desk: Desk) -> PageCall:
    """Return the call with its query and the fields of its form; too large a form has none."""
    most, body = desk.settings.max_body, bytearray()
    async for chunk in request.stream():
        body += chunk[: most + 1 - len(body)]
    form = _fields(request, bytes(body), desk) if 0 < len(body) <= most else {}
    scheme, host = request.scope["scheme"], request.headers["host"]
    here = request.scope["path"].removeprefix(ROOT)
    control = Control(desk.control, scheme, host)
    return PageCall(desk, control, f"{scheme}://{host}", here, request.path_params, dict(request.query_params), form)


def _fields(request: Request, body: bytes, desk: Desk) -> Mapping[str, Any]:
    settings, headers = desk.settings, request.scope["headers"]
    bounds = {"max_nesting": settings.max_nesting, "max_parameters": settings.max_parameters}
    return decode(request.method, request.url.path, b"", headers, body, **bounds).body


def _shown(call: PageCall, viewed: Page | Done) -> Response:
    if isinstance(viewed, Done):
        return RedirectResponse(call.url(viewed.to, notice=viewed.notice), 303, HEADERS)
    return HTMLResponse(rendered(viewed.template, {**_around(call), **viewed.values}), viewed.status, HEADERS)


def _refused(call: PageCall, status: int, message: str) -> Response:
    # From here on without an environment, for that may be what is wrong.
    values = {"what": HTTPStatus(status).phrase, "message": message}
    return _shown(replace(call, query={}), Page("error.html", values, status))


def _around(call: PageCall) -> dict[str, Any]:
    """Return what stands around every page: navigation, environment picker, notice."""
    desk, chosen = call.desk, call.query.get("env", "")
    names = [environment.name for environment in islice(desk.environments, MOST_PICKED)]
    kept = {key: value for key, value in call.query.items() if key not in ("env", "before", "notice")}
    return {
        "url": call.url,
        "here": call.here,
        "sections": SECTIONS,
        "environment_names": names,
        "environments_more": max(0, len(desk.environments) - len(names)),
        "env": chosen or ("" if call.here == "/" or not names else names[0]),
        "all_environments": call.here == "/",
        "picker": (call.url(call.here, env=None), kept),
        "notice": NOTICES.get(call.query.get("notice", "")),
    }
