"""Unless it is told otherwise, a server listens on one loopback address and on no other of the machine."""

from __future__ import annotations

import socket
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from mock_server import MockServer, Settings
from tests.miniatures.running import serving


def is_reached(address: str, port: int) -> bool:
    """Tell whether something listens there; all of 127.0.0.0/8 is this machine, and so is in `0.0.0.0`."""
    with socket.socket() as one:
        return one.connect_ex((address, port)) == 0


def only_loopback(url: str) -> bool:
    where = urlsplit(url)
    assert where.port is not None
    return (
        where.hostname == "127.0.0.1"
        and is_reached("127.0.0.1", where.port)
        and not is_reached("127.0.0.2", where.port)
    )


def test_a_server_that_is_told_no_host(tmp_path: Path) -> None:
    with serving(tmp_path) as served:
        assert only_loopback(served.ready["base_url"])


def test_a_server_in_a_thread() -> None:
    with MockServer() as server:
        assert only_loopback(server.url)


def test_the_check_itself_notices_a_server_on_all_addresses() -> None:
    with MockServer(Settings(host="0.0.0.0")) as server:  # noqa: S104 - that is what must be noticed
        port = urlsplit(server.url).port
        assert port is not None
        if not is_reached("127.0.0.2", port):
            pytest.skip("this machine has no other loopback address")
