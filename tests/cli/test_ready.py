"""`refiner-mock ready`."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.miniatures.running import PATIENCE, Served, command, run, serving, surroundings


def test_a_server_that_answers_is_ready(served: Served) -> None:
    said = served.run("ready")
    assert said.returncode == 0
    assert served.url in said.stdout


def test_it_waits_for_a_server_that_comes_up_later(tmp_path: Path) -> None:
    with serving(tmp_path) as first:
        port = first.url.rsplit(":", 1)[1]
    waiting = subprocess.Popen(
        command("ready", "--wait", str(PATIENCE), "--url", f"http://127.0.0.1:{port}"),
        env=surroundings({}),
        stdout=subprocess.PIPE,
    )
    with waiting, serving(tmp_path, "--port", port):
        assert waiting.wait(PATIENCE) == 0


def test_it_gives_up_in_the_end() -> None:
    said = run("ready", "--wait", "0.1", "--url", "http://127.0.0.1:9")
    assert said.returncode == 2
    assert "http://127.0.0.1:9" in said.stderr
