"""`refiner-mock demo`: a server, a receiver of its webhooks, and a minute of traffic that is told as it happens."""

from __future__ import annotations

import argparse
import contextlib
import shlex
import signal
import sys
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING

from mock_server import __version__
from mock_server.cli.arguments import DEFAULT_URL, DONE, Verbs, whole_number
from mock_server.cli.taken import told

if TYPE_CHECKING:
    from mock_server.server import MockServer

__all__ = ["register"]

PAUSE = 3.0
"""Seconds between two steps."""
TOKEN = "s3cret"  # noqa: S105 - of a receiver that lives as long as the demo
"""What the sample receiver wants."""


def register(verbs: Verbs) -> None:
    """Add the verb."""
    parser = verbs.add_parser("demo", help="see it all in half a minute: a server, a receiver, some traffic")
    parser.add_argument("--port", type=whole_number, help="of the server; 0 takes a free one (default: 7334)")
    parser.add_argument("--fast", action="store_true", help="no pauses between the steps")
    parser.add_argument("--no-serve", action="store_true", help="end after the last step instead of serving on")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Tell the story, serve on until Ctrl-C or SIGTERM, and return 0.

    Raises:
        UsageError: when the port is taken.
        CannotRun: when no port is left for the sample receiver.
    """
    from mock_server.cli.sample_receiver import SampleReceiver
    from mock_server.cli.story import Story
    from mock_server.server import MockServer
    from mock_server.settings import Settings

    server = MockServer(Settings.from_environment(port=arguments.port, seed="demo"))
    with _terminable(), SampleReceiver(TOKEN) as receiver, told(), server:
        environment = server.remote.environment()
        print(_opening(server.url, environment.api_key, receiver.url))
        completed = Story(environment, receiver, TOKEN, 0.0 if arguments.fast else PAUSE).tell()
        if arguments.no_serve:
            print("\nThat was all. The server is gone; refiner-mock serve --seed demo starts one that stays.")
            return DONE
        with contextlib.suppress(KeyboardInterrupt):
            _serve_on(server, _ending(server.url, environment.api_key, completed))
    return DONE


def _serve_on(server: MockServer, ending: str) -> None:
    """Say the last words, and show every call and webhook until somebody ends it."""
    from mock_server.cli.console import Console
    from mock_server.control.masking import Mask

    console = Console(sys.stdout, Mask(server.rooms.environments, server.settings), machine=False)
    server.rooms.journal.listeners.append(console.request)
    server.rooms.engine.start_listeners.append(console.start)
    server.rooms.engine.listeners.append(console.attempt)
    print(ending, flush=True)  # now that nothing which a quick reader tries is missed
    try:
        threading.Event().wait()
    finally:
        server.stop()
        console.close()


@contextlib.contextmanager
def _terminable() -> Iterator[None]:
    """Let SIGTERM end the block as Ctrl-C does."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _opening(url: str, key: str, receiver: str) -> str:
    return f"""refiner-mock {__version__}: a pretend Refiner, with invented contacts, surveys and segments in it.

  page      {url}/_mock/ shows all that follows as it happens
  API       {url}/v1
  key       {key}
  receiver  {receiver} wants the token {TOKEN}; it is part of this demo and stands for yours"""


def _ending(url: str, key: str, delivery: str) -> str:
    bearer = shlex.quote(f"Authorization: Bearer {key}")
    again = shlex.quote('{"event": "Completed Survey", "contact": {"id": "u-204"}, "data": {"nps": 3}}')
    named = "" if url == DEFAULT_URL else f"\n  export REFINER_MOCK_URL={url}\n"
    return f"""
That was all. The server goes on until Ctrl-C, and every call and webhook is shown below.

  API       {url}/v1
  key       {key}
  page      {url}/_mock/

Try next, in another terminal:
{named}
  # Who is Noor now?
  curl '{url}/v1/contact?id=u-204' -H {bearer}

  # Report what she does
  curl {url}/v1/track-event -H {bearer} -d id=u-204 -d 'event=Report exported'

  # She completes the survey again: a webhook goes out
  curl {url}/_mock/api/environments/default/simulate -d {again}

  # Send a webhook again without its token: a good receiver answers 401
  refiner-mock resend {delivery} --mutation no_token

  # Your own receiver instead of the demo's
  refiner-mock serve --seed demo --port 0 --webhook http://127.0.0.1:3000/hook --webhook-token {TOKEN}

  # What else there is
  refiner-mock help
"""
