"""`refiner-mock serve`: run the server in this terminal until Ctrl-C or SIGTERM."""

from __future__ import annotations

import argparse
import gc
import json
import os
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from mock_server import __version__
from mock_server.cli.arguments import DONE, Verbs, chosen, pairs, seed, whole_number
from mock_server.cli.ready_file import ReadyFile
from mock_server.cli.taken import EVERYWHERE, callable_host, told
from mock_server.cli.wording import printable
from mock_server.errors import Invalid, UsageError

if TYPE_CHECKING:
    from mock_server.app import Rooms
    from mock_server.cli.console import Console
    from mock_server.settings import Settings

__all__ = ["register"]

SEED_VARIABLE = "REFINER_MOCK_SEED"
NEAR = (".internal", ".lan", ".local", ".localhost", ".test", ".home.arpa")
"""How names end that are of this machine or network."""


def register(verbs: Verbs) -> None:
    """Add the verb. What is not given comes from `REFINER_MOCK_*` variables, then from the defaults."""
    parser = verbs.add_parser("serve", help="run the server until Ctrl-C")
    where = parser.add_argument_group("where it listens")
    where.add_argument("--host", help="address (default: 127.0.0.1)")
    where.add_argument("--port", type=whole_number, help="0 takes a free one (default: 7334)")
    start = parser.add_argument_group("what the environment `default` starts with")
    start.add_argument("--seed", metavar="SEED", help="empty (default), demo, crowded, or the path of a JSON seed")
    start.add_argument("--api-key", metavar="UUID", help="its key (default: a random one)")
    start.add_argument("--any-key", action="store_true", default=None, help="every well-formed key opens it")
    start.add_argument("--posture", metavar="NAME", help="lenient (default) or strict")
    start.add_argument("--dialect", nargs="+", action="extend", default=[], metavar="KEY=VALUE", help="doubts settled")
    hook = parser.add_argument_group("a webhook from the start")
    hook.add_argument("--webhook", metavar="URL", help="where it goes")
    hook.add_argument("--webhook-token", metavar="TOKEN", help="sent as Authorization: Bearer TOKEN")
    hook.add_argument("--webhook-event", nargs="+", action="extend", metavar="EVENT", help="default: all five")
    hook.add_argument(
        "--allow-public-targets", action="store_true", default=None, help="let webhooks leave private networks"
    )
    words = parser.add_argument_group("what it says")
    words.add_argument("--ready-file", type=Path, metavar="PATH", help="written once it listens, removed when it stops")
    words.add_argument("--json", action="store_true", help="one JSON document per line, the first is the ready file's")
    words.add_argument("--quiet", action="store_true", help="no lines per request and webhook")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Serve and return 0 after a clean stop.

    Raises:
        UsageError: when a setting cannot be followed, the port is taken, or the ready file cannot be written.
    """
    if arguments.webhook is None and (arguments.webhook_token or arguments.webhook_event):
        raise UsageError("--webhook-token and --webhook-event describe a webhook; give its address with --webhook URL")
    gc.disable()  # until it serves: what is imported stays
    from mock_server.settings import Settings

    settings = Settings.from_environment(
        host=arguments.host,
        port=arguments.port,
        seed=seed(arguments.seed) or seed(os.environ.get(SEED_VARIABLE), SEED_VARIABLE),
        api_key=arguments.api_key,
        any_key=arguments.any_key,
        posture=arguments.posture,
        dialect=pairs(arguments.dialect, "--dialect") or None,
        allow_public_targets=arguments.allow_public_targets,
    )
    if arguments.webhook is not None:
        from mock_server.webhooks.subscriptions import EVENTS

        events = arguments.webhook_event or EVENTS
        arguments.webhook_event = [chosen(event, EVENTS, "--webhook-event") for event in events]
        _check_target(arguments.webhook, settings)
    with told():
        _Serving(arguments, settings).run()
    return DONE


class _Serving:
    """One run of the server."""

    def __init__(self, arguments: argparse.Namespace, settings: Settings) -> None:
        self._arguments = arguments
        self._settings = settings
        path: Path | None = arguments.ready_file
        self._ready_file = None if path is None else ReadyFile(path)
        self._console: Console | None = None

    def run(self) -> None:
        from mock_server.server import serve_forever

        if self._ready_file is not None:
            self._ready_file.clear()
        try:
            serve_forever(self._settings, on_ready=self._listening)
        finally:
            if self._console is not None:
                self._console.close()
            if self._ready_file is not None:
                self._ready_file.remove()

    def _listening(self, url: str, rooms: Rooms) -> None:
        environment = rooms.environments.get("default")
        if self._arguments.webhook is not None:
            self._subscribe(rooms)
        document = {
            "base_url": f"{url}/v1",
            "api_key": environment.api_key,
            "environment": environment.name,
            "project_uuid": environment.project_uuid,
            "control_url": f"{url}/_mock/api",
            "page_url": f"{url}/_mock/",
            "pid": os.getpid(),
            "version": __version__,
        }
        if rooms.settings.admin_token is not None:
            document["admin_token"] = rooms.settings.admin_token
        # Before the greeting: whoever reads that may look for the file.
        if self._ready_file is not None:
            self._ready_file.write(document)
        if self._arguments.json:
            print(json.dumps({"type": "ready", **document}), flush=True)
        else:
            print(_greeting(document, self._settings), flush=True)
        if not self._arguments.quiet:
            from mock_server.cli.console import Console
            from mock_server.control.masking import Mask

            mask = Mask(rooms.environments, rooms.settings)
            self._console = Console(sys.stdout, mask, machine=self._arguments.json)
            rooms.journal.listeners.append(self._console.request)
            rooms.engine.start_listeners.append(self._console.start)
            rooms.engine.listeners.append(self._console.attempt)

    def _subscribe(self, rooms: Rooms) -> None:
        wanted = {"name": "refiner-mock serve", "url": self._arguments.webhook}
        wanted["events"] = self._arguments.webhook_event
        wanted["auth_token"] = self._arguments.webhook_token
        try:
            rooms.engine.subscriptions(rooms.environments.get("default")).create(wanted)
        except Invalid as error:
            why = str(error).replace("The url field", "it")
            raise UsageError(f"--webhook {self._arguments.webhook!r:.200}: {why}") from None


def _check_target(url: str, settings: Settings) -> None:
    """Refuse a webhook to strangers, and warn of one that may be: what a name stands for is known when it is sent.

    Raises:
        UsageError: when the address is a public one, which needs an option.
    """
    from mock_server.webhooks.targets import is_far, is_near

    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return  # it is refused when it is registered
    if settings.allow_public_targets or is_near(host):
        return
    rule = "webhooks go to this machine and to private networks only"
    if is_far(host):
        raise UsageError(f"--webhook leads to {host}, but {rule}; --allow-public-targets lets them out")
    if "." in host and not host.endswith(NEAR):
        hint = f"if {printable(host)} is elsewhere, give --allow-public-targets"
        print(f"refiner-mock: warning: {rule}; {hint}", file=sys.stderr)


def _token_line(document: dict[str, Any]) -> str:
    token = document.get("admin_token")
    return "" if token is None else f"\n  token    {token} opens page and control ($REFINER_MOCK_ADMIN_TOKEN)"


def _greeting(document: dict[str, Any], settings: Settings) -> str:
    api, near = document["base_url"], ""
    if settings.host in EVERYWHERE:
        api = f"http://{callable_host(settings.host)}:{urlsplit(api).port}/v1"
        near = f", from this machine {api}"
    body = shlex.quote('{"id": "u-1", "email": "mira@example.org", "name": "Mira Holt"}')
    return f"""refiner-mock {document["version"]} listens; Ctrl-C stops it.

  API      {document["base_url"]}{near}
  key      {document["api_key"]}{" (any other well-formed one does, too)" if settings.any_key else ""}
  page     {document["page_url"]}
  control  {document["control_url"]}{_token_line(document)}

Try it:

  curl {api}/identify-user \\
    -H 'Authorization: Bearer {document["api_key"]}' \\
    -H 'Content-Type: application/json' \\
    -d {body}
"""
