"""The front page: what it shows, and that nothing hostile gets through it."""

from __future__ import annotations

import http.client
from collections.abc import Iterator

import pytest

from mock_server.server import MockServer


@pytest.fixture
def server() -> Iterator[MockServer]:
    with MockServer() as running:
        yield running


def page(server: MockServer, host: str | None = None) -> tuple[int, str, http.client.HTTPMessage]:
    connection = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=10)
    connection.request("GET", "/_mock/", headers={} if host is None else {"Host": host})
    response = connection.getresponse()
    text = response.read().decode()
    connection.close()
    return response.status, text, response.headers


def test_the_front_page_says_where_to_point_a_client(server: MockServer) -> None:
    refiner = server.create_environment("mine")

    status, text, headers = page(server)

    assert status == 200
    assert refiner.base_url in text
    assert refiner.api_key in text
    assert "Send the first one" in text
    assert "default-src 'none'" in headers["Content-Security-Policy"]


def test_what_clients_send_is_escaped(server: MockServer) -> None:
    connection = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=10)
    connection.request("GET", "/v1/%3Cscript%3Ealert(1)%3C/script%3E")
    connection.getresponse().read()
    connection.close()

    _, text, _ = page(server)

    assert "<script" not in text
    assert "&lt;script&gt;" in text


def test_a_foreign_host_is_refused(server: MockServer) -> None:
    """Design 4.9: a page of elsewhere must not read the keys by DNS rebinding."""
    status, text, _ = page(server, host="evil.example.org")

    assert status == 403
    assert server.api_key not in text
