"""What `serve` writes of webhook attempts."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from mock_server.cli import console
from mock_server.cli.console import Console
from mock_server.state.environment import Environment
from mock_server.state.environments import Environments
from mock_server.webhooks.log import Attempt, Delivery
from tests.cli.consoles import SETTINGS, written

pytestmark = pytest.mark.usefixtures("patient_console")


@pytest.fixture
def environment() -> Environment:
    return Environments(SETTINGS).create("default")


def delivery(environment: Environment, attempts: list[Attempt], status: str = "pending") -> Delivery:
    """Return a delivery that is due again in half an hour."""
    return Delivery(
        id="whd-1", number=1, event="Saw Survey", event_id="e1", webhook_uuid="w", url="http://127.0.0.1:9/hook",
        contact_uuid="c", body=b"", cause=None, created_at=0, due=environment.clock.now() + 1_800_000_000,
        status=status, attempts=attempts,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("attempt", "status", "back"),
    [
        (Attempt(0, 200, 12.4, None, ""), "delivered", "200 in 12 ms, delivered"),
        (Attempt(0, 500, 12.4, None, ""), "pending", "500 in 12 ms, next try in 30 min of its frozen clock"),
        (Attempt(0, 410, 3, None, ""), "failed", "410 in 3 ms, given up"),
        (Attempt(0, 302, 3, "not followed", ""), "failed", "302 in 3 ms, not followed, given up"),
        (Attempt(0, None, 2, "refused", None), "failed", "no answer in 2 ms, refused, given up"),
        (Attempt(0, None, 0, "no room", None), "failed", "no answer, no room, given up"),
        (Attempt(0, None, 0, "on purpose", None), "dropped", "no answer, on purpose, dropped"),
    ],
)
def test_an_attempt_ends_with_what_follows(
    tmp_path: Path, environment: Environment, attempt: Attempt, status: str, back: str
) -> None:
    environment.clock.freeze()
    sent = delivery(environment, [attempt, attempt], status)
    (came,) = written(tmp_path, lambda words: words.attempt(environment, sent, attempt))
    assert came.split(" ", 1)[1] == f"<- whd-1 {back}"


def test_an_attempt_is_told_when_it_begins(
    tmp_path: Path, environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = delivery(environment, [Attempt(0, 500, 12.4, None, "")])
    monkeypatch.setattr(time, "time", lambda: 3_600.0 * 12)
    began = console._clock(3_600.0 * 12)  # noqa: SLF001 - as the machine's zone has it

    (line,) = written(tmp_path, lambda words: words.start(environment, sent, 0))
    assert line == f"{began} -> whd-1 Saw Survey http://127.0.0.1:9/hook attempt 2"

    (line,) = written(tmp_path, lambda words: words.start(environment, sent, 0), machine=True)
    assert json.loads(line) == {
        "type": "attempt_start", "at": "1970-01-01T00:00:00.000000Z", "delivery": "whd-1", "environment": "default",
        "event": "Saw Survey", "url": "http://127.0.0.1:9/hook", "number": 2,
    }  # fmt: skip


def test_the_query_of_an_address_is_told_to_nobody(tmp_path: Path, environment: Environment) -> None:
    tried = Attempt(0, 500, 12.4, None, "")
    sent = delivery(environment, [tried])
    sent.url = "http://127.0.0.1:9/hook?secret=abcdefgh"

    def act(words: Console) -> None:
        words.start(environment, sent, 0)
        words.attempt(environment, sent, tried)

    for machine in (False, True):
        lines = written(tmp_path, act, machine=machine)
        assert len(lines) == 2
        assert "http://127.0.0.1:9/hook?…" in lines[0]
        assert "abcdefgh" not in "".join(lines)
