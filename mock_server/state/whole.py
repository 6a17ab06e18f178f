"""An environment as a whole: who it is, how it behaves, and its state copied, out, in and undone."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

from mock_server.settings import Settings
from mock_server.state.clock import Clock
from mock_server.state.ids import Ids, new_api_key
from mock_server.state.records import DeliveryPolicy, Micros, TriggeredEvent
from mock_server.state.transitions import Departure
from mock_server.state.ways import Ways
from mock_server.state.world import World

if TYPE_CHECKING:
    from mock_server.state.snapshots import Saved

__all__ = ["Whole"]


class Whole:
    """What concerns all of an environment at once. The verbs that concern one thing in it are in `Environment`."""

    def __init__(
        self,
        name: str,
        *,
        api_key: str | None = None,
        seed: object = "empty",
        settings: Settings | None = None,
        posture: str = "lenient",
        dialect: Mapping[str, str] | None = None,
        now: Micros | None = None,
    ) -> None:
        settings = settings or Settings()
        self.name = self.project_name = name
        self.api_key = api_key or new_api_key()
        self.seed = seed
        self.posture = posture
        self.rate_limits = settings.rate_limits
        self.rendering = "plain"
        """How answers are dressed, all of them legal: `plain`, `lean`, `full` or `odd`."""
        self.delivery = DeliveryPolicy()
        self.ways = Ways(dialect)
        self.beside: dict[object, Any] = {}
        """What other rooms keep of this environment, each under a key of its own: it goes when this goes."""
        self.generation = 0
        """Rises with every reset and restore: what others noted about the time before is about another world."""
        self.clock = Clock()
        if now is not None:
            self.clock.freeze(now)
            self.clock.mark()
        self.ids = Ids(self.clock, f"{name}/{seed}")
        self.created_at = self.clock.now()
        self.project_uuid = self.ids.uuid()
        self._enter(World(self.project_uuid, self.clock, self.ids, self.ways, settings))

    def _enter(self, world: World) -> None:
        """Let every verb speak of `world` from now on."""
        self.generation += 1
        self._world = world
        self._people, self._segments, self._attributes = world.people, world.segments, world.attributes
        self._surveys, self._responses = world.surveys, world.responses
        self._transitions, self._interactions = world.transitions, world.interactions

    @property
    def dialect(self) -> dict[str, str]:
        """The choices on points of doubt, by id; assign a new mapping to change them."""
        return self.ways.dialect

    @dialect.setter
    def dialect(self, choices: Mapping[str, str]) -> None:
        self.ways.follow(choices)

    @property
    def outbox(self) -> list[TriggeredEvent]:
        """What happened and has not been taken yet, oldest first; whoever owns the environment empties it."""
        return self._transitions.outbox

    @property
    def departures(self) -> Sequence[Departure]:
        """Who left a segment lately, oldest first: of the latest thousand, none from before a reset or restore."""
        return self._transitions.departures

    def fork(self, name: str) -> Self:
        """Return an independent copy with a name, key, project_uuid and ids of its own; the outbox is not copied.

        Both stand on what there is and keep their own changes, so it costs O(what changed since the last fork).
        """
        fork = copy.copy(self)
        fork.beside = {}
        fork.name = fork.project_name = name
        fork.api_key = new_api_key()
        fork.ways, fork.clock = Ways(self.dialect), copy.copy(self.clock)
        fork.ids = Ids(fork.clock, f"{name}, forked from {self.project_uuid}")
        fork.created_at, fork.project_uuid = fork.clock.now(), fork.ids.uuid()
        fork._enter(self._world.fork(fork.project_uuid, fork.clock, fork.ids, fork.ways))  # noqa: SLF001 - our own kind
        return fork

    def snapshot(self) -> dict[str, object]:
        """Return the whole state as a JSON document (`contracts/snapshot.schema.json`), without key and webhooks."""
        from mock_server.state.snapshots import written  # a server is up before anybody wants one

        facts = {"name": self.name, "project_uuid": self.project_uuid, "created_at": self.created_at}
        switches = {
            "posture": self.posture,
            "rate_limits": self.rate_limits,
            "rendering": self.rendering,
            "delivery": self.delivery,
            "dialect": self.dialect,
        }
        return written(facts, switches, self.clock, self._world.content())

    def restore(self, saved: Saved) -> None:
        """Take over the state of a snapshot (`snapshots.read`), of whatever environment.

        Name, key, project_uuid and seed stay. Ids that are made from now on are those of no other environment, and they
        are the same again whenever the same snapshot is restored here.

        Raises:
            UsageError: when its clock would show no time.
            LimitReached: when it has more of anything than an environment may hold. In both cases nothing has changed.
        """
        world = self._world.holding(saved.content)
        saved.start(self.clock)
        self.posture, self.rate_limits, self.dialect = saved.posture, saved.rate_limits, dict(saved.dialect)
        self.rendering, self.delivery = saved.rendering, saved.delivery
        self.ids.begin(f"{self.name}, restored from {saved.digest}")
        self._enter(world)

    def reset(self) -> None:
        """Be as empty as when it was made, with the clock and ids of then, ready to be seeded.

        Posture, dialect and the like stay: what was chosen stays, what happened is undone.
        """
        self.clock.rewind()
        self.ids.begin(f"{self.name}/{self.seed}")
        self.ids.uuid()  # the project's own, so that what follows has the ids that it had at first
        self._enter(self._world.anew())
