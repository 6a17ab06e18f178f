"""The wheel works in an empty environment of each Python that we promise, with no source in sight."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from mock_server.cli.help import ORDER
from tests.miniatures.running import surroundings
from tests.packaging.conftest import ROOT, Published

OURS = f"{sys.version_info.major}.{sys.version_info.minor}"
PROMISED = ("3.11", "3.12", "3.13")
LEADING_BACK = ("PYTHONPATH", "VIRTUAL_ENV", "PYTHONDONTWRITEBYTECODE")
"""Variables that an empty environment does not have; without bytecode every start would compile all anew."""


def interpreter(version: str) -> str:
    """Return a Python of that version, ours, on the PATH or pyenv's; the test is skipped where there is none."""
    if version == OURS:
        return sys.executable
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    found = [shutil.which(f"python{version}"), *map(str, pyenv.glob(f"{version}.*/bin/python"))]
    for python in filter(None, found):
        # pyenv's shims are on the PATH even for versions that are not switched on.
        if subprocess.run([python, "-c", "import venv"], capture_output=True, check=False).returncode == 0:
            return python
    pytest.skip(f"there is no Python {version} here")


class Place:
    """An empty environment, and a folder elsewhere in which its programs are run."""

    def __init__(self, folder: Path, python: str) -> None:
        self.folder = folder
        self.bin = folder / "venv" / "bin"
        # Without a pip of its own, and with nothing compiled that is not used, it takes a third of the time.
        subprocess.run([python, "-m", "venv", "--without-pip", folder / "venv"], check=True, timeout=60)

    def install(self, wheel: Path) -> None:
        """Install a wheel with all that it needs, in the versions that are tested together."""
        python = str(self.bin / "python")
        installer = [sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-compile"]
        if shutil.which("uv"):
            installer = ["uv", "pip", "install", "--quiet", "--python", python]
        words = [*installer, "--constraint", str(ROOT / "constraints.txt"), str(wheel)]
        subprocess.run(words, cwd=self.folder, check=True, capture_output=True, timeout=300)

    def run(self, program: str, *words: str | Path) -> str:
        """Run one of its programs and return what it said."""
        environ = surroundings({"PATH": os.pathsep.join([str(self.bin), os.environ["PATH"]])})
        kept = {name: value for name, value in environ.items() if name not in LEADING_BACK}
        done = subprocess.run(
            [self.bin / program, *words],
            cwd=self.folder,
            env=kept,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@pytest.mark.timeout(600)
@pytest.mark.parametrize("version", sorted({*PROMISED, OURS}))
def test_a_stranger_can_use_the_wheel(version: str, published: Published, tmp_path: Path) -> None:
    place = Place(tmp_path, interpreter(version))
    place.install(published.wheel)
    shutil.copy(Path(__file__).with_name("stranger.py"), tmp_path)

    assert Path(place.run("python", "-W", "error", "stranger.py").strip()).is_relative_to(tmp_path)
    topics = (
        "from mock_server.cli import main; import sys; sys.exit(max(main(['help', each]) for each in sys.argv[1:]))"
    )
    assert place.run("python", "-c", topics, *ORDER).count("\n# ") >= len(ORDER) - 1
    assert json.loads(place.run("refiner-mock", "contract", "adapter.schema.json"))["$defs"]
    told = json.loads(place.run("refiner-mock", "exec", "--report", "json", "--", "python", "-c", CLIENT))
    assert (told["verdict"], told["judged"]) == ("kept", 1)
    if version == OURS:
        types_are_told(place)


CLIENT = """\
import os, urllib.request
url = os.environ["REFINER_BASE_URL"] + "/account?api_key=" + os.environ["REFINER_API_KEY"]
urllib.request.urlopen(url, timeout=10).read()
"""


def types_are_told(place: Place) -> None:
    """See that mypy, strict, takes the program, and that it knows what it speaks of: a wrong use is the only error."""
    wrong = place.folder / "wrong.py"
    wrong.write_text("from mock_server import MockServer\n\nMockServer().create_environment(seed=7)\n", "utf-8")
    words = ["-m", "mypy", "--strict", "--no-incremental", "--python-executable", str(place.bin / "python")]
    done = subprocess.run(
        [sys.executable, *words, "stranger.py", wrong.name],
        cwd=place.folder,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    (error, _) = done.stdout.splitlines()
    assert error.startswith('wrong.py:3: error: Argument "seed" to "create_environment"'), done.stdout
