"""What is told of a request without the secrets in it: no key whole, nothing at all of a password, and short."""

from __future__ import annotations

import binascii
from base64 import b64decode
from collections.abc import Callable, Mapping
from dataclasses import replace

from mock_server.contract.secrets import SHORTEST, UUID, secrets_in, shorten, veiled
from mock_server.contract.verdict.hearing import Hearing
from mock_server.contract.violation import LONGEST_GOT, Finding

__all__ = ["decoded", "without_secrets"]

_SHORTEST_WORD = 4
"""Characters below which a secret is looked for under its own name only: it would be found in every word."""


def without_secrets(found: tuple[Finding, ...], hearing: Hearing, is_key: Callable[[str], bool]) -> tuple[Finding, ...]:
    """Return findings as they may be shown; `is_key` tells of a UUID whether it is an API key."""
    known = _secrets(hearing)

    def shortened(text: str | None, longest: int) -> str | None:
        text = _masked(text, known, is_key)
        return text if text is None or len(text) <= longest else text[: longest - 1] + "…"

    return tuple(
        replace(
            each,
            where=(each.where[0], shortened(each.where[1], LONGEST_GOT) or ""),
            got=shortened(_got(each), LONGEST_GOT),
            expected=shortened(each.expected, 3 * LONGEST_GOT),
            message=shortened(each.message, 4 * LONGEST_GOT) or "",
            suggestion=shortened(each.suggestion, 3 * LONGEST_GOT),
        )
        for each in found
    )


def _got(finding: Finding) -> str | None:
    """Return what was sent, of a secret that is too short to be looked for everywhere what may be shown of it."""
    place, name = finding.where
    return finding.got if place == "header" or not finding.got else veiled(name, finding.got) or finding.got


def decoded(encoded: str) -> str:
    """Return what base64 text stands for, nothing where it is none."""
    try:
        return b64decode(encoded, validate=True).decode()
    except (ValueError, binascii.Error):
        return ""


def _secrets(hearing: Hearing) -> dict[str, str]:
    """Return the keys of a request, well placed or not, and its other secrets, each with what may be shown of it."""
    request = hearing.request
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in hearing.headers}
    rest = (request.authorization or "").strip().rpartition(" ")[2]
    keys = [rest, *decoded(rest).split(":")]
    if hearing.refused:
        keys += UUID.findall(request.path)
    known = {key: shorten(key) for key in keys if len(key) >= SHORTEST}
    for bag in (request.query, request.body, {**headers, "authorization": ""}):
        known.update(secrets_in(bag))
    return {secret: shown for secret, shown in known.items() if len(secret) >= _SHORTEST_WORD}


def _masked(text: str | None, known: Mapping[str, str], is_key: Callable[[str], bool]) -> str | None:
    if text is None:
        return None
    for secret in sorted(known, key=len, reverse=True):
        text = text.replace(secret, known[secret])
    return UUID.sub(lambda match: shorten(match[0]) if is_key(match[0]) else match[0], text)
