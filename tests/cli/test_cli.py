"""The command as a whole: version, usage, exit codes, light imports."""

from __future__ import annotations

import subprocess
import sys

import pytest

import mock_server
from mock_server.cli import main
from tests.miniatures.running import command, run

HEAVY = {"aiohttp", "asyncio", "jsonschema_rs", "orjson", "starlette", "uvicorn", "yaml"}


def test_version_is_said() -> None:
    said = run("--version")
    assert (said.returncode, said.stdout) == (0, f"refiner-mock {mock_server.__version__}\n")


def test_without_a_verb_the_choices_are_listed() -> None:
    said = run()
    assert (said.returncode, said.stdout) == (3, "")
    for verb in (
        "serve", "demo", "trigger", "resend", "clock", "env", "replay", "ready", "doctor", "contract", "help"
    ):  # fmt: skip
        assert f"\n    {verb} " in said.stderr


@pytest.mark.parametrize(
    "line",
    [
        "nonsense",
        "--nonsense",
        "serve --port many",
        "serve --port 70000",
        "serve --posture cruel",
        "serve --api-key short",
        "serve --seed nonsense",
        "serve --dialect nonsense",
        "serve --web http://127.0.0.1:9/",
        "serve --webhook-token t",
        "trigger",
        "clock advance",
        "clock sideways",
        "env delete",
        "ready --wait -1",
        "ready --wait nan",
        "ready --url ftp://127.0.0.1",
        "ready --url http://127.0.0.1:x",
        "contract --format toml",
        "resend",
        "replay",
        "demo --port 70000",
        "help nonsense",
    ],
)
def test_wrong_usage_ends_with_3_and_one_line_that_says_why(line: str, capsys: pytest.CaptureFixture[str]) -> None:
    code = main(line.split())
    out, err = capsys.readouterr()
    assert (code, out) == (3, "")
    assert err.startswith("refiner-mock: ")
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize(
    "line",
    [
        "serve --nonsense",
        "serve --port 0 --webhook nonsense",
        "serve --port 0 --webhook http://127.0.0.1:9/ --webhook-event Nonsense",
    ],
)
def test_a_process_ends_with_that_code_too(line: str) -> None:
    said = run(*line.split())
    assert (said.returncode, said.stdout) == (3, "")
    assert said.stderr.startswith("refiner-mock: ")
    assert len(said.stderr.splitlines()) == 1


@pytest.mark.parametrize("variable", ["REFINER_MOCK_PORT", "REFINER_MOCK_ANY_KEY", "REFINER_MOCK_DELIVERY_TIMEOUT"])
def test_a_setting_from_the_environment_that_cannot_be_read_is_named(
    variable: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(variable, "nonsense")
    assert main(["serve"]) == 3
    assert variable in capsys.readouterr().err


@pytest.mark.parametrize(
    "line",
    [
        "trigger saw-survey",
        "resend whd-1",
        "clock",
        "clock advance 6h",
        "env",
        "env create",
        "env show",
        "ready",
        "replay req-000001",
    ],
)
def test_a_server_that_is_not_there_ends_with_2(line: str, capsys: pytest.CaptureFixture[str]) -> None:
    # Nothing listens on the discard port.
    assert main([*line.split(), "--url", "http://127.0.0.1:9"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "http://127.0.0.1:9" in err


@pytest.mark.parametrize("line", ["--version", "contract", "help", "help webhooks", "help limits"])
def test_small_verbs_import_nothing_heavy(line: str) -> None:
    probe = (
        "import atexit, sys; from mock_server.cli import main;"
        f"atexit.register(lambda: print(*sorted(set(sys.modules) & {HEAVY!r}), file=sys.stderr));"
        f"sys.exit(main({line.split()!r}))"
    )
    ran = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert ran.stderr.split() == []


def test_a_reader_that_has_seen_enough_is_no_error() -> None:
    with subprocess.Popen(command("contract"), stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait() == 0
