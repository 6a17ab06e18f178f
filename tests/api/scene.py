"""Where a dialect is tried: a client of a new environment under it, with a receiver of webhooks.

Every answer and every payload is held to the contract as it reads under that dialect.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from mock_server.contract.dialects import contract_under
from tests.api.door import Client, Door
from tests.miniatures.running import Receiver

__all__ = ["NOBODY", "Scene"]

NOBODY = "3f0c9b52-6a1e-4d7b-8c2f-5e4d3c2b1a09"
"""A well-formed key that no environment has."""


class Scene(Client):
    """A client of a new environment whose clock stands still, with a webhook receiver beside it."""

    def __init__(self, door: Door, dialect: Mapping[str, str], receiver: Receiver) -> None:
        made = door.call("POST", "/_mock/api/environments", body=orjson.dumps({"dialect": dialect}))
        assert made.status == 201, made.body
        environment = door.rooms.environments.get(made.json["name"])
        super().__init__(door, environment, f"/e/{environment.name}/v1")
        self.receiver = receiver
        self.freeze("2026-01-31T10:00:00Z")

    def listen(self, event: str) -> None:
        """Register the receiver for an event."""
        assert self.control("POST", "/webhooks", {"url": self.receiver.url, "events": [event]}).status == 201

    def payload(self, event: str) -> dict[str, Any]:
        """Return the webhook that has just been sent; it is as the contract in force says."""
        assert self.control("POST", "/settle", {}).json == {"pending": 0, "busy": 0}
        body = self.receiver.next().body
        contract = contract_under(self.environment.dialect)
        pointer = contract.payload_pointer(event)
        assert pointer is not None
        assert [str(fault) for fault in contract.validator(pointer).iter_errors(body)] == []
        return body

    def answered(self, data: Any, *, who: str = "u-1", **form: Any) -> str:
        """Let somebody complete a new survey and return its uuid."""
        form_uuid = self.form_uuid(**form)
        self.simulate("Completed Survey", contact={"id": who}, form_uuid=form_uuid, data=data)
        return form_uuid

    def response(self, **query: Any) -> Any:
        """Return the only response."""
        (item,) = self.get("/responses", **query).json["items"]
        return item
