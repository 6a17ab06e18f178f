"""All environments of one server: made, found by key, name or project_uuid, and deleted."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from mock_server.errors import LimitReached, UnknownEnvironment, UsageError
from mock_server.settings import POSTURES, Settings
from mock_server.spelling import advice
from mock_server.state.environment import Environment
from mock_server.state.ids import is_uuid, new_api_key
from mock_server.state.records import Micros

__all__ = ["Environments", "marked"]

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_SHARD = re.compile(r"[0-9a-f]{8}")


def marked(name: str, shard: str | None) -> str:
    """Return a name that begins with the shard, as the key does: a load balancer sees one of the two, never both.

    Raises:
        UsageError: when the shard is not eight lower-case hexadecimal digits.
    """
    if shard is None:
        return name
    if not _SHARD.fullmatch(shard):
        raise UsageError(f"The shard is {shard[:60]!r}; it has to be eight digits, such as 5b2f8a1c")
    return name if name.partition("-")[0] == shard else f"{shard}-{name}"


class Environments:
    """The environments, in the order of their making.

    Invariant: names, project_uuids and keys are each unique, and no name is another environment's project_uuid.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._by_name: dict[str, Environment] = {}
        self._by_project: dict[str, Environment] = {}
        self._by_key: dict[str, Environment] = {}
        self._made = 0

    def __len__(self) -> int:
        return len(self._by_name)

    def __iter__(self) -> Iterator[Environment]:
        """Walk the environments as they are when the walk begins."""
        return iter(tuple(self._by_name.values()))

    def create(
        self,
        name: str | None = None,
        seed: object = None,
        posture: str | None = None,
        dialect: Mapping[str, str] | None = None,
        api_key: str | None = None,
        now: Micros | None = None,
        shard: str | None = None,
    ) -> Environment:
        """Return a new environment, filled by its seed; `env-1`, `env-2` and so on where no name is given.

        `dialect` wins over that of the settings point by point. Its clock stands still at `now` if that is given. With
        a `shard` name and key begin with it (see `marked`).

        Raises:
            UsageError: when name, posture, key or seed cannot be used, or name or key is taken.
            LimitReached: when the server may hold no more environments.
        """
        self._check_room()
        if posture is not None and posture not in POSTURES:
            raise UsageError(f"posture is {posture!r}; {advice(posture, POSTURES)}")
        if api_key is not None:
            self._check_key(api_key)
        environment = Environment(
            self._named(name, shard),
            api_key=api_key or new_api_key(shard or ""),
            seed="empty" if seed is None else seed,
            settings=self._settings,
            posture=posture or self._settings.posture,
            dialect={**self._settings.dialect, **(dialect or {})},
            now=now,
        )
        _plant(environment)
        return self._keep(environment)

    def fork(self, name_or_project_uuid: str, name: str | None = None, shard: str | None = None) -> Environment:
        """Return an independent copy of an environment, with a name and a key of its own, both as for `create`.

        Raises:
            UnknownEnvironment: when there is none to copy.
            UsageError: when the name cannot be used or is taken.
            LimitReached: when the server may hold no more environments.
        """
        source = self.get(name_or_project_uuid)
        self._check_room()
        fork = source.fork(self._named(name, shard))
        fork.api_key = new_api_key(shard or "")
        return self._keep(fork)

    def reset(self, name_or_project_uuid: str) -> Environment:
        """Return an environment after it went back to its seed (see `Whole.reset`). Raises UnknownEnvironment."""
        environment = self.get(name_or_project_uuid)
        environment.reset()
        _plant(environment)
        return environment

    def by_key(self, key: str) -> Environment | None:
        """Return the environment that an API key opens, or None."""
        return self._by_key.get(key)

    def get(self, name_or_project_uuid: str) -> Environment:
        """Return an environment by its name or its project_uuid.

        Raises:
            UnknownEnvironment: when there is none; the message names some that there are.
        """
        environment = self._by_name.get(name_or_project_uuid) or self._by_project.get(name_or_project_uuid)
        if environment is None:
            names = ", ".join([*self._by_name][:5] + ["..."] * (len(self) > 5))
            raise UnknownEnvironment(f"No environment is called {name_or_project_uuid[:80]!r}; there are: {names}")
        return environment

    def delete(self, name_or_project_uuid: str) -> Environment:
        """Return an environment that is no more. Raises UnknownEnvironment."""
        environment = self.get(name_or_project_uuid)
        del self._by_name[environment.name]
        del self._by_project[environment.project_uuid]
        del self._by_key[environment.api_key]
        return environment

    def _keep(self, environment: Environment) -> Environment:
        self._by_name[environment.name] = environment
        self._by_project[environment.project_uuid] = environment
        self._by_key[environment.api_key] = environment
        return environment

    def _check_room(self) -> None:
        if len(self) >= self._settings.max_environments:
            raise LimitReached(f"There are {len(self)} environments; delete some or raise the setting max_environments")

    def _named(self, name: str | None, shard: str | None) -> str:
        return self._checked_name(marked(self._free_name() if name is None else name, shard))

    def _free_name(self) -> str:
        while True:
            self._made += 1
            name = f"env-{self._made}"
            if name not in self._by_name:
                return name

    def _checked_name(self, name: str) -> str:
        if not _NAME.fullmatch(name) or is_uuid(name):
            raise UsageError(
                f"{name[:80]!r} cannot name an environment; take 1 to 64 letters, digits, dots, dashes or underscores, "
                "a letter or digit first, and no UUID"
            )
        if name in self._by_name:
            raise UsageError(f"There is an environment {name!r} already; choose another name or delete it")
        return name

    def _check_key(self, api_key: str) -> None:
        if not is_uuid(api_key):
            raise UsageError("An API key is a UUID, such as 5b2f8a1c-3d4e-4f60-9a7b-1c2d3e4f5a6b")
        if api_key in self._by_key:
            raise UsageError("That API key belongs to another environment; every environment has its own")


def _plant(environment: Environment) -> None:
    if environment.seed != "empty":
        from mock_server.state.seeds import plant  # many a server never plants

        plant(environment, environment.seed)
