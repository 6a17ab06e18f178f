"""What a request costs does not grow with the rows: told by counting calls, not by the clock."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType

import pytest

from mock_server.state.environment import Environment
from mock_server.state.records import AccountInput, Identity, Window
from mock_server.state.responses import ResponseQuery

PAGE = Window(page=1, length=10)
SECOND = 1_000_000


def grown(size: int) -> Environment:
    environment = Environment("grown", now=1_741_953_600_000_000)
    form = environment.create_form("NPS").uuid
    segment = environment.create_segment("Some").uuid
    for number in range(size):
        environment.clock.advance_to(environment.clock.now() + SECOND)
        who = Identity(id=f"u-{number}", email=f"u-{number}@example.org")
        plan = "gold" if number % (size // 20) == 0 else "free"
        environment.identify(who, {"name": f"{plan} {number}", "plan": plan}, AccountInput(f"a-{number % 10}", {}))
        environment.store_response(who, form, {"nps": number % 11, "plan": plan})
        if plan == "gold":
            environment.add_to_segment(who, segment)
    return environment


def ask_everything(environment: Environment, number: int) -> None:
    """Change a contact and a response, then ask for one page of each list, none of it anew."""
    environment.clock.advance_to(environment.clock.now() + SECOND)
    who, form = Identity(id=f"u-{number}"), environment.all_forms()[0].uuid
    environment.identify(who, {"plan": "free", "logins": number})
    environment.store_response(who, form, {"nps": number}, prevent_duplicates=False)
    segment = environment.segments(PAGE).items[-1].uuid
    for order in ("first_seen_at", "last_seen_at", "last_form_submission_at", "display_name", "email"):
        behind = environment.contacts(Window(5, 10), order).next_after
        environment.contacts(Window(1, 10, behind), order)
    environment.contacts(PAGE, segment_uuid=segment, form_uuid=form)
    environment.contacts(PAGE, search="gold")
    for query in (
        ResponseQuery(form_uuids=(form,), date_range_start=environment.clock.now() - 60 * SECOND),
        ResponseQuery(response_data={"plan": "gold"}),
        ResponseQuery(segment_uuids=(segment,)),
        ResponseQuery(search="gold", include="all"),
        ResponseQuery(contact_data={"plan": "gold"}),
        ResponseQuery(account_data={"name": "nobody"}),
    ):
        environment.responses(query, PAGE)


def calls(act: Callable[[], object]) -> int:
    """Return how many functions an act calls, of Python and of C."""
    counted = 0

    def count(_: FrameType, event: str, __: object) -> None:
        nonlocal counted
        counted += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        act()
    finally:
        sys.setprofile(before)
    return counted


def test_a_change_and_a_page_of_every_list_cost_as_many_calls_among_ten_times_the_rows() -> None:
    few, many = grown(200), grown(2_000)
    for environment in (few, many):
        for number in range(3):
            ask_everything(environment, number)
    least = calls(lambda: ask_everything(few, 9))
    most = calls(lambda: ask_everything(many, 9))
    assert most < 1.3 * least, (least, most)


@pytest.mark.parametrize("size", [3_000])
def test_a_fork_calls_as_few_functions_among_thousands_as_among_hundreds(size: int) -> None:
    few, many = grown(200), grown(size)
    for environment in (few, many):
        environment.contacts(PAGE)
    least, most = calls(lambda: few.fork("few")), calls(lambda: many.fork("many"))
    assert most < 1.5 * least, (least, most)
