"""Where in `contracts/refiner.yaml` a fact stands, for people who want to read it there.

The file is read again for that, which takes some 50 ms; so it happens with the first broken rule, never before.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from mock_server.resources import contract_path

__all__ = ["line_of"]


def line_of(pointer: str) -> int:
    """Return the line, from 1, at which a pointer (`#/paths/~1contacts/get`) leads into the file.

    What is not there, because a dialect has put it into the contract or because it is wrong, has the line of its
    nearest ancestor that is; the file itself begins with line 1.
    """
    lines = _lines()
    while pointer not in lines and pointer:
        pointer = pointer.rpartition("/")[0]
    return lines.get(pointer, 1)


@cache
def _lines() -> Mapping[str, int]:
    import yaml  # 30 ms to import: only for those who need it

    text = contract_path("refiner.yaml").read_bytes()
    root = yaml.compose(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return dict(_walk(root, "#"))


def _walk(node: Any, place: str) -> Iterator[tuple[str, int]]:
    """Yield pointer and line of everything inside a YAML node."""
    if node.id == "mapping":
        parts = [(key.value.replace("~", "~0").replace("/", "~1"), key, value) for key, value in node.value]
    elif node.id == "sequence":
        parts = [(str(index), value, value) for index, value in enumerate(node.value)]
    else:
        return
    for name, mark, value in parts:
        yield f"{place}/{name}", mark.start_mark.line + 1
        yield from _walk(value, f"{place}/{name}")
