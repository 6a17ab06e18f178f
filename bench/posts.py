"""The other ends of W6: a receiver that takes every post, and the client we deliver with in a bare loop.

Run as `python -m bench.posts receive --ready-file FILE` or `python -m bench.posts loop URL`; the loop reads the length
of a payload, the number of posts and of those in flight from a line of its input, and writes a line of JSON.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from pathlib import Path
from typing import cast

import aiohttp

__all__ = ["Receiver", "post_in_a_loop"]

_TAKEN = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


class Receiver(asyncio.Protocol):
    """The least a receiver can be: it looks for the end of a post by its length and answers 200."""

    def __init__(self) -> None:
        self._read = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Answer each post that is whole."""
        self._read += data
        while (end := self._read.find(b"\r\n\r\n")) >= 0:
            length = int(self._read[:end].lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0])
            if len(self._read) < end + 4 + length:
                return
            self._read = self._read[end + 4 + length :]
            self._transport.write(_TAKEN)


async def _receive(ready_file: Path) -> None:
    server = await asyncio.get_running_loop().create_server(Receiver, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    draft = ready_file.with_suffix(".draft")
    draft.write_text(json.dumps({"base_url": f"http://127.0.0.1:{port}", "api_key": ""}), "utf-8")
    draft.rename(ready_file)
    await server.serve_forever()


async def post_in_a_loop(url: str, length: int, posts: int, in_flight: int) -> dict[str, float]:
    """Return `{"seconds", "cpu"}` that so many posts took."""
    payload = b"x" * length
    headers = {"Content-Type": "application/json", "Authorization": "Bearer token"}
    left = iter(range(posts))

    async def one_after_the_other(session: aiohttp.ClientSession) -> None:
        for _ in left:
            async with session.post(url, data=payload, headers=headers) as answer:
                await answer.read()

    async with aiohttp.ClientSession() as session:
        begun, cpu = time.perf_counter(), time.process_time()
        await asyncio.gather(*(one_after_the_other(session) for _ in range(in_flight)))
        return {"seconds": time.perf_counter() - begun, "cpu": time.process_time() - cpu}


async def _loop(url: str) -> None:
    for line in sys.stdin:
        print(json.dumps(await post_in_a_loop(url, *map(int, line.split()))), flush=True)


def main() -> None:
    """Be one of the two until killed, or until there is nothing more to do."""
    parser = argparse.ArgumentParser()
    parser.add_argument("kind", choices=("receive", "loop"))
    parser.add_argument("url", nargs="?", default="")
    parser.add_argument("--ready-file", type=Path)
    given = parser.parse_args()
    import uvloop  # as uvicorn takes it

    uvloop.run(_receive(given.ready_file) if given.kind == "receive" else _loop(given.url))


if __name__ == "__main__":
    main()
