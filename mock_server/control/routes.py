"""The table of the control API, and what all its routes have in common: reading, refusing, answering."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

import orjson
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from mock_server.control import (
    disturb,
    faults,
    observe,
    operations,
    prepare,
    simulate,
    snapshots,
    stream,
    switches,
    verdicts,
)
from mock_server.control import environments as worlds
from mock_server.control.call import Conflict, ControlCall, Desk, Fields, Judge, Operate
from mock_server.control.feed import Feed
from mock_server.control.masking import Mask
from mock_server.errors import LimitReached, RefusedByRefiner, TooLarge, UnknownEnvironment, UsageError
from mock_server.faults import Faults
from mock_server.journal import Journal
from mock_server.settings import Settings
from mock_server.state.environments import Environments
from mock_server.webhooks.delivery import DeliveryEngine
from mock_server.wire.decoding import decode

__all__ = ["TABLE", "control_routes"]

Verb = Callable[[ControlCall], Any]

TABLE: Mapping[str, Mapping[str, tuple[Verb, int]]] = {
    "/health": {"GET": (observe.health, 200)},
    "/contract": {"GET": (observe.contract, 200)},
    "/journal": {"GET": (observe.whole_journal, 200), "DELETE": (observe.empty_whole_journal, 204)},
    "/violations": {"GET": (verdicts.all_violations, 200)},
    "/verdict": {"GET": (verdicts.stray_verdict, 200), "DELETE": (verdicts.forget_strays, 204)},
    "/requests/{id}": {"GET": (observe.exchange, 200)},
    "/stream": {"GET": (stream.stream, 200)},
    "/environments": {"GET": (worlds.list_environments, 200), "POST": (worlds.create_environment, 201)},
    "/environments/{env}": {"GET": (worlds.show_environment, 200), "DELETE": (worlds.delete_environment, 204)},
    "/environments/{env}/fork": {"POST": (worlds.fork_environment, 201)},
    "/environments/{env}/reset": {"POST": (worlds.reset_environment, 200)},
    "/environments/{env}/snapshot": {"GET": (snapshots.snapshot, 200), "PUT": (snapshots.restore, 200)},
    "/environments/{env}/contacts": {"POST": (prepare.identify, 200)},
    "/environments/{env}/forms": {"GET": (prepare.list_forms, 200), "POST": (prepare.create_form, 201)},
    "/environments/{env}/segments": {"GET": (prepare.list_segments, 200), "POST": (prepare.create_segment, 201)},
    "/environments/{env}/webhooks": {"GET": (prepare.list_webhooks, 200), "POST": (prepare.create_webhook, 201)},
    "/environments/{env}/webhooks/{uuid}": {
        "PATCH": (prepare.update_webhook, 200),
        "DELETE": (prepare.delete_webhook, 204),
    },
    "/environments/{env}/webhooks/{uuid}/test": {"POST": (disturb.test_webhook, 201)},
    "/environments/{env}/operations/{operation}": {"POST": (operations.do, 200)},
    "/environments/{env}/simulate": {"POST": (simulate.simulate, 200)},
    "/environments/{env}/events": {"GET": (observe.events, 200)},
    "/environments/{env}/deliveries": {"GET": (observe.deliveries, 200)},
    "/environments/{env}/deliveries/{id}/redeliver": {"POST": (disturb.redeliver, 201)},
    "/environments/{env}/settle": {"POST": (disturb.settle, 200)},
    "/environments/{env}/faults": {
        "GET": (faults.list_faults, 200),
        "POST": (faults.arm_fault, 201),
        "DELETE": (faults.remove_faults, 204),
    },
    "/environments/{env}/faults/{name}": {"DELETE": (faults.remove_fault, 204)},
    "/environments/{env}/settings": {"GET": (switches.show_settings, 200), "PATCH": (switches.change_settings, 200)},
    "/environments/{env}/clock": {"GET": (disturb.show_clock, 200), "PUT": (disturb.change_clock, 200)},
    "/environments/{env}/journal": {"GET": (observe.journal, 200), "DELETE": (observe.empty_journal, 204)},
    "/environments/{env}/violations": {"GET": (verdicts.violations, 200)},
    "/environments/{env}/verdict": {"GET": (verdicts.verdict, 200), "DELETE": (verdicts.forget_verdict, 204)},
}
"""Path -> method -> what does it, and the status when it is done."""

_log = logging.getLogger(__name__)


def control_routes(
    environments: Environments,
    engine: DeliveryEngine,
    journal: Journal,
    feed: Feed,
    settings: Settings,
    armed: Faults,
    judge: Judge,
    operate: Operate,
) -> list[BaseRoute]:
    """Return the routes to mount at `/_mock/api`; the last one answers every unknown path with a JSON 404."""
    desk = Desk(environments, engine, journal, feed, settings, Mask(environments, settings), armed, judge, operate)
    unknown = _Endpoint("/{path:path}", {}, desk)
    endpoints = [*(_Endpoint(path, verbs, desk) for path, verbs in TABLE.items()), unknown]
    return [Route(endpoint.path, endpoint) for endpoint in endpoints]


class _Endpoint:
    """One path with all its methods, as an ASGI app."""

    def __init__(self, path: str, verbs: Mapping[str, tuple[Verb, int]], desk: Desk) -> None:
        self.path = path
        self._verbs = verbs
        self._desk = desk

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            answer = await self._answer(Request(scope, receive))
        except ClientDisconnect:
            return
        await answer(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        if request.method not in self._verbs:
            return self._no_such_call(request)
        verb, status = self._verbs[request.method]
        try:
            bound = "max_snapshot" if self.path.endswith("/snapshot") else "max_body"
            call = await _read(request, self._desk, bound)
            if request.method != "GET":
                call.query.only()
            if request.method in ("GET", "DELETE"):
                call.body.only()
            value = verb(call)
            if inspect.isawaitable(value):
                value = await value
        except (UsageError, RefusedByRefiner) as error:
            return _json(_status(error), {"error": str(error)})
        except ClientDisconnect:
            raise
        except Exception:  # noqa: BLE001 - a bug of ours must not reach the caller as a broken connection
            _log.exception("refiner-mock failed on %s %s", request.method, request.url.path)
            return _json(500, {"error": "refiner-mock itself failed on this call; its log has the reason."})
        return value if isinstance(value, Response) else _json(status, value)

    def _no_such_call(self, request: Request) -> Response:
        if not self._verbs:
            return _json(404, {"error": f"The control API has no {request.url.path}; contracts/control.yaml lists it."})
        allowed = ", ".join(self._verbs)
        answer = _json(405, {"error": f"{request.method} is not supported here; choose from {allowed}."})
        answer.headers["Allow"] = allowed
        return answer


async def _read(request: Request, desk: Desk, bound: str) -> ControlCall:
    """Return the call with its query and its JSON body, whatever media type the body claims (curl says form).

    `bound` is the setting that tells how large the body may be.
    """
    settings = desk.settings
    most: int = getattr(settings, bound)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most:
            raise TooLarge(f"The body is larger than {most} bytes ({bound}).")
    decoded = decode(
        request.method,
        request.url.path,
        request.scope["query_string"],
        [(b"content-type", b"application/json")],
        bytes(body),
        max_nesting=settings.max_nesting,
        # A seed may hold more values than a call of Refiner's; its bytes are bounded already.
        max_parameters=most,
    )
    if decoded.problem is not None:
        raise UsageError(decoded.problem)
    if not decoded.body and body.lstrip().startswith(b"["):  # to Refiner an empty list is an empty map, as to PHP
        raise UsageError("The body must be a JSON object.")
    origin = f"{request.scope['scheme']}://{request.headers['host']}"
    last, shard = request.headers.get("last-event-id"), request.headers.get("refiner-mock-shard")
    return ControlCall(desk, request.path_params, Fields(decoded.query), Fields(decoded.body), origin, last, shard)


def _status(error: UsageError | RefusedByRefiner) -> int:
    if isinstance(error, RefusedByRefiner):
        return error.status
    if isinstance(error, UnknownEnvironment):
        return HTTPStatus.NOT_FOUND
    return HTTPStatus.CONFLICT if isinstance(error, (Conflict, LimitReached)) else HTTPStatus.BAD_REQUEST


def _json(status: int, value: object) -> Response:
    if status == HTTPStatus.NO_CONTENT:
        return Response(status_code=status)
    return Response(orjson.dumps(value), status, media_type="application/json")
