"""`refiner-mock contract`: print what we know of Refiner's API, as OpenAPI 3.1, or another file of `contracts/`."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from mock_server.cli.arguments import DONE, Verbs
from mock_server.errors import UsageError
from mock_server.resources import contract_path
from mock_server.spelling import advice

__all__ = ["register"]


def register(verbs: Verbs) -> None:
    """Add the verb."""
    parser = verbs.add_parser("contract", help="print the OpenAPI contract, with the evidence of every part")
    parser.add_argument(
        "file", nargs="?", metavar="FILE", help="another file of contracts/, such as adapter.schema.json"
    )
    parser.add_argument("--format", choices=("yaml", "json"), default="yaml", help="of the contract (default: yaml)")
    parser.add_argument("--path", action="store_true", help="print only where the file lies")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the file as it is, comments included, or the contract as JSON, and return 0.

    Raises:
        UsageError: when there is no such file; the message lists those beside it.
    """
    path = _path(arguments.file or f"refiner.{arguments.format}")
    if arguments.path:
        text = f"{path}\n"
    elif arguments.file is None and arguments.format == "json":
        from mock_server.contract.document import load

        text = json.dumps(load().document, indent=2, ensure_ascii=False) + "\n"
    else:
        text = path.read_text("utf-8")
    sys.stdout.write(text)
    return DONE


def _path(name: str) -> Path:
    folder = contract_path("refiner.yaml").parent
    files = sorted(file.relative_to(folder).as_posix() for file in folder.rglob("*.*") if file.is_file())
    if name not in files:
        raise UsageError(f"there is no {name!r} in contracts/; {advice(name, files)}")
    return folder / name
