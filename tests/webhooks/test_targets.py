"""Where webhooks may be posted to: judged on the address when the socket is opened."""

from __future__ import annotations

import socket
from functools import partial
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_server.errors import Invalid
from mock_server.webhooks import names
from mock_server.webhooks.subscriptions import EVENTS, Subscription
from mock_server.webhooks.targets import ForbiddenTarget, is_far, is_near, open_socket, shown

if TYPE_CHECKING:
    from tests.webhooks.conftest import MakeEvent, Play, Stage


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.8.8.8",
        "0.0.0.0",  # noqa: S104 - nothing is bound
        "10.1.2.3",
        "172.31.255.255",
        "192.168.0.1",
        "::1",
        "::",
        "fd00::1",
        "::ffff:127.0.0.1",
    ],
)
def test_this_machine_and_private_networks_are_near(address: str) -> None:
    assert is_near(address)
    assert not is_far(address)


@pytest.mark.parametrize(
    "address",
    [
        "93.184.216.34",
        "172.32.0.1",
        "100.64.0.1",
        "169.254.169.254",
        "224.0.0.1",
        "2001:db8::1",
        "fe80::1%eth0",
        "::ffff:8.8.8.8",
        "fd00:ec2::254",
        "fd20:ce::254",
        "64:ff9b::7f00:1",
        "localhost",
        "",
    ],
)
def test_everything_else_is_not(address: str) -> None:
    assert not is_near(address)
    assert is_far(address) is (address not in ("localhost", ""))


@given(st.ip_addresses().map(str))
def test_a_global_address_is_never_near(address: str) -> None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    entry = (family, socket.SOCK_STREAM, 0, "", (address, 80))
    if is_near(address):
        open_socket(allow_public=False)(entry).close()
    else:
        with pytest.raises(ForbiddenTarget, match="allow_public_targets"):
            open_socket(allow_public=False)(entry)


def test_with_the_flag_every_address_is_allowed() -> None:
    entry = (socket.AF_INET, socket.SOCK_STREAM, 0, "", ("93.184.216.34", 80))
    with open_socket(allow_public=True)(entry) as made:
        assert made.family == socket.AF_INET


@pytest.mark.parametrize("url", ["http://93.184.216.34/hook", "http://[2001:db8::1]:8080/", "https://169.254.169.254/"])
def test_a_forbidden_target_fails_at_once_and_the_log_says_why(play: Play, make_event: MakeEvent, url: str) -> None:
    """It is refused when somebody registers it, but may come with a snapshot."""

    async def scene(stage: Stage) -> None:
        with pytest.raises(Invalid, match=r"neither a loopback nor a private address.*allow_public_targets") as refusal:
            stage.subscribe(url)
        assert refusal.value.name == "url"
        stage.engine.subscriptions(stage.environment).load([Subscription("w", "far", url, EVENTS)])
        stage.happen(make_event())
        assert await stage.settle() == 0
        [delivery] = stage.deliveries
        assert delivery["status"] == "failed"
        [attempt] = delivery["attempts"]
        assert attempt["status"] is None
        assert "neither a loopback nor a private address" in attempt["error"]

    play(scene)


def test_a_webhook_cannot_be_moved_to_a_forbidden_address(play: Play) -> None:
    async def scene(stage: Stage) -> None:
        webhook = stage.subscribe("http://127.0.0.1:9/hook")
        webhooks = stage.engine.subscriptions(stage.environment)
        with pytest.raises(Invalid, match=r"93\.184\.216\.34"):
            webhooks.update(webhook.uuid, {"url": "http://93.184.216.34/hook"})
        assert webhooks.get(webhook.uuid) == webhook

    play(scene)


def test_with_the_flag_any_address_can_be_registered(play: Play) -> None:
    async def scene(stage: Stage) -> None:
        assert stage.subscribe("http://93.184.216.34/hook").url == "http://93.184.216.34/hook"

    play(scene, allow_public_targets=True)


