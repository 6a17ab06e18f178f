"""W5 and W7: what one request costs in the state as it grows, and what a contact weighs: `python -m bench.growth`.

Every operation is one change and one answer through the door of the environment, so whatever is kept in order has to be
kept up. What is answered has the same size at every size of the world; a ratio is the cost there against that among
the fewest contacts.
"""

from __future__ import annotations

import argparse
import gc
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import cycle
from pathlib import Path
from statistics import median

from bench.workloads import Budget
from mock_server.settings import Settings
from mock_server.state.environment import Environment
from mock_server.state.environments import Environments
from mock_server.state.records import AccountInput, Identity, Window
from mock_server.state.responses import ResponseQuery

__all__ = ["GROWTH", "MEMORY", "Grown", "measure_growth", "measure_memory", "table"]

SIZES = (1_000, 10_000, 100_000)
GROWTH = Budget(must=3, moonshot=1.2, at_most=True)
"""W7: the cost among the most contacts as a multiple of the cost among the fewest."""
MEMORY = Budget(must=1_000, moonshot=600, at_most=True)
"""W5: bytes of a contact of five traits with an account of its own."""

_RARE = 20
"""Contacts and responses that the narrow filters find, at any size."""
_PAGE = Window(page=1, length=50)


@dataclass(frozen=True, slots=True)
class Grown:
    """One operation: its cost in microseconds of CPU in each round, by the number of contacts."""

    name: str
    title: str
    costs: Mapping[int, Sequence[float]]
    judged: bool
    """Whether `GROWTH` is meant for it; the others grow by what they answer or copy."""

    @property
    def ratio(self) -> float:
        """The cost among the most contacts as a multiple of the cost among the fewest, paired within a round."""
        most, fewest = self.costs[max(self.costs)], self.costs[min(self.costs)]
        return median(one / other for one, other in zip(most, fewest, strict=True))


