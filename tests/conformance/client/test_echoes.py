"""What a client has sent, sent again: the same answers in the same world, others under another dialect."""

from __future__ import annotations

import base64
import http.client
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from mock_server import MockServer
from mock_server.conformance.client.echoes import echoes
from mock_server.remote import RemoteEnvironment


@pytest.fixture
def refiner() -> Iterator[RemoteEnvironment]:
    with MockServer() as server:
        environment = server.create_environment(clock={"freeze": "2026-03-02T10:00:00Z"})
        yield environment


def send(environment: RemoteEnvironment, method: str, path: str, body: str = "", **headers: str) -> None:
    address = urlsplit(environment.base_url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, address.path + path, body.encode() or None, named)
    connection.getresponse().read()
    connection.close()


def again(recorded: RemoteEnvironment, other: RemoteEnvironment) -> list[Any]:
    """Return what another environment answers to all that one was sent."""
    sent = [recorded.remote.get(f"/requests/{entry['id']}") for entry in recorded.journal()]
    return list(echoes(other, [([each], f"{recorded.api_key[:4]}…") for each in sent], ()))


def test_the_key_goes_as_it_went(refiner: RemoteEnvironment) -> None:
    key, other = refiner.api_key, refiner.fork()
    basic = base64.b64encode(f"{key}:".encode()).decode()
    send(refiner, "GET", "/", Authorization=f"Bearer {key}")
    send(refiner, "GET", "/", Authorization=f"Basic {basic}")
    send(refiner, "GET", f"/?api_key={key}")
    send(refiner, "POST", "/", f"api_key={key}", Content_Type="application/x-www-form-urlencoded")
    assert [status for [(status, _, _)] in again(refiner, other)] == [200] * 4
    schemes = [
        (refiner.remote.get(f"/requests/{entry['id']}")["request"]["authorization"] or "").partition(" ")[0]
        for entry in other.journal()
    ]
    assert schemes == ["Bearer", "Basic", "", ""]


def test_what_is_sent_arrives_as_before(refiner: RemoteEnvironment) -> None:
    other, key = refiner.fork(), f"Bearer {refiner.api_key}"
    body = json.dumps({"id": "größe + & = % 😀", "plan": None})
    send(refiner, "POST", "/identify-user", body, Authorization=key, Content_Type="application/json")
    send(refiner, "GET", "/contacts?search=a%2Bb%20c&page_length=5", Authorization=key)
    multipart = '--b\r\nContent-Disposition: form-data; name="id"\r\n\r\nada\r\n--b--\r\n'
    send(
        refiner, "POST", "/identify-user", multipart, Authorization=key, Content_Type="multipart/form-data; boundary=b"
    )
    assert [status for [(status, _, _)] in again(refiner, other)] == [202, 200, 202]
    for was, now in zip(refiner.journal(), other.journal(), strict=True):
        requests = [refiner.remote.get(f"/requests/{entry['id']}")["request"] for entry in (was, now)]
        assert requests[0]["parameters"] == requests[1]["parameters"]


def test_only_what_a_dialect_changes_differs(refiner: RemoteEnvironment) -> None:
    same, other = refiner.fork(), refiner.fork()
    key, media_type = f"Bearer {refiner.api_key}", "application/json"
    send(refiner, "GET", "/account", Authorization=key)
    send(refiner, "POST", "/identify-user", '{"id": "ada"}', Authorization=key, Content_Type=media_type)
    send(refiner, "POST", "/track-event", '{"id": "ada", "event": "e"}', Authorization=key, Content_Type=media_type)
    other.configure(dialect={"identify-status": "201"})
    one, two = again(refiner, same), again(refiner, other)
    assert [was == now for was, now in zip(one, two, strict=True)] == [True, False, True]