def test_a_name_is_judged_by_the_address_it_leads_to(
    play: Play, make_event: MakeEvent, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = socket.getaddrinfo

    def lying(host: str, *args: int, **more: int) -> object:
        return real("93.184.216.34" if host == "intranet.test" else host, *args, **more)

    monkeypatch.setattr(socket, "getaddrinfo", lying)

    async def scene(stage: Stage) -> None:
        stage.subscribe("http://intranet.test/hook")
        stage.happen(make_event())
        await stage.settle()
        assert "93.184.216.34 is neither" in stage.deliveries[0]["attempts"][0]["error"]

    play(scene)


def test_localhost_needs_no_network(play: Play, make_event: MakeEvent) -> None:
    async def scene(stage: Stage) -> None:
        receiver = await stage.receiver()
        stage.subscribe(f"http://localhost:{receiver.port}/hook")
        stage.happen(make_event())
        await stage.settle()
        assert receiver.events == ["Completed Survey"]

    play(scene)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://127.0.0.1:9/hook", "http://127.0.0.1:9/hook"),
        ("http://127.0.0.1:9/hook?key=abc", "http://127.0.0.1:9/hook?…"),
        ("http://127.0.0.1:9?abc?d", "http://127.0.0.1:9?…"),
    ],
)
def test_an_address_is_shown_without_its_query(url: str, said: str) -> None:
    assert shown(url) == said


def test_a_name_that_leads_elsewhere_by_the_next_attempt_is_refused(
    play: Play, make_event: MakeEvent, monkeypatch: pytest.MonkeyPatch, reply: Any
) -> None:
    """DNS rebinding: near when it was registered and first posted to, a stranger's when it is posted to again."""
    real, place = socket.getaddrinfo, ["127.0.0.1"]

    def rebinding(host: str, *args: int, **more: int) -> object:
        return real(place[-1] if host == "rebound.test" else host, *args, **more)

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    monkeypatch.setattr(aiohttp, "TCPConnector", partial(aiohttp.TCPConnector, use_dns_cache=False))

    async def scene(stage: Stage) -> None:
        receiver = await stage.receiver(reply(500, {"Connection": "close"}), 200)
        stage.subscribe(f"http://rebound.test:{receiver.port}/hook")
        stage.happen(make_event())
        assert await stage.settle() == 1
        assert len(receiver.posts) == 1
        place.append("93.184.216.34")
        await stage.advance(5)
        [delivery] = stage.deliveries
        assert (delivery["status"], len(receiver.posts)) == ("failed", 1)
        assert "93.184.216.34 is neither" in delivery["attempts"][-1]["error"]

    play(scene)


def test_the_socket_is_refused_too_where_a_name_got_past_the_first_look(
    play: Play, make_event: MakeEvent, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda _, *args, **more: real("93.184.216.34", *args, **more))
    monkeypatch.setattr(names, "is_near", lambda _: True)

    async def scene(stage: Stage) -> None:
        stage.subscribe("http://intranet.test/hook")
        stage.happen(make_event())
        await stage.settle()
        [delivery] = stage.deliveries
        assert delivery["status"] == "failed"
        assert "93.184.216.34 is neither" in delivery["attempts"][0]["error"]

    play(scene)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_to_a_stranger_opens_no_connection(
    play: Play, make_event: MakeEvent, monkeypatch: pytest.MonkeyPatch, reply: Any, status: int
) -> None:
    asked, real = list[str](), socket.getaddrinfo

    def listening(host: str, *args: int, **more: int) -> object:
        asked.append(host)
        return real(host, *args, **more)

    monkeypatch.setattr(socket, "getaddrinfo", listening)

    async def scene(stage: Stage) -> None:
        receiver = await stage.receiver(reply(status, {"Location": "http://stranger.test/hook"}))
        stage.subscribe(f"http://localhost:{receiver.port}/hook")
        stage.happen(make_event())
        assert await stage.settle() == 1
        assert (len(receiver.posts), set(asked)) == (1, {"localhost"})
        assert stage.deliveries[0]["attempts"][0]["status"] == status

    play(scene)
