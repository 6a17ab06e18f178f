"""`refiner-mock env`: list, make, show and delete environments."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from mock_server.cli.arguments import DONE, Verbs, add_environment, environment_name, pairs, remote, seed

__all__ = ["register"]


def register(verbs: Verbs) -> None:
    """Add the verb; without a word after it, it lists."""
    parser = verbs.add_parser("env", help="list, create, show and delete environments")
    parser.set_defaults(run=_list)
    actions = parser.add_subparsers(title="actions", metavar="ACTION")
    listing = actions.add_parser("list", help="one line each (what happens without an action)")
    create = actions.add_parser("create", help="make one, with a key of its own")
    create.add_argument("name", nargs="?", metavar="NAME", help="default: the next free env-N")
    create.add_argument(
        "--seed", metavar="SEED", help="what is in it: empty (default), demo, crowded, or the path of a JSON seed"
    )
    create.add_argument("--posture", metavar="NAME", help="lenient (default) or strict")
    create.add_argument("--dialect", nargs="+", action="extend", default=[], metavar="KEY=VALUE", help="doubts settled")
    create.set_defaults(run=_create)
    show = actions.add_parser("show", help="print one")
    show.add_argument("name", nargs="?", metavar="NAME", help="default: the one that --env names")
    show.set_defaults(run=_show)
    delete = actions.add_parser("delete", help="delete one with everything in it")
    delete.add_argument("name", metavar="NAME")
    delete.set_defaults(run=_delete)
    for one in (parser, listing, create, show, delete):
        add_environment(one)
        one.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="print JSON")


def _list(arguments: argparse.Namespace) -> int:
    with remote(arguments) as server:
        found = server.environments()
    if "json" in arguments:
        print(json.dumps(found, indent=2))
        return DONE
    width = max((len(one["name"]) for one in found), default=0)
    for one in found:
        print(f"{one['name']:{width}}  {one['api_key']}  {one['base_url']}")
    return DONE


def _create(arguments: argparse.Namespace) -> int:
    dialect = pairs(arguments.dialect, "--dialect") or None
    with remote(arguments) as server:
        made = server.create_environment(
            arguments.name, seed=seed(arguments.seed), posture=arguments.posture, dialect=dialect
        )
    shown = {name: getattr(made, name) for name in ("name", "project_uuid", "api_key", "base_url")}
    _print(shown, machine="json" in arguments)
    return DONE


def _show(arguments: argparse.Namespace) -> int:
    name = arguments.name if arguments.name is not None else environment_name(arguments)
    with remote(arguments) as server:
        path = f"/environments/{quote(name, safe='')}"
        shown, doubts = server.get(path), server.get(f"{path}/settings")["dialect"]
    if "json" not in arguments:
        changed = [f"{key}={doubt['choice']}" for key, doubt in doubts.items() if doubt["choice"] != doubt["default"]]
        shown["dialect"] = " ".join(changed) or "the default of everything (refiner-mock help dialects)"
    _print(shown, machine="json" in arguments)
    return DONE


def _delete(arguments: argparse.Namespace) -> int:
    with remote(arguments) as server:
        server.delete(f"/environments/{quote(arguments.name, safe='')}")
    print(f"deleted {arguments.name}")
    return DONE


def _print(document: Mapping[str, Any], *, machine: bool) -> None:
    if machine:
        print(json.dumps(document, indent=2))
        return
    width = max(map(len, document))
    for name, value in document.items():
        print(f"{name:{width}}  {value if isinstance(value, str) else json.dumps(value)}")
