"""The servers we are compared with: they read the body and send a constant answer, the same bytes as ours.

Run as `python -m bench.references bare|starlette --answers FILE --ready-file FILE`; answers are JSON by path.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import uvicorn

__all__ = ["bare", "minimal_starlette"]

Application = Callable[[Any, Any, Any], Awaitable[None]]


def bare(answers: dict[str, bytes]) -> Application:
    """Return the least an ASGI application can be: read the body, send a constant."""
    starts = {
        path: {
            "type": "http.response.start",
            "status": 200,
            "headers": [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())],
        }
        for path, body in answers.items()
    }
    bodies = {path: {"type": "http.response.body", "body": body} for path, body in answers.items()}

    async def application(scope: Any, receive: Any, send: Any) -> None:
        while (await receive()).get("more_body"):
            pass
        await send(starts[scope["path"]])
        await send(bodies[scope["path"]])

    return application


def minimal_starlette(answers: dict[str, bytes]) -> Application:
    """Return a Starlette application with one route for each answer."""
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

    def route(path: str, body: bytes) -> Route:
        async def constant(request: Request) -> Response:
            await request.body()
            return Response(body, media_type="application/json")

        return Route(path, constant, methods=["GET", "POST"])

    return Starlette(routes=[route(path, body) for path, body in answers.items()])


class _Announced(uvicorn.Server):
    """uvicorn that writes its address into a file once it listens."""

    ready_file: Path

    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        port = self.servers[0].sockets[0].getsockname()[1]
        draft = self.ready_file.with_suffix(".draft")
        draft.write_text(json.dumps({"base_url": f"http://127.0.0.1:{port}/v1", "api_key": ""}), "utf-8")
        draft.rename(self.ready_file)


def main() -> None:
    """Serve one of the references until killed, with the settings that refiner-mock gives uvicorn."""
    parser = argparse.ArgumentParser()
    parser.add_argument("kind", choices=("bare", "starlette"))
    parser.add_argument("--answers", type=Path, required=True)
    parser.add_argument("--ready-file", type=Path, required=True)
    given = parser.parse_args()
    answers = {path: body.encode() for path, body in json.loads(given.answers.read_text("utf-8")).items()}
    application = {"bare": bare, "starlette": minimal_starlette}[given.kind](answers)
    config = uvicorn.Config(
        application, port=0, access_log=False, log_level="error", server_header=False, date_header=False, lifespan="off"
    )
    server = _Announced(config)
    server.ready_file = given.ready_file
    server.run()


if __name__ == "__main__":
    main()
