"""An environment with something on every page, all of it hostile where a client may choose the words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from mock_server.dashboard.routes import TABLE
from mock_server.remote import RemoteEnvironment
from tests.browser.conftest import Client

__all__ = ["HOSTILE", "address", "fill", "pages"]

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(2)>',
    "\u202egnp.exe</title></script><svg onload=alert(3)>",
    "{{ 7 * 7 }}' onmouseover='alert(4)",
    "long" * 2_500,
)
"""Words that a page must show as words."""

LISTS: Mapping[str, Callable[[RemoteEnvironment], Iterable[Mapping[str, Any]]]] = {
    "/requests/{id}": lambda refiner: refiner.journal(code="wrong-parameter"),
    "/contacts/{uuid}": lambda refiner: Client(refiner).send("GET", "/contacts").json()["items"][::-1],
    "/surveys/{uuid}": lambda refiner: sorted(_items(refiner, "forms"), key=lambda form: form["name"] in HOSTILE),
    "/webhooks/{uuid}": lambda refiner: refiner.webhooks(),
    "/webhooks/{uuid}/delete": lambda refiner: refiner.webhooks(),
    "/webhooks/deliveries/{id}": lambda refiner: refiner.deliveries(),
}
"""Where to look for what stands in the addresses of pages that are about one thing."""


def pages() -> list[str]:
    """Return the path of every page that can be opened, as the table has it."""
    return [path for path, views in TABLE.items() if "GET" in views]


def address(path: str, refiner: RemoteEnvironment) -> str:
    """Return a path of the table with the last in the list of what it is about."""
    if "{" not in path:
        return path
    return path.format(**[*LISTS[path](refiner)][-1])


def _items(refiner: RemoteEnvironment, noun: str) -> list[dict[str, Any]]:
    return list(refiner.remote.get(f"/environments/{refiner.name}/{noun}")["items"])


def fill(refiner: RemoteEnvironment, receiver: str) -> None:
    """Let something happen of every kind: calls right and wrong, surveys answered, webhooks delivered and refused."""
    client = Client(refiner)
    refiner.subscribe(receiver, name=HOSTILE[1])
    refiner.subscribe(f"{receiver}/<script>alert(5)</script>", events=["Completed Survey"], auth_token="s3cret-token")
    refiner.create_segment(HOSTILE[0])
    text = [{"text": word[:400], "type": "text"} for word in HOSTILE]
    form = refiner.create_form(HOSTILE[1], [{"text": HOSTILE[2], "type": "nps", "identifier": "nps"}, *text])
    for number, word in enumerate(HOSTILE):
        who = f"u-{number}{word[:200]}"
        client.identify(who, name=word, email=f"u{number}@example.org", **{word[:200]: word})
        client.track(id=who, event=word)
        client.track(id=who, event_name=word, **{word[:200]: word})
        client.send("GET", f"/contacts/{word[:500]}")
        done = refiner.complete_survey(form, {"id": who}, nps=number * 2, reason=word)
        refiner.tag_response(done, word[:100])
    refiner.settle()
