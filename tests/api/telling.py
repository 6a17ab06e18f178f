"""One environment told again and again from one snapshot: every operation called once, and what is answered."""

from __future__ import annotations

from typing import Any

from mock_server.contract.document import load
from mock_server.state.records import Window
from mock_server.state.responses import ResponseQuery
from tests.api.door import Client, Door, Reply

__all__ = ["Telling"]

STILL = "2026-01-31T10:00:00Z"


class Telling:
    """The same few weeks of a company under one dialect, whatever the rendering."""

    def __init__(self, door: Door, dialect: dict[str, str]) -> None:
        environment = door.rooms.environments.create(seed="demo")
        self.client = Client(door, environment, f"/e/{environment.name}/v1")
        self.client.freeze(STILL)
        assert self.client.control("PATCH", "/settings", {"dialect": dialect}).status == 200
        whole = Window(page=1, length=1_000)
        rows = environment.responses(ResponseQuery(include="all"), whole).items
        self.response = next(row for row in rows if row.tags)
        self.person = next(one for one in environment.contacts(whole).items if one.remote_id)
        self.segment = next(one for one in environment.segments(whole).items if one.is_manual)
        self.client.form("/identify-user", f"id={self.person.remote_id}&motto=Zo%C3%AB/1")
        self._snapshot = self.client.control("GET", "/snapshot").json
        self._in_query = ("GET",) if dialect.get("delete-parameters") == "body-only" else ("GET", "DELETE")

    def wear(self, rendering: str) -> None:
        """Go back to the beginning, in another dress."""
        assert self.client.control("PUT", "/snapshot", self._snapshot).status == 200
        assert self.client.control("PATCH", "/settings", {"rendering": rendering}).json["rendering"] == rendering

    def tell(self) -> list[tuple[str, Reply]]:
        """Make every call once, some in several ways, and return the answers by operation."""
        client, form, who = self.client, self.response.form_uuid, {"id": self.person.remote_id}
        contract = load()
        told: list[tuple[str, Reply]] = []

        def call(method: str, path: str, **values: Any) -> None:
            operation = contract.route(method, path)
            assert operation is not None
            send = {"GET": client.get, "DELETE": client.delete}.get(method) if method in self._in_query else None
            told.append((operation.id, client.post(path, values, method) if send is None else send(path, **values)))

        call("GET", "/")
        call("GET", "/account")
        call("POST", "/identify-user", **who, beta=True)
        call("POST", "/track-event", **who, event="Exported")
        call("GET", "/contacts", page_length=7)
        call("GET", "/contact", **who)
        call("GET", "/segments", page_length=2)
        call("POST", "/sync-segment", **who, segment_uuid=self.segment.uuid)
        call("GET", "/contact", **who)
        call("DELETE", "/sync-segment", **who, segment_uuid=self.segment.uuid)
        call("GET", "/forms", include_info=1)
        call("GET", "/forms", list="all_with_archived", include_info=0)
        call("POST", "/forms/duplicate", form_uuid=form, name="Copy")
        call("POST", "/forms/publish", form_uuid=form, published=0)
        call("DELETE", "/forms", form_uuid=form)
        call("GET", "/forms/history", form_uuid=form)
        call("GET", "/responses", include="all", page_length=9)
        call("GET", "/responses", with_attributes=1, page_length=9)
        call("POST", "/responses/tags", uuid=self.response.uuid, tags=["called", "Zoë"])
        for kind in ("nps", "csat", "ratings", "distribution", "count"):
            call("GET", "/reporting", type=kind, date_range_start="2020-01-01")
        self._tell_of_webhooks(call, told)
        call("POST", "/responses", **who, form_uuid=self._open_form(), nps=9, uses=["web", "app"])
        call("DELETE", "/contact", **who)
        return told

    def _open_form(self) -> str:
        return next(form.uuid for form in self.client.environment.all_forms() if form.archived_at is None)

    def _tell_of_webhooks(self, call: Any, told: list[tuple[str, Reply]]) -> None:
        call("POST", "/webhooks", name="CRM", url="http://127.0.0.1:9/", events=["Completed Survey"])
        uuid = told[-1][1].json["uuid"]
        call("GET", "/webhooks")
        call("PATCH", f"/webhooks/{uuid}", active=False)
        call("GET", f"/webhooks/{uuid}")
        call("POST", f"/webhooks/{uuid}/test")
        call("DELETE", f"/webhooks/{uuid}")
