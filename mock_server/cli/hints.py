"""What most often goes wrong, said behind the line of the call in which it did."""

from __future__ import annotations

from mock_server.contract.document import load
from mock_server.journal import Entry
from mock_server.wire.credentials import MALFORMED_KEY

__all__ = ["hint"]


def hint(entry: Entry) -> str | None:
    """Return what would help the caller, None where nothing stands out, or an armed fault made the answer."""
    if entry.fault is not None:
        return None
    if entry.status == 404 and entry.operation is None and load().methods(entry.path):
        return "the base URL ends in /v1"
    if entry.media_type == "application/x-www-form-urlencoded" and entry.body.lstrip()[:1] in (b"{", b"["):
        return "the body looks like JSON but came as a form; send Content-Type: application/json"
    malformed = MALFORMED_KEY[1]["error"].encode() in entry.answer
    if entry.status == 401 and (malformed or entry.authorization):  # what is short counts as no key at all
        return "the key is no UUID; `refiner-mock env` lists the keys there are"
    return None
