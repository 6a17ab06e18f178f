"""What we publish, built once per process as a stranger would build it: the sdist, and from the sdist the wheel."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Published:
    """The two files, and the folder names that they begin with."""

    sdist: Path
    wheel: Path


def build(kind: str, source: Path, to: Path) -> Path:
    """Build `sdist` or `wheel` of a source folder and return the one file that came of it."""
    words = [sys.executable, "-m", "hatchling", "build", "--target", kind, "--directory", str(to / kind)]
    subprocess.run(words, cwd=source, check=True, capture_output=True, timeout=60)
    (built,) = (to / kind).iterdir()
    return built


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Published:
    """Both, with nothing left of the source that the wheel was built from."""
    folder = tmp_path_factory.mktemp("published")
    sdist = build("sdist", ROOT, folder)
    with tarfile.open(sdist) as archive:
        archive.extractall(folder / "source", filter="data")
    (source,) = (folder / "source").iterdir()
    wheel = build("wheel", source, folder)
    shutil.rmtree(folder / "source")
    return Published(sdist, wheel)
