"""The control API from Python."""

from __future__ import annotations

import http.server
import socket
import threading
from datetime import timedelta

import pytest
import requests

from mock_server.errors import ServerUnavailable, StillBusy, UsageError
from mock_server.remote import Remote
from mock_server.server import MockServer


def test_an_environment_lives_as_long_as_its_block(server: MockServer) -> None:
    with server.create_environment() as refiner:
        assert server.remote.environment(refiner.project_uuid).name == refiner.name
        assert refiner.base_url == f"{server.url}/e/{refiner.name}/v1"

    with pytest.raises(UsageError, match=refiner.name):
        server.remote.environment(refiner.name)


def test_a_refusal_carries_the_servers_own_sentence(server: MockServer) -> None:
    server.create_environment("taken")

    with pytest.raises(UsageError, match="taken"):
        server.create_environment("taken")


def test_the_verbs_tell_one_story(server: MockServer) -> None:
    refiner = server.create_environment()
    refiner.freeze("2026-01-31T10:00:00Z")
    form = refiner.create_form("Spring NPS", [{"text": "How likely?", "type": "nps", "identifier": "nps"}])
    segment = refiner.create_segment("Promoters", {"answer": "nps", "operator": "greater_than", "value": 8})

    happened = refiner.simulate(
        "Completed Survey", contact={"id": "u-1"}, form_uuid=form["uuid"], data={"nps": 9, "why": "fast"}
    )

    assert happened["form_uuid"] == form["uuid"]
    contact = refiner.simulate("Entered Segment", contact={"id": "u-1"}, segment_uuid=segment["uuid"])["contact_uuid"]
    assert contact == happened["contact_uuid"]
    assert refiner.clock() == {"now": "2026-01-31T10:00:00.000000Z", "mode": "frozen"}
    assert refiner.advance("1h")["now"] == "2026-01-31T11:00:00.000000Z"
    assert refiner.advance(90)["now"] == "2026-01-31T11:01:30.000000Z"
    assert refiner.advance(0.25)["now"] == "2026-01-31T11:01:30.250000Z"
    assert refiner.advance(timedelta(minutes=1))["now"] == "2026-01-31T11:02:30.250000Z"
    for wrong in (-1, float("nan"), timedelta(days=-1), None, True):
        with pytest.raises(UsageError, match="is no duration"):
            refiner.advance(wrong)  # type: ignore[arg-type]
    assert (refiner.events(), refiner.deliveries(), refiner.violations(), refiner.journal()) == ([], [], [], [])


def test_settings_are_changed_by_name(server: MockServer) -> None:
    refiner = server.create_environment()
    policy = refiner.configure(delivery={"order": "reversed", "drop": 1}, posture="strict")["delivery"]

    assert policy == {"order": "reversed", "duplicate": 0, "drop": 1, "delay": 0, "jitter": 0}
    assert refiner.settings()["delivery"] == policy
    with pytest.raises(UsageError, match="reversed"):
        refiner.configure(delivery={"order": "upside-down"}, posture="lenient")
    assert refiner.settings()["posture"] == "strict"
    assert refiner.deliveries(cause="control-1") == []


def test_what_clients_did_is_judged(server: MockServer) -> None:
    refiner = server.create_environment()
    headers = {"Authorization": f"Bearer {refiner.api_key}"}
    for number in range(4):
        requests.post(f"{refiner.base_url}/identify-user", json={"id": f"u-{number}"}, headers=headers, timeout=30)
    for page in (1, 2, 3):
        query = {"page": page, "page_length": 1, "survey": "x"}
        requests.get(f"{refiner.base_url}/contacts", params=query, headers=headers, timeout=30)

    recorded = refiner.violations()
    closing = refiner.violations(closing=True)

    assert [one["entry"]["path"] for one in recorded] == [f"/e/{refiner.name}/v1/contacts"] * 3
    assert closing[:3] == recorded
    assert [one["rule"] for one in closing[3:]] == ["last-page-unread"]
    verdict = refiner.verdict()
    assert (verdict["judged"], verdict["operations"]) == (7, {"identifyUser": 4, "listContacts": 3})
    assert (verdict["errors"], verdict["warnings"]) == (3, 0)


