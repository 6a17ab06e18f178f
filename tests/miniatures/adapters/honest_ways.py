"""Clients that go about it in other ways than `honest.py`, each as good: none may be accused of anything."""

from __future__ import annotations

import base64
import http.client
import json
import threading
import urllib.parse
from collections.abc import Iterator, Mapping
from itertools import count
from typing import Any, ClassVar

from mock_server.contract.document import load
from tests.miniatures.adapters.honest import CALLS, Client, Failure, Params, Reply

__all__ = ["HONEST"]

FORM = "application/x-www-form-urlencoded"


def spelt(given: Params) -> Iterator[tuple[str, str]]:
    """Yield the fields of a form, as PHP reads them."""
    for name, value in given.items():
        if isinstance(value, Mapping):
            yield from spelt({f"{name}[{key}]": inner for key, inner in value.items()})
        elif isinstance(value, list):
            yield from ((f"{name}[]", text) for one in value for _, text in spelt({"": one}))
        else:
            yield name, "" if value is None else str(int(value) if isinstance(value, bool) else value)


class SendsForms(Client):
    """Writes what it sends as HTML's forms do."""

    def body(self, given: Params) -> bytes:
        return urllib.parse.urlencode([*spelt(given)]).encode()

    def headers(self) -> dict[str, str]:
        return super().headers() | {"Content-Type": FORM}


class WritesQueries(Client):
    """Has no bodies: everything goes into the query."""

    def written(self, method: str, path: str, given: Params) -> tuple[str, bytes | None]:
        query = urllib.parse.urlencode([*spelt(given)])
        return self.base_url + path + (f"?{query}" if query else ""), None

    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.api_key}"}


class NumbersArrays(Client):
    """Writes arrays as `form_uuids[0]=a&form_uuids[1]=b`, as PHP's http_build_query does."""

    def query(self, given: Params) -> str:
        numbered = {name: dict(enumerate(value)) if isinstance(value, list) else value for name, value in given.items()}
        return urllib.parse.urlencode([*spelt(numbered)])


class EncodesEverything(Client):
    """Writes each byte of a value as %XX, and JSON without escapes but in UTF-8."""

    def query(self, given: Params) -> str:
        fields = spelt(given)
        return "&".join(f"{name}={''.join(f'%{byte:02X}' for byte in value.encode())}" for name, value in fields)

    def body(self, given: Params) -> bytes:
        return json.dumps(given, ensure_ascii=False).encode()


class CountsPages(Client):
    """Counts pages, and knows no cursors."""

    def next_page(self, page: Params) -> Params:
        pagination = page.get("pagination") or {}
        current, last = pagination.get("current_page", 1), pagination.get("last_page", 1)
        return {"page": current + 1} if current < last else {}


class ReadsUntilNothingComes(Client):
    """Asks for one page after the other until one is empty."""

    def all_items(self, path: str, filters: Params) -> list[Any]:
        items: list[Any] = []
        for rank in count(1):
            page = self.request("GET", path, {**filters, "page": rank})["items"]
            if not page:
                break
            items += page
        return items


class ReadsShortPages(Client):
    """Reads ten rows at a time."""

    length = 10

    def all_items(self, path: str, filters: Params) -> list[Any]:
        return super().all_items(path, {**filters, "page_length": self.length})


class ReadsLongPages(ReadsShortPages):
    """Reads a thousand rows at a time, and the rest of it all the same."""

    length = 1_000


class UsesBasic(Client):
    """Shows its key as a user's name."""

    def headers(self) -> dict[str, str]:
        user = base64.b64encode(f"{self.api_key}:".encode()).decode()
        return super().headers() | {"Authorization": f"Basic {user}"}


class SendsItsKeyAsAParameter(Client):
    """Shows its key among the parameters."""

    def written(self, method: str, path: str, given: Params) -> tuple[str, bytes | None]:
        return super().written(method, path, {**given, "api_key": self.api_key})

    def headers(self) -> dict[str, str]:
        return {"Content-Type": "application/json"}


class DeletesWithABody(Client):
    """Says in JSON what it deletes."""

    def written(self, method: str, path: str, given: Params) -> tuple[str, bytes | None]:
        if method == "DELETE":
            return self.base_url + path, self.body(given)
        return super().written(method, path, given)


class TriesOnce(Client):
    """Makes every request once, and says what came of it."""

    pauses = ()


class IsPatient(Client):
    """Tries again for as long as there is time."""

    pauses = (0.15, 0.3, 0.6, 1.2, 2.4, 4.8)


