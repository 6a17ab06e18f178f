"""What `serve` writes, and that it never holds up the loop."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mock_server.cli import console
from mock_server.cli.console import Console
from mock_server.contract.violation import Finding, record
from mock_server.control.masking import Mask
from mock_server.state.environments import Environments
from tests.cli.consoles import SETTINGS, entry, written

pytestmark = pytest.mark.usefixtures("patient_console")


def burst(words: Console) -> None:
    for number in range(console.MOST_LINES + 7):
        words.request(entry(number))


def test_a_burst_is_cut_for_people(tmp_path: Path) -> None:
    lines = written(tmp_path, burst)
    assert len(lines) == console.MOST_LINES + 1
    assert lines[-1].endswith(" … 7 more")


def test_a_burst_is_told_whole_to_machines(tmp_path: Path) -> None:
    lines = [json.loads(line) for line in written(tmp_path, burst, machine=True)]
    assert [line["id"] for line in lines] == [entry(number).id for number in range(console.MOST_LINES + 7)]


@pytest.mark.parametrize(
    ("body", "person"),
    [
        (b'{"email": "mira@example.org"}', "mira@example.org"),
        (b'{"id": 7}', "7"),
        (b'{"id": "", "uuid": "x"}', "x"),
        (b'{"id": {"a": 1}}', "-"),
        (b'{"id": "\\u001b[2J"}', "\\x1b[2J"),
        (b'{"id": "cut o', "-"),
        (b"", "-"),
    ],
)
def test_it_says_whom_a_call_speaks_of(tmp_path: Path, body: bytes, person: str) -> None:
    (line,) = written(tmp_path, lambda words: words.request(entry(body=body)))
    assert line.split(" ", 1)[1] == f"POST /v1/track-event 202 default {person} 0.3 ms"


def test_it_says_whom_a_form_of_several_parts_speaks_of(tmp_path: Path) -> None:
    body = b'--b-1\r\nContent-Disposition: form-data; name="id"\r\n\r\nu-7\r\n--b-1--\r\n'
    sent = entry(body=body)._replace(media_type="multipart/form-data")
    (line,) = written(tmp_path, lambda words: words.request(sent))
    assert " 202 default u-7 " in line


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"path": "/track-event", "status": 404}, "the base URL ends in /v1"),
        ({"path": "/nonsense", "status": 404}, None),
        ({"media_type": "application/x-www-form-urlencoded", "body": b' {"id": "u-1"}'}, "Content-Type: application"),
        ({"media_type": "application/x-www-form-urlencoded", "body": b"id=u-1"}, None),
        ({"status": 401, "answer": b'{"error": "API key does not look valid"}'}, "no UUID"),
        (
            {"status": 401, "answer": b'{"error": "No API key found in headers"}', "authorization": "Bearer k"},
            "no UUID",
        ),
        ({"status": 401, "answer": b'{"error": "No API key found in headers"}'}, None),
    ],
)
def test_the_commonest_mistakes_get_a_hint(tmp_path: Path, changes: dict[str, Any], said: str | None) -> None:
    (line,) = written(tmp_path, lambda words: words.request(entry()._replace(**changes)))
    assert ("(hint: " in line) is (said is not None)
    assert said is None or said in line
    (document,) = written(tmp_path, lambda words: words.request(entry()._replace(**changes)), machine=True)
    assert "hint" not in document


def broken(name: str, suggestion: str | None = None) -> dict[str, Any]:
    """Return a violation as the journal keeps it."""
    found = Finding("near-miss-name", ("query", name), None, None, f"{name} is no name here.", suggestion)
    return record(found, id="v", request="req-000001", operation=None, injected=False)


def test_a_fault_is_named_and_gets_no_hint(tmp_path: Path) -> None:
    struck = entry(status=401)._replace(
        fault="status", answer=b'{"error": "No API key found in headers"}', authorization="Bearer k"
    )
    (line,) = written(tmp_path, lambda words: words.request(struck))
    assert line.endswith(" 401 default u-1 0.3 ms fault: status No API key found in headers")

    (document,) = written(tmp_path, lambda words: words.request(struck), machine=True)
    assert json.loads(document)["fault"] == "status"


def test_broken_rules_stand_below_their_request(tmp_path: Path) -> None:
    """At most three: the rest is in the control API."""
    violations = (broken("survey_id", "form_uuid"), broken("limit\x1b[2J"), *(broken(f"n{n}") for n in range(3)))
    lines = written(tmp_path, lambda words: words.request(entry()._replace(violations=violations)))

    assert lines[0].endswith(" violations: 5")
    assert [line.removeprefix("  note wrong-parameter ") for line in lines[1:4]] == [
        "survey_id -> form_uuid: survey_id is no name here.",
        "limit\\x1b[2J: limit\\x1b[2J is no name here.",
        "n0: n0 is no name here.",
    ]
    assert lines[4:] == ["  … 2 more: GET /_mock/api/requests/req-000001"]


def test_a_machine_gets_one_document_for_each_request(tmp_path: Path) -> None:
    request = entry()._replace(violations=(broken("survey_id"), broken("limit")))
    (line,) = written(tmp_path, lambda words: words.request(request), machine=True)

    assert json.loads(line)["violations"] == 2


def test_a_broken_rule_shows_no_key(tmp_path: Path) -> None:
    environments = Environments(SETTINGS)
    key = environments.create("default").api_key
    path = tmp_path / "lines"

    async def scene() -> None:
        with path.open("w", encoding="utf-8") as stream:
            words = Console(stream, Mask(environments, SETTINGS), machine=False)
            words.request(entry()._replace(violations=(broken(key),)))
            words.close()

    asyncio.run(scene())
    assert key not in path.read_text("utf-8")
    assert f"{key[:4]}…" in path.read_text("utf-8")


def test_a_refusal_without_a_sentence_gets_none(tmp_path: Path) -> None:
    (line,) = written(tmp_path, lambda words: words.request(entry(status=500)))
    assert line.endswith(" 500 default u-1 0.3 ms")


def test_a_reader_that_went_away_does_no_harm() -> None:
    reading, writing = os.pipe()
    os.close(reading)

    async def scene() -> None:
        with os.fdopen(writing, "w", encoding="utf-8") as stream:
            words = Console(stream, Mask(Environments(SETTINGS), SETTINGS), machine=False)
            words.request(entry())
            words.close()

    asyncio.run(scene())


def test_what_a_full_pipe_cannot_take_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(console, "MOST_BATCHES", 1)
    monkeypatch.setattr(console, "PAUSE", 0)
    reading, writing = os.pipe()
    fill(writing)

    async def scene() -> None:
        with os.fdopen(writing, "w", encoding="utf-8") as stream:
            words = Console(stream, Mask(Environments(SETTINGS), SETTINGS), machine=False)
            waiting = words._batches  # noqa: SLF001 - seen from outside it is too late

            def pending() -> bool:
                return bool(words._pending)  # noqa: SLF001 - as above

            words.request(entry(1))
            await until(lambda: not pending() and waiting.empty())  # the writer has it and hangs
            words.request(entry(2))
            await until(waiting.full)
            words.request(entry(3))
            await until(lambda: not pending())
            told = read_lines(reading, 2)
            words.request(entry(4))
            words.close()
        assert [line.endswith(b"0.3 ms") for line in told + read_lines(reading, 1)] == [True] * 3
        assert os.read(reading, 100).endswith(" … 1 more\n".encode())

    asyncio.run(scene())
    os.close(reading)


async def until(reached: Callable[[], bool]) -> None:
    """Let the loop turn until something is so."""
    while not reached():  # noqa: ASYNC110 - what is waited for knows nothing of the loop
        await asyncio.sleep(0)


def fill(descriptor: int) -> None:
    """Write a pipe full."""
    os.set_blocking(descriptor, False)
    for size in (4_096, 1):
        with contextlib.suppress(BlockingIOError):
            while True:
                os.write(descriptor, b"\n" * size)
    os.set_blocking(descriptor, True)


def read_lines(descriptor: int, count: int) -> list[bytes]:
    """Return the next lines of a pipe that are not empty, byte by byte so that the rest stays in it."""
    lines: list[bytes] = []
    line = b""
    while len(lines) < count:
        letter = os.read(descriptor, 1)
        assert letter, "the writer has closed the pipe"
        if letter != b"\n":
            line += letter
        elif line:
            lines.append(line)
            line = b""
    return lines