def test_an_environment_is_copied_kept_and_put_back(server: MockServer) -> None:
    refiner = server.create_environment(seed="demo")
    refiner.freeze("2026-01-31T10:00:00Z")
    snapshot = refiner.snapshot()
    fork = refiner.fork()
    refiner.create_segment("Later")

    assert fork.name != refiner.name
    assert fork.api_key not in (refiner.api_key, str(snapshot))
    assert refiner.snapshot()["segments"] != snapshot["segments"]
    assert refiner.restore(snapshot) == {"tokens_kept": [], "tokens_missing": [], "deliveries_dropped": 0}
    assert refiner.snapshot() == snapshot
    assert {**fork.snapshot(), "environment": None} == {**snapshot, "environment": None}
    assert refiner.snapshot(with_secrets=True)["environment"]["api_key"] == refiner.api_key
    with pytest.raises(UsageError, match="format"):
        refiner.restore({**snapshot, "format": 0})


def test_calls_go_wrong_as_told(server: MockServer) -> None:
    refiner = server.create_environment(rendering="odd")
    lost = refiner.fault("drop", operation="getAccount", times=2)
    refiner.fault("status", status=503, retry_after=9, name="busy")

    assert (lost["name"], lost["times"], lost["fired"]) == ("drop-1", 2, 0)
    assert [(fault["name"], fault["retry_after"]) for fault in refiner.faults()] == [("drop-1", None), ("busy", 9)]
    refiner.remove_fault("drop-1")
    assert [fault["name"] for fault in refiner.faults()] == ["busy"]
    refiner.remove_fault()
    assert refiner.faults() == []
    with pytest.raises(UsageError, match="identifyUser"):
        refiner.fault("drop", operation="identify")
    assert server.remote.get(f"/environments/{refiner.name}/settings")["rendering"] == "odd"


def test_a_reset_goes_back_to_the_seed(server: MockServer) -> None:
    refiner = server.create_environment(seed="demo", clock={"freeze": "2026-01-31T10:00:00Z"})
    snapshot = refiner.snapshot()
    refiner.advance("6h")
    refiner.create_segment("Later")

    assert refiner.reset()["deliveries_dropped"] == 0

    assert refiner.snapshot() == snapshot


def test_deliveries_are_read_page_by_page(server: MockServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mock_server.remote.outgoing._PAGE", 2)
    refiner = server.create_environment(seed="demo", clock={"freeze": "2026-01-31T10:00:00Z"})
    refiner.subscribe("http://127.0.0.1:9/", ["Saw Survey"])
    for number in range(3):
        refiner.simulate("Saw Survey", contact={"id": f"u-{number}"})
        refiner.settle()
        refiner.advance("1s")
    refiner.advance("3s")

    assert [(one["id"], len(one["attempts"])) for one in refiner.deliveries()] == [("d1", 2), ("d2", 2), ("d3", 1)]
    assert [one["id"] for one in refiner.deliveries(cause=refiner.deliveries()[1]["cause"])] == ["d2"]


def test_a_server_that_is_not_there_is_told_apart_from_one_that_refuses() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    with pytest.raises(ServerUnavailable, match=f"127.0.0.1:{port}"):
        Remote(f"http://127.0.0.1:{port}").health()


@pytest.mark.parametrize("address", ["127.0.0.1:7334", "ftp://host", "http://"])
def test_an_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(UsageError, match="give one like"):
        Remote(address)


def test_a_kept_connection_survives_a_restart_of_the_server() -> None:
    with MockServer() as first:
        port = int(first.url.rsplit(":", 1)[1])
        remote = Remote(first.url)
        remote.health()
    with MockServer(port=port):
        assert remote.health()["status"] == "ok"
    remote.close()


class Elsewhere(http.server.BaseHTTPRequestHandler):
    """Some other web server."""

    def do_GET(self) -> None:
        self.send_error(404)

    def log_message(self, *_: object) -> None:
        pass


def test_another_web_server_is_told_apart_from_ours() -> None:
    with http.server.HTTPServer(("127.0.0.1", 0), Elsewhere) as other:
        threading.Thread(target=other.handle_request, daemon=True).start()

        with pytest.raises(ServerUnavailable, match="is no refiner-mock"):
            Remote(f"http://127.0.0.1:{other.server_port}").health()


def test_settling_raises_while_a_receiver_hangs(server: MockServer) -> None:
    with socket.socket() as hanging:
        hanging.bind(("127.0.0.1", 0))
        hanging.listen()
        refiner = server.create_environment(seed="demo")
        refiner.subscribe(f"http://127.0.0.1:{hanging.getsockname()[1]}/", ["Saw Survey"])
        refiner.simulate("Saw Survey", contact={"id": "u-1"})

        with pytest.raises(StillBusy, match=r"1 webhook delivery was due .*\nthe deliveries of the environment"):
            refiner.settle(timeout=0.05)
        refiner.delete()
