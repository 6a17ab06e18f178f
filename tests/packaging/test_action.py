"""The GitHub Action: its scripts, run as a runner runs them, with files of GitHub's that are ours."""

from __future__ import annotations

import os
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest
import yaml

from tests.miniatures.running import surroundings
from tests.packaging.conftest import ROOT, Published

ACTION = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
STEPS = ACTION["runs"]["steps"]
FILES = ("GITHUB_ENV", "GITHUB_OUTPUT", "GITHUB_PATH", "GITHUB_STEP_SUMMARY")


class Runner:
    """One job: what its steps write to GitHub's files holds for those that follow. Its folders' names have blanks."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.variables = {name: str(folder / name) for name in FILES}
        action = folder / "the action"
        action.symlink_to(ROOT)
        self.variables |= {"RUNNER_TEMP": str(folder), "GITHUB_ACTION_PATH": str(action)}
        self.variables["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        for name in FILES:
            (folder / name).touch()

    def step(self, number: int, **inputs: str) -> subprocess.CompletedProcess[str]:
        """Run one step of action.yml; `inputs` are its variables."""
        step = STEPS[number]
        assert step["shell"] == "bash"
        assert set(inputs) <= set(step.get("env", {}))
        done = subprocess.run(
            ["bash", "-e", "-o", "pipefail", "-c", step["run"]],
            env=surroundings({**self.variables, **inputs}),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        self.variables |= dict(line.split("=", 1) for line in self.read("GITHUB_ENV").splitlines())
        return done

    def read(self, name: str) -> str:
        return (self.folder / name).read_text("utf-8")


def calling(path: str) -> str:
    """Return commands that call the server as the job's own tests would."""
    program = f"import os, urllib.request as r; r.urlopen(os.environ['REFINER_BASE_URL'] + '{path}', timeout=10)"
    return f'{sys.executable} -c "{program}"'


INSTALL, SERVE, RUN, CHECK = range(4)


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    folder = tmp_path / "a runner"
    folder.mkdir()
    return Runner(folder)


def test_what_keeps_the_contract_passes_and_the_server_is_gone(runner: Runner) -> None:
    served = runner.step(SERVE, SEED="demo", DIALECT="page-length=100 webhook-retries=none")
    assert served.returncode == 0, served.stdout + served.stderr
    assert runner.read("GITHUB_OUTPUT").splitlines()[0] == f"base-url={runner.variables['REFINER_BASE_URL']}"
    key = runner.variables["REFINER_API_KEY"]
    asked = runner.step(RUN, COMMANDS=calling(f"/account?api_key={key}"))
    assert asked.returncode == 0, asked.stderr

    judged = runner.step(CHECK, REQUIRE="getAccount")
    assert judged.returncode == 0, judged.stdout + judged.stderr
    assert "getAccount" in runner.read("GITHUB_STEP_SUMMARY")
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(runner.variables["REFINER_MOCK_URL"], timeout=5)


def test_what_breaks_the_contract_fails_with_an_annotation(runner: Runner) -> None:
    assert runner.step(SERVE).returncode == 0
    key = runner.variables["REFINER_API_KEY"]
    assert runner.step(RUN, COMMANDS=calling(f"/responses?survey_uuid=x&api_key={key}")).returncode == 0

    judged = runner.step(CHECK, REQUIRE="listResponses, Completed Survey")
    assert judged.returncode == 1
    assert "::error" in judged.stdout
    assert "survey_uuid" in judged.stdout
    assert "Completed Survey" in judged.stdout


def test_a_run_without_a_call_is_no_pass(runner: Runner) -> None:
    assert runner.step(SERVE).returncode == 0
    assert runner.step(CHECK).returncode == 2


def test_a_server_that_cannot_start_says_why(runner: Runner) -> None:
    refused = runner.step(SERVE, SEED="nonsense")
    assert refused.returncode == 2
    assert "::error::refiner-mock did not start" in refused.stdout
    assert "nonsense" in refused.stdout


def test_a_python_that_is_too_old_is_refused(runner: Runner) -> None:
    old = runner.folder / "old"
    old.mkdir()
    (old / "python3").write_text("#!/bin/sh\nexit 1\n", "utf-8")
    (old / "python3").chmod(0o755)
    runner.variables["PATH"] = os.pathsep.join([str(old), runner.variables["PATH"]])
    refused = runner.step(INSTALL)
    assert refused.returncode == 2
    assert "3.11" in refused.stdout


def test_the_installation_brings_one_command_and_nothing_else(runner: Runner, published: Published) -> None:
    runner.variables |= {"PIP_NO_DEPS": "1", "PIP_NO_COMPILE": "1"}  # test_installed.py has them all installed
    installed = runner.step(INSTALL, PACKAGE=str(published.wheel))
    assert installed.returncode == 0, installed.stdout + installed.stderr
    folder = Path(runner.read("GITHUB_PATH").strip())
    assert [path.name for path in folder.iterdir()] == ["refiner-mock"]
    said = subprocess.run([folder / "refiner-mock", "--version"], capture_output=True, text=True, check=True)
    assert said.stdout.startswith("refiner-mock ")


def test_every_input_is_used_and_every_variable_is_an_input() -> None:
    used = {name for step in STEPS for name in ACTION["inputs"] if f"inputs.{name}" in f"{step}"}
    assert used == set(ACTION["inputs"])
    for step in STEPS:
        assert "${{" not in step["run"], "what users give must not become a script by being pasted into one"
