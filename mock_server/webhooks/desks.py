"""The desks of all environments, and what goes on when one of them is cleared: its counts, and the bound of bytes."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator

from mock_server.settings import Settings
from mock_server.state.environment import Environment
from mock_server.webhooks.desk import Desk
from mock_server.webhooks.log import DeliveryLog, Shelf
from mock_server.webhooks.subscriptions import Subscriptions

__all__ = ["Desks"]

_Counts = tuple[int, int]


class Desks:
    """One desk per environment, made when it is first needed.

    Numbers and cursors go on where a world was reset, restored, or deleted and made again under its name: whoever
    comes back with a `since` from before is told what happened after, and no id names two deliveries.
    """

    def __init__(self, settings: Settings, first: Callable[[], None]) -> None:
        self._settings = settings
        self._first = first
        self._shelf = Shelf(settings.delivery_bytes)
        self._desks: dict[str, Desk] = {}
        self._counts: OrderedDict[str, _Counts] = OrderedDict()

    def __iter__(self) -> Iterator[Desk]:
        return iter(tuple(self._desks.values()))

    def find(self, environment: Environment) -> Desk | None:
        """Return the desk of an environment, or None where it was never needed."""
        return self._desks.get(environment.project_uuid)

    def of(self, environment: Environment) -> Desk:
        """Return the desk of an environment."""
        return self.find(environment) or self._desks.setdefault(environment.project_uuid, self._made(environment))

    def has(self, desk: Desk) -> bool:
        """Tell whether that desk still is the one of its environment."""
        return self.find(desk.environment) is desk

    def log(self, environment: Environment) -> DeliveryLog:
        """Return the log of an environment; an empty one where it has no desk."""
        desk = self.find(environment)
        return self._log(environment) if desk is None else desk.log

    def clear(self, environment: Environment) -> int:
        """Drop the desk of an environment, and return how many deliveries were not over; a later one counts on."""
        desk = self._desks.pop(environment.project_uuid, None)
        if desk is None:
            return 0
        left = len(desk.log.pending)
        desk.stop()
        for task in desk.tasks:
            task.cancel()
        desk.log.clear()
        if desk.log.seq:
            self._counts[environment.name] = desk.log.seq, desk.made
            self._counts.move_to_end(environment.name)
            if len(self._counts) > self._settings.max_environments:
                self._counts.popitem(last=False)
        return left

    def _made(self, environment: Environment) -> Desk:
        settings = self._settings
        subscriptions = Subscriptions(
            environment.clock,
            environment.ids,
            settings.max_webhooks,
            self._first,
            allow_public=settings.allow_public_targets,
        )
        return Desk(environment, subscriptions, self._log(environment), self._counts.get(environment.name, (0, 0))[1])

    def _log(self, environment: Environment) -> DeliveryLog:
        seq, _ = self._counts.get(environment.name, (0, 0))
        return DeliveryLog(self._settings.max_deliveries, self._shelf, seq)
