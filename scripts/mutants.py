#!/usr/bin/env python3
"""Break the code in one place at a time and see whether the tests notice: prints the kill rate of each room.

Usage: mutants.py [--number 60] [--seed 1] [--seconds 1800] [ROOM ...]     (rooms: state wire contract)

A copy of the checkout is broken, never the checkout. The tests are those of the room and of the mirrored API, without
the slow ones, those of the broken module first; a mutant that makes them hang counts as noticed. Each is printed
with its line.
"""

from __future__ import annotations

import argparse
import ast
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("state", "wire", "contract")
PARTS = ("bench", "contracts", "fixtures", "mock_server", "tests", "pyproject.toml", "README.md")
SLOW = ("test_machine", "test_schemathesis", "test_schemathesis_links", "test_honest_clients", "test_walk")
COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}


def changes(tree: ast.Module) -> Iterator[tuple[int, str, Callable[[], None]]]:
    """Yield line, name and doing of every change that can be made to a module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare) and type(node.ops[0]) in COMPARISONS:
            yield node.lineno, "comparison", partial(_compare, node)
        elif isinstance(node, ast.BoolOp):
            yield node.lineno, "and/or", partial(_swap, node)
        elif isinstance(node, ast.If | ast.IfExp | ast.While):
            yield node.lineno, "condition", partial(_negate, node)
        elif isinstance(node, ast.Constant) and type(node.value) in (int, bool):
            yield node.lineno, "constant", partial(_other, node)
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub):
            yield node.lineno, "plus/minus", partial(_turn, node)
        elif isinstance(node, ast.Return) and node.value is not None and ast.unparse(node.value) != "None":
            yield node.lineno, "return None", partial(_nothing, node)


def _compare(node: ast.Compare) -> None:
    node.ops[0] = COMPARISONS[type(node.ops[0])]()


def _swap(node: ast.BoolOp) -> None:
    node.op = ast.Or() if isinstance(node.op, ast.And) else ast.And()


def _negate(node: ast.If | ast.IfExp | ast.While) -> None:
    node.test = ast.UnaryOp(ast.Not(), node.test)


def _other(node: ast.Constant) -> None:
    node.value = not node.value if isinstance(node.value, bool) else int(str(node.value)) + 1


def _turn(node: ast.BinOp) -> None:
    node.op = ast.Sub() if isinstance(node.op, ast.Add) else ast.Add()


def _nothing(node: ast.Return) -> None:
    node.value = ast.Constant(None)


def noticed(copy: Path, room: str, seconds: float, module: str = "") -> bool:
    """Run the tests of a room in the copy; return whether one failed, or they did not end in time."""
    nearest = [str(file) for file in sorted((copy / "tests" / room).rglob(f"test_{module}.py"))]
    words = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-n", "0", "--timeout", "30"]
    words += [*nearest, f"tests/{room}", "tests/fidelity", "tests/api"]
    words += [f"--ignore=tests/api/{name}.py" for name in SLOW]
    given = {**os.environ, "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        done = subprocess.run(words, cwd=copy, env=given, capture_output=True, timeout=seconds, check=False)  # noqa: S603
    except subprocess.TimeoutExpired:
        return True
    return done.returncode != 0


def places(copy: Path, room: str, dice: random.Random) -> list[tuple[Path, int]]:
    """Return file and number of every change that can be made in a room, shuffled."""
    files = sorted((copy / "mock_server" / room).rglob("*.py"))
    found = [(file, rank) for file in files for rank, _ in enumerate(changes(ast.parse(file.read_text("utf-8"))))]
    dice.shuffle(found)
    return found


def tried(copy: Path, room: str, place: tuple[Path, int], patience: float) -> bool:
    """Make one change, run the tests, take it back; print how it ended. Return whether it was noticed."""
    file, wanted = place
    source = file.read_text("utf-8")
    tree = ast.parse(source)
    line, name, change = list(changes(tree))[wanted]
    change()
    file.write_text(ast.unparse(ast.fix_missing_locations(tree)), "utf-8")
    try:
        killed = noticed(copy, room, patience, file.stem)
    finally:
        file.write_text(source, "utf-8")
    end = "killed" if killed else "survived"
    print(f"{end}: {file.relative_to(copy)}:{line} ({name}): {source.splitlines()[line - 1].strip()}", flush=True)
    return killed


def main() -> int:
    """Run the mutants and print the rates; 2 where the tests fail without any."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("rooms", nargs="*", default=ROOMS)
    parser.add_argument("--number", type=int, default=60, help="mutants of each room")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=1_800, help="after which no further one is tried")
    given = parser.parse_args()
    end, dice = time.monotonic() + given.seconds, random.Random(given.seed)
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        for part in PARTS:
            source = ROOT / part
            shutil.copytree(source, copy / part) if source.is_dir() else shutil.copy(source, copy / part)
        for room in given.rooms:
            began = time.monotonic()
            if noticed(copy, room, 600):
                print(f"{room}: its tests fail unbroken")
                return 2
            patience = 3 * (time.monotonic() - began) + 10
            results = []
            for place in places(copy, room, dice)[: given.number]:
                if time.monotonic() > end:
                    break
                results.append(tried(copy, room, place, patience))
            rate = 100 * sum(results) / max(1, len(results))
            print(f"{room}: {sum(results)} of {len(results)} mutants killed ({rate:.0f} %)", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
