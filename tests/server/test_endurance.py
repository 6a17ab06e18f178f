"""Hours in minutes: any nonsense a million times, and a mixed load for half an hour, leave the server as it was.

`make soak` runs these; REFINER_SOAK_REQUESTS and REFINER_SOAK_SECONDS make them shorter.
"""

from __future__ import annotations

import gc
import os
import random
import signal
import statistics
import sys
import time
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote_from_bytes

import orjson
import pytest

from mock_server import MockServer, Settings
from mock_server.contract.document import load
from mock_server.remote import Remote, RemoteEnvironment
from tests.miniatures.running import Receiver, Served, receiving, serving
from tests.server.line import Line, line, request

REQUESTS = int(os.environ.get("REFINER_SOAK_REQUESTS", "1_000_000"))
SECONDS = float(os.environ.get("REFINER_SOAK_SECONDS", "1_800"))
SMALL_RINGS = {
    "REFINER_MOCK_JOURNAL_ENTRIES": "2000",
    "REFINER_MOCK_MAX_EVENTS": "2000",
    "REFINER_MOCK_MAX_DELIVERIES": "500",
}
GROWTH = 8.0
"""Megabytes by which the server may grow from the middle of a run to its end: 16 bytes a call, where a million come.

Of what is live none grows (`test_of_calls_that_fell_out_nothing_is_kept`); the C library's heap frays by half of that.
"""
BATCH = 50
CALLS = [
    (verb.upper(), path.replace("{", "%7b").replace("}", "%7d"))
    for path, item in load().document["paths"].items()
    for verb in ("get", "post", "patch", "put", "delete")
    if verb in item
]
NAMES = [
    "id",
    "email",
    "uuid",
    "api_key",
    "event",
    "form_uuid",
    "segment_uuids[]",
    "a[b][c]",
    "page",
    "page_cursor",
    "date_range_start",
]
WORDS = ["", "u-1", "-1", "9" * 40, "null", "[object Object]", "%", "é\0", "2026-02-30", "true", "'\"<>"]
TYPES = ["application/json", "application/x-www-form-urlencoded", "text/plain", "multipart/form-data; boundary=b", "x"]


class Sample(NamedTuple):
    """What a process holds, and how long a round took."""

    megabytes: float
    files: int
    seconds: float


def sample(served: Served, seconds: float) -> Sample:
    status = Path(f"/proc/{served.process.pid}/status").read_text("ascii")
    kilobytes = next(int(text.split()[1]) for text in status.splitlines() if text.startswith("VmRSS"))
    return Sample(kilobytes / 1000, len(list(Path(f"/proc/{served.process.pid}/fd").iterdir())), seconds)


