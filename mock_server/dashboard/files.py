"""The files of the page: style, modules, icon. Few and small, so they are kept in memory once somebody asks."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

from starlette.requests import Request
from starlette.responses import Response

from mock_server.dashboard.rendering import HEADERS
from mock_server.frozen import frozen

__all__ = ["static_file"]

_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


@frozen
class _File:
    content: bytes
    media_type: str
    tag: str


async def static_file(request: Request) -> Response:
    """Return one file, 304 to whom has it already, or 404."""
    found = _files().get(request.path_params["name"])
    if found is None:
        return Response("There is no such file.", 404, HEADERS, "text/plain")
    # Asked for again each time, as an upgrade changes it under the same name; on loopback that costs nothing.
    headers = {**HEADERS, "ETag": found.tag, "Cache-Control": "no-cache"}
    if found.tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(found.content, headers=headers, media_type=found.media_type)


@cache
def _files() -> Mapping[str, _File]:
    folder = Path(__file__).parent / "static"
    return MappingProxyType({path.name: _read(path) for path in folder.iterdir() if path.suffix in _TYPES})


def _read(path: Path) -> _File:
    content = path.read_bytes()
    return _File(content, _TYPES[path.suffix], f'"{hashlib.sha256(content).hexdigest()[:20]}"')
