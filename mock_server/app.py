"""create_app(settings): the one place where the rooms meet."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse
from starlette.routing import BaseRoute, Mount, Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from mock_server.api.judging import Judge
from mock_server.api.mirror import Mirror
from mock_server.api.unjudged import Unjudged
from mock_server.contract.dialects import contract_under, settled
from mock_server.contract.document import Contract
from mock_server.contract.sequence.step import Peer
from mock_server.control.feed import Feed
from mock_server.control.guard import Guard, is_loopback
from mock_server.control.masking import Mask
from mock_server.dashboard.changes import Happened
from mock_server.faults import CONNECTION, Faults
from mock_server.frozen import frozen
from mock_server.journal import Exchange, Journal, JournalLayer
from mock_server.settings import Settings
from mock_server.state.environments import Environments
from mock_server.webhooks.delivery import DeliveryEngine

if TYPE_CHECKING:
    from mock_server.dashboard.desk import Desk, Located

__all__ = ["Rooms", "create_app"]


@frozen
class Rooms:
    """The collaborators of one app, as `app.state.rooms` offers them to the server and the command line."""

    settings: Settings
    contract: Contract
    """As it reads under the server's own dialect; an environment may have another."""
    environments: Environments
    engine: DeliveryEngine
    journal: Journal
    feed: Feed
    faults: Faults
    judge: Judge

    def after(self, exchange: Exchange) -> None:
        """Hand what the exchange triggered to the delivery engine; called once its answer is out."""
        environment = exchange.environment
        if environment is not None and environment.outbox:
            self.engine.take(environment, exchange.id)

    async def close(self) -> None:
        """Wake long-polls, end streams and delays, and stop deliveries, so that the server can stop at once."""
        self.journal.stop_waiting()
        self.feed.close()
        self.faults.close()
        await self.engine.close()


class _App(Starlette):
    """Starlette with a layer outside its own: the mirrored API answers every error itself and pays for no wrapper."""

    outermost: ASGIApp
    _inside: ASGIApp

    def build_middleware_stack(self) -> ASGIApp:
        self._inside = super().build_middleware_stack()
        return self.outermost

    async def inside(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve what the layer lets through."""
        await self._inside(scope, receive, send)


def create_app(settings: Settings | None = None) -> Starlette:
    """Return the whole double as a Starlette app; nothing is shared between two apps.

    The environment named `default` exists from the start, with `settings.api_key` and `settings.seed`.

    Raises:
        UsageError: when a setting cannot be followed (an unknown seed or dialect, a malformed key).
    """
    settings = settings or Settings()
    settings = replace(settings, dialect=settled(settings.dialect), admin_token=_admin_token(settings))
    environments = Environments(settings)
    engine, journal = DeliveryEngine(settings), Journal(settings)
    contract, feed = contract_under(settings.dialect), Feed(journal, engine)
    faults, judge = Faults(settings.max_faults), Judge(environments, engine, checks_answers=settings.check_answers)
    rooms = Rooms(settings, contract, environments, engine, journal, feed, faults, judge)
    environments.create("default", seed=settings.seed, api_key=settings.api_key)
    mirror = Mirror(settings, contract, environments, engine, faults, judge)

    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        yield
        await rooms.close()

    app = _App(routes=_routes(rooms), lifespan=lifespan)
    layer = JournalLayer(
        app.inside, journal=journal, mirror=mirror, after=rooms.after, max_body=settings.max_body, peer_of=_peer_of
    )
    app.outermost = layer
    app.state.rooms, app.state.layer = rooms, layer
    app.state.heads = {}  # of requests, which the server remembers
    return app


def _peer_of(scope: Scope) -> Peer | None:
    """Return the connection that a request came on, None where the server does not show it."""
    client = scope.get("client")
    return None if client is None else Peer(client, scope["state"].get(CONNECTION) if "state" in scope else None)


def _routes(rooms: Rooms) -> list[BaseRoute]:
    """Return control API and page, behind their guard; the mirrored API is not routed by Starlette (see `_App`)."""
    guard = Middleware(Guard, bound=rooms.settings.host, admin_token=rooms.settings.admin_token)
    ours = _Late(lambda: _our_own(rooms))
    return [Route("/_mock", _to_the_page), Mount("/_mock", app=ours, middleware=[guard])]


class _Late:
    """An app that is imported and routed with its first request: the server is up earlier, and may need no page."""

    def __init__(self, make: Callable[[], ASGIApp]) -> None:
        self._make = make
        self._app: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._app is None:
            self._app = self._make()
        await self._app(scope, receive, send)


def _our_own(rooms: Rooms) -> Router:
    """Return the control API, and the page for whatever is not under its prefix."""
    from mock_server.control.routes import control_routes

    by_hand = Unjudged(rooms.engine)
    control = Router(
        control_routes(
            rooms.environments,
            rooms.engine,
            rooms.journal,
            rooms.feed,
            rooms.settings,
            rooms.faults,
            rooms.judge,
            by_hand,
        )
    )
    happened = Happened(rooms.settings.journal_entries)  # listens before anybody looks
    rooms.engine.take_listeners.append(happened.note)
    page = _Late(lambda: _page(rooms, control, happened))
    return Router([Route("/api", control), Mount("/api", app=control)], redirect_slashes=False, default=page)


def _page(rooms: Rooms, control: ASGIApp, happened: Happened) -> Router:
    from mock_server.dashboard.routes import dashboard_routes

    return Router(dashboard_routes(_desk(rooms, control, happened)))


def _desk(rooms: Rooms, control: ASGIApp, happened: Happened) -> Desk:
    """Return what the page needs of the other rooms."""
    from mock_server.dashboard.desk import Desk

    mask = Mask(rooms.environments, rooms.settings)
    return Desk(
        settings=rooms.settings,
        environments=rooms.environments,
        engine=rooms.engine,
        journal=rooms.journal,
        control=control,
        veil=mask.over,
        happened=happened.by,
        attempts=rooms.feed.attempts,
        locate=_located,
        curl=_curl,
    )


def _located(violation: Mapping[str, Any]) -> Sequence[Located]:
    from mock_server.conformance.place import located  # a server without a page needs nothing of that room

    return located(violation)


def _curl(exchange: Mapping[str, Any]) -> str | None:
    from mock_server.conformance.curl import curl_of_exchange

    return curl_of_exchange(exchange)


def _admin_token(settings: Settings) -> str | None:
    """Return the token that guards control API and page: off loopback there is always one (design, rule 9)."""
    if settings.admin_token is None and not is_loopback(settings.host):
        return secrets.token_urlsafe(24)
    return settings.admin_token


def _to_the_page(_: Request) -> RedirectResponse:
    return RedirectResponse("/_mock/")
