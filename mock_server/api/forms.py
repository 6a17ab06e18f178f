"""Surveys: `listForms`, `publishForm`, `duplicateForm`, `archiveForm`, `listFormHistory`."""

from __future__ import annotations

from typing import Any

from mock_server.api.call import Call
from mock_server.state.objects import form_object, revision_object

__all__ = ["archive_form", "duplicate_form", "list_form_history", "list_forms", "publish_form"]


def list_forms(call: Call) -> dict[str, Any]:
    """Return one page of the surveys by name, without a cursor (documented)."""
    values = call.values
    window = call.window("name")
    found = call.environment.forms(window, values["list"])
    info, config = bool(values.get("include_info")), bool(values.get("include_config"))
    return call.page([form_object(form, info=info, config=config) for form in found.items], found, window)


def publish_form(call: Call) -> dict[str, str]:
    """Publish a survey, or with `published=0` take it back to a draft (documented)."""
    call.environment.publish_form(call.values["form_uuid"], call.values["published"])
    return {"message": "ok"}


def duplicate_form(call: Call) -> dict[str, str]:
    """Copy a survey into a new draft (documented)."""
    source: str = call.values["form_uuid"]
    copy = call.environment.duplicate_form(source, call.values["name"])
    return {"message": "ok", "source_form_uuid": source, "new_form_uuid": copy.uuid}


def archive_form(call: Call) -> dict[str, str]:
    """Archive a survey: it leaves the default list and shows among the archived (documented)."""
    call.environment.archive_form(call.values["form_uuid"])
    return {"message": "ok"}


def list_form_history(call: Call) -> dict[str, Any]:
    """Return one page of what was done to a survey, newest first, each with the survey as it then was (documented)."""
    window = call.window("created_at")
    found = call.environment.form_history(call.values["form_uuid"], window)
    cursor = "created_at" if call.manners.history_cursor else None
    return call.page([revision_object(revision) for revision in found.items], found, window, cursor)
