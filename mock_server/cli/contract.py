"""`refiner-mock contract`: print what we know of Refiner's API, as OpenAPI 3.1."""

from __future__ import annotations

import argparse
import json
import sys

from mock_server.cli.arguments import DONE, Verbs
from mock_server.resources import contract_path

__all__ = ["register"]


def register(verbs: Verbs) -> None:
    """Add the verb."""
    parser = verbs.add_parser("contract", help="print the OpenAPI contract, with the evidence of every part")
    parser.add_argument("--format", choices=("yaml", "json"), default="yaml", help="default: yaml")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the contract and return 0; the YAML is the file itself, comments included."""
    if arguments.format == "yaml":
        text = contract_path("refiner.yaml").read_text("utf-8")
    else:
        from mock_server.contract.document import load

        text = json.dumps(load().document, indent=2, ensure_ascii=False) + "\n"
    sys.stdout.write(text)
    return DONE
