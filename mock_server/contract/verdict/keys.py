"""The API key: why it was refused, and where it should not stand."""

from __future__ import annotations

from collections.abc import Iterator

from mock_server.contract.secrets import SHORTEST, UUID, veiled
from mock_server.contract.verdict.hearing import Hearing
from mock_server.contract.verdict.veil import decoded
from mock_server.contract.violation import Finding

__all__ = ["keys"]

BEARER = "Authorization: Bearer <key>"


def keys(hearing: Hearing) -> Iterator[Finding]:
    """Yield what is wrong with the key of a request that it does not open, or that it stands in the URL."""
    if hearing.nowhere is not None:
        name = hearing.nowhere[:80]
        message = f"No environment is called {name}; which ones there are says `refiner-mock env list`."
        path = f"/e/{name}"
        yield Finding("unknown-route", ("path", path), path, "the name of an environment", message)
    elif hearing.refused:
        yield _refused(hearing)
    if hearing.request.query.get("api_key"):
        message = "The API key stands in the URL, which ends up in logs; the Authorization header is the better place."
        got = str(hearing.request.query["api_key"])
        yield _finding(hearing, "key-in-url", ("query", "api_key"), got, message, BEARER)


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
    plain = decoded(rest)
    user, colon, password = plain.partition(":")
    where, meant = ("header", "Authorization"), "Basic base64(<key>:)"
    if user and colon and not password:
        return _useless(hearing, where, user, f"{scheme} {user}:")
    if not plain:
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
    if UUID.fullmatch(key) is None:
        embedded = UUID.search(key)
        hint = " but holds one; send it without anything around it" if embedded else ""
        return _finding(hearing, "malformed-key", where, got, f"The API key is no UUID{hint}.", None)
    message = "This API key opens no environment here, or not the one that the path names."
    return _finding(hearing, "unknown-key", where, got, message, None)


def _misplaced(hearing: Hearing) -> Finding | None:
    """Return where else the key is, if it looks as if it were there."""
    request = hearing.request
    free = hearing.called is not None and hearing.called.open
    for name, value in request.parameters.items():
        shown = veiled(name, value) if isinstance(value, str) else None
        if isinstance(value, str) and shown and (UUID.search(value) or (shown != "…" and not free)):
            place = "body" if name in request.body else "query"
            message = f"The API key is under the name {name}; the parameter is called api_key."
            return _finding(hearing, "missing-key", (place, name), value, message, "api_key")
    for raw_name, raw in hearing.headers:
        name, value = raw_name.decode("latin-1"), raw.decode("latin-1")
        if name != "authorization" and UUID.search(value) and veiled(name, value):
            message = f"The API key is in the header {name}, where Refiner does not look for it."
            return _finding(hearing, "missing-key", ("header", name), value, message, BEARER)
    return None


def _finding(
    hearing: Hearing, rule: str, where: tuple[str, str], got: str | None, message: str, suggestion: str | None
) -> Finding:
    operation = None if hearing.called is None else hearing.called.id
    return Finding(rule, where, got, BEARER, message, suggestion, operation=operation)
