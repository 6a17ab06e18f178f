"""Web pages of others are kept away: design rule 9."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from mock_server.control.guard import refusal

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
