"""A receiver of Refiner's webhooks in Starlette: `python starlette_receiver.py --port 0 --token T`.

It says where it listens; `GET /probe` shows how many deliveries of each event it has taken in.
"""

from __future__ import annotations

import argparse
import hmac
import json
import socket
from collections import Counter
from collections.abc import Mapping
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

__all__ = ["receiver"]


def receiver(token: str) -> Starlette:
    """Return an app that receives webhooks at /hook."""
    kept: dict[str, str] = {}

    async def hook(request: Request) -> Response:
        authorization = request.headers.get("Authorization", "")
        if not hmac.compare_digest(authorization.encode(), f"Bearer {token}".encode()):
            return Response(status_code=401)
        try:
            payload = json.loads(await request.body())
        except (json.JSONDecodeError, UnicodeDecodeError):
            return Response(status_code=400)
        if not isinstance(payload, dict) or "triggered_event" not in payload:
            return Response(status_code=400)
        # A delivery that comes again has the same mark, so it changes nothing, in whatever order they come.
        kept[mark(payload)] = payload["triggered_event"]
        return Response(status_code=204)

    async def probe(_: Request) -> Response:
        return JSONResponse(Counter(kept.values()))

    return Starlette(routes=[Route("/hook", hook, methods=["POST"]), Route("/probe", probe)])


def mark(payload: Mapping[str, Any]) -> str:
    """Return what makes a delivery one and no other: its event, of what, and how far that had come."""
    response = payload.get("response", {})
    state = [response.get("uuid"), response.get("last_shown_at"), response.get("tags"), payload.get("segments")]
    return json.dumps([payload["triggered_event"], payload.get("uuid"), *state])


def main() -> None:
    """Receive until ended, and say where."""
    parser = argparse.ArgumentParser(description="A receiver of webhooks.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--token", required=True)
    words = parser.parse_args()
    with socket.create_server(("127.0.0.1", words.port)) as listening:
        print(f"http://127.0.0.1:{listening.getsockname()[1]}/hook", flush=True)  # noqa: T201 - for whoever starts it
        server = uvicorn.Server(uvicorn.Config(receiver(words.token), log_level="warning"))
        server.run(sockets=[listening])


if __name__ == "__main__":
    main()
