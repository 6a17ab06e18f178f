"""A request as a line for a POSIX shell; secrets stand in it as variables, so it can be shown and kept."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from mock_server.conformance.plain import printable

__all__ = ["LONGEST", "curl", "curl_of_exchange"]

LONGEST = 4_000
"""Characters beyond which a command is no help any more."""

_URL_SAFE = "".join(map(chr, range(33, 127)))
"""What a URL may hold without being escaped once more."""
_PATH_SAFE = "\0/!$&'()*+,;=:@-._~"
_BASE, _ROOT, _KEY, _BASIC = "\0base\0", "\0root\0", "\0key\0", "\0basic\0"
_VARIABLES = {
    _BASE: "$REFINER_BASE_URL",
    _ROOT: "${REFINER_BASE_URL%/v1}",
    _KEY: "$REFINER_API_KEY",
    _BASIC: "$(printf %s: $REFINER_API_KEY | base64)",
}
_MILD, _NAME = re.compile(r"[\w :;/?&=,.@+%()\[\]-]*", re.ASCII), re.compile(r"\w", re.ASCII)
"""What means nothing between double quotes, and what would lengthen the name of a variable in front of it."""
_SHORT_KEY = re.compile(
    r"""(api[\s._-]?key[^=:&,]{0,20}[=:]\s*"?|name="api_key"\s+)[^"&\s…]{0,12}…|(?<=[=:"/\s])[0-9a-f]{4}…(?=["/&\s]|$)""",
    re.IGNORECASE,
)
"""A key as the control API shows it: what goes by its name, or four hexadecimal digits by themselves."""


def curl(
    method: str, url: str, *, headers: Mapping[str, str], body: str = "", variables: Mapping[str, str]
) -> str | None:
    """Return a command that makes a request and shows the whole answer, None where it would be too long.

    Args:
        method: as it is sent.
        url: whole; what may not stand in a URL is escaped.
        headers: names and values; an empty value keeps curl from sending one of its own.
        body: the text of it.
        variables: what is never shown, such as a token, by the expression of the shell that stands for it, such as
            `$RECEIVER_TOKEN`.
    """
    words = ["curl", "-sSIg" if method == "HEAD" else "-sSig"]
    if method not in ("HEAD", "POST" if body else "GET"):
        words += "-X", shlex.quote(method)
    if "/." in url:
        words.append("--path-as-is")
    words.append(_word(_escaped(url, variables), variables))
    for name, value in headers.items():
        words += "-H", _word(f"{name}: {value}" if value else f"{name}:", variables)
    piped = ""
    if printable(_without(body, variables)):
        words += ("--data-raw", _word(body, variables)) if body else ()
    else:
        piped = f"printf {_word(_format(body, variables), variables)} | "
        words += "--data-binary", "@-"
    command = piped + " ".join(words)
    return command if len(command) <= LONGEST else None


def curl_of_exchange(entry: Mapping[str, Any]) -> str | None:
    """Return a command that makes the request of an exchange once more, None where not enough of it is known.

    Args:
        entry: as `GET /_mock/api/requests/{id}` gives it. Base URL and key are `$REFINER_BASE_URL` and
            `$REFINER_API_KEY`; a key that was refused stands as it is shown, shortened, and is refused again.
    """
    request = entry.get("request")
    if not request or request["not_replayable"]:
        return None
    refused = any(violation["code"] == "bad-credentials" for violation in entry["violations"])
    path, query, body = (
        text if refused else _SHORT_KEY.sub(rf"\1{_KEY}", text)
        for text in (without_prefix(entry["path"]), entry["query"], request["body"])
    )
    headers = {}
    if request["authorization"]:
        headers["Authorization"] = request["authorization"] if refused else _authorization(request["authorization"])
    if request["media_type"] or body:
        headers["Content-Type"] = request["media_type"]
    if request["media_type"] == "multipart/form-data":
        headers["Content-Type"] += f"; boundary={body.partition(chr(10))[0].strip().removeprefix('--')}"
    mirrored = path == "/v1" or path.startswith("/v1/")
    # The journal has the path unescaped, and the query as it came.
    url = quote(_BASE + path.removeprefix("/v1") if mirrored else _ROOT + path, safe=_PATH_SAFE, errors="replace")
    url += f"?{query}" if query else ""
    return curl(entry["method"], url, headers=headers, body=body, variables=_VARIABLES)


def without_prefix(path: str) -> str:
    """Return the path of a request without the environment that may stand in front of it (`/e/<name>`)."""
    return re.sub(r"^/e/[^/]*(?=/|$)", "", path) or "/"


def _authorization(shown: str) -> str:
    """Return an Authorization header with the key put back into it."""
    scheme, blank, _ = shown.partition(" ")
    if not blank:
        return shown
    return f"{scheme} {_BASIC if scheme.lower() == 'basic' else _KEY}"


def _parts(text: str, variables: Mapping[str, str]) -> list[str]:
    """Return a text cut at what is never shown, which is every second part."""
    secrets = [re.escape(secret) for secret in variables if secret]
    return re.split(f"({'|'.join(secrets)})", text) if secrets else [text]


def _without(text: str, variables: Mapping[str, str]) -> str:
    return "".join(_parts(text, variables)[::2])


def _word(text: str, variables: Mapping[str, str]) -> str:
    """Return a text as one word of the shell."""
    parts = _parts(text, variables)
    if len(parts) > 1 and all(map(_MILD.fullmatch, parts[::2])) and not any(map(_NAME.match, parts[2::2])):
        return '"' + "".join(variables.get(part, part) for part in parts) + '"'
    quoted = [f'"{variables[part]}"' if rank % 2 else _quoted(part) for rank, part in enumerate(parts) if part]
    return "".join(quoted) or "''"


def _quoted(text: str) -> str:
    return shlex.quote(text) if printable(text) else f'"$(printf {shlex.quote(_format(text, {}))})"'


def _escaped(url: str, variables: Mapping[str, str]) -> str:
    parts = _parts(url, variables)
    return "".join(
        part if rank % 2 else quote(part, safe=_URL_SAFE, errors="replace") for rank, part in enumerate(parts)
    )


def _format(body: str, variables: Mapping[str, str]) -> str:
    """Return a body as a format of printf: what does not print is octal there, and so is a dash that begins it."""
    parts = enumerate(_parts(body, variables))
    text = "".join(part if rank % 2 else "".join(map(_octal, part)) for rank, part in parts)
    return f"\\055{text[1:]}" if text.startswith("-") else text


def _octal(one: str) -> str:
    if one in "%\n":
        return "%%" if one == "%" else "\\n"
    if one.isprintable() and one not in "\\#":
        return one
    return "".join(f"\\{byte:03o}" for byte in one.encode("utf-8", "replace"))
