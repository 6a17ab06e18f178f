"""How the token of a webhook is sent: rightly, and in the ways in which it must not be taken.

Refiner sends `Authorization: Bearer <token>` (documented, Make's page on Refiner).
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from dataclasses import field

from mock_server.errors import UsageError
from mock_server.frozen import frozen

__all__ = ["MANNERS", "OLD_VARIABLE", "VARIABLE", "Keyring"]

VARIABLE = "REFINER_WEBHOOK_TOKEN"
"""The variable that stands for the token in what is shown."""
OLD_VARIABLE = "REFINER_WEBHOOK_OLD_TOKEN"
_WRONG = "not-the-token-of-this-webhook"


@frozen
class Manner:
    """One way to send a token."""

    words: str
    header: Callable[[str], str | None]
    """Of the token; None: no header."""
    shell: str
    """The same header, as a shell makes it of the variable."""


MANNERS: Mapping[str, Manner] = {
    "right": Manner("the right token", lambda token: f"Bearer {token}", f"Bearer ${VARIABLE}"),
    "wrong": Manner("another token", lambda _: f"Bearer {_WRONG}", f"Bearer {_WRONG}"),
    "missing": Manner("no Authorization", lambda _: None, ""),
    "empty": Manner("an empty token", lambda _: "Bearer ", "Bearer "),
    "prefix": Manner(
        "the token without its last character", lambda token: f"Bearer {token[:-1]}", f"Bearer ${{{VARIABLE}%?}}"
    ),
    "longer": Manner("the token with more behind it", lambda token: f"Bearer {token}x", f"Bearer ${{{VARIABLE}}}x"),
    "preceded": Manner("the token with more before it", lambda token: f"Bearer x{token}", f"Bearer x${VARIABLE}"),
    "other-case": Manner(
        "the token with capital for small letters",
        lambda token: f"Bearer {token.swapcase()}",
        f"Bearer $(printf %s \"${VARIABLE}\" | tr 'A-Za-z' 'a-zA-Z')",
    ),
    "basic": Manner(
        "the token as HTTP Basic",
        lambda token: "Basic " + base64.b64encode(f"{token}:".encode()).decode(),
        f'Basic $(printf %s: "${VARIABLE}" | base64 | tr -d "\\n")',
    ),
    "other-scheme": Manner(
        "the token under the scheme Token", lambda token: f"Token {token}", f"Token ${VARIABLE}"
    ),
    "old": Manner("the old token", lambda token: f"Bearer {token}", f"Bearer ${OLD_VARIABLE}"),
}  # fmt: skip


@frozen
class Keyring:
    """The tokens that a run knows, and whatever else it must not show."""

    token: str | None = field(default=None, repr=False)
    old_token: str | None = field(default=None, repr=False)
    others: tuple[str, ...] = field(default=(), repr=False)

    def __post_init__(self) -> None:
        for token in (self.token, self.old_token):
            if token is not None and not (token and token.isascii() and token.isprintable() and token == token.strip()):
                raise UsageError("A token is text of printable ASCII characters, without spaces around it.")
        if self.token is not None and self.token == self.old_token:
            raise UsageError("The old token is the token; one of the two must be another.")

    def unfit(self, manner: str) -> str | None:
        """Return why the token cannot be sent in a manner, None when it can."""
        if manner == "right":
            return None
        if self.token is None:
            return "No --token is given."
        if manner == "old" and self.old_token is None:
            return "No --old-token is given."
        if self.header(manner) == self.header("right"):
            return f"With this token {MANNERS[manner].words} is the same."
        return None

    def header(self, manner: str) -> str | None:
        """Return the Authorization header of a manner; None: none is sent."""
        token = self.old_token if manner == "old" else self.token
        return None if token is None else MANNERS[manner].header(token)

    def variables(self, manner: str) -> dict[str, str]:
        """Return what must not be shown, by the expression of the shell that stands for it."""
        header = self.header(manner)
        hidden = {} if header is None else {header: MANNERS[manner].shell}
        known = {self.token: f"${VARIABLE}", self.old_token: f"${OLD_VARIABLE}"}
        return hidden | {token: name for token, name in known.items() if token is not None}

    def masked(self, text: str) -> str:
        """Return a text with the secrets, and what was made of them, shortened: to four characters, at most half."""
        headers = [self.header(manner) for manner in MANNERS]
        made = {header.partition(" ")[2] for header in headers if header is not None}
        secrets = {*made, *self.others} - {"", _WRONG}
        if not secrets:
            return text
        # In one pass, or what is left of one would be shortened again; the longest first, as one may begin another.
        anything = "|".join(map(re.escape, sorted(secrets, key=len, reverse=True)))
        return re.sub(anything, lambda found: found[0][: min(4, len(found[0]) // 2)] + "…", text)
