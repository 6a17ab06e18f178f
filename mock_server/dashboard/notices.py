"""What a page says after something was done on the pages of contacts, segments, surveys, responses and events."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from mock_server.dashboard.call import PageCall

__all__ = ["OF_RECORDS", "thread"]

OF_RECORDS: Mapping[str, str] = {
    "contact-identified": "The contact is identified.",
    "contact-deleted": "The contact is deleted, its responses with it.",
    "survey-completed": "The survey is completed as this contact.",
    "survey-seen": "The contact has seen the survey.",
    "survey-dismissed": "The contact has dismissed the survey.",
    "segment-entered": "The contact has entered the segment.",
    "segment-left": "The contact has left the segment.",
    "segment-created": "The segment is there; whom its rule fits is in it.",
    "response-tagged": "The response is tagged.",
    "event-tracked": "The event is tracked.",
    "survey-created": "The survey is there.",
    "survey-published": "The survey is published.",
    "survey-withdrawn": "The survey is a draft again.",
    "survey-duplicated": "This is the copy, still a draft.",
    "survey-archived": "The survey is archived.",
}
"""By the word that stands in the address."""

_CAUSE = re.compile(r"control-[0-9]{1,15}")


def thread(call: PageCall) -> Mapping[str, Any] | None:
    """Return where the timeline shows what an action led to, and how many webhooks that is; None without an action."""
    cause = call.query.get("cause", "")
    if "notice" not in call.query or not _CAUSE.fullmatch(cause):
        return None
    environment = call.environment
    sent = len(call.desk.engine.log(environment).since(0, cause))
    return {"sent": sent, "url": call.url(f"/#row-{environment.name}-{cause}", env=environment.name, q=cause)}