class LeavesDefaultsOut(Client):
    """Does not say what is so anyway."""

    def given(self, operation: str, args: Params) -> dict[str, Any]:
        known = load().operations[operation].parameters
        given = super().given(operation, args)
        return {name: value for name, value in given.items() if name not in known or known[name].default != value}


class SaysDefaults(Client):
    """Says what is so anyway."""

    said: ClassVar[dict[str, Params]] = {
        "listContacts": {"order_by": "first_seen_at", "page": 1, "page_length": 50},
        "listForms": {"list": "all"},
        "listResponses": {"include": "completed", "page_length": 50},
        "listSegments": {"page_length": 50},
    }

    def given(self, operation: str, args: Params) -> dict[str, Any]:
        return {**self.said.get(operation, {}), **super().given(operation, args)}

    def next_page(self, page: Params) -> Params:
        further = super().next_page(page)
        return {**further, "page": None} if "page_cursor" in further else further

    def query(self, given: Params) -> str:
        return super().query({name: value for name, value in given.items() if value is not None})


class LooksFirst(Client):
    """Looks before each job whether its key is good."""

    def call(self, operation: str, args: Params) -> dict[str, Any]:
        if operation != "getAccount":
            self.request("GET", "/account", {})
        return super().call(operation, args)


class KeepsItsConnection(Client):
    """Makes all requests to one server over one connection."""

    connections: ClassVar[dict[tuple[str, int], http.client.HTTPConnection]] = {}

    def send(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Reply:
        parts = urllib.parse.urlsplit(url)
        own = parts.netloc, threading.get_ident()
        connection = self.connections.setdefault(own, http.client.HTTPConnection(parts.netloc))
        connection.timeout = max(self.left, 0.001)
        if connection.sock is not None:
            connection.sock.settimeout(connection.timeout)
        try:
            connection.request(method, f"{parts.path}?{parts.query}".rstrip("?"), body, dict(headers))
            answer = connection.getresponse()
            with answer:
                told = {name.title(): value for name, value in answer.getheaders()}
                return Reply(answer.status, told, self.whole(answer))
        except TimeoutError:
            connection.close()
            raise Failure("timeout", "no answer in time") from None
        except (OSError, http.client.HTTPException) as reason:
            connection.close()
            raise Failure("network", f"no whole answer: {reason!r}") from None


class WritesNumbersWithAPoint(Client):
    """Knows one kind of numbers, and writes them all with a point."""

    def body(self, given: Params) -> bytes:
        flags = {name: value for name, value in given.items() if name == "published"}
        return json.dumps(json.loads(json.dumps(given), parse_int=float) | flags).encode()


class TellsOnlyWhatItKnows(Client):
    """Hands out what it has fields for, which may be null."""

    known = ("uuid", "remote_id", "email", "display_name", "first_seen_at", "last_seen_at", "attributes", "segments",
             "account")  # fmt: skip

    def call(self, operation: str, args: Params) -> dict[str, Any]:
        value = super().call(operation, args)
        return {name: value.get(name) for name in self.known} if operation == "getContact" else value


class HandsOutNothingForWrites(Client):
    """Has nothing to say of what it has done, but what was promised."""

    def call(self, operation: str, args: Params) -> dict[str, Any]:
        value = super().call(operation, args)
        promised = CALLS[operation].startswith("GET") or operation in ("identifyUser", "storeResponse")
        return value if promised and operation != "verifyKey" else {}


HONEST: Mapping[str, type[Client]] = {
    "plain": Client,
    "sends forms": SendsForms,
    "writes queries": WritesQueries,
    "numbers arrays": NumbersArrays,
    "encodes everything": EncodesEverything,
    "counts pages": CountsPages,
    "reads until nothing comes": ReadsUntilNothingComes,
    "reads short pages": ReadsShortPages,
    "reads long pages": ReadsLongPages,
    "uses Basic": UsesBasic,
    "sends its key as a parameter": SendsItsKeyAsAParameter,
    "deletes with a body": DeletesWithABody,
    "tries once": TriesOnce,
    "is patient": IsPatient,
    "leaves defaults out": LeavesDefaultsOut,
    "says defaults": SaysDefaults,
    "looks first": LooksFirst,
    "keeps its connection": KeepsItsConnection,
    "writes numbers with a point": WritesNumbersWithAPoint,
    "tells only what it knows": TellsOnlyWhatItKnows,
    "hands out nothing for writes": HandsOutNothingForWrites,
}
