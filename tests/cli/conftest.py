"""One running `serve` for the verbs that speak to one, and a fresh environment of it per test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from mock_server.cli import console, main
from mock_server.remote import RemoteEnvironment
from tests.miniatures.running import Receiver, Served, receiving


@dataclass(frozen=True)
class Said:
    """How a command line ended, and what it said."""

    code: int
    out: str
    err: str


Say = Callable[..., Said]


@pytest.fixture
def say(
    served: Served, refiner: RemoteEnvironment, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Say:
    """Return what runs a command line against the environment `refiner`, in this very process: a new one takes long.

    That processes end with the same code is `test_cli`'s business.
    """
    monkeypatch.setenv("REFINER_MOCK_URL", served.url)

    def run(verb: str, *words: str) -> Said:
        capsys.readouterr()
        code = main([verb, *(word if word != "ENV" else refiner.name for word in words)])
        out, err = capsys.readouterr()
        return Said(code, out, err)

    return run


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as running:
        yield running


@pytest.fixture
def patient_console(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine the writer's turn may come late; nothing here waits for it in vain."""
    monkeypatch.setattr(console, "LAST_WORDS", 30)
