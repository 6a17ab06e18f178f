"""What all verbs of an environment stand on: its server, its names, its path in the control API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from mock_server.remote.transport import Transport

__all__ = ["Place"]


class Place:
    """One environment of a running server, by its names."""

    def __init__(self, remote: Transport, document: Mapping[str, Any]) -> None:
        self.remote = remote
        self.name: str = document["name"]
        self.project_uuid: str = document["project_uuid"]
        self.api_key: str = document["api_key"]
        self.base_url: str = document["base_url"]
        """Ends in `/v1`; hand it and `api_key` to the client under test."""
        self._path = f"/environments/{quote(self.name, safe='')}"

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name} at {self.base_url}>"
