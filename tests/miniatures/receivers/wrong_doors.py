"""Receivers that are wrong about who may deliver: each takes one header too many, or one too few.

A rule says of the `Authorization` that came ("" for none) whether the receiver lets it in.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping

from tests.miniatures.receivers.honest import Honest, Receiver

__all__ = ["DOORS"]

Rule = Callable[[str, Receiver], bool]


def right(sent: str, receiver: Receiver) -> bool:
    return sent == f"Bearer {receiver.token}"


def door(rule: Rule, **more: int) -> type[Honest]:
    """Return a receiver that goes by a rule, perhaps with another status for the refused."""

    def admits(self: Honest, authorization: str | None) -> bool:
        return rule(authorization or "", self.server)

    return type("Door", (Honest,), {"admits": admits, **more})


def basic(sent: str, receiver: Receiver) -> bool:
    return sent == "Basic " + base64.b64encode(f"{receiver.token}:".encode()).decode()


class ActsFirst(Honest):
    """Refuses as it should, when all is done."""

    def admits(self, authorization: str | None) -> bool:
        return True

    def receive(self, body: bytes) -> int:
        status = super().receive(body)
        return status if super().admits(self.headers.get("Authorization")) else self.refused


DOORS: Mapping[str, tuple[type[Honest], str]] = {
    "accepts any token": (door(lambda sent, _: sent.startswith("Bearer ") and len(sent) > 7), "token-wrong"),
    "accepts no token at all": (door(lambda _sent, _: False), "token-accepted"),
    "wants no header": (door(lambda sent, its: not sent or right(sent, its)), "token-missing"),
    "accepts an empty token": (door(lambda sent, its: sent.strip() == "Bearer" or right(sent, its)), "token-empty"),
    "accepts a prefix": (
        door(lambda sent, its: len(sent) > 10 and f"Bearer {its.token}".startswith(sent)),
        "token-prefix",
    ),
    "compares a prefix": (door(lambda sent, its: sent.startswith(f"Bearer {its.token}")), "token-longer"),
    "looks at the end": (
        door(lambda sent, its: sent.startswith("Bearer ") and sent.endswith(its.token)),
        "token-preceded",
    ),
    "compares without case": (
        door(lambda sent, its: sent.lower() == f"Bearer {its.token}".lower()),
        "token-other-case",
    ),
    "accepts any scheme": (door(lambda sent, its: sent.endswith(f" {its.token}")), "token-other-scheme"),
    "accepts basic, too": (door(lambda sent, its: right(sent, its) or basic(sent, its)), "token-as-basic"),
    "accepts the old token": (
        door(lambda sent, its: right(sent, its) or sent == f"Bearer {its.old_token}"),
        "token-old",
    ),
    "wants bearer in small letters": (door(lambda sent, its: sent == f"bearer {its.token}"), "token-accepted"),
    "wants the bare token": (door(lambda sent, its: sent == its.token), "token-accepted"),
    "refuses with 400": (door(right, refused=400), "token-wrong"),
    "refuses with 404": (door(right, refused=404), "token-missing"),
    "refuses with a way to log in": (door(right, refused=302), "token-missing"),
    "fails instead of refusing": (door(right, refused=500), "token-wrong"),
    "says 200 and does nothing": (door(right, refused=200), "token-wrong"),
    "acts before it looks": (ActsFirst, "token-wrong"),
}
