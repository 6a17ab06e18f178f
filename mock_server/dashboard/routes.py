"""The table of the page, and what all its views have in common: reading, refusing, answering."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from http import HTTPStatus
from itertools import islice
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from mock_server.dashboard.asking import Control
from mock_server.dashboard.call import ROOT, Done, Page, PageCall, Refused
from mock_server.dashboard.desk import Desk
from mock_server.dashboard.files import static_file
from mock_server.dashboard.notices import OF_RECORDS, thread
from mock_server.dashboard.pages import (
    contact,
    contacts,
    coverage,
    deliveries,
    environment,
    environments,
    events,
    exchange,
    faults,
    responses,
    segments,
    state,
    survey,
    surveys,
    switches,
    timeline,
    webhooks,
)
from mock_server.dashboard.rendering import HEADERS, rendered
from mock_server.errors import RefusedByRefiner, UnknownEnvironment
from mock_server.wire.decoding import decode

__all__ = ["NOTICES", "SECTIONS", "TABLE", "dashboard_routes"]

View = Callable[[PageCall], Awaitable[Page | Done]]

TABLE: Mapping[str, Mapping[str, View]] = {
    "/": {"GET": timeline.timeline},
    "/requests/{id}": {"GET": exchange.exchange},
    "/contacts": {"GET": contacts.contacts, "POST": contacts.change_contacts},
    "/contacts/{uuid}": {"GET": contact.contact, "POST": contact.change_contact},
    "/segments": {"GET": segments.segments, "POST": segments.change_segments},
    "/surveys": {"GET": surveys.surveys, "POST": surveys.change_surveys},
    "/surveys/{uuid}": {"GET": survey.survey, "POST": survey.change_survey},
    "/responses": {"GET": responses.responses, "POST": responses.change_responses},
    "/events": {"GET": events.events, "POST": events.change_events},
    "/webhooks": {"GET": webhooks.webhooks},
    "/webhooks/new": {"GET": webhooks.blank, "POST": webhooks.create},
    "/webhooks/deliveries": {"GET": deliveries.deliveries},
    "/webhooks/deliveries/settle": {"POST": deliveries.settle},
    "/webhooks/deliveries/advance": {"POST": deliveries.advance},
    "/webhooks/deliveries/{id}": {"GET": deliveries.delivery, "POST": deliveries.resend},
    "/webhooks/{uuid}": {"GET": webhooks.webhook, "POST": webhooks.change},
    "/webhooks/{uuid}/active": {"POST": webhooks.switch},
    "/webhooks/{uuid}/test": {"POST": webhooks.send_test},
    "/webhooks/{uuid}/delete": {"GET": webhooks.ask_deletion, "POST": webhooks.delete},
    "/environments": {"GET": environments.environments},
    "/environments/new": {"GET": environments.blank, "POST": environments.create},
    "/environments/overview": {"GET": environment.overview, "POST": environment.change_clock},
    "/environments/settings": {"GET": switches.settings, "POST": switches.change_settings},
    "/environments/dialect": {"GET": switches.dialect, "POST": switches.change_dialect},
    "/environments/faults": {"GET": faults.faults, "POST": faults.arm},
    "/environments/faults/remove": {"POST": faults.remove},
    "/environments/state": {"GET": state.state},
    "/environments/snapshot": {"POST": state.load},
    "/environments/fork": {"POST": state.fork},
    "/environments/reset": {"GET": state.ask_reset, "POST": state.reset},
    "/environments/delete": {"GET": state.ask_deletion, "POST": state.delete},
    "/coverage": {"GET": coverage.coverage},
}
"""Path -> method -> the view that answers it."""

SECTIONS = {
    "/": "Timeline",
    "/contacts": "Contacts",
    "/segments": "Segments",
    "/surveys": "Surveys",
    "/responses": "Responses",
    "/events": "Events",
    "/webhooks": "Webhooks",
    "/environments": "Environments",
    "/coverage": "Coverage",
}
"""What the navigation shows, in its order."""

NOTICES: Mapping[str, str] = {
    **OF_RECORDS,
    "webhook-created": "The webhook is registered.",
    "webhook-saved": "The webhook is saved.",
    "webhook-deleted": "The webhook is gone.",
    "test-sent": "The test delivery was sent.",
    "delivery-resent": "This is the new delivery.",
    "deliveries-settled": "Nothing is due or in flight any more.",
    "clock-advanced": "The clock was moved on, and what fell due was sent.",
    "clock-changed": "The clock was changed.",
    "environment-created": "The environment is ready: point your client at it.",
    "environment-forked": "This is the copy, with a key of its own.",
    "environment-reset": "The environment is back at its seed.",
    "environment-deleted": "The environment is gone.",
    "snapshot-loaded": "The snapshot is loaded.",
    "snapshot-loaded-without-tokens": "The snapshot is loaded. Some webhooks have no token now: it does not hold them.",
    "settings-saved": "The settings are saved; they hold from the next call on.",
    "dialect-saved": "The dialect is saved; it holds from the next call on.",
    "fault-armed": "The fault is armed: it waits for its calls.",
    "faults-removed": "Removed: it strikes no more.",
}
"""What a page says after an action, by the word that stands in its address."""

UPLOADS = ("/environments/snapshot",)
"""Paths whose forms carry a snapshot and may be as large as one."""

_PASSING = ("env", "before", "page", "notice", "cause")
"""What of the query is not carried to another environment."""

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
            bound = "max_snapshot" if self.path in UPLOADS else "max_body"
            answer = await self._answer(await _read(request, self._desk, bound), request.method)
        except ClientDisconnect:
            return
        await answer(scope, receive, send)

    async def _answer(self, call: PageCall, method: str) -> Response:
        if not self._views:
            return _refused(call, 404, "There is no such page.")
        if method not in self._views:
            return _refused(call, 405, f"{method} is not supported here; choose from {', '.join(self._views)}.")
        if call.unread is not None:
            return _refused(call, call.unread.status, str(call.unread))
        try:
            return _shown(call, await self._views[method](call))
        except UnknownEnvironment as error:
            return _refused(call, 404, str(error))
        except (Refused, RefusedByRefiner) as error:
            return _refused(call, error.status, str(error))
        except Exception:  # noqa: BLE001 - a bug of ours must not reach the reader as a broken connection
            _log.exception("refiner-mock failed on %s %s", method, call.here)
            return _refused(call, 500, "refiner-mock itself failed on this page; its log has the reason.")


async def _read(request: Request, desk: Desk, bound: str) -> PageCall:
    """Return the call with its query and its form; `bound` is the setting that tells how large the form may be."""
    most = getattr(desk.settings, bound)
    body, form, files, unread = bytearray(), dict[str, Any](), dict[str, bytes](), None
    async for chunk in request.stream():
        body += chunk[: most + 1 - len(body)]
    try:
        form, files = _form(request, bytes(body), desk, bound)
    except Refused as error:
        unread = error
    scheme, host = request.scope["scheme"], request.headers["host"]
    here = request.scope["path"].removeprefix(ROOT)
    control = Control(desk.control, scheme, host)
    query, origin = dict(request.query_params), f"{scheme}://{host}"
    program = "text/html" not in request.headers.get("accept", "text/html")  # curl says */*
    return PageCall(desk, control, origin, here, request.path_params, query, form, files, unread, program)


def _form(request: Request, body: bytes, desk: Desk, bound: str) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Return the fields and the files of a form. Raises Refused."""
    most = getattr(desk.settings, bound)
    if len(body) > most:
        raise Refused(413, f"What was sent is larger than {most:,} bytes (the setting {bound}).")
    settings, headers = desk.settings, request.scope["headers"]
    bounds = {"max_nesting": settings.max_nesting, "max_parameters": settings.max_parameters}
    decoded = decode(request.method, request.url.path, b"", headers, body, **bounds)
    if decoded.problem is not None:
        raise Refused(400, decoded.problem)
    if decoded.media_type != "multipart/form-data":
        return dict(decoded.body), {}
    from mock_server.wire import multipart  # only uploads are sent so, and its parser takes a while to import

    kind = request.headers["content-type"].encode("latin-1")
    return dict(decoded.body), multipart.files(body, kind, max_parameters=settings.max_parameters)


def _shown(call: PageCall, viewed: Page | Done) -> Response:
    if isinstance(viewed, Done):
        env = {} if viewed.env is None else {"env": viewed.env}
        return RedirectResponse(call.url(viewed.to, **{**viewed.query, "notice": viewed.notice, **env}), 303, HEADERS)
    return HTMLResponse(rendered(viewed.template, {**_around(call), **viewed.values}), viewed.status, HEADERS)


def _refused(call: PageCall, status: int, message: str) -> Response:
    if call.program:
        return JSONResponse({"error": message}, status, HEADERS)
    # From here on without an environment, for that may be what is wrong.
    values = {"what": HTTPStatus(status).phrase, "message": message}
    return _shown(replace(call, query={}), Page("error.html", values, status))


def _around(call: PageCall) -> dict[str, Any]:
    """Return what stands around every page: navigation, environment picker, notice."""
    desk, chosen = call.desk, call.query.get("env", "")
    names = [environment.name for environment in islice(desk.environments, MOST_PICKED)]
    kept = {key: value for key, value in call.query.items() if key not in _PASSING}
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
        "thread": thread(call),
    }
