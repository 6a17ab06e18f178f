"""A client of Refiner's in Python, and the adapter that has it checked; nothing but Python's own library.

Copy it and put your own client in the place of `Client`: what an adapter needs is below it. It runs as
`python honest.py stream`, `oneshot` or `http`.
"""

from __future__ import annotations

import http.client
import http.server
import json
import os
import sys
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Mapping
from email.utils import formatdate, parsedate_to_datetime
from typing import Any, NamedTuple

Params = Mapping[str, Any]


class Failure(Exception):
    """The call did not succeed; `wait` seconds before it is made once more."""

    def __init__(self, kind: str, message: str, status: int | None = None, wait: float = 0.0) -> None:
        super().__init__(message)
        self.kind, self.status, self.wait = kind, status, wait


class Reply(NamedTuple):
    """An answer as it came."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Plain(urllib.request.HTTPErrorProcessor):
    """Takes every answer for an answer: none is raised, and no redirect is followed."""

    def http_response(self, request: Any, response: Any) -> Any:
        return response

    https_response = http_response


CALLS = {
    "verifyKey": "GET /",
    "getAccount": "GET /account",
    "identifyUser": "POST /identify-user",
    "trackEvent": "POST /track-event",
    "listContacts": "GET /contacts",
    "getContact": "GET /contact",
    "deleteContact": "DELETE /contact",
    "listSegments": "GET /segments",
    "addToSegment": "POST /sync-segment",
    "removeFromSegment": "DELETE /sync-segment",
    "listForms": "GET /forms",
    "publishForm": "POST /forms/publish",
    "duplicateForm": "POST /forms/duplicate",
    "archiveForm": "DELETE /forms",
    "listFormHistory": "GET /forms/history",
    "listResponses": "GET /responses",
    "storeResponse": "POST /responses",
    "tagResponse": "POST /responses/tags",
    "getReporting": "GET /reporting",
}
KEPT = {"identifyUser": "contact_uuid", "storeResponse": "uuid"}
"""Of these answers one key is what the caller wants."""


class Client:
    """Speaks to one environment of Refiner's; a call takes `seconds` at most, with all its pages and attempts."""

    pauses: tuple[float, ...] = (0.2, 0.6)
    """Seconds before a request is made for the second and the third time."""

    def __init__(self, base_url: str, api_key: str, seconds: float = 30.0) -> None:
        self.base_url, self.api_key = base_url.rstrip("/"), api_key
        self.until = time.monotonic() + seconds
        self.opener = urllib.request.build_opener(Plain)

    def call(self, operation: str, args: Params) -> dict[str, Any]:
        """Do one operation, in a user's words."""
        method, path = CALLS[operation].split()
        given = self.given(operation, args)
        if operation.startswith("list"):
            return {"items": self.all_items(path, given)}
        answer = self.request(method, path, given)
        return {KEPT[operation]: answer.get(KEPT[operation])} if operation in KEPT else answer

    def given(self, operation: str, args: Params) -> dict[str, Any]:
        """Return Refiner's parameters. What says who is meant goes last: no trait or answer takes its place."""
        given = dict(args)
        if operation == "identifyUser":
            given = {**given.pop("traits", {}), **given}
            if "account" in args:
                given["account"] = {**args["account"].get("traits", {}), "id": args["account"]["id"]}
        elif operation == "storeResponse":
            given = {**given.pop("answers"), **given}
        elif operation == "publishForm":
            given["published"] = int(given["published"])
        return given

    def all_items(self, path: str, filters: Params) -> list[Any]:
        """Return the items of all pages; the filters go with each."""
        items: list[Any] = []
        further: Params = {}
        while True:
            page = self.request("GET", path, {**filters, **further})
            if not isinstance(page.get("items"), list):
                raise Failure("other", f"the list of {path} has no items")
            items += page["items"]
            before, further = further, self.next_page(page)
            if not further:
                return items
            if further == before:
                raise Failure("other", f"the list of {path} does not end")

    def next_page(self, page: Params) -> Params:
        """Return what gives the page behind this one, its cursor if there are any; nothing behind the last."""
        pagination = page.get("pagination") or {}
        if "next_page_cursor" in pagination:
            cursor = pagination["next_page_cursor"]
            return {"page_cursor": cursor} if cursor else {}
        current, last = pagination.get("current_page", 1), pagination.get("last_page", 1)
        return {"page": current + 1} if current < last else {}

    @property
    def left(self) -> float:
        """Seconds that are left."""
        return self.until - time.monotonic()

    def request(self, method: str, path: str, given: Params) -> dict[str, Any]:
        """Return the object that is answered, at once or after further attempts where these can do no harm."""
        url, body = self.written(method, path, given)
        pauses = iter(self.pauses)
        while True:
            try:
                return self.read(self.send(method, url, self.headers(), body))
            except Failure as failure:
                pause = next(pauses, None) if self.may_repeat(method, failure) else None
                if pause is None or (pause := max(pause, failure.wait)) >= self.left:
                    raise
                time.sleep(pause)

    def may_repeat(self, method: str, failure: Failure) -> bool:
        """Tell whether a request may be made once more; nobody knows whether a write that went wrong was done."""
        if failure.kind == "rate-limited":
            return True  # it was refused, whatever it was
        return method == "GET" and failure.kind not in ("auth", "not-found", "invalid")

    def retry_after(self, reply: Reply) -> float:
        """Return the seconds that an answer asks to wait: it says a number, or a date."""
        asked = reply.headers.get("Retry-After") or ""
        if asked.isdecimal():
            return float(asked)
        try:
            now = reply.headers.get("Date") or formatdate(usegmt=True)
            return (parsedate_to_datetime(asked) - parsedate_to_datetime(now)).total_seconds()
        except (TypeError, ValueError):
            return 0.0

    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.api_key}", "Content-Type": "application/json"}

    def written(self, method: str, path: str, given: Params) -> tuple[str, bytes | None]:
        """Return URL and body: what is written goes as JSON, everything else into the query."""
        if method == "POST":
            return self.base_url + path, self.body(given)
        return self.base_url + path + (f"?{self.query(given)}" if given else ""), None

    def body(self, given: Params) -> bytes:
        return json.dumps(given).encode()

    def query(self, given: Params) -> str:
        """Return a query; a list `form_uuids` is written `form_uuids[]=a&form_uuids[]=b`."""
        named = {f"{name}[]" if isinstance(value, list) else name: value for name, value in given.items()}
        return urllib.parse.urlencode(named, doseq=True)

    def send(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Reply:
        """Return whatever is answered; nothing, or half an answer, is a failure."""
        asked = urllib.request.Request(url, data=body, headers=dict(headers), method=method)
        try:
            with self.opener.open(asked, timeout=max(self.left, 0.001)) as answer:
                return Reply(answer.status, answer.headers, self.whole(answer))
        except TimeoutError:
            raise Failure("timeout", "no answer in time") from None
        except (OSError, http.client.HTTPException) as reason:
            late = isinstance(getattr(reason, "reason", None), TimeoutError)
            raise Failure("timeout" if late else "network", f"no whole answer: {reason!r}") from None

    def whole(self, answer: http.client.HTTPResponse) -> bytes:
        """Return the body, however slowly it comes, as long as there is time."""
        parts = []
        while part := answer.read1(65_536):
            parts.append(part)
            if self.left <= 0:
                raise TimeoutError
        if answer.length:
            raise http.client.IncompleteRead(b"".join(parts), answer.length)
        return b"".join(parts)

    def read(self, reply: Reply) -> dict[str, Any]:
        """Return the object that an answer is."""
        try:
            value = json.loads(reply.body)
        except (ValueError, RecursionError):
            value = None
        told = value if isinstance(value, dict) else {}
        if not 200 <= reply.status < 300:
            # Refiner explains itself under the one name or the other.
            message = str(told.get("error") or told.get("message") or f"status {reply.status}")
            raise Failure(self.kind(reply.status, message), message, reply.status, self.retry_after(reply))
        if not isinstance(value, dict):
            raise Failure("other", "the answer is no JSON object", reply.status)
        return value

    def kind(self, status: int, message: str) -> str:
        # A key that nobody has is answered with 404, as a contact is that nobody has; only the text tells them apart.
        if status in (401, 403) or (400 <= status < 500 and "api key" in message.lower()):
            return "auth"
        named = {404: "not-found", 429: "rate-limited"}.get(status)
        return named or ("server" if status >= 500 else "invalid" if status >= 400 else "other")


# The adapter: what stands in the place of `Client` needs `call`, and exceptions that say what went wrong.


def outcome(client: type[Client], request: Params) -> dict[str, Any]:
    """Return the answer to a request."""
    case, operation = request["case"], request["operation"]
    if operation not in CALLS:
        return {"case": case, "outcome": "unsupported", "reason": f"there is no {operation}"}
    try:
        # It must have answered by the deadline, so it gives up a little earlier.
        speaking = client(request["base_url"], request["api_key"], 0.9 * request["deadline_ms"] / 1_000)
        return {"case": case, "outcome": "ok", "value": speaking.call(operation, request["args"])}
    except Failure as failure:
        error = {"kind": failure.kind, "status": failure.status, "message": str(failure)}
    except UnicodeEncodeError:  # half a character
        error = {"kind": "invalid", "status": None, "message": "there is text that UTF-8 cannot hold"}
    return {"case": case, "outcome": "error", "error": error}


def hello() -> dict[str, Any]:
    return {"hello": "refiner-adapter", "v": 1, "name": "honest", "language": "Python", "operations": list(CALLS)}


def say(document: Params) -> None:
    """Print one line, at once. Nothing else may go to standard output; diagnostics go to stderr."""
    sys.stdout.write(json.dumps(document) + "\n")
    sys.stdout.flush()


def serve(client: type[Client]) -> None:
    """Answer over HTTP, on the port that REFINER_ADAPTER_PORT names."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.reply(hello())

        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            self.reply(outcome(client, request))

        def do_DELETE(self) -> None:
            self.reply({})
            threading.Thread(target=self.server.shutdown).start()

        def reply(self, document: Params) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps(document).encode())

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["REFINER_ADAPTER_PORT"])), Handler) as server:
        server.serve_forever(0.05)


def main(client: type[Client] = Client) -> None:
    """Attach a client in the way that the command line names."""
    if sys.argv[1] == "http":
        return serve(client)
    if sys.argv[1] == "stream":
        say(hello())
    for line in sys.stdin:  # in `oneshot` there is one
        say(outcome(client, json.loads(line)))
    return None


if __name__ == "__main__":
    main()
