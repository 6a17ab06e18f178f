"""One survey: its questions, what the answers to them come to, what was done to it, and what can be done."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mock_server.dashboard.call import Done, Page, PageCall
from mock_server.dashboard.figures import DAY, figure, over_time
from mock_server.dashboard.records import form_row, moment
from mock_server.dashboard.tried import UNTRIED, Deed, Tried, act
from mock_server.state.queries import ResponseQuery
from mock_server.state.records import Micros, Window

__all__ = ["change_survey", "survey"]

RANGES = {"7": "7 days", "30": "30 days", "90": "90 days", "all": "all time"}
MOST_QUESTIONS = 50
"""Questions with a chart."""


async def survey(call: PageCall, tried: Tried = UNTRIED) -> Page:
    """Show one survey with the report of a range of days; 404 where the environment has none of that uuid."""
    environment = call.environment
    form = environment.form(call.path["uuid"])
    days = call.query.get("days", "")
    days = days if days in RANGES else "30"
    start, end = _range(days, environment.clock.now(), form.first_form_view_at or form.created_at)
    wanted = ResponseQuery(form_uuids=(form.uuid,), include="partials", date_range_start=start, date_range_end=end)
    rows = list(environment.matching(wanted))
    history = environment.form_history(form.uuid, Window(page=1, length=20)).items
    return Page(
        "survey.html",
        {
            "environment": environment,
            "form": {
                **form_row(form),
                "published_at": moment(form.published_at),
                "created_at": moment(form.created_at),
            },
            "questions": form.questions,
            "days": days,
            "ranges": RANGES,
            "completed": sum(1 for row in rows if row.completed_at is not None),
            "time": over_time(rows, start, end),
            "figures": [figure(question, form, rows, start, end) for question in form.questions[:MOST_QUESTIONS]],
            "history": [{"action": one.action, "at": moment(one.created_at)} for one in history],
            "tried": tried,
            "picker": (call.url("/surveys", env=None), {}),
        },
    )


async def change_survey(call: PageCall) -> Page | Done:
    """Publish it, take it back, copy it or archive it."""
    return await act(call, _DEEDS, survey)


def _range(days: str, now: Micros, since: Micros) -> tuple[Micros, Micros]:
    """Return the first moment of the range and the first one after it: whole days in UTC, today the last."""
    tomorrow = now - now % DAY + DAY
    return (min(since - since % DAY, tomorrow - DAY) if days == "all" else tomorrow - int(days) * DAY), tomorrow


async def _operate(call: PageCall, operation: str, **parameters: Any) -> Any:
    path = f"{call.api}/operations/{operation}"
    return (await call.control("POST", path, {"form_uuid": call.path["uuid"], **parameters}))["answer"]


async def _publish(call: PageCall) -> Done:
    await _operate(call, "publishForm", published=True)
    return Done(call.here, "survey-published")


async def _withdraw(call: PageCall) -> Done:
    await _operate(call, "publishForm", published=False)
    return Done(call.here, "survey-withdrawn")


async def _duplicate(call: PageCall) -> Done:
    answer = await _operate(call, "duplicateForm", name=call.typed("name"))
    return Done(f"/surveys/{answer['new_form_uuid']}", "survey-duplicated")


async def _archive(call: PageCall) -> Done:
    await _operate(call, "archiveForm")
    return Done(call.here, "survey-archived")


_DEEDS: Mapping[str, Deed] = {
    "publish": _publish,
    "withdraw": _withdraw,
    "duplicate": _duplicate,
    "archive": _archive,
}
