"""What a stranger does with the installed package: run by the Python of an empty environment, strictly typed."""

from __future__ import annotations

import json
import sys
import urllib.request
from pathlib import Path

import mock_server
from mock_server import MockServer, RemoteEnvironment


def identify(refiner: RemoteEnvironment, person: str) -> int:
    """Be a client of Refiner, and return the status that it got."""
    body = json.dumps({"id": person, "email": f"{person}@example.org"}).encode()
    head = {"Authorization": f"Bearer {refiner.api_key}", "Content-Type": "application/json"}
    request = urllib.request.Request(f"{refiner.base_url}/identify-user", body, head)
    with urllib.request.urlopen(request, timeout=10) as answer:
        status: int = answer.status
    return status


def main() -> None:
    """Serve, call, see the call judged and its webhook arrive."""
    with MockServer() as server, server.create_environment(seed="demo") as refiner:
        assert identify(refiner, "u-204") in (200, 202)
        refiner.assert_requested("identifyUser", times=1, id="u-204")
        inbox = refiner.inbox("Completed Survey")
        refiner.complete_survey("Product NPS", "u-204", nps=9)
        assert inbox.next().body["response"]["data"]["nps"] == "9"
        assert refiner.violations() == []
    sys.stdout.write(f"{Path(mock_server.__file__).parent}\n")


main()
