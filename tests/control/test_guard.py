"""Web pages of others are kept away: design rule 9."""

from __future__ import annotations

import asyncio
import hmac
from base64 import b64encode
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from starlette.applications import Starlette

from mock_server.app import create_app
from mock_server.control.guard import refusal
from mock_server.errors import UsageError
from mock_server.remote import Remote
from mock_server.server import MockServer
from mock_server.settings import Settings
from tests.api.door import Door

if TYPE_CHECKING:
    from tests.control.conftest import Control


def scope(host: str | None, origin: str | None = None, server: tuple[str, int] | None = ("127.0.0.1", 7334)) -> Any:
    headers = [(b"host", host.encode())] if host is not None else []
    return {"headers": [*headers, *([(b"origin", origin.encode())] if origin is not None else [])], "server": server}


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1:7334", "127.0.0.1", "127.9.9.9:1", "localhost:7334", "LOCALHOST", "a.localhost:7334", "[::1]:7334"],
)
def test_loopback_is_answered(host: str) -> None:
    assert refusal(scope(host), "127.0.0.1") is None


@pytest.mark.parametrize(
    "host",
    [None, "", "evil.example", "127.0.0.1.evil.example", "localhost.evil.example", "10.0.0.7:7334", "[::1", "0.0.0.1"],
)
def test_another_host_is_refused(host: str | None) -> None:
    assert refusal(scope(host), "127.0.0.1") is not None


def test_the_bound_name_and_the_address_that_was_reached_are_answered() -> None:
    assert refusal(scope("mock.test:7334"), "mock.test") is None
    assert refusal(scope("10.0.0.7:7334", server=("10.0.0.7", 7334)), "0.0.0.0") is None  # noqa: S104 - a setting
    assert refusal(scope("10.0.0.8:7334", server=None), "0.0.0.0") is not None  # noqa: S104 - a setting


@pytest.mark.parametrize("name", [b"host", b"origin"])
@pytest.mark.parametrize("evil_first", [True, False])
def test_of_two_hosts_or_origins_none_is_believed(name: bytes, evil_first: bool) -> None:
    good, evil = (b"127.0.0.1", b"evil.example") if name == b"host" else (b"http://127.0.0.1", b"http://evil.example")
    twice = [(name, evil), (name, good)] if evil_first else [(name, good), (name, evil)]
    asked = {"headers": [(b"host", b"127.0.0.1")] * (name != b"host") + twice, "server": ("127.0.0.1", 7334)}
    assert "nobody can tell" in str(refusal(asked, "127.0.0.1"))


@pytest.mark.parametrize(
    ("origin", "answered"),
    [
        ("http://127.0.0.1:7334", True),
        ("https://127.0.0.1:7334", True),
        ("http://127.0.0.1:7335", False),
        ("http://localhost:7334", False),
        ("https://evil.example", False),
        ("null", False),
        ("", False),
    ],
)
def test_an_origin_has_to_be_the_server_itself(origin: str, answered: bool) -> None:
    assert (refusal(scope("127.0.0.1:7334", origin), "127.0.0.1") is None) == answered


@pytest.mark.parametrize("headers", [{"Host": "evil.example"}, {"Origin": "https://evil.example"}])
@pytest.mark.parametrize(("method", "path"), [("GET", "/health"), ("POST", "/environments"), ("GET", "/nonsense")])
def test_a_foreign_call_is_refused_and_does_nothing(
    control: Control, headers: dict[str, str], method: str, path: str
) -> None:
    reply = control.call(method, path, headers={name.lower(): value for name, value in headers.items()})

    assert (reply.status, list(reply.json)) == (403, ["error"])
    assert len(control.door.rooms.environments) == 1


def test_the_mirrored_api_is_not_guarded(control: Control) -> None:
    """Clients under test may run in a browser or a container: they need a key, as at Refiner."""
    headers = {"host": "api.refiner.test", "origin": "https://shop.example", **control.refiner.bearer}

    assert control.door.call("GET", "/v1/contacts", headers=headers).status == 200


async def ask(app: Starlette, authorization: str | None) -> int:
    """Return the status of a call of the control API by this server's own address."""
    headers = [(b"host", b"10.0.0.7:7334")]
    if authorization is not None:
        headers.append((b"authorization", authorization.encode()))
    scope = {
        "type": "http", "method": "GET", "path": "/_mock/api/health", "query_string": b"", "headers": headers,
        "server": ("10.0.0.7", 7334), "scheme": "http", "root_path": "",
    }  # fmt: skip
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    await app(scope, receive, send)
    return int(sent[0]["status"])


def password(token: str) -> str:
    return "Basic " + b64encode(f"anybody:{token}".encode()).decode()


def test_off_loopback_the_admin_token_is_wanted() -> None:
    """Design 4.9: whoever calls the control API can read every key."""
    app = create_app(Settings(host="0.0.0.0"))  # noqa: S104 - a setting, nothing listens
    token = app.state.rooms.settings.admin_token
    assert len(token) >= 24
    refused = [None, "", f"Bearer {token}x", "Bearer", "Basic !", password("x"), f"Digest {token}"]

    assert [asyncio.run(ask(app, each)) for each in refused] == [401] * len(refused)
    assert [asyncio.run(ask(app, each)) for each in (f"Bearer {token}", password(token))] == [200, 200]


def test_on_loopback_none_is_wanted_unless_one_is_set() -> None:
    assert create_app(Settings()).state.rooms.settings.admin_token is None
    with MockServer(admin_token="s3cret-admin") as server:
        assert server.remote.health()["status"] == "ok"
        with closing(Remote(server.url)) as stranger, pytest.raises(UsageError, match="wants its admin token"):
            stranger.health()
        assert "s3cret" not in repr(server.settings)


def test_keys_and_tokens_are_compared_in_constant_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Issue "Trust", 2: how long a refusal takes tells nobody how much of a secret was right."""
    compared: list[tuple[bytes, bytes]] = []
    compare = hmac.compare_digest

    def watched(sent: bytes, wanted: bytes) -> bool:
        compared.append((sent, wanted))
        return compare(sent, wanted)

    door = Door(Settings(admin_token="of-the-admin"))
    key = door.rooms.environments.get("default").api_key
    wrong = key[:-1] + ("1" if key.endswith("0") else "0")
    monkeypatch.setattr(hmac, "compare_digest", watched)
    for path, secret, statuses in (
        ("/e/default/v1/", (key, wrong), (200, 404)),
        ("/_mock/api/health", ("of-the-admin", "of-the-adminx"), (200, 401)),
    ):
        for sent, status in zip(secret, statuses, strict=True):
            assert door.call("GET", path, headers={"authorization": f"Bearer {sent}"}).status == status
            assert compared.pop() == (sent.encode(), secret[0].encode())
    door.close()
