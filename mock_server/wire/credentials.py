"""The API key of a request: the three ways to send it, the refusals, and how it may be shown.

The ways are documented (API): `Authorization: Bearer <key>`, a parameter `api_key` in URL or body, and HTTP Basic with
the key as user name and an empty password. Which wins where several are sent is assumed (g14).
"""

from __future__ import annotations

import binascii
import hmac
import re
from base64 import b64decode
from collections.abc import Callable, Iterable, Mapping
from typing import Literal
from urllib.parse import quote_from_bytes, unquote_to_bytes

import orjson

from mock_server.contract.exchange import Request
from mock_server.contract.secrets import SHORTEST, UUID, secrets_in, shorten, veiled
from mock_server.frozen import frozen
from mock_server.state.ids import is_uuid

__all__ = [
    "MALFORMED_KEY",
    "NO_KEY",
    "UNKNOWN_KEY",
    "Credential",
    "Refusal",
    "find",
    "masked_authorization",
    "masked_body",
    "masked_keys",
    "masked_query",
    "refusal",
    "same_key",
    "sent_keys",
    "shorten",
    "without_half_a_key",
]

Refusal = tuple[int, Mapping[str, str]]
"""Status and body. The texts are observed (W6W-live, on a Bearer header), assumed to be the same for the other ways."""

NO_KEY: Refusal = (401, {"error": "No API key found in headers"})
MALFORMED_KEY: Refusal = (401, {"error": "API key does not look valid"})
UNKNOWN_KEY: Refusal = (404, {"message": "API key not valid or does not exist"})


@frozen
class Credential:
    """The key that was sent and the way it came; `key` is None where that way held none."""

    kind: Literal["bearer", "basic", "parameter", "none"]
    key: str | None


def find(request: Request, *, parameter_first: bool = False) -> Credential:
    """Return the key of a request: from the Authorization header if it holds one, else from the parameter `api_key`.

    With `parameter_first` it is the other way round.
    """
    if parameter_first and (found := _in_parameter(request)) is not None:
        return found
    kind: Literal["bearer", "basic", "none"] = "none"
    if request.authorization:
        scheme, _, rest = request.authorization.strip().partition(" ")
        key: str | None = None
        if scheme.lower() == "bearer":
            kind, key = "bearer", rest.strip()
        elif scheme.lower() == "basic":
            kind, key = "basic", _user_name(rest)
        if key:
            return Credential(kind, key)
    return _in_parameter(request) or Credential(kind, None)


def refusal(credential: Credential) -> Refusal | None:
    """Return the answer to a key that cannot be one, None for a key that can; `UNKNOWN_KEY` is the caller's to give."""
    key = credential.key
    if key is None or len(key) < SHORTEST:
        return NO_KEY
    return None if is_uuid(key) else MALFORMED_KEY


def same_key(sent: str | None, key: str) -> bool:
    """Tell whether a key that was sent is the right one, in a time that does not tell how much of it is right."""
    return sent is not None and hmac.compare_digest(sent.encode("utf-8", "replace"), key.encode())


def masked_authorization(value: str) -> str:
    """Return an Authorization header with its key shortened; for Basic that is the decoded user name."""
    scheme, blank, rest = value.strip().partition(" ")
    if not blank:
        return shorten(scheme)
    user = _decoded(rest).partition(":")[0] if scheme.lower() == "basic" else ""
    return f"{scheme} {shorten(user or rest.strip())}"


def masked_query(raw_query: bytes) -> bytes:
    """Return a query string or urlencoded form without the secrets in it (see `contract.secrets`)."""
    return b"&".join(_masked_pair(part) for part in raw_query.split(b"&"))


def masked_body(raw_body: bytes, media_type: str) -> bytes:
    """Return a body without the secrets in it, at whatever depth; it may be broken, or cut off anywhere."""
    if media_type == "multipart/form-data":
        return b"".join(_masked_part(part) for part in _PART_START.split(raw_body))
    masked = _masked_members(raw_body)
    # JSON may hold `&` and `=` in any text, so it is not taken for a form; a body of unknown type may be either.
    return masked if "json" in media_type else masked_query(masked)


def masked_keys(raw: bytes, is_key: Callable[[str], bool], sent: Iterable[str] = ()) -> bytes:
    """Return a text with every key in it shortened, under whatever name it stands there, plain or escaped.

    Args:
        raw: path, query, body or answer; escapes are those of URLs and of JSON.
        is_key: tells of a UUID whether it is a key.
        sent: further keys (see `sent_keys`), which may be anything.
    """
    if len(raw) < SHORTEST:
        return raw
    own = {key.lower() for key in sent}
    for key in sent:
        if not is_uuid(key):  # no pattern finds it, but it is no key of ours either: the usual spellings will do
            plain = key.encode("utf-8", "replace")
            raw = raw.replace(plain, _shortened(plain))
            raw = raw.replace(quote_from_bytes(plain, safe="").encode(), _shortened(plain, escape=True))
    parts: list[bytes] = []
    end = place = 0
    while (match := _KEY.search(raw, place)) is not None:
        key = unquote_to_bytes(match[0].replace(b"\\u00", b"%")).decode()
        place = match.start() + 1  # what looks like a UUID may end in the first digits of one
        if is_key(key) or key.lower() in own:
            parts += raw[end : match.start()], shorten(key).encode()
            end = place = match.end()
    return b"".join((*parts, raw[end:]))


