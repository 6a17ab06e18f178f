"""What an environment goes by and may be told otherwise at any time: posture, dialect, rate limits."""

from __future__ import annotations

from typing import Any

from mock_server.contract.dialects import Dialect, dialects, settled
from mock_server.control.call import ControlCall
from mock_server.errors import UsageError
from mock_server.settings import POSTURES

__all__ = ["change_settings", "show_settings"]


def show_settings(call: ControlCall) -> dict[str, Any]:
    """Return what is in force, and of each point of doubt what the choices are and how sure each of them is."""
    environment = call.environment
    return {
        "posture": environment.posture,
        "rate_limits": environment.rate_limits,
        "dialect": {id: _doubt(dialects()[id], choice) for id, choice in settled(environment.dialect).items()},
    }


def change_settings(call: ControlCall) -> dict[str, Any]:
    """Change what is given, all of it or nothing, and return what is in force then."""
    environment, body = call.environment, call.body
    body.only("posture", "dialect", "rate_limits")
    posture = body.text("posture", environment.posture)
    if posture not in POSTURES:
        raise UsageError(f"The field posture must be one of {', '.join(POSTURES)}.")
    rate_limits = body.flag("rate_limits", environment.rate_limits)
    dialect = settled({**environment.dialect, **body.mapping("dialect")})
    environment.posture, environment.rate_limits = posture, rate_limits
    if dialect != environment.dialect:
        environment.dialect = dialect
    return show_settings(call)


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
