"""The honest client: it does one operation as Refiner wants it, and returns what an honest adapter returns.

What an operation takes comes from the contract; only how a user's words become parameters stands here.
"""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

from mock_server.conformance.protocol import Outcome
from mock_server.contract.document import Operation, load
from mock_server.contract.operations import find
from mock_server.errors import UsageError

__all__ = ["Reference", "kept", "lists", "parameters", "unasked"]

_MOST_PAGES = 10_000
_ROWS = 1_000
"""Of one page, the most that there may be."""
_KEPT: Mapping[str, tuple[str, ...] | None] = {
    "identifyUser": ("contact_uuid",),
    "storeResponse": ("uuid",),
    "getContact": None,
    "getReporting": None,
    "getAccount": None,
}
"""What an adapter gives of an answer: these keys, or (None) all of it; of lists it gives the items."""
_UNKNOWN_KEY = "API key not valid"


@dataclass(slots=True)
class Reference:
    """An honest client of one environment."""

    base_url: str
    api_key: str
    timeout: float = 20.0
    """Seconds for one answer."""
    requests: list[str] = field(default_factory=list)
    """The ids of what it sent, as the journal has them."""

    def does(self, operation: str, args: Mapping[str, Any], *, also: Mapping[str, Any] | None = None) -> Outcome:
        """Do an operation with an adapter's arguments, and return its outcome.

        Args:
            operation: an operationId.
            args: as `contracts/adapter.schema.json` has them.
            also: parameters that it sends besides.

        Raises:
            UsageError: when there is no such operation.
        """
        called = _operation(operation)
        given = {**parameters(args), **(also or {})}
        flags = (name for name, parameter in called.parameters.items() if parameter.kind == "boolean")
        given |= {name: int(given[name]) for name in flags if isinstance(given.get(name), bool)}  # 1 or 0, documented
        try:
            if lists(operation):
                return Outcome("ok", {"items": [item for page in self._pages(called, given) for item in page]})
            return Outcome("ok", kept(operation, self._answer(called, given)))
        except _Refused as refusal:
            return refusal.outcome
        except (OSError, http.client.HTTPException) as error:
            return Outcome("error", kind="network", message=f"{type(error).__name__}: {error}"[:200])

    def _pages(self, operation: Operation, given: Mapping[str, Any]) -> Iterator[list[Any]]:
        """Yield the items of each page, by the cursor where there is one."""
        asked: dict[str, Any] = {"page_length": _ROWS, **given}
        for page in range(1, _MOST_PAGES):
            answer = self._answer(operation, asked)
            yield answer["items"]
            pagination = answer["pagination"]
            if pagination.get("next_page_cursor"):
                asked = {**asked, "page_cursor": pagination["next_page_cursor"]}
            elif "page_cursor" in asked or page >= pagination["last_page"]:
                return
            else:
                asked = {**asked, "page": page + 1}

    def _answer(self, operation: Operation, given: Mapping[str, Any]) -> Any:
        """Return what Refiner answers to one request. Raises _Refused."""
        # Where a DELETE carries its parameters the sources disagree, so it carries them twice.
        query = "" if operation.method == "POST" else urlencode([*_pairs(given)])
        body = None if operation.method == "GET" else json.dumps(given).encode()
        headers = {"Authorization": f"Bearer {self.api_key}"} | ({} if body is None else _JSON)
        address, began = urlsplit(self.base_url), time.monotonic()
        connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=self.timeout)
        try:
            path = f"{address.path}{operation.path}" + (f"?{query}" if query else "")
            connection.request(operation.method, path, body, headers)
            response = connection.getresponse()
            text = response.read()
        finally:
            connection.close()
        if time.monotonic() - began > self.timeout:  # a slow body comes in many pieces, each of them in time
            raise TimeoutError("the answer took too long")
        self.requests.append(response.getheader("Refiner-Mock-Request-Id", ""))
        return _read(response.status, text)


_JSON = {"Content-Type": "application/json"}


class _Refused(Exception):
    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.message)
        self.outcome = outcome


def lists(operation: str) -> bool:
    """Tell whether an operation answers with pages of items."""
    called = _operation(operation)
    pointer = load().answer_pointer(called, called.success)
    schema = load().resolve(find(load().document, pointer)) if pointer else {}
    return "pagination" in schema.get("properties", ())


def kept(operation: str, answer: Any) -> Any:
    """Return what an adapter gives of an answer; None where the protocol promises nothing."""
    if operation not in _KEPT:
        return None
    names = _KEPT[operation]
    return answer if names is None else {name: answer.get(name) for name in names}


def parameters(args: Mapping[str, Any]) -> dict[str, Any]:
    """Return Refiner's parameters for a user's words: traits and answers stand flat beside the rest."""
    flat = {name: value for name, value in args.items() if name not in ("traits", "answers") and value is not None}
    account = flat.get("account")
    if isinstance(account, Mapping):
        named = {name: value for name, value in account.items() if name != "traits"}
        flat["account"] = {**named, **(account.get("traits") or {})}
    return {**flat, **(args.get("traits") or {}), **(args.get("answers") or {})}


def unasked(operation: str, args: Mapping[str, Any], calls: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Return what a client asked to be shown besides in a read (`include_info=1`), which is its own affair."""
    called, given = _operation(operation), parameters(args)
    if called.method != "GET":
        return {}
    flags = {name for name, parameter in called.parameters.items() if parameter.kind == "boolean"} - set(given)
    return {name: value for call in calls for name, value in call.items() if name in flags}


def _operation(id: str) -> Operation:
    operations = load().operations
    if id not in operations or operations[id].mock_only:
        raise UsageError(f"There is no operation {id[:60]!r} that a client could do.")
    return operations[id]


def _pairs(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Yield a value as PHP reads it from a query: `tags[]=a`, `account[id]=acme`; true is 1."""
    if isinstance(value, Mapping):
        for key, each in value.items():
            yield from _pairs(each, f"{name}[{key}]" if name else key)
    elif isinstance(value, list):
        for each in value:
            yield from _pairs(each, f"{name}[]")
    else:
        yield name, str(int(value)) if isinstance(value, bool) else "" if value is None else str(value)


def _read(status: int, text: bytes) -> Any:
    try:
        answer = json.loads(text)
    except ValueError:
        answer = None
    if 200 <= status < 300 and isinstance(answer, dict):
        return answer
    words = answer if isinstance(answer, dict) else {}
    message = str(words.get("message") or words.get("error") or text[:200].decode("utf-8", "replace"))
    raise _Refused(Outcome("error", kind=_kind(status, message), status=status, message=message))


def _kind(status: int, message: str) -> str:
    if status in (401, 403) or message.startswith(_UNKNOWN_KEY):
        return "auth"
    named = {404: "not-found", 429: "rate-limited", 400: "invalid", 422: "invalid"}
    return named.get(status, "server" if status >= 500 or status < 300 else "other")
