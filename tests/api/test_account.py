"""getAccount: refiner-api.md (b) 2; verifyKey is in test_authentication."""

from __future__ import annotations

from tests.api.door import Client

TEN = "2026-01-31T10:00:00.000000Z"


def test_the_account_has_plan_counters_and_limits(refiner: Client) -> None:
    """(b) 2, docs: the keys, without an `mte_limit`."""
    account = refiner.get("/account").json

    assert list(account) == ["subscription", "environments"]
    assert list(account["subscription"]) == [
        "plan", "mtu_count", "mtu_limit", "mtu_count_updated_at", "mte_count", "mte_count_updated_at",
        "mpv_count", "mpv_limit", "mpv_count_updated_at", "msr_count", "msr_limit", "msr_count_updated_at",
    ]  # fmt: skip
    assert account["subscription"]["mtu_count_updated_at"] == TEN
    assert [list(environment) for environment in account["environments"]] == [
        ["uuid", "name", "mtu", "mte", "mpv", "msr"]
    ]


def test_users_events_and_responses_are_counted_by_the_month(refiner: Client) -> None:
    """(b) 2, docs: tracked users, tracked events, survey responses; (b) 4: each event counts to `mte`."""
    form = refiner.form_uuid()
    for id in ("u-1", "u-2", "u-1"):
        refiner.post("/track-event", {"id": id, "event": "Exported"})
    refiner.simulate("Completed Survey", contact={"id": "u-1"}, form_uuid=form, data={"nps": 9})

    account = refiner.get("/account").json
    counted = {name: account["subscription"][f"{name}_count"] for name in ("mtu", "mte", "msr")}
    assert counted == {"mtu": 2, "mte": 3, "msr": 1}
    [own] = account["environments"]
    assert own == {
        "uuid": refiner.environment.project_uuid, "name": "default", "mtu": 2, "mte": 3, "mpv": 0, "msr": 1,
    }  # fmt: skip

    refiner.advance("1d")
    assert refiner.get("/account").json["subscription"]["mte_count"] == 0
