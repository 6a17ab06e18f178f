"""The Containerfile: it is built where something can build it, and holds together where nothing can."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.miniatures.running import serving, surroundings
from tests.packaging.conftest import ROOT

TEXT = (ROOT / "Containerfile").read_text("utf-8")


def last(instruction: str) -> list[str]:
    """Return the words of the last instruction of that kind, given as JSON."""
    words: list[str] = json.loads(re.findall(rf"^{instruction} (\[.*\])$", TEXT, re.MULTILINE)[-1])
    return words


def test_everything_that_it_copies_exists() -> None:
    lines = re.findall(r"^COPY (?!--from)(.*)$", TEXT, re.MULTILINE)
    copied = [name for line in lines for name in line.split()[:-1]]
    assert "mock_server" in copied
    assert [name for name in copied if not (ROOT / name).exists()] == []


def test_it_does_not_run_as_root() -> None:
    assert int(re.findall(r"^USER (\d+)$", TEXT, re.MULTILINE)[-1]) > 0


def test_what_it_starts_serves_and_is_found_healthy_while_it_does(tmp_path: Path) -> None:
    assert last("ENTRYPOINT") == ["refiner-mock"]
    verb, *options = last("CMD")
    assert verb == "serve"
    variables = dict(word.split("=") for word in re.findall(r"^ENV (.*)$", TEXT, re.MULTILINE)[0].split())
    with serving(tmp_path, *options, **variables) as served:
        _, port = served.ready["base_url"].removesuffix("/v1").rsplit(":", 1)
        python, option, program = last("HEALTHCHECK CMD")
        assert (python, option) == ("python", "-c")
        assert "REFINER_MOCK_PORT" in variables
        environ = surroundings({"REFINER_MOCK_PORT": port})
        check = [sys.executable, option, program]
        assert subprocess.run(check, env=environ, check=False).returncode == 0
    assert subprocess.run(check, env=environ, check=False, capture_output=True).returncode == 1


@pytest.mark.timeout(900)
def test_it_can_be_built() -> None:
    builder = shutil.which("buildah") or shutil.which("podman")
    if builder is None:
        pytest.skip("neither buildah nor podman is installed")
    for image in set(re.findall(r"^FROM (\S+)", TEXT, re.MULTILINE)):
        had = subprocess.run([builder, "pull", image], capture_output=True, text=True, check=False)
        if had.returncode:
            pytest.skip(f"{image} cannot be had: {had.stderr.strip()[-200:]}")
    # As root in a container there is nothing to isolate with; buildah can do without.
    options = ["--isolation", "chroot"] if builder.endswith("buildah") else []
    subprocess.run([builder, "build", *options, "--tag", "refiner-mock-test", "."], cwd=ROOT, check=True, timeout=800)
