"""What a control function is given, and how its input is read."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from typing import Any, Protocol

from mock_server.control.feed import Feed
from mock_server.control.masking import Mask
from mock_server.errors import UsageError
from mock_server.faults import Faults
from mock_server.frozen import frozen
from mock_server.journal import Journal
from mock_server.settings import Settings
from mock_server.spelling import advice
from mock_server.state.environment import Environment
from mock_server.state.environments import Environments
from mock_server.webhooks.delivery import DeliveryEngine

__all__ = ["Conflict", "ControlCall", "Desk", "Fields", "Judge", "Operate"]

Document = dict[str, Any]


class Judge(Protocol):
    """What the control API asks of the judge of the mirrored API."""

    def closing(self, environment: Environment) -> list[dict[str, Any]]:
        """Return the violations there are if nothing follows any more; asking changes nothing."""

    def verdict(self, environment: Environment | None) -> dict[str, Any]:
        """Return what the traffic of an environment came to, or (None) the requests that belong to none."""

    def forget(self, environment: Environment | None) -> None:
        """Begin anew with an environment, or (None) with the requests that belong to none."""


class Operate(Protocol):
    """What the control API asks of the mirrored one: an operation done outside the journal."""

    def __call__(self, environment: Environment, id: str, parameters: Mapping[str, Any]) -> Any:
        """Return what the operation answers. Raises NotFound, UsageError and RefusedByRefiner."""


class Conflict(UsageError):
    """The thing is there, and what was asked does not go with it (409)."""


@frozen
class Desk:
    """The collaborators of the control API."""

    environments: Environments
    engine: DeliveryEngine
    journal: Journal
    feed: Feed
    settings: Settings
    mask: Mask
    faults: Faults
    judge: Judge
    operate: Operate
    _causes: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def next_cause(self) -> str:
        """Return a name for a control call that causes deliveries, unique within this server."""
        return f"control-{next(self._causes)}"


class Fields(Mapping[str, Any]):
    """The fields of a JSON body or of a query string, read by the type that is wanted; null counts as not given."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.raw = values
        """As they came, null where null was given."""
        self._values = {name: value for name, value in values.items() if value is not None}

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def only(self, *names: str) -> None:
        """Refuse every other name: what is misspelt must not be overlooked.

        Raises:
            UsageError: naming the first stranger and the choices.
        """
        stranger = next((name for name in self._values if name not in names), None)
        if stranger is not None:
            choices = advice(stranger, names) if names else "there are none here."
            raise UsageError(f"There is no field {stranger[:60]!r}; {choices}")

    def text(self, name: str, default: str | None = None) -> str | None:
        """Return a text that is not empty; `default` where it was not given."""
        value = self._values.get(name, default)
        if value is not None and not (isinstance(value, str) and value):
            raise UsageError(f"The field {name} must be text.")
        return value

    def needed(self, name: str) -> str:
        """Return a text that must be given."""
        value = self.text(name)
        if value is None:
            raise UsageError(f"The field {name} is missing.")
        return value

    def one_of(self, name: str, choices: Sequence[str], default: str) -> str:
        """Return one of the choices."""
        value = self.text(name, default)
        if value is None or value not in choices:
            raise UsageError(f"The field {name} must be one of {', '.join(choices)}.")
        return value

    def flag(self, name: str, default: bool) -> bool:
        """Return true or false (in a query string also 1 or 0)."""
        value = self._values.get(name, default)
        if isinstance(value, str):
            value = {"true": True, "1": True, "false": False, "0": False}.get(value)
        if not isinstance(value, bool):
            raise UsageError(f"The field {name} must be true or false.")
        return value

    def number(self, name: str, default: float, most: float) -> float:
        """Return a number from 0 to `most`."""
        value = self._values.get(name, default)
        try:
            number = math.nan if isinstance(value, bool) else float(value)
        except (TypeError, ValueError):
            number = math.nan
        if not 0 <= number <= most:
            raise UsageError(f"The field {name} must be a number from 0 to {most:.0f}.")
        return number

    def count(self, name: str, default: int, most: int = 2**53) -> int:
        """Return a whole number from 0 to `most`."""
        number = self.number(name, default, most)
        if not number.is_integer():
            raise UsageError(f"The field {name} must be a whole number.")
        return int(number)

    def mapping(self, name: str) -> Mapping[str, Any]:
        """Return an object, an empty one where it was not given."""
        value = self._values.get(name, {})
        if not isinstance(value, dict):
            raise UsageError(f"The field {name} must be an object.")
        return value

    def items_of(self, name: str) -> list[Any]:
        """Return a list, an empty one where it was not given."""
        value = self._values.get(name, [])
        if not isinstance(value, list):
            raise UsageError(f"The field {name} must be a list.")
        return value


@frozen
class ControlCall:
    """One call of the control API."""

    desk: Desk
    path: Mapping[str, str]
    query: Fields
    body: Fields
    origin: str
    """How the caller reached us: `http://127.0.0.1:7334`."""
    last_event_id: str | None = None
    """Where a broken stream of events goes on."""
    shard: str | None = None
    """What the name and key of a new environment begin with, as a load balancer wants it."""

    @property
    def environment(self) -> Environment:
        """The environment that the path names.

        Raises:
            UnknownEnvironment: when there is none of that name or project_uuid.
        """
        return self.desk.environments.get(self.path["env"])
