"""The API key: why it was refused, where it should not stand, and how it is kept out of what is shown."""

from __future__ import annotations

import binascii
import re
from base64 import b64decode
from collections.abc import Callable, Iterator, Mapping

from mock_server.contract.verdict.hearing import Hearing
from mock_server.contract.verdict.terms import is_key_name
from mock_server.contract.violation import Finding

__all__ = ["is_token_name", "keys", "masked", "secrets"]

BEARER = "Authorization: Bearer <key>"
SHORTEST = 20
"""Characters below which a key counts as none (that there is such a length is observed, its value assumed: g14)."""

_DEEPEST = 80

_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_TOKEN_NAME = re.compile(r"auth[\s._-]?token|access[\s._-]?token|password|secret", re.IGNORECASE)
_KEY_LIKE = re.compile(r"(?:x[\s._-]?)?(?:refiner[\s._-]?)?(?:api[\s._-]?)?(?:key|token)", re.IGNORECASE)


def keys(hearing: Hearing) -> Iterator[Finding]:
    """Yield what is wrong with the key of a request that it does not open, or that it stands in the URL."""
    if hearing.refused:
        yield _refused(hearing)
    if hearing.request.query.get("api_key"):
        message = "The API key stands in the URL, which ends up in logs; the Authorization header is the better place."
        got = str(hearing.request.query["api_key"])
        yield _finding(hearing, "key-in-url", ("query", "api_key"), got, message, BEARER)


def is_token_name(name: str) -> bool:
    """Tell whether what stands under a name is a secret of which nothing at all is to be shown."""
    return _TOKEN_NAME.search(name) is not None


def secrets(hearing: Hearing) -> dict[str, str]:
    """Return the keys of a request, well placed or not, and its tokens, each with what may be shown of it."""
    request = hearing.request
    pairs = [*_texts(request.query), *_texts(request.body)]
    keys = {value for name, value in pairs if is_key_name(name) or _KEY_LIKE.fullmatch(name)}
    keys |= {value.decode("latin-1") for name, value in hearing.headers if _KEY_LIKE.fullmatch(name.decode("latin-1"))}
    rest = (request.authorization or "").strip().rpartition(" ")[2]
    keys |= {rest, *_decoded(rest).split(":")}
    tokens = {value: "…" for name, value in pairs if is_token_name(name) and len(value) > 3}
    return {**{key: f"{key[:4]}…" for key in keys if len(key) >= SHORTEST}, **tokens}


def _texts(bag: Mapping[str, object], depth: int = _DEEPEST) -> Iterator[tuple[str, str]]:
    """Yield names and texts in a bag and the objects in it; what is shown of a value is not as deep as this."""
    for name, value in bag.items():
        if isinstance(value, dict) and depth:
            yield from _texts(value, depth - 1)
        elif isinstance(value, str):
            yield name, value


def masked(text: str | None, known: Mapping[str, str], is_key: Callable[[str], bool]) -> str | None:
    """Return a text without the secrets in it: those that are known, and what else is a key."""
    if text is None:
        return None
    for secret in sorted(known, key=len, reverse=True):
        text = text.replace(secret, known[secret])
    return _UUID.sub(lambda match: f"{match[0][:4]}…" if is_key(match[0]) else match[0], text)


def _refused(hearing: Hearing) -> Finding:
    header = (hearing.request.authorization or "").strip()
    scheme, _, rest = header.partition(" ")
    rest = rest.strip()
    parameter = hearing.request.parameters.get("api_key")
    if scheme.lower() == "bearer" and rest:
        return _useless(hearing, ("header", "Authorization"), rest, f"{scheme} {rest}")
    if scheme.lower() == "basic":
        return _of_basic(hearing, scheme, rest)
    if isinstance(parameter, str) and parameter:
        place = "body" if "api_key" in hearing.request.body else "query"
        return _useless(hearing, (place, "api_key"), parameter, parameter)
    if header:
        message = "The Authorization header does not begin with Bearer."
        if scheme.lower() == "bearer":
            message = "The Authorization header holds no key after Bearer."
        elif rest and scheme.isalpha():
            message = f"The Authorization header has the scheme {scheme[:20]}; Refiner reads Bearer and Basic."
        return _finding(hearing, "missing-key", ("header", "Authorization"), header, message, BEARER)
    return _misplaced(hearing) or _finding(
        hearing, "missing-key", ("header", "Authorization"), None, "The request has no API key.", BEARER
    )


def _of_basic(hearing: Hearing, scheme: str, rest: str) -> Finding:
    """Return what is wrong with Basic credentials: the key must be the user name, the password empty."""
    decoded = _decoded(rest)
    user, colon, password = decoded.partition(":")
    where, meant = ("header", "Authorization"), "Basic base64(<key>:)"
    if user and colon and not password:
        return _useless(hearing, where, user, f"{scheme} {user}:")
    if not decoded:
        message = "The Basic credentials are not base64."
    elif not colon:
        message = "The Basic credentials lack the colon after the key; base64 what is before and the colon."
    elif not user:
        message = "The Basic credentials have the key as password; it must be the user name, before the colon."
    else:
        message = "The Basic credentials have a password; the key must be the user name, and the password empty."
    return _finding(hearing, "missing-key", where, f"{scheme} {rest}", message, meant)


def _useless(hearing: Hearing, where: tuple[str, str], key: str, got: str) -> Finding:
    """Return what is wrong with a key that stands where it should."""
    if len(key) < SHORTEST:
        return _finding(hearing, "missing-key", where, got, "The API key is too short to be one.", None)
    if _UUID.fullmatch(key) is None:
        embedded = _UUID.search(key)
        hint = " but holds one; send it without anything around it" if embedded else ""
        return _finding(hearing, "malformed-key", where, got, f"The API key is no UUID{hint}.", None)
    return _finding(hearing, "unknown-key", where, got, "No environment has this API key, or not the one named.", None)


def _misplaced(hearing: Hearing) -> Finding | None:
    """Return where else the key is, if it looks as if it were there."""
    request = hearing.request
    for name, value in request.parameters.items():
        if _KEY_LIKE.fullmatch(name) and isinstance(value, str) and _UUID.search(value):
            place = "body" if name in request.body else "query"
            message = f"The API key is under the name {name}; the parameter is called api_key."
            return _finding(hearing, "missing-key", (place, name), value, message, "api_key")
    for raw_name, raw in hearing.headers:
        name, value = raw_name.decode("latin-1"), raw.decode("latin-1")
        if _KEY_LIKE.fullmatch(name) and _UUID.search(value):
            message = f"The API key is in the header {name}, where Refiner does not look for it."
            return _finding(hearing, "missing-key", ("header", name), value, message, BEARER)
    return None


def _finding(
    hearing: Hearing, rule: str, where: tuple[str, str], got: str | None, message: str, suggestion: str | None
) -> Finding:
    operation = None if hearing.called is None else hearing.called.id
    return Finding(rule, where, got, BEARER, message, suggestion, operation=operation)


def _decoded(encoded: str) -> str:
    try:
        return b64decode(encoded, validate=True).decode()
    except (ValueError, binascii.Error):
        return ""