class _World:
    """An environment of `size` contacts with a response each, and what is asked of it."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.environments = Environments(Settings(max_environments=1_000_000))
        env = self.environment = self.environments.create("growth")
        env.clock.freeze()
        self.forms = [env.create_form(f"Survey {number}", ()).uuid for number in range(4)]
        self.segment = env.create_segment("Some").uuid
        for number in range(size):
            env.clock.set(env.clock.now() + 1_000_000)
            env.identify(*self.person(number))
            rare = number * _RARE % size < _RARE
            if rare or number % 10 == 0:
                env.add_to_segment(Identity(id=f"user-{number}"), self.segment)
            data = {"nps": number % 11, "reason": "Rare" if rare else "Common"}
            env.store_response(Identity(id=f"user-{number}"), self.forms[number % 4], data)
        self.turn = cycle(range(0, size, 7))
        env.outbox.clear()

    def person(self, number: int) -> tuple[Identity, dict[str, object], AccountInput]:
        rare = number * _RARE % self.size < _RARE
        traits: dict[str, object] = {
            "name": f"{'Quokka' if rare else 'User'} {number}",
            "plan": "gold" if rare else ("free", "team")[number % 2],
            "logins": number % 97,
            "is_admin": number % 10 == 0,
            "signed_up_at": "2025-03-14T09:20:11Z",
        }
        account = AccountInput(f"acme-{number % (self.size // 10)}", {"name": "Acme"})
        return Identity(id=f"user-{number}", email=f"user-{number}@example.com"), traits, account

    def update(self) -> None:
        """Identify the next contact, a second later."""
        self.environment.clock.set(self.environment.clock.now() + 1_000_000)
        self.environment.identify(*self.person(next(self.turn)))

    def answer(self) -> None:
        """Store one more answer of the next contact."""
        self.environment.clock.set(self.environment.clock.now() + 1_000_000)
        who = Identity(id=f"user-{next(self.turn)}")
        self.environment.store_response(who, self.forms[0], {"nps": 9, "reason": "Other"}, prevent_duplicates=False)
        self.environment.outbox.clear()

    def contacts(self, window: Window = _PAGE, order: str = "last_seen_at", **filters: str | None) -> int:
        """Return how many contacts a page shows."""
        return len(self.environment.contacts(window, order, **filters).items)

    def responses(self, **filters: object) -> int:
        """Return how many responses the first page shows."""
        return len(self.environment.responses(ResponseQuery(**filters), _PAGE).items)  # type: ignore[arg-type]

    def middle(self) -> Window:
        """Return the window behind the row in the middle, by cursor."""
        middle = self.environment.contacts(Window(self.size // 2, 1), "last_seen_at")
        return Window(1, 50, middle.next_after)


def _operations(world: _World) -> Iterator[tuple[str, str, Callable[[], object], bool]]:
    """Yield name, title, what to time and whether it is judged by `GROWTH`."""
    update, contacts, answer, responses = world.update, world.contacts, world.answer, world.responses
    segment, form, middle = world.segment, world.forms[0], world.middle()
    deep = Window(world.size // 100, 50)
    yield "identify", "identify", update, True
    yield "number", "identify + first page by number", lambda: (update(), contacts()), True
    yield "cursor", "identify + page by cursor, from the middle", lambda: (update(), contacts(middle)), True
    yield "deep", "identify + page by number, in the middle", lambda: (update(), contacts(deep)), True
    yield "name", "identify + first page by name", lambda: (update(), contacts(order="display_name")), True
    yield "segment", "identify + page of a segment", lambda: (update(), contacts(segment_uuid=segment)), True
    yield "survey", "answer + page of a survey's contacts", lambda: (answer(), contacts(form_uuid=form)), True
    both = partial(contacts, segment_uuid=segment, form_uuid=form)
    yield "both", "answer + page of a segment and a survey", lambda: (answer(), both()), True
    yield "search", "identify + contacts by text", lambda: (update(), contacts(search="quokka")), True
    yield "answers", "answer + responses of a survey", lambda: (answer(), responses(form_uuids=(form,))), True
    start = world.environment.clock.now() - 60_000_000
    yield "dates", "answer + responses of a minute", lambda: (answer(), responses(date_range_start=start)), True
    yield "data", "answer + responses by an answer", lambda: (answer(), responses(response_data={"nps": 9})), True
    rare = {"form_uuids": (form,), "response_data": {"reason": "Rare"}}
    yield "rare", "answer + responses by survey and rare answer", lambda: (answer(), responses(**rare)), True
    yield "texts", "answer + responses by text", lambda: (answer(), responses(search="quokka")), True
    gold = {"contact_data": {"plan": "gold"}}
    yield "traits", "answer + responses by a trait", lambda: (answer(), responses(**gold)), True
    one = {"account_data": {"name": "Nobody's"}}
    yield "accounts", "answer + responses by an account's trait", lambda: (answer(), responses(**one)), True
    yield "segments", "answer + responses of a segment", lambda: (answer(), responses(segment_uuids=(segment,))), False
    world.contacts()  # what the source itself has not caught up with is not the fork's cost
    yield "fork", "fork", lambda: _forked(world), False
    yield "forked", "fork + first identify + first page", lambda: _used(world), False


def _forked(world: _World) -> Environment:
    fork = world.environments.fork("growth")
    world.environments.delete(fork.name)
    return fork


def _used(world: _World) -> int:
    fork = _forked(world)
    fork.identify(*world.person(1))
    return len(fork.contacts(_PAGE, "last_seen_at").items)


def measure_growth(rounds: int = 5, sizes: Sequence[int] = SIZES) -> list[Grown]:
    """Return what each operation costs among each number of contacts, in microseconds of CPU.

    The sizes take turns within a round, and the first call of all, which makes what is kept, is not counted.
    """
    worlds = {size: _World(size) for size in sizes}
    operations = zip(*(_operations(world) for world in worlds.values()), strict=True)
    gc.collect()
    gc.freeze()
    grown = []
    for same in operations:
        name, title, _, judged = same[0]
        runs = dict(zip(sizes, (run for _, _, run, _ in same), strict=True))
        for run in runs.values():
            run()
        costs: dict[int, list[float]] = {size: [] for size in sizes}
        for _ in range(rounds):
            for size, run in runs.items():
                costs[size].append(_timed(run))
        grown.append(Grown(name, title, costs, judged))
    gc.unfreeze()
    return grown


def _timed(run: Callable[[], object]) -> float:
    """Return the median cost of a call in microseconds of CPU: of 100 calls, or of those that 0.2 s allow."""
    times: list[float] = []
    stop = time.perf_counter() + 0.2
    while len(times) < 100 and time.perf_counter() < stop:
        begun = time.thread_time_ns()
        run()
        times.append((time.thread_time_ns() - begun) / 1_000)
    return median(times)


_WEIGH = """
import gc, sys
from bench.growth import resident, weighed
weighed(1_000, {own})
gc.collect()
before = resident()
kept = weighed({size}, {own})
gc.collect()
print((resident() - before) / {size})
"""


def measure_memory(size: int = 100_000, own_account: bool = True) -> float:
    """Return the bytes that one contact of five traits adds to a process of its own.

    With `own_account` it is ungrouped, as Refiner calls it; else it names one of 40 accounts.
    """
    program = _WEIGH.format(size=size, own=own_account)
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return float(run.stdout)


def weighed(size: int, own_account: bool) -> Environment:
    """Return an environment of so many contacts."""
    environment = Environment("weighed")
    for number in range(size):
        traits: dict[str, object] = {
            "name": f"User Number {number}",
            "plan": ("free", "team", "business")[number % 3],
            "logins": number % 97,
            "is_admin": number % 10 == 0,
            "signed_up_at": "2025-03-14T09:20:11Z",
        }
        account = None if own_account else AccountInput(f"acme-{number % 40}", {"name": f"Acme {number % 40}"})
        environment.identify(Identity(id=f"user-{number}", email=f"user-{number}@example.com"), traits, account)
    return environment


def resident() -> int:
    """Return the bytes of memory that this process holds."""
    return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * 4_096


def table(rows: Sequence[Grown]) -> str:
    """Return what was measured as lines of text."""
    sizes = sorted(rows[0].costs)
    lines = [
        f"    {'µs of CPU (medians) among so many contacts':48}"
        + "".join(f"{size:>12,}" for size in sizes)
        + "   ratio"
    ]
    for row in rows:
        costs = "".join(f"{median(row.costs[size]):>12,.1f}" for size in sizes)
        must, moonshot = GROWTH.kept(row.ratio)
        mark = ("moonshot" if moonshot else "must" if must else "MISSED") if row.judged else ""
        lines.append(f"    {row.title:48}{costs}{row.ratio:>8.2f} {mark}")
    return "\n".join(lines)


def main() -> int:
    """Return 0 when all was measured, however fast it was."""
    parser = argparse.ArgumentParser(prog="python -m bench.growth", description="Measure what grows with the state.")
    parser.add_argument("--rounds", type=int, default=5, help="rounds of every operation (default 5)")
    parser.add_argument("--million", action="store_true", help="among 1,000,000 contacts, too: two minutes, 3 GB")
    given = parser.parse_args()
    print(table(measure_growth(given.rounds, (*SIZES, 1_000_000) if given.million else SIZES)))
    for own, of in ((True, "an account of its own"), (False, "one of 40 accounts")):
        print(f"    bytes of a contact of five traits with {of}: {measure_memory(own_account=own):,.0f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
