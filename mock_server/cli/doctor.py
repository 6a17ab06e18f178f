"""`refiner-mock doctor`: why does it not work? One line per check, with a remedy."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from mock_server.cli.arguments import BROKEN, COULD_NOT, DONE, Verbs, add_url, server_url, whole_number
from mock_server.cli.wording import Paint
from mock_server.errors import UsageError

if TYPE_CHECKING:
    from mock_server.cli.checkup import Finding

__all__ = ["register"]

COLOURS = {"ok": "green", "problem": "red", "down": "yellow"}


def register(verbs: Verbs) -> None:
    """Add the verb."""
    parser = verbs.add_parser("doctor", help="what is wrong, and what helps: port, server, key, receiver")
    parser.add_argument("--port", type=whole_number, help="is it free? (default: that of the server)")
    parser.add_argument("--api-key", metavar="K", help="has it the right shape, and does the server know it?")
    parser.add_argument(
        "--receiver", metavar="URL", help="may webhooks go there, and does it answer? (one GET is sent)"
    )
    parser.add_argument("--token", metavar="T", help="sent to the receiver as Authorization: Bearer T")
    parser.add_argument("--json", action="store_true", help="print the findings as JSON")
    add_url(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print what was found and return 0 if all is well, 1 for a problem, 2 if only something does not answer."""
    findings = _findings(arguments)
    found = {finding.status for finding in findings}
    code = BROKEN if "problem" in found else COULD_NOT if "down" in found else DONE
    if arguments.json:
        print(json.dumps({"ok": code == DONE, "checks": [asdict(finding) for finding in findings]}, indent=2))
        return code
    paint = Paint(sys.stdout)
    for finding in findings:
        remedy = f". Remedy: {finding.remedy}" if finding.remedy else ""
        print(f"{paint(f'{finding.status:7}', COLOURS[finding.status])}  {finding.check}: {finding.finding}{remedy}")
    return code


def _findings(arguments: argparse.Namespace) -> list[Finding]:
    from mock_server.cli import checkup

    url = server_url(arguments)
    if arguments.receiver is not None:
        _check_address(arguments.receiver)
    elif arguments.token is not None:
        raise UsageError("--token is for a receiver; give its address with --receiver URL")
    server = checkup.check_server(url)
    port = _port(arguments.port, url)
    findings = [checkup.check_versions(), checkup.check_contract()]
    if port is not None:
        findings.append(checkup.check_port(port))
    findings.append(server)
    if arguments.api_key is not None:
        findings.append(checkup.check_key(arguments.api_key, None if server.status != "ok" else url))
    if arguments.receiver is not None:
        findings += checkup.check_receiver(arguments.receiver, arguments.token)
    return findings


def _port(given: int | None, url: str) -> int | None:
    """Return the port to look at; None where the server is on another machine."""
    if given is None:
        parts = urlsplit(url)
        return parts.port or 80 if parts.hostname in ("127.0.0.1", "localhost") else None
    if not 1 <= given <= 65_535:
        raise UsageError(f"--port is {given}; give 1 to 65535")
    return given


def _check_address(url: str) -> None:
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        good = False
    if not good:
        raise UsageError(f"--receiver is {url!r}; give an address like http://127.0.0.1:9000/hook")
