"""Asks the control API in process: the page can do what everybody can do there, and is told no more."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlencode

import orjson
from starlette.types import ASGIApp, Message

from mock_server.dashboard.call import Refused

__all__ = ["Control"]


class Control:
    """The control API as seen by one request to the page.

    Args:
        app: its routes, paths without `/_mock/api`.
        scheme: of the page's own address, `http` or `https`.
        host: of the page's own address; base URLs are told for it.
    """

    def __init__(self, app: ASGIApp, scheme: str, host: str) -> None:
        self._app = app
        self._scheme = scheme
        self._host = host

    async def __call__(
        self, method: str, path: str, body: Mapping[str, Any] | bytes | None = None, /, **query: Any
    ) -> Any:
        """Return what a call answers, decoded; None where it answers nothing.

        Args:
            method: as in contracts/control.yaml.
            path: below `/_mock/api`.
            body: the JSON object that is sent, if any; bytes are sent as they are.
            query: what stands in the query.

        Raises:
            Refused: with status and sentence, when the call is refused.
        """
        said = body if isinstance(body, bytes) else b"" if body is None else orjson.dumps(body)
        sent: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": said, "more_body": False}

        async def send(message: Message) -> None:
            sent.append(message)

        await self._app(self._scope(method, path, query), receive, send)
        text = b"".join(message.get("body", b"") for message in sent)
        answer: Any = orjson.loads(text) if text else None
        status = sent[0]["status"]
        if status >= HTTPStatus.BAD_REQUEST:
            told = answer if isinstance(answer, dict) else {}
            raise Refused(status, str(told.get("error") or told.get("message") or "The control API refused that."))
        return answer

    def _scope(self, method: str, path: str, query: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": self._scheme,
            "path": path,
            "raw_path": quote(path, errors="replace").encode(),
            "root_path": "",
            "query_string": urlencode(query).encode(),
            "headers": [(b"host", self._host.encode("latin-1"))],
            "server": None,
            "client": None,
        }
