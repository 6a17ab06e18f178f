"""Cases over what is refused: keys that are none, objects that do not exist, routes that are not there."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from mock_server.conformance.drift.asking import ABSENT, Ask, Borrowed, Got, Key
from mock_server.conformance.drift.live import Case, Live, dig
from mock_server.conformance.drift.shapes import Drift, departures, told
from mock_server.contract.dialects import dialects
from mock_server.contract.document import Contract
from mock_server.contract.operations import find

__all__ = ["refusal_cases"]

NOBODY = "refiner-mock-nobody-has-this-id"
_ASKED = "getAccount"
_KEYS: tuple[tuple[str, Key, int, str, str], ...] = (
    ("key-missing", "none", 401, "No API key found in headers", "a call without a key"),
    ("key-too-short", "short", 401, "No API key found in headers", "a key that is too short"),
    ("key-malformed", "malformed", 401, "API key does not look valid", "a long key that is no UUID"),
    ("key-unknown", "unknown", 404, "API key not valid or does not exist", "a UUID that is nobody's key"),
)
"""Observed (W6W-live); the texts are those of the contract's examples."""


def refusal_cases(contract: Contract) -> Iterator[Case]:
    """Yield the cases of refusals, and of the ways to send a good key."""
    for id, key, status, text, what in _KEYS:
        name = "NoGoodKey" if status == 401 else "UnknownKey"
        pointer = f"#/components/responses/{name}"
        evidence = str(find(contract.document, pointer)["x-evidence"])
        run = partial(_bad_key, key, status, text, evidence, pointer)
        yield Case(id, f"{what[0].upper()}{what[1:]} is answered {status} and a known text", evidence, pointer, run)
    basic = "#/components/securitySchemes/basic"
    yield Case("key-basic", "The key may be sent as the user name of HTTP Basic", "documented", basic, _basic)
    for id, title, fact, ask in (
        (
            "unknown-contact",
            "A contact that does not exist is answered 404",
            "#/components/responses/NotFound",
            _nobody,
        ),
        ("missing-parameter", "A call that names no contact is refused", "#/components/responses/Invalid", _nameless),
        ("unknown-route", "A route that does not exist is answered 404", "#/x-facts/unknown-route", _no_route),
        ("wrong-method", "A method that a path does not take is answered 405", "#/x-facts/unknown-route", _no_method),
        ("unknown-parameter", "A name that no call takes is ignored", "#/x-facts/unlisted-parameters", _unlisted),
        ("key-twice", "Of two keys that in the header counts", "#/x-facts/key-precedence", _two_keys),
        (
            "page-length-over",
            "A page_length above 1000 counts as 1000",
            "#/components/parameters/PageLength",
            _too_long,
        ),
    ):
        yield Case(id, title, "assumed", fact, ask)


def _bad_key(key: Key, status: int, text: str, evidence: str, pointer: str, live: Live) -> Iterator[Drift]:
    got = live.send(_ASKED, {}, key=key)
    if key == "unknown" and str(got.status) in dialects()["unknown-key"].choices:
        live.reveal("unknown-key", str(got.status))
    elif got.status != status:
        yield Drift("status", str(status), str(got.status), evidence, pointer)
    word = "error" if status == 401 else "message"
    if dig(got.value, word) != text and got.status // 100 != 2:
        yield Drift(word, f'"{text}"', _other(dig(got.value, word)), evidence, pointer)


def _other(value: object) -> str:
    return "no such key" if value is None else f"another text, {told(value)}" if isinstance(value, str) else told(value)


def _basic(live: Live) -> Iterator[Drift]:
    got = live.send(_ASKED, {}, key="basic")
    if got.status // 100 != 2:
        yield Drift("status", "200", str(got.status), "documented", "#/components/securitySchemes/basic")


def _nobody(live: Live) -> Iterator[Drift]:
    got = live.call("getContact", id=NOBODY)
    yield from _refused(live, got, (404,), "missing-object", {404: "404", 400: "invalid", 422: "invalid"})


def _nameless(live: Live) -> Iterator[Drift]:
    yield from _refused(live, live.call("getContact"), (400,), "invalid-status", {400: "400", 422: "422"})


def _no_route(live: Live) -> Iterator[Drift]:
    got = live.ask(Ask("GET", "/refiner-mock-asks-for-no-route"))
    yield from _refused(live, got, (404,), None, {})


def _no_method(live: Live) -> Iterator[Drift]:
    got = live.ask(Ask("GET", live.operation("trackEvent").path))
    yield from _refused(live, got, (405,), None, {})


def _refused(
    live: Live, got: Got, statuses: tuple[int, ...], dialect: str | None, choices: dict[int, str]
) -> Iterator[Drift]:
    """Yield what is wrong with a refusal; what it is called and how it is written is for dialects to say."""
    if dialect is not None and got.status in choices:
        live.reveal(dialect, choices[got.status])
    elif got.status not in statuses:
        yield Drift("status", " or ".join(map(str, statuses)), str(got.status), "assumed", "#/x-facts/unknown-route")
        if got.status // 100 == 2:
            return
    keys = [key for key in ("message", "error") if isinstance(dig(got.value, key), str)]
    if got.value is ABSENT:
        yield Drift("", "a JSON document", "something that is no JSON", "assumed", "#/components/schemas/Message")
    elif keys:
        live.reveal("error-key", keys[0])
    else:
        schema = "#/components/schemas/Message"
        yield from departures(live.contract, schema, got.value, "assumed")


def _unlisted(live: Live) -> tuple[Drift, ...]:
    got = live.call("listSegments", refiner_mock_asks=1)
    live.reveal("unknown-parameters", "ignored" if got.status // 100 == 2 else "refused")
    return ()


def _two_keys(live: Live) -> tuple[Drift, ...]:
    got = live.call(_ASKED, api_key=Borrowed("2f5b1c1e-7f0b-4e0c-9d53-9a3a5f1f6f10", "ANOTHER_KEY"))
    live.reveal("key-precedence", "header" if got.status // 100 == 2 else "parameter")
    return ()


def _too_long(live: Live) -> Iterator[Drift]:
    got = live.call("listSegments", page_length=1001)
    shown = dig(got.value, "pagination", "page_length")
    if got.status // 100 == 4:
        live.reveal("page-length-over", "refuse")
    elif shown == 1000:
        live.reveal("page-length-over", "clamp")
    else:
        came = f"{shown} rows a page" if isinstance(shown, int) else "no number"
        yield Drift("pagination.page_length", "1000", came, "assumed", "#/components/parameters/PageLength")
