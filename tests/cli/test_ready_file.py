"""The ready file of `serve`."""

from __future__ import annotations

import json
import re
import signal
from contextlib import closing
from pathlib import Path

import pytest
import requests

import mock_server
from mock_server.remote import Remote
from tests.miniatures.running import run, serving

KEY = "5d0c3f8a-4b1e-4f57-9c55-0a9f3c1d2e4b"


def test_the_ready_file_says_where_and_how_and_goes_with_the_server(tmp_path: Path) -> None:
    with serving(tmp_path, "--api-key", KEY) as served:
        ready = served.ready
        with closing(Remote(served.url)) as remote:
            project_uuid = remote.environment().project_uuid
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/v1", ready["base_url"])
        assert ready == {
            "base_url": f"{served.url}/v1",
            "api_key": KEY,
            "environment": "default",
            "project_uuid": project_uuid,
            "control_url": f"{served.url}/_mock/api",
            "page_url": f"{served.url}/_mock/",
            "pid": served.process.pid,
            "version": mock_server.__version__,
        }
        assert requests.get(f"{ready['control_url']}/health", timeout=10).json()["status"] == "ok"
        assert [path.name for path in tmp_path.iterdir()] == ["ready.json"]

        assert served.stop() == 0
    assert list(tmp_path.iterdir()) == []


def test_a_ready_file_of_another_server_is_left_alone(tmp_path: Path) -> None:
    with serving(tmp_path) as served:
        (tmp_path / "ready.json").write_text("another's", "utf-8")
        served.stop()
    assert (tmp_path / "ready.json").read_text("utf-8") == "another's"


def test_a_ready_file_that_cannot_be_written_ends_the_server(tmp_path: Path) -> None:
    path = tmp_path / "missing" / "ready.json"
    said = run("serve", "--port", "0", "--ready-file", str(path))
    assert said.returncode == 3
    assert str(path) in said.stderr
    assert "Traceback" not in said.stderr


def test_a_server_that_does_not_start_leaves_the_ready_file_of_the_one_that_runs(tmp_path: Path) -> None:
    with serving(tmp_path) as served:
        port, ready_file = served.url.rsplit(":", 1)[1], tmp_path / "ready.json"
        said = run("serve", "--port", port, "--ready-file", str(ready_file))
        assert said.returncode == 3
        assert json.loads(ready_file.read_text("utf-8")) == served.ready


def test_the_ready_file_of_a_killed_server_is_gone_before_the_next_one_listens(tmp_path: Path) -> None:
    with serving(tmp_path) as served:
        served.stop(signal.SIGKILL)
    assert (tmp_path / "ready.json").exists()
    said = run("serve", "--port", "0", "--seed", "nonsense", "--ready-file", str(tmp_path / "ready.json"))
    assert said.returncode == 3
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["", "folder", "file/x", "missing/x"])
def test_a_ready_file_that_can_be_none_is_wrong_usage(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("mine", "utf-8")
    path = f"{tmp_path}/{name}" if name else "."
    said = run("serve", "--port", "0", "--ready-file", path)
    assert (said.returncode, said.stdout) == (3, "")
    assert f"cannot write --ready-file {path}: " in said.stderr
    assert len(said.stderr.splitlines()) == 1
    assert sorted(tmp_path.iterdir()) == [tmp_path / "file", tmp_path / "folder"]
