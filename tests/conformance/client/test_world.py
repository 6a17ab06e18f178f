"""Worlds: fresh ones, what was done before, refs to what is there, and a server that ends with its run."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from mock_server.conformance.client.refs import NOBODY, resolved
from mock_server.conformance.client.seeds import seed_document
from mock_server.conformance.client.serving import served as one_served
from mock_server.conformance.client.serving import serving
from mock_server.conformance.client.world import World
from mock_server.errors import ContractError, ServerUnavailable, UsageError
from mock_server.remote import Remote, RemoteEnvironment
from tests.conformance.client.clients import Honest
from tests.miniatures.running import Served


@pytest.fixture
def remote(served: Served) -> Iterator[Remote]:
    with closing(Remote(served.url)) as made:
        yield made


def test_a_world_begins_anew_and_leaves_nothing_behind(remote: Remote) -> None:
    before = len(remote.environments())
    with World(remote, "small") as world:
        first = world.known()
        world.call(Honest(), "identifyUser", {"id": "new"})
        assert len(world.known()["contacts"]) == len(first["contacts"]) + 1
        world.renew()
        assert world.known()["contacts"] == first["contacts"] == world.refiner.snapshot()["contacts"]
        assert world.refiner.journal() == []
    assert len(remote.environments()) == before


def test_what_was_done_before_is_there_and_in_nobodys_journal(remote: Remote) -> None:
    with World(remote, "small") as world:
        world.does(
            "publishForm", {"form_uuid": resolved({"ref": "form NPS"}, world.known()), "published": False}, times=3
        )
        [form] = [form for form in world.known()["forms"] if form["name"] == "NPS"]
        assert (form["published_at"], world.refiner.journal()) == (None, [])
        with pytest.raises(UsageError, match="publishForm was refused before the case began: "):
            world.does("publishForm", {"form_uuid": NOBODY})


def test_two_runs_see_the_same_ids_and_times(remote: Remote) -> None:
    def seen() -> object:
        with World(remote, {"contacts": 3}, dialect={"page-length": "100"}, rendering="odd") as world:
            return [(contact["first_seen_at"], contact["remote_id"]) for contact in world.known()["contacts"]]

    assert seen() == seen()


def test_a_call_shows_what_was_sent_and_what_should_have_been(remote: Remote) -> None:
    with World(remote, "small") as world:
        for operation, args in (("identifyUser", {"id": "new", "traits": {"seats": 5}}), ("getContact", {"id": "new"})):
            seen = world.call(Honest(), operation, args, case="x", deadline_ms=1_000)
            assert (seen.request.case, seen.request.deadline_ms) == ("x", 1_000)
            assert [one.operation for one in seen.sent] == [one.operation for one in seen.asked] == [operation]
            assert seen.sent[0].parameters == seen.asked[0].parameters
            assert seen.outcome.outcome == seen.told.outcome == "ok"
        assert seen.after["contacts"] == seen.should["contacts"] or seen.after["contacts"][-1]["remote_id"] == "new"


def test_generated_seeds_hold_as_many_as_they_say(remote: Remote) -> None:
    with World(remote, {"contacts": 7, "responses": 5, "forms": 3, "segments": 4}) as world:
        known = world.known()
        made = {name: len(known[name]) for name in ("contacts", "responses", "forms", "segments")}
        assert made == {"contacts": 7, "responses": 5, "forms": 3, "segments": 5}  # one more: All Users
        seen = [contact["first_seen_at"] for contact in known["contacts"]]
        assert seen == sorted(set(seen))
        assert all(row["completed_at"] is not None for row in known["responses"])


def test_seeds_are_known_by_name_and_documents_are_taken_as_they_are() -> None:
    assert seed_document("demo") == "demo"
    assert seed_document({"contacts": [{"id": "a"}]}) == {"contacts": [{"id": "a"}]}
    with pytest.raises(ContractError, match="no-such"):
        seed_document("no-such")


def test_names_become_uuids_wherever_they_stand(remote: Remote) -> None:
    with World(remote, "small") as world:
        known = world.known()
        args = {"a": [{"ref": "contact ada"}, {"ref": "contact ada@example.org"}], "b": {"ref": "response ada"}, "c": 1}
        found = resolved(args, known)
        ada = next(contact for contact in known["contacts"] if contact["remote_id"] == "ada")
        assert found["a"] == [ada["uuid"], ada["uuid"]]
        assert found["c"] == 1
        [response] = [row for row in known["responses"] if row["uuid"] == found["b"]]
        assert response["contact_uuid"] == ada["uuid"]
        assert resolved({"ref": "nobody"}, known) == NOBODY
        for nothing in ("form Nope", "response carl@example.org", "planet Mars"):
            with pytest.raises(ContractError, match="has nothing that"):
                resolved({"ref": nothing}, known)


def test_a_server_of_its_own_ends_with_the_block_even_when_that_fails() -> None:
    urls = []

    def fails() -> None:
        with serving() as url, closing(Remote(url)) as remote:
            assert remote.health()["status"] == "ok"
            urls.append(url)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()
    with pytest.raises(ServerUnavailable), one_served(urls[0]):
        pass


def until_gone(environment: RemoteEnvironment) -> None:
    for _ in range(20):
        environment.journal(wait=1.0)  # which a server that ends cuts short


def test_a_server_of_its_own_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    told = tmp_path / "url"
    script = (
        "import pathlib, sys, threading\n"
        "from mock_server.conformance.client.serving import serving\n"
        "with serving() as url:\n"
        "    pathlib.Path(sys.argv[1]).write_text(url)\n"
        "    print('up', flush=True)\n"
        "    threading.Event().wait()\n"
    )
    with subprocess.Popen([sys.executable, "-c", script, str(told)], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"up\n"
        with closing(Remote(told.read_text())) as remote, remote.create_environment() as environment:
            os.kill(parent.pid, signal.SIGKILL)
            with pytest.raises(ServerUnavailable):
                until_gone(environment)


def test_a_server_that_cannot_start_says_what_it_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mock_server.conformance.client.serving._UNTIL_ALONE", "raise SystemExit('no room')")
    with pytest.raises(ServerUnavailable, match="it said: no room"), serving():
        pass
