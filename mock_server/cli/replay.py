"""`refiner-mock replay`: make a call of the journal once more, and show what is different now."""

from __future__ import annotations

import argparse
import base64
import itertools
import json
import sys
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from mock_server.cli.arguments import DONE, Verbs, add_url, remote
from mock_server.cli.wording import Paint, printable
from mock_server.errors import UsageError

__all__ = ["register"]

MOST_LINES = 20
"""Differences that are shown to a person."""
WIDEST = 70
"""Characters that are shown of one value."""

Difference = tuple[str, Any, Any]
_ABSENT = object()


def register(verbs: Verbs) -> None:
    """Add the verb."""
    parser = verbs.add_parser("replay", help="make a journaled call once more and compare the answers")
    parser.add_argument("id", metavar="REQUEST-ID", help="the Refiner-Mock-Request-Id of an answer, such as req-000017")
    parser.add_argument("--json", action="store_true", help="print what came of it as JSON")
    add_url(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Send it to the environment it went to, with that one's key, print what is different and return 0.

    Raises:
        UsageError: when there is no such call, or not enough of it was kept.
    """
    from mock_server.cli.calls import call
    from mock_server.wire.credentials import masked_keys

    with remote(arguments) as server:
        before = server.get(f"/requests/{quote(arguments.id, safe='')}")
        if before["request"]["not_replayable"]:
            raise UsageError(f"{arguments.id} cannot be replayed: {before['request']['not_replayable']}")
        if before["environment"] is None:
            raise UsageError(f"{arguments.id} cannot be replayed: no environment knew its key, so it went to none")
        key = server.environment(before["environment"]).api_key
        target, headers, body = _request(before, key)
        reply = call(server.url, before["method"], target, headers, body or None)
    # What was kept is shown with short keys, so what came now is compared with short keys, too.
    after = _value(masked_keys(reply.body, key.__eq__))
    differences = None if _is_cut(before["answer"]) else [*_differences(before["answer"]["body"], after)]
    if arguments.json:
        print(json.dumps(_record(before, reply.status, reply.request_id, differences), indent=2))
        return DONE
    print(f"{before['method']} {printable(before['path'])} again, with the key of environment {before['environment']}")
    changed = "as before" if reply.status == before["status"] else f"before it was {before['status']}"
    print(f"{Paint(sys.stdout).status(reply.status)}, {changed}; the journal has it as {reply.request_id}")
    if differences is None:
        print(f"answer: {before['answer']['body_size']} bytes before, {len(reply.body)} now; too few kept to compare")
    else:
        print(*_told(differences), sep="\n")
    return DONE


def _request(before: dict[str, Any], key: str) -> tuple[str, dict[str, str], bytes]:
    """Return target, headers and body as they were, the shortened key made whole again."""
    from mock_server.wire.credentials import shorten

    request = before["request"]
    # A key outside the header is shown shortened, too. One that is not the environment's stays so: ours goes before it.
    shown = (before["path"], before["query"], request["body"])
    path, query, body = (text.replace(shorten(key), key) for text in shown)
    headers = {}
    scheme = (request["authorization"] or "").partition(" ")[0].lower()
    if scheme == "basic":
        headers["Authorization"] = "Basic " + base64.b64encode(f"{key}:".encode()).decode()
    elif scheme or key not in query + body:
        headers["Authorization"] = f"Bearer {key}"
    if request["media_type"]:
        headers["Content-Type"] = request["media_type"]
        if request["media_type"] == "multipart/form-data":
            headers["Content-Type"] += f"; boundary={body.partition(chr(10))[0].rstrip().removeprefix('--')}"
    # The journal has the path unescaped, and the query as it came.
    path = quote(path, safe="/!$&'()*+,;=:@-._~")
    return path + (f"?{quote(query, safe=_QUERY)}" if query else ""), headers, body.encode()


_QUERY = "".join(map(chr, range(33, 127)))
"""What a query may hold without being escaped once more."""


def _value(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return body.decode("utf-8", "replace")


def _differences(before: Any, after: Any, place: str = "") -> Iterator[Difference]:
    """Yield what differs between two JSON values, with the path to it."""
    if isinstance(before, dict) and isinstance(after, dict):
        for name in [*before, *(name for name in after if name not in before)]:
            inner = f"{place}.{name}" if place else name
            yield from _differences(before.get(name, _ABSENT), after.get(name, _ABSENT), inner)
    elif isinstance(before, list) and isinstance(after, list):
        for index, (old, new) in enumerate(itertools.zip_longest(before, after, fillvalue=_ABSENT)):
            yield from _differences(old, new, f"{place}[{index}]")
    elif before is not after and before != after:
        yield place or "answer", before, after


def _is_cut(answer: dict[str, Any]) -> bool:
    """The journal kept only the start of it, which is therefore no JSON."""
    return isinstance(answer["body"], str) and len(answer["body"].encode()) < answer["body_size"]


def _told(differences: list[Difference]) -> list[str]:
    """Return the differences in words."""
    if not differences:
        return ["the same answer"]
    lines = [f"  {printable(place)}: {_shown(old)} -> {_shown(new)}" for place, old, new in differences[:MOST_LINES]]
    more = len(differences) - MOST_LINES
    return [*lines, f"  … {more} more (--json has them all)"] if more > 0 else lines


def _shown(value: Any) -> str:
    if value is _ABSENT:
        return "nothing"
    text = json.dumps(value, ensure_ascii=False)
    return printable(text if len(text) <= WIDEST else text[:WIDEST] + "…")


def _record(
    before: dict[str, Any], status: int, request_id: str | None, found: list[Difference] | None
) -> dict[str, Any]:
    return {
        "replayed": before["id"],
        "request": request_id,
        "environment": before["environment"],
        "status_before": before["status"],
        "status": status,
        "differences": None if found is None else [_named(difference) for difference in found],
    }


def _named(difference: Difference) -> dict[str, Any]:
    """Return it as JSON shows it: what is absent has no name there."""
    named = zip(("path", "before", "after"), difference, strict=True)
    return {name: value for name, value in named if value is not _ABSENT}
