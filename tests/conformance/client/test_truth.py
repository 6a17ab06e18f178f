"""The general truth: silent about honest clients of many habits, and plain about each kind of wrong one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing
from typing import Any

import pytest

from mock_server.conformance.client.refs import resolved
from mock_server.conformance.client.truth import Expected, Wrong, amiss
from mock_server.conformance.client.world import Meanwhile, World
from mock_server.conformance.protocol import Outcome
from mock_server.errors import UsageError
from mock_server.remote import Remote
from tests.conformance.client import clients
from tests.conformance.client.clients import Honest
from tests.conformance.client.speaking import Form, Speaking
from tests.miniatures.running import Served

IDENTIFY = {"id": "new", "traits": {"plan": "pro", "seats": 5}}
EVENT = {"id": "ada", "event": "größe 日本語 + & = %"}


@pytest.fixture
def world(served: Served) -> Iterator[World]:
    with closing(Remote(served.url)) as remote, World(remote, "small") as made:
        yield made


def found(
    world: World,
    client: Honest,
    operation: str,
    args: Mapping[str, Any],
    expected: Expected | None = None,
    **how: Any,
) -> list[Wrong]:
    return amiss(world.call(client, operation, resolved(args, world.known()), **how), expected)


def gist(wrongs: list[Wrong]) -> str:
    return "\n".join(f"{wrong.level} {wrong.what}\n{wrong.detail}" for wrong in wrongs)


CALLS: list[tuple[str, dict[str, Any]]] = [
    ("verifyKey", {}),
    ("getAccount", {}),
    ("identifyUser", IDENTIFY),
    ("identifyUser", {"id": "ada", "traits": {"plan": None}, "account": {"id": "acme", "traits": {"seats": 3}}}),
    ("trackEvent", EVENT),
    ("getContact", {"id": "ada"}),
    ("getContact", {"id": "nobody at all"}),
    ("deleteContact", {"id": "ada"}),
    ("listContacts", {}),
    ("listForms", {"list": "all"}),
    ("publishForm", {"form_uuid": {"ref": "form NPS"}, "published": False}),
    ("storeResponse", {"id": "ada", "form_uuid": {"ref": "form NPS"}, "answers": {"nps": 9}, "tags": ["x"]}),
    ("getReporting", {"type": "nps", "form_uuids": [{"ref": "form NPS"}]}),
]


@pytest.mark.parametrize("client", [Honest(), clients.Cautious()], ids=lambda client: client.subject)
def test_nothing_is_said_of_an_honest_client(world: World, client: Honest) -> None:
    for operation, args in CALLS:
        assert gist(found(world, client, operation, args)) == "", operation


def test_a_form_may_write_a_boolean_as_text(world: World) -> None:
    class Writes(Form):
        def pairs(self, value: Any, name: str = "") -> Iterator[tuple[str, str]]:
            return ((key, {"1": "true", "0": "false"}.get(text, text)) for key, text in super().pairs(value, name))

    args = {"id": "ada", "form_uuid": {"ref": "form NPS"}, "answers": {"pleased": True, "cross": False}}
    assert gist(amiss(world.call(Speaking(Writes), "storeResponse", resolved(args, world.known())))) == ""


WRONG: list[tuple[Honest, str, dict[str, Any], str]] = [
    (clients.Forgets(), "identifyUser", IDENTIFY, "MUST seats never arrived: it was asked to send 5."),
    (clients.Stringifies(), "identifyUser", IDENTIFY, 'MUST seats arrived as "5", but it was asked to send 5.'),
    (
        clients.Distorts(),
        "trackEvent",
        EVENT,
        'MUST event arrived as "größe", but it was asked to send "größe 日本語 + & = %".',
    ),
    (
        clients.Repeats(),
        "trackEvent",
        EVENT,
        "MUST After trackEvent had succeeded it sent it once more; a write is sent exactly",
    ),
    (clients.Writes(), "getContact", {"id": "ada"}, "MUST It called trackEvent as well, which changes something"),
    (clients.Miscounts(), "listContacts", {}, "MUST It returned "),
    (
        clients.Miscounts(),
        "getContact",
        {"id": "ada"},
        "MUST What it returned is not what Refiner sent.\n/display_name: returned",
    ),
    (
        clients.OnlyReads(),
        "trackEvent",
        EVENT,
        "MUST It says that trackEvent succeeded, but never called it; it sent nothing",
    ),
    (
        clients.Swallows(),
        "getContact",
        {"id": "nobody"},
        "MUST It reported success, although Refiner refuses it: not-found, 404",
    ),
    (clients.Refuses(), "getContact", {"id": "nobody"}, "MUST It reported the error as server, 404"),
    (clients.Invents(), "listContacts", {}, 'MUST It sent search = "a", which nobody asked for.'),
    (clients.Misnames(), "listContacts", {"segment_uuid": {"ref": "nobody"}}, "listContacts has no parameter segment;"),
]


@pytest.mark.parametrize(
    ("client", "operation", "args", "said"), WRONG, ids=lambda value: getattr(value, "subject", None)
)
def test_each_wrong_client_is_told_what_is_wrong(
    world: World, client: Honest, operation: str, args: dict[str, Any], said: str
) -> None:
    wrongs = found(world, client, operation, args)
    assert said in gist(wrongs)
    assert wrongs[0].sent is not None or not world.refiner.journal()


def test_a_client_that_does_nothing_leaves_the_wrong_state(world: World) -> None:
    wrongs = found(world, clients.OnlyReads(), "identifyUser", IDENTIFY)
    assert any("does not hold what it should" in wrong.what and "/contacts/" in wrong.detail for wrong in wrongs)


def test_a_misnamed_parameter_is_told_by_its_violation(world: World) -> None:
    [*wrongs] = found(world, clients.Misnames(), "listContacts", {"segment_uuid": {"ref": "segment Trial"}})
    violations = [violation for wrong in wrongs for violation in wrong.violations]
    assert [violation["suggestion"] for violation in violations] == ["segment_uuid"]


def test_what_the_arguments_break_is_not_held_against_the_client(world: World) -> None:
    assert not found(world, Honest(), "identifyUser", {"id": "x", "traits": {"userId": "7"}})


def test_an_unknown_key_is_told_apart_from_a_missing_contact(world: World) -> None:
    assert not found(world, Honest(), "getContact", {"id": "ada"}, key="unknown")
    [wrong] = found(world, clients.Refuses(), "getContact", {"id": "ada"}, key="unknown")
    assert "but it is auth" in wrong.what


def test_an_operation_that_it_cannot_do_is_no_finding(world: World) -> None:
    class Unable(Honest):
        def run(self, request: Any) -> Any:
            return Outcome("unsupported", message="not in my library")

    assert not found(world, Unable(), "trackEvent", EVENT)


@pytest.fixture
def ticking(served: Served) -> Iterator[World]:
    """A world whose clock runs, as it does where faults strike."""
    with closing(Remote(served.url)) as remote, World(remote, "small", clock="real") as made:
        yield made


def test_who_waits_as_asked_or_reports_is_right_and_who_hammers_is_not(ticking: World) -> None:
    either = Expected("either", kinds=("rate-limited",), paused=True)
    for client, said in (
        (Honest(), ""),
        (clients.Patient(), ""),
        (clients.Hammers(), "asked it to wait 1 s (429"),
    ):
        ticking.renew()
        ticking.refiner.fault("status", operation="getContact", status=429, retry_after=1, times=2)
        wrongs = found(ticking, client, "getContact", {"id": "ada"}, either)
        assert said in gist(wrongs)
        assert bool(said) is bool(wrongs)


def test_a_failure_without_end_may_be_reported_but_not_hammered(ticking: World) -> None:
    error = Expected("error", paused=True)
    for client, said in ((Honest(), ""), (clients.Hammers(), "in a row without a pause")):
        ticking.renew()
        ticking.refiner.fault("status", operation="trackEvent", status=503, times=1_000)
        wrongs = found(ticking, client, "trackEvent", EVENT, error)
        assert said in gist(wrongs)
        assert bool(said) is bool(wrongs)


def test_a_write_whose_answer_is_lost_may_be_done_or_not(ticking: World) -> None:
    ticking.refiner.fault("drop", operation="identifyUser")
    assert not found(ticking, Honest(), "identifyUser", IDENTIFY, Expected("either", state="either"))
    ticking.renew()
    ticking.refiner.fault("drop", operation="identifyUser")
    [wrong, *_] = found(ticking, clients.Swallows(), "identifyUser", IDENTIFY, Expected("error", state="either"))
    assert wrong.what == "It reported success, although the connection was cut before the answer."


def test_rows_that_were_there_all_the_time_are_wanted_when_a_list_changes(served: Served) -> None:
    away = Meanwhile("deleteContact", {"id": "u60"})
    with closing(Remote(served.url)) as remote, World(remote, {"contacts": 60}) as world:
        whole = Expected(value="whole")
        assert not found(world, clients.Cautious(), "listContacts", {}, whole, meanwhile=away)
        assert len(world.known()["contacts"]) == 59
        world.renew()
        [wrong] = found(world, clients.Miscounts(), "listContacts", {}, whole, meanwhile=away)
        assert wrong.what == "1 of 59 items that were there all the time are missing in what it returned."
        assert not found(world, clients.Miscounts(), "listContacts", {}, Expected(value="any"))


def test_somebody_elses_refusal_in_a_case_is_ours_to_tell(world: World) -> None:
    with pytest.raises(UsageError, match="was refused meanwhile"):
        found(world, Honest(), "listContacts", {}, meanwhile=Meanwhile("deleteContact", {"id": "nobody"}))
