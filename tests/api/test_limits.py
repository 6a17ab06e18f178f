"""Rate limits: off until switched on, counted on the environment's clock, answered 429 with Retry-After."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_server.api.limits import Limits, user_of
from mock_server.contract.document import load
from mock_server.contract.exchange import Request
from mock_server.settings import Settings
from tests.api.door import Client, Door, Reply

SECOND = 1_000_000
FACTS = load().document["x-facts"]
PER_KEY: int = FACTS["rate-limit-per-key"]["requests"]
PER_USER: int = FACTS["rate-limit-per-user"]["requests"]


@pytest.fixture
def limited(refiner: Client) -> Client:
    assert refiner.control("PATCH", "/settings", {"rate_limits": True}).status == 200
    return refiner


def identify(refiner: Client, times: int, **who: str) -> list[int]:
    return [refiner.post("/identify-user", who or {"id": "u-1"}).status for _ in range(times)]


def test_there_are_no_limits_unless_they_are_switched_on(refiner: Client) -> None:
    """Issue "Whole API", 3: off by default."""
    assert identify(refiner, PER_USER + 1)[-1] == 202

    refiner.control("PATCH", "/settings", {"rate_limits": True})
    identify(refiner, PER_USER)
    assert identify(refiner, 1) == [429]

    refiner.control("PATCH", "/settings", {"rate_limits": False})
    assert identify(refiner, 1) == [202]


def test_a_setting_switches_them_on_for_every_environment() -> None:
    door = Door(Settings(rate_limits=True))
    refiner = Client(door, door.rooms.environments.get("default"))

    assert identify(refiner, PER_USER + 1)[-2:] == [202, 429]
    door.close()


def test_a_user_has_100_requests_a_minute(limited: Client) -> None:
    """(a) Rate limits, docs: 100 a minute for a user; 429 with Retry-After."""
    assert PER_USER == 100
    assert identify(limited, 100) == [202] * 100
    limited.advance("20500ms")

    reply = limited.post("/identify-user", {"id": "u-1"})

    assert (reply.status, reply.json, reply.headers["retry-after"]) == (429, {"error": "Too many requests"}, "40")
    assert identify(limited, 1, id="u-2") == [202], "another user"
    assert limited.get("/segments").status == 200, "nobody in particular"


def test_id_email_and_uuid_each_count_for_themselves(limited: Client) -> None:
    """(a) Rate limits, docs: calls carrying `id`, `email` or `uuid`; that they count apart is assumed (g4)."""
    uuid = limited.identify("u-1", email="mira@example.org")
    identify(limited, PER_USER - 1)

    assert limited.get("/contact", id="u-1").status == 429
    assert limited.get("/contact", email="mira@example.org").status == 200
    assert limited.get("/contact", uuid=uuid).status == 200


def test_windows_open_again_with_the_clock(limited: Client) -> None:
    identify(limited, PER_USER)
    limited.advance("59s")
    reply = limited.post("/identify-user", {"id": "u-1"})
    assert (reply.status, reply.headers["retry-after"]) == (429, "1")

    limited.advance("1s")

    assert identify(limited, PER_USER + 1) == [202] * PER_USER + [429]


def test_a_clock_that_is_set_back_opens_them_too(limited: Client) -> None:
    identify(limited, PER_USER)
    limited.freeze("2026-01-30T10:00:00Z")

    assert identify(limited, 1) == [202]


def test_a_refused_call_has_no_effect_and_is_in_the_journal(limited: Client) -> None:
    identify(limited, PER_USER)
    limited.post("/identify-user", {"id": "u-1", "plan": "pro"})

    limited.advance("60s")
    assert "plan" not in limited.get("/contact", id="u-1").json["attributes"]
    entries = limited.control("GET", "/journal").json["items"]
    assert [entry["status"] for entry in entries][PER_USER] == 429


def test_a_reset_and_a_restore_begin_the_count_anew(limited: Client) -> None:
    """What was counted before is of another world, even if the clock shows the same time."""
    limited.environment.clock.mark()
    snapshot = limited.control("GET", "/snapshot").json
    identify(limited, PER_USER)

    limited.control("PUT", "/snapshot", snapshot)
    assert identify(limited, PER_USER + 1)[-2:] == [202, 429]

    limited.control("POST", "/reset", {})
    assert identify(limited, PER_USER + 1)[-2:] == [202, 429]


def test_retry_after_is_a_date_even_at_the_end_of_time(limited: Client) -> None:
    """A clock ends long before the last date that HTTP can write."""
    limited.control("PATCH", "/settings", {"dialect": {"retry-after": "date"}})
    assert limited.control("PUT", "/clock", {"freeze": "9999-12-31T23:59:50Z"}).status == 400
    limited.freeze("2899-12-31T23:59:50Z")
    identify(limited, PER_USER)

    reply = limited.post("/identify-user", {"id": "u-1"})

    assert (reply.status, reply.headers["retry-after"]) == (429, "Fri, 01 Jan 2900 00:00:50 GMT")


def test_environments_count_apart(limited: Client, door: Door) -> None:
    identify(limited, PER_USER)
    other = Client(door, door.rooms.environments.create("other"))
    other.control("PATCH", "/settings", {"rate_limits": True})

    assert identify(other, 1) == [202]


def test_a_key_has_4000_requests_a_minute() -> None:
    """(a) Rate limits, docs: 4,000 a minute for a key."""
    limits = Limits(load())
    assert PER_KEY == 4_000

    assert {limits.take(f"id u-{number}", 0) for number in range(PER_KEY)} == {0}
    assert limits.take(None, 59 * SECOND + 1) == 1
    assert limits.take("id u-1", 60 * SECOND) == 0


def test_a_key_s_limit_is_answered_like_a_user_s(limited: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(FACTS, "rate-limit-per-key", {"requests": 2, "seconds": 60})

    replies: list[Reply] = [limited.get("/segments") for _ in range(3)]

    assert [reply.status for reply in replies] == [200, 200, 429]
    assert replies[-1].headers["retry-after"] == "60"


def test_a_bad_key_is_not_counted(limited: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(FACTS, "rate-limit-per-key", {"requests": 1, "seconds": 60})
    good, limited.bearer = limited.bearer, {}

    assert [limited.get("/segments").status for _ in range(3)] == [401] * 3
    limited.bearer = good
    assert limited.get("/segments").status == 200


def test_memory_is_bounded() -> None:
    limits = Limits(load())

    for number in range(20 * PER_KEY):
        limits.take(f"id u-{number}", number * 10_000)

    assert len(limits._users) <= 2 * PER_KEY  # noqa: SLF001 - what is kept shows nowhere else


@given(st.lists(st.tuples(st.sampled_from(["id a", "id b", None]), st.integers(0, 20 * SECOND)), max_size=300))
def test_no_window_ever_lets_more_through_and_the_wait_is_true(calls: list[tuple[str | None, int]]) -> None:
    """Who waits as long as Retry-After says is let in, and who does not is not."""
    limits, now = Limits(contract_with(per_key=7, per_user=3)), 0
    admitted: list[tuple[str | None, int]] = []
    for user, later in calls:
        now += later
        wait = limits.take(user, now)
        if wait:
            assert 1 <= wait <= 60
            assert wait == 1 or limits.take(user, now + (wait - 1) * SECOND - 1), "a second less is too early"
            now += wait * SECOND
            continue
        admitted.append((user, now))
    for user in ("id a", "id b"):
        times = [at for who, at in admitted if who == user]
        # A minute counts from its first request, so any minute touches two of them at most.
        assert all(sum(at <= other < at + 60 * SECOND for other in times) <= 6 for at in times)


def contract_with(*, per_key: int, per_user: int) -> Any:
    """Return what of a contract the limits read, with other numbers."""
    facts = {
        "rate-limit-per-key": {"requests": per_key, "seconds": 60},
        "rate-limit-per-user": {"requests": per_user, "seconds": 60},
    }
    return SimpleNamespace(document={"x-facts": facts})


@pytest.mark.parametrize(
    ("operation", "parameters", "user"),
    [
        ("identifyUser", {"id": "u", "email": "e"}, "id u"),
        ("identifyUser", {"id": "", "email": "e"}, "email e"),
        ("getContact", {"uuid": "x"}, "uuid x"),
        ("getContact", {"id": ["u"]}, "id ['u']"),
        ("tagResponse", {"uuid": "a response"}, None),
        ("listContacts", {"search": "u"}, None),
    ],
)
def test_whom_a_call_speaks_of(operation: str, parameters: dict[str, object], user: str | None) -> None:
    request = Request("GET", "/", parameters, {}, {})

    assert user_of(load().operations[operation], request) == user
