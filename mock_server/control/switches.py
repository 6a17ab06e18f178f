"""What an environment goes by and may be told otherwise at any time: posture, dialect, policy of delivery, ..."""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import Any

from mock_server.contract.dialects import Dialect, dialects, settled
from mock_server.control.call import ControlCall, Fields
from mock_server.settings import POSTURES, RENDERINGS
from mock_server.state.records import DeliveryPolicy
from mock_server.webhooks.policy import ORDERS

__all__ = ["change_settings", "show_settings"]

_POLICY = tuple(field.name for field in fields(DeliveryPolicy))


def show_settings(call: ControlCall) -> dict[str, Any]:
    """Return what is in force, and of each point of doubt what the choices are and how sure each of them is."""
    call.query.only()
    environment = call.environment
    return {
        "posture": environment.posture,
        "rate_limits": environment.rate_limits,
        "rendering": environment.rendering,
        "delivery": asdict(environment.delivery),
        "dialect": {id: _doubt(dialects()[id], choice) for id, choice in settled(environment.dialect).items()},
    }


def change_settings(call: ControlCall) -> dict[str, Any]:
    """Change what is given, all of it or nothing, and return what is in force then."""
    environment, body = call.environment, call.body
    body.only("posture", "dialect", "rate_limits", "delivery", "rendering")
    posture = body.one_of("posture", POSTURES, environment.posture)
    rendering = body.one_of("rendering", RENDERINGS, environment.rendering)
    rate_limits = body.flag("rate_limits", environment.rate_limits)
    dialect = settled({**environment.dialect, **body.mapping("dialect")})
    delivery = _policy(Fields(body.mapping("delivery")), environment.delivery)
    environment.posture, environment.rate_limits, environment.rendering = posture, rate_limits, rendering
    if dialect != environment.dialect:
        environment.dialect = dialect
    if delivery.order != environment.delivery.order:
        call.desk.engine.wake(environment)  # what was gathered goes out in the order in which it was to go
    environment.delivery = delivery
    return show_settings(call)


def _policy(given: Fields, before: DeliveryPolicy) -> DeliveryPolicy:
    """Return the delivery policy with what is given; the bounds are those of `contracts/snapshot.schema.json`."""
    given.only(*_POLICY)
    return DeliveryPolicy(
        given.one_of("order", ORDERS, before.order),
        given.count("duplicate", before.duplicate, 100),
        given.count("drop", before.drop, 1_000_000),
        given.number("delay", before.delay, 86_400),
        given.number("jitter", before.jitter, 1),
    )


def _doubt(dialect: Dialect, choice: str) -> dict[str, Any]:
    return {
        "choice": choice,
        "default": dialect.default,
        "evidence": dialect.choices[choice].evidence,
        "choices": {name: facts.evidence for name, facts in dialect.choices.items()},
        "about": dialect.about,
        "why": dialect.why,
        "source": dialect.source,
    }