def without_half_a_key(cut: bytes) -> bytes:
    """Return a text that was cut off, less what stands at its end and may be the beginning of a key."""
    match = _HALF_A_KEY.search(cut)
    return cut if match is None else cut[: match.end(1)] + "…".encode()


def sent_keys(request: Request) -> frozenset[str]:
    """Return the keys that a request carries, well placed or not, if long enough to be keys.

    Of one that is refused for want of a key these are also the UUIDs in its path.
    """
    credential = find(request)
    found = {credential.key, find(request, parameter_first=True).key}
    found |= {secret for bag in (request.query, request.body) for secret, _ in secrets_in(bag)}
    if refusal(credential) is not None:
        found |= set(UUID.findall(request.path))
    return frozenset(key for key in found if key is not None and len(key) >= SHORTEST)


def _in_parameter(request: Request) -> Credential | None:
    parameter = request.parameters.get("api_key")
    return Credential("parameter", parameter) if isinstance(parameter, str) and parameter else None


def _user_name(encoded: str) -> str | None:
    """Return the key of Basic credentials: the colon is documented (API), a password is refused (assumed)."""
    user, colon, password = _decoded(encoded).partition(":")
    return user if colon and not password else None


def _decoded(encoded: str) -> str:
    try:
        return b64decode(encoded.strip()).decode("utf-8", "replace")
    except (ValueError, binascii.Error):
        return ""


_MEMBER = re.compile(rb'"([^"]{0,200})"\s*:\s*')
_TEXT = re.compile(rb'\\?"((?:[^"\\]|\\.)*)', re.DOTALL)
"""The value of a member as text, perhaps without its end."""
_OTHER = re.compile(rb"[\[{][^\]}]*[\]}]?|[^\s,\]}]+", re.DOTALL)
"""A list or object, which no secret belongs in, or a number."""
_DIGIT, _DASH = r"(?:[0-9a-f]|(?:%|\\u00)[346][0-9a-f])", r"(?:-|(?:%|\\u00)2d)"
_KEY = re.compile(
    _DASH.join(f"{_DIGIT}{{{length}}}" for length in (8, 4, 4, 4, 12)).encode(),
    re.IGNORECASE,
)
"""A UUID of which any letter may be escaped."""
_HALF_A_KEY = re.compile(
    rf"((?:{_DIGIT}|{_DASH}){{4}})(?:{_DIGIT}|{_DASH})+(?:%.?|\\\\(?:u.{{0,3}})?)?\Z".encode(),
    re.IGNORECASE | re.DOTALL,
)
_ELLIPSIS = quote_from_bytes("…".encode())
_PART_START = re.compile(rb"(?=\r?\n--)")
_PART_NAME = re.compile(rb'name="?([^";\r\n]*)', re.IGNORECASE)
_PART_TEXT = re.compile(rb"\r?\n\r?\n")


def _masked_pair(part: bytes) -> bytes:
    name, equals, value = part.partition(b"=")
    shown = _veiled(_unescape(name), _unescape(value)) if equals else None
    if shown is None:
        return part
    return name + equals + quote_from_bytes(shown).replace(_ELLIPSIS, "…").encode()


def _masked_part(part: bytes) -> bytes:
    start = _PART_TEXT.search(part)
    name = None if start is None else _PART_NAME.search(part, 0, start.start())
    if start is None or name is None:
        return part
    shown = _veiled(name[1], part[start.end() :])
    return part if shown is None else part[: start.end()] + shown


def _masked_members(raw: bytes) -> bytes:
    parts: list[bytes] = []
    end = place = 0
    while (member := _MEMBER.search(raw, place)) is not None:
        place = member.end()
        text = _TEXT.match(raw, place)
        value = text or _OTHER.match(raw, place)
        shown = None if value is None else _veiled(_plain(member[1]), _plain(text[1]) if text else value[0])
        if value is None or shown is None:
            continue
        if text is None and veiled(_plain(member[1]).decode("utf-8", "replace"), "?") is None:
            continue  # a list or object under a name that is only suspicious: what is in it is looked at by itself
        start = b"" if text is None else raw[place : text.start(1)]
        parts += raw[end:place], (b'"\xe2\x80\xa6"' if text is None else start + orjson.dumps(shown.decode())[1:-1])
        end = place = value.end()
    return b"".join((*parts, raw[end:]))


def _plain(text: bytes) -> bytes:
    """Return a text of JSON without its escapes, as it stands where they are broken."""
    try:
        plain: str = orjson.loads(b'"' + text + b'"')
    except orjson.JSONDecodeError:
        return text
    return plain.encode("utf-8", "replace")


def _veiled(name: bytes, value: bytes) -> bytes | None:
    shown = veiled(name.decode("utf-8", "replace"), value.decode("utf-8", "replace"))
    return None if shown is None else shown.encode()


def _unescape(text: bytes) -> bytes:
    return unquote_to_bytes(text.replace(b"+", b" "))


def _shortened(value: bytes, *, escape: bool = False) -> bytes:
    start = value.decode("utf-8", "replace")[:4].encode()
    return (quote_from_bytes(start).encode() if escape else start) + "…".encode()
