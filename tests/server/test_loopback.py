"""Unless it is told otherwise, a server listens on one loopback address and on no other of the machine."""

from __future__ import annotations

import socket
import sys
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


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere 127.0.0.2 is no address, so nothing is reached there")
def test_a_server_on_all_addresses_is_told_from_one_on_loopback() -> None:
    with MockServer(Settings(host="0.0.0.0")) as server:  # noqa: S104 - that is what must be noticed
        assert not only_loopback(server.url.replace("0.0.0.0", "127.0.0.1"))  # noqa: S104 - as above
