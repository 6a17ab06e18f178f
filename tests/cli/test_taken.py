"""A port that is taken: by whom, and what helps."""

from __future__ import annotations

import socket
import subprocess
import sys

import pytest

import mock_server
from mock_server.cli import main
from mock_server.errors import PortTaken
from tests.miniatures.running import PATIENCE, Served


@pytest.mark.parametrize("verb", [["serve"], ["demo", "--no-serve"]])
def test_by_a_refiner_mock(verb: list[str], served: Served, capsys: pytest.CaptureFixture[str]) -> None:
    port = served.url.rpartition(":")[2]
    assert main([*verb, "--port", port]) == 3
    said = f"port {port} of 127.0.0.1 is taken by a refiner-mock {mock_server.__version__}; use that ({served.url}), "
    assert said in (err := capsys.readouterr().err)
    assert err.endswith("stop it, or take a free one: --port 0\n")


def test_by_somebody_who_does_not_even_answer(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        port = mute.getsockname()[1]
        assert main(["serve", "--port", str(port)]) == 3
    err = capsys.readouterr().err
    assert f"port {port} of 127.0.0.1 is taken by a program that is no refiner-mock; " in err
    assert "--port 0" in err


def test_one_that_is_taken_between_the_look_and_the_start_is_wrong_usage_too() -> None:
    late = "import sys, mock_server.server.running as run; run._check_free = print; from mock_server.cli import main; "
    with socket.create_server(("127.0.0.1", 0)) as mute:
        port = mute.getsockname()[1]
        words = [sys.executable, "-c", late + f"sys.exit(main(['serve', '--port', '{port}']))"]
        done = subprocess.run(words, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert (done.returncode, done.stderr.splitlines()[-1]) == (3, f"refiner-mock: cannot listen on 127.0.0.1:{port}")


def test_in_python_the_port_is_named_too() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as mute,
        pytest.raises(PortTaken, match="is taken; --port 0") as taken,
    ):
        mock_server.MockServer(port=mute.getsockname()[1]).start()
    assert taken.value.host == "127.0.0.1"