def assert_flat(samples: list[Sample]) -> None:
    """Hold the end against the middle, when the rings have long been full.

    Of each tenth the quickest round counts: other processes make a round slower, but never quicker.
    """
    tenth = max(1, len(samples) // 10)
    for name, slack in (("megabytes", GROWTH), ("files", 4), ("seconds", 0.02)):
        course = [[getattr(one, name) for one in samples[rank * tenth : (rank + 1) * tenth]] for rank in range(10)]
        told = [min(part) if name == "seconds" else statistics.median(part) for part in course]
        print(f"{name}, by tenths: {' '.join(f'{one:.4g}' for one in told)}")  # noqa: T201 - the figures are the point
        assert told[-1] <= told[5] * (1.5 if name == "seconds" else 1) + slack, name


def nonsense(dice: random.Random, key: str) -> bytes:
    """Return one call of anything by anybody, well-formed as HTTP."""
    method, path = dice.choice(CALLS)
    pairs = [(dice.choice(NAMES), dice.choice(WORDS)) for _ in range(dice.randrange(5))]
    form = "&".join(f"{name}={quote_from_bytes(value.encode())}" for name, value in pairs)
    if dice.random() < 0.1:
        path += quote_from_bytes(dice.randbytes(dice.randrange(30)))
    value: object = dict(pairs)
    for _ in range(dice.randrange(4)):
        value = dice.choice([[value], {"a": value}, value])
    json = orjson.dumps(value)
    if dice.random() < 0.005:
        json = orjson.dumps({"id": "u-1", dice.randbytes(20_000).hex(): dice.choice(WORDS)})
    body = dice.choice([b"", form.encode(), json, json[:-1], dice.randbytes(dice.randrange(200))])
    headers = {"Content-Type": dice.choice(TYPES), "Content-Length": str(len(body))}
    prefix = dice.choice(["/v1", "/v1", "/v1", "/e/default/v1", "/e/none/v1", ""])
    return request(method, f"{prefix}{path}?{form}", dice.choice([key, key, key, "", "k" * 36]), headers=headers) + body


@pytest.mark.soak
def test_a_million_calls_of_any_kind_break_nothing(tmp_path: Path) -> None:
    dice = random.Random(REQUESTS)
    samples: list[Sample] = []
    with serving(tmp_path, "--quiet", **SMALL_RINGS) as served, line(served.url) as client:
        key, people = str(served.ready["api_key"]), set[str]()
        for number in range(REQUESTS // BATCH):
            calls = [nonsense(dice, key) for _ in range(BATCH - 2)]
            name = f"kept-{number % 500}"
            people.add(name)
            kept = request("POST", "/v1/identify-user", key, orjson.dumps({"id": name, "round": number}))
            back = request("GET", f"/v1/contact?id={name}", key)
            began = time.monotonic()
            client.send(b"".join([*calls, kept, back]))
            answers = [client.answer() for _ in range(BATCH)]
            samples.append(sample(served, time.monotonic() - began))
            assert max(answer.status for answer in answers) < 500, [one.body for one in answers if one.status >= 500]
            assert (answers[-2].status, answers[-1].json["attributes"]["round"]) == (202, str(number))
        for name in people:
            assert client.send(request("GET", f"/v1/contact?id={name}", key)).answer().status == 200
        assert_flat(samples)
        assert served.stop() == 0


@pytest.mark.soak
def test_of_calls_that_fell_out_nothing_is_kept() -> None:
    """Blocks that Python holds, however the memory below them is laid out."""
    dice, blocks = random.Random(REQUESTS), list[int]()
    rings = Settings(journal_entries=2_000, max_events=2_000)
    with MockServer(rings) as server, line(server.url) as client:
        key = server.create_environment().api_key
        for _ in range(10):
            for _ in range(REQUESTS // 10 // 10 // BATCH):
                client.send(b"".join(nonsense(dice, key) for _ in range(BATCH)))
                assert max(client.answer().status for _ in range(BATCH)) < 500
            gc.collect()
            blocks.append(sys.getallocatedblocks())
    print(f"blocks, by tenths: {blocks}")  # noqa: T201 - the figures are the point
    assert blocks[-1] < blocks[5] * 1.03


def mixed(refiner: RemoteEnvironment, remote: Remote, receiver: Receiver, number: int) -> None:
    """Do a round of what tests do."""
    with remote.create_environment(seed="demo") as fresh:
        fresh.subscribe(receiver.url, auth_token="t")
        for person in range(5):
            fresh.identify(f"u-{person}", round=number)
        fresh.complete_survey(fresh.create_form(f"NPS {number}"), "u-1", nps=9)
        fresh.settle()
        fresh.advance("1d")
        fresh.restore(fresh.snapshot())
        fresh.fork().delete()
    refiner.identify(f"u-{number % 200}", round=number)
    refiner.fault("drop", operation="getAccount", times=1)
    refiner.remove_fault()
    while not receiver.idle:
        receiver.next()


@pytest.mark.soak
def test_half_an_hour_of_mixed_load_leaves_memory_files_and_latency_flat(tmp_path: Path) -> None:
    samples: list[Sample] = []
    end = time.monotonic() + SECONDS
    with serving(tmp_path, "--quiet", **SMALL_RINGS) as served, receiving() as receiver:
        remote = Remote(served.url)
        refiner = remote.environment("default")
        while (began := time.monotonic()) < end:
            mixed(refiner, remote, receiver, len(samples))
            samples.append(sample(served, time.monotonic() - began))
        print(f"{len(samples)} rounds")  # noqa: T201 - the figures are the point
        assert remote.health()["environments"] == 1
        assert_flat(samples)
        remote.close()
        assert served.stop() == 0


def test_sigterm_answers_what_is_in_flight_and_ends_cleanly(tmp_path: Path) -> None:
    with serving(tmp_path, "--quiet") as served:
        remote = Remote(served.url)
        refiner, key = remote.environment(), str(served.ready["api_key"])
        refiner.fault("delay", operation="verifyKey", seconds=5, times=20)
        lines = [Line(served.url).send(request("GET", "/v1/", key)) for _ in range(20)]
        while len(refiner.journal()) < 20:
            """What is being delayed is in the journal."""
        remote.close()
        served.process.send_signal(signal.SIGTERM)
        assert [client.answer().status for client in lines] == [200] * 20
        assert served.process.wait(20) == 0
        assert not (tmp_path / "ready.json").exists()
        for client in lines:
            assert client.over
            client.close()


def test_what_kill_9_leaves_behind_hinders_no_successor(tmp_path: Path) -> None:
    with serving(tmp_path, "--quiet") as served, line(served.url) as client:
        client.send(b"GET /v1/ HTTP/1.1\r\n")
        port = served.url.rpartition(":")[2]
        served.process.kill()
        served.process.wait(20)
        assert client.over
    assert (tmp_path / "ready.json").exists()

    with serving(tmp_path, "--quiet", "--port", port) as successor:
        assert successor.url.endswith(f":{port}")
        assert successor.stop() == 0
    assert not (tmp_path / "ready.json").exists()
