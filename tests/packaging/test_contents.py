"""What lies in the wheel and in the sdist: all that is needed, and nothing else."""

from __future__ import annotations

import subprocess
import tarfile
import tomllib
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest

from mock_server import __version__
from tests.packaging.conftest import ROOT, Published, build

IN_THE_WHEEL = {
    "mock_server": "mock_server",
    "contracts": "mock_server/_contracts",
    "fixtures": "mock_server/_fixtures",
}
"""Our folders, and where they lie in it."""


def files_below(folder: Path) -> set[str]:
    return {
        path.relative_to(ROOT).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def test_the_wheel_has_the_package_with_its_data_and_nothing_else(published: Published) -> None:
    expected = {
        name.replace(folder, place, 1) for folder, place in IN_THE_WHEEL.items() for name in files_below(ROOT / folder)
    }
    with zipfile.ZipFile(published.wheel) as wheel:
        inside = set(wheel.namelist())
    about = f"refiner_mock-{__version__}.dist-info"
    assert {name for name in inside if not name.startswith(about)} == expected
    assert {
        "mock_server/py.typed",
        "mock_server/cli/topics/quickstart.md",
        "mock_server/_contracts/refiner.yaml",
    } <= inside
    assert {name.removeprefix(f"{about}/") for name in inside - expected} == {
        "METADATA", "RECORD", "WHEEL", "entry_points.txt", "licenses/LICENSE",
    }  # fmt: skip


def test_the_wheel_says_what_the_project_says(published: Published) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    with zipfile.ZipFile(published.wheel) as wheel:
        said = Parser().parsestr(wheel.read(f"refiner_mock-{__version__}.dist-info/METADATA").decode())
        entries = wheel.read(f"refiner_mock-{__version__}.dist-info/entry_points.txt").decode()
    assert (said["Name"], said["Version"], said["Requires-Python"]) == ("refiner-mock", __version__, ">=3.11")
    needed = [line for line in said.get_all("Requires-Dist", []) if "extra ==" not in line]
    assert len(needed) == len(project["dependencies"])
    assert "refiner-mock = mock_server.cli:main" in entries
    assert "[pytest11]\nrefiner_mock = mock_server.pytest_plugin" in entries


def test_the_sdist_has_every_kept_file_and_nothing_else(published: Published) -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    kept = {name for name in listed if name and (ROOT / name).is_file()}
    with tarfile.open(published.sdist) as archive:
        inside = {name.partition("/")[2] for name in archive.getnames()}
    assert inside == {*kept, "PKG-INFO"}


def test_the_wheel_of_the_checkout_is_that_of_the_sdist(published: Published, tmp_path: Path) -> None:
    ours = build("wheel", ROOT, tmp_path)
    assert ours.name == published.wheel.name
    assert ours.read_bytes() == published.wheel.read_bytes()
