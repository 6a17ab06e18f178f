"""The house keeps its own rules: floors, sizes, names, light imports, nothing of one machine in the repository."""

from __future__ import annotations

import ast
import importlib
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import mock_server

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = sorted((ROOT / "mock_server").rglob("*.py"))
SOURCES = [*PACKAGE, *sorted((ROOT / "bench").rglob("*.py")), *sorted((ROOT / "tests").rglob("*.py"))]

FORBIDDEN_NAMES = {"utils", "util", "helpers", "helper", "common", "core", "manager", "service"}
LOCK_FILES = {"uv.lock", "poetry.lock", "pdm.lock", "Pipfile.lock", "pylock.toml", "package-lock.json", "yarn.lock"}
MACHINE = re.compile(r"(?<![\w.{}*-])/(?:work|root|home/\w+|Users/\w+|opt/pypi[\w-]*)/")
REGISTRY = re.compile(r"pypi\.org|pythonhosted\.org|npmjs\.(?:org|com)|deb\.debian\.org|proxy\.golang\.org")
HEAVY = ("aiohttp", "hypothesis", "jinja2", "orjson", "schemathesis", "starlette", "uvicorn", "yaml")


def shown(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def tree(path: Path) -> ast.Module:
    """Return a module as Python reads it."""
    return ast.parse(path.read_text("utf-8"))


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def kept_files() -> list[Path]:
    """Return the files that git keeps or would keep; the test is skipped where there is no git to ask."""
    if not (ROOT / ".git").exists() or shutil.which("git") is None:
        pytest.skip("not a git checkout")
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def test_no_module_is_longer_than_300_lines() -> None:
    lengths = {shown(path): len(path.read_text("utf-8").splitlines()) for path in SOURCES}
    assert {name: lines for name, lines in lengths.items() if lines > 300} == {}


def test_no_function_is_longer_than_40_lines() -> None:
    lengths = {
        f"{shown(path)}:{node.lineno} {node.name}": (node.end_lineno or 0) - node.lineno + 1
        for path in SOURCES
        for node in functions(path)
    }
    assert {name: lines for name, lines in lengths.items() if lines > 40} == {}


def test_no_file_folder_or_class_has_a_name_that_says_nothing() -> None:
    words = {shown(path): set(re.split(r"[/_.]", shown(path).lower())) for path in SOURCES}
    for path in PACKAGE:
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.ClassDef):
                words[f"{shown(path)} {node.name}"] = {word.lower() for word in re.findall(r"[A-Z][a-z]+", node.name)}
    assert {name: found for name, said in words.items() if (found := said & FORBIDDEN_NAMES)} == {}


def test_every_module_says_what_it_is_and_what_it_offers() -> None:
    silent = []
    for path in PACKAGE:
        names = {
            target.id
            for node in tree(path).body
            if isinstance(node, ast.Assign)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        if path.stem not in ("__init__", "__main__") and not (ast.get_docstring(tree(path)) and "__all__" in names):
            silent.append(shown(path))
    assert silent == []


def test_modules_import_only_downward() -> None:
    lint = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True, no_logo=True))"
    run = subprocess.run([sys.executable, "-c", lint], cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.parametrize("name", mock_server.__all__)
def test_every_public_name_is_there(name: str) -> None:
    assert getattr(mock_server, name) is not None
    assert name in dir(mock_server)


def test_an_unknown_name_of_the_package_is_an_attribute_error() -> None:
    name = "Nonsense"
    with pytest.raises(AttributeError, match="no attribute 'Nonsense'"):
        getattr(mock_server, name)


def test_importing_the_package_loads_nothing_heavy() -> None:
    probe = f"import sys, mock_server; print(*sorted(set(sys.modules) & set({HEAVY!r})))"
    run = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert run.stdout.split() == []


def test_every_module_can_be_imported() -> None:
    for path in PACKAGE:
        if path.stem != "__main__":
            parts = path.relative_to(ROOT).with_suffix("").parts
            importlib.import_module(".".join(part for part in parts if part != "__init__"))


def test_every_direct_dependency_is_pinned() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = [
        *project["dependencies"],
        *(line for extra in project["optional-dependencies"].values() for line in extra),
    ]
    names = {re.split(r"[^\w.-]", line)[0].lower().replace("_", "-") for line in wanted} - {"refiner-mock"}
    pins = [line for line in (ROOT / "constraints.txt").read_text("utf-8").splitlines() if not line.startswith("#")]
    assert names - {pin.split("==")[0].lower() for pin in pins} == set()
    assert [pin for pin in pins if not re.fullmatch(r"[\w.-]+==[\w.+!-]+", pin)] == []


def test_no_lock_file_is_kept() -> None:
    assert [shown(path) for path in kept_files() if path.name in LOCK_FILES] == []


def test_no_file_names_a_machine_or_a_package_registry() -> None:
    found = [
        f"{shown(path)}:{number} {line.strip()[:100]}"
        for path in kept_files()
        for number, line in enumerate(path.read_text("utf-8", errors="ignore").splitlines(), start=1)
        if MACHINE.search(line) or REGISTRY.search(line)
    ]
    assert found == []
