"""Consoles to write to, and what they are told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from mock_server.cli.console import Console
from mock_server.control.masking import Mask
from mock_server.journal import Entry
from mock_server.settings import Settings
from mock_server.state.environments import Environments

SETTINGS = Settings()


def entry(
    number: int = 1, *, path: str = "/v1/track-event", body: bytes = b'{"id": "u-1"}', status: int = 202
) -> Entry:
    """Return an exchange as the journal keeps it."""
    return Entry(
        seq=number, id=f"req-{number:06d}", at=0, environment="default", method="POST", path=path, query=b"",
        authorization=None, media_type="application/json", body=body, body_size=len(body), operation=None,
        status=status, answer=b'["no sentence"]', answer_size=15, duration_us=300, fault=None, violations=(),
    )  # fmt: skip


def written(folder: Path, act: Callable[[Console], None], *, machine: bool = False) -> list[str]:
    """Return the lines that a console writes when `act` happens to it on an event loop."""
    path = folder / "lines"

    async def scene() -> None:
        with path.open("w", encoding="utf-8") as stream:
            words = Console(stream, Mask(Environments(SETTINGS), SETTINGS), machine=machine)
            act(words)
            words.close()

    asyncio.run(scene())
    return path.read_text("utf-8").splitlines()
