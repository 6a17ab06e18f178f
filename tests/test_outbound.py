"""The server opens no connection but to the targets of webhooks, and asks for no name but theirs."""

from __future__ import annotations

import subprocess
import sys

import orjson

from tests.miniatures.running import PATIENCE, receiving, surroundings

SCENARIO = """
import json, sys

sys.modules["uvloop"] = None  # it connects past Python's audit events
HERE = []

def watch(event, args):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"):
        HERE.append((event, str(args[1] if event in ("socket.connect", "socket.sendto") else args[:2])))

target = sys.argv[1]
sys.addaudithook(watch)
from mock_server import MockServer
with MockServer(seed="demo") as server:
    port = server.url.rpartition(":")[2]
    refiner = server.create_environment(seed="demo")
    refiner.subscribe(target, auth_token="t")
    refiner.subscribe("http://public.invalid/hook")
    refiner.subscribe("http://127.0.0.1:1/closed", active=False)
    refiner.identify("u-1")
    refiner.complete_survey(refiner.create_form("NPS"), "u-1")
    refiner.settle()
    refiner.advance("2d")
    refiner.restore(refiner.snapshot(with_secrets=True))
    refiner.fork().delete()
    refiner.journal(), refiner.violations(), refiner.verdict()
    server.remote.call("GET", "/contract")
print(json.dumps({"port": port, "seen": HERE}))
"""


def test_no_connection_is_made_but_to_the_targets_of_webhooks() -> None:
    with receiving() as receiver:
        words = [sys.executable, "-c", SCENARIO, receiver.url]
        done = subprocess.run(words, env=surroundings({}), capture_output=True, timeout=PATIENCE, check=False)
        assert done.returncode == 0, done.stderr.decode()
        told = orjson.loads(done.stdout)
        assert receiver.next().body["triggered_event"] == "Completed Survey"

    # The scenario itself calls its own server by the same sockets.
    own = f"('127.0.0.1', {told['port']})"
    targets = {str(receiver.server.server_address), "('public.invalid', 80)"}
    assert {place for _, place in told["seen"]} - {own, f"('127.0.0.1', '{told['port']}')"} <= targets
    assert str(receiver.server.server_address) in {place for _, place in told["seen"]}
