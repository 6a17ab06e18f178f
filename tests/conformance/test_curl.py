"""Commands are run by a real shell; against a server they make the same request again."""

from __future__ import annotations

import base64
import http.client
import os
import subprocess
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mock_server.conformance.curl import LONGEST, curl, curl_of_exchange
from mock_server.remote import RemoteEnvironment
from tests.conformance.reports import entry
from tests.miniatures.running import tool

JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
PART = '--b0\r\nContent-Disposition: form-data; name="id"\r\n\r\n4\'2\r\n--b0--\r\n'


def shell(command: str, **variables: str) -> str:
    tool("curl")
    env = {"PATH": os.environ["PATH"], **variables}
    done = subprocess.run(["sh", "-c", command], env=env, capture_output=True, check=True, timeout=30)
    return done.stdout.decode("utf-8", "surrogateescape")


def send(refiner: RemoteEnvironment, method: str, target: str, headers: Mapping[str, str], body: str = "") -> Any:
    """Make a request below the environment's address and return the exchange."""
    address = urlsplit(refiner.base_url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=30)
    root = address.path.removesuffix("/v1")
    connection.request(method, root + target, body.encode("utf-8", "surrogateescape") or None, dict(headers))
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return refiner.remote.get(f"/requests/{answer.headers['Refiner-Mock-Request-Id']}")


def again(refiner: RemoteEnvironment, exchange: Mapping[str, Any]) -> Any:
    """Run the command of an exchange and return the exchange it makes."""
    command = curl_of_exchange(exchange)
    assert command is not None
    assert refiner.api_key not in command
    said = shell(command, REFINER_BASE_URL=refiner.base_url, REFINER_API_KEY=refiner.api_key)
    heads = [line.partition(": ") for line in said.splitlines()]
    (id,) = [value for name, _, value in heads if name.lower() == "refiner-mock-request-id"]
    return refiner.remote.get(f"/requests/{id}")


def asked(exchange: Mapping[str, Any]) -> dict[str, Any]:
    """Return what two equal requests have in common, the verdict on them included."""
    found = {(violation["rule"], str(violation["where"])) for violation in exchange["violations"]}
    names = ("method", "path", "query", "operation", "status", "request")
    return {name: exchange[name] for name in names} | {"found": found}


REQUESTS: dict[str, tuple[str, str, Mapping[str, str], str]] = {
    "a query with brackets": ("GET", "/v1/contacts?segment[]=a&page=2&x=%27%20%22", {}, ""),
    "JSON full of the shell's own characters": (
        "POST",
        "/v1/identify-user",
        JSON,
        '{"id": "\'$(id)`id`\\"!$HOME\\\\%s"}',
    ),
    "JSON over several lines": (
        "POST",
        "/v1/identify-user",
        JSON,
        '{\n\t"id": "1",\r\n  "name": "Zoë 日本 😀 %d"\n}\n',
    ),
    "JSON that turns lines round": ("POST", "/v1/identify-user", JSON, '{"id": "1", "name": "\u202egnp\u2066"}'),
    "a form": ("POST", "/v1/identify-user", FORM, "id=1&email=a%40b.c&tags[]=x&note=a+b%00"),
    "a body that looks like a file": ("POST", "/v1/identify-user", FORM, "@/etc/hostname"),
    "a body that looks like an option": ("POST", "/v1/identify-user", {"Content-Type": "text/plain"}, "-e\n--x##[y]"),
    "control characters": ("POST", "/v1/identify-user", JSON, '{"id": "\x1b[31m\x00\x07"}'),
    "multipart": ("POST", "/v1/identify-user", {"Content-Type": "multipart/form-data; boundary=b0"}, PART),
    "no media type": ("POST", "/v1/identify-user", {}, "id=1"),
    "DELETE with a body": ("DELETE", "/v1/contacts", JSON, '{"id": "nobody"}'),
    "GET with a body": ("GET", "/v1/contacts", JSON, '{"page": 1}'),
    "an unknown route": ("PATCH", "/v1/con%23tacts%20%3F%25/x;y", {}, ""),
    "dots in the path": ("GET", "/v1/./contacts/../x", {}, ""),
    "a path outside of v1": ("POST", "/v2/users?a=b", JSON, "{}"),
    "nothing at all": ("GET", "/v1", {}, ""),
}


@pytest.mark.parametrize("name", REQUESTS)
def test_a_command_makes_the_same_request_again(name: str, refiner: RemoteEnvironment) -> None:
    method, target, headers, body = REQUESTS[name]
    exchange = send(refiner, method, target, {"Authorization": f"Bearer {refiner.api_key}", **headers}, body)
    assert asked(again(refiner, exchange)) == asked(exchange)


def test_a_key_is_put_back_wherever_it_was_sent(refiner: RemoteEnvironment) -> None:
    key = refiner.api_key
    basic = base64.b64encode(f"{key}:".encode()).decode()
    for exchange in (
        send(refiner, "GET", "/v1/contacts", {"Authorization": f"Basic {basic}"}),
        send(refiner, "GET", f"/v1/contacts?page=1&api_key={key}&x=Load%E2%80%A6", {}),
        send(refiner, "POST", "/v1/identify-user", JSON, f'{{"id": "Hi…", "api_key": "{key}"}}'),
        send(refiner, "POST", "/v1/identify-user", FORM, f"api_key={key}&id=1"),
        send(refiner, "POST", "/v1/identify-user", {**JSON, "Authorization": f"Bearer {key}"}, f'{{"id": "{key}"}}'),
    ):
        assert exchange["status"] != 401
        assert asked(again(refiner, exchange)) == asked(exchange)


@pytest.mark.parametrize("key", ["", "Bearer nonsense", "Bearer 00000000-0000-4000-8000-000000000000"])
def test_a_key_that_was_refused_is_refused_again(key: str, refiner: RemoteEnvironment) -> None:
    exchange = send(refiner, "GET", "/v1/contacts", {"Authorization": key} if key else {})
    exchange["violations"] = [{"rule": "x", "where": {}, "code": "bad-credentials"}]
    assert exchange["status"] in (401, 404)
    assert again(refiner, exchange)["status"] in (401, 404)


def test_a_header_without_a_scheme_stays_as_it_is_shown() -> None:
    made = curl_of_exchange(entry(request={"authorization": "1f2e…"}))
    assert made is not None
    assert "-H 'Authorization: 1f2e…'" in made


def test_what_was_not_kept_whole_has_no_command(refiner: RemoteEnvironment) -> None:
    exchange = send(refiner, "POST", "/v1/identify-user", JSON, '{"auth_token": "secret-token"}')
    assert exchange["request"]["not_replayable"]
    assert curl_of_exchange(exchange) is None
    line = {name: value for name, value in exchange.items() if name not in ("request", "answer")}
    assert curl_of_exchange(line) is None


def test_a_command_that_nobody_would_copy_is_not_made() -> None:
    assert curl_of_exchange(entry(request={"body": "x" * LONGEST})) is None


def test_the_exchanges_of_these_tests_have_the_shape_of_real_ones(refiner: RemoteEnvironment) -> None:
    real = send(refiner, "GET", "/v1/contacts", {})
    assert entry().keys() == real.keys()
    assert entry()["request"].keys() == real["request"].keys()


def test_a_secret_stands_as_a_variable_and_simple_words_stay_readable() -> None:
    made = curl("POST", "http://h/x", headers={"Authorization": "Bearer s3cret"}, body="{}", variables={"s3cret": "$T"})
    assert made == "curl -sSig http://h/x -H \"Authorization: Bearer $T\" --data-raw '{}'"
    merged = curl("GET", "http://h/", headers={"X": "s3cretly"}, variables={"s3cret": "$T"})
    assert merged == "curl -sSig http://h/ -H 'X: '\"$T\"ly"


@pytest.fixture(scope="module")
def parrot(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A folder with a curl that says what it was given instead of sending it."""
    folder = tmp_path_factory.mktemp("parrot")
    program = folder / "curl"
    program.write_text('#!/bin/sh\nprintf "%s\\0" "$@"\ncase "$*" in *@-) cat;; esac\n', "utf-8")
    program.chmod(0o700)
    return str(folder)


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    url=TEXT,
    value=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\n"), max_size=40),
    body=TEXT,
    secret=st.text(st.characters(codec="ascii", exclude_categories=["Cc"], exclude_characters="%\\"), min_size=9),
)
def test_the_shell_hands_over_exactly_what_was_meant(parrot: str, url: str, value: str, body: str, secret: str) -> None:
    secret = secret.replace("#", "x").replace("-", "x")
    made = curl(
        "PUT", f"http://h/{url}", headers={"X": value + secret}, body=secret + body, variables={secret: "$SECRET"}
    )
    if made is None:
        return
    assert made.isprintable()
    said = shell(made, SECRET=secret, PATH=f"{parrot}{os.pathsep}{os.environ['PATH']}")
    words, _, piped = said.partition("--data-binary\0@-\0")
    assert f"\0-H\0X: {value}{secret}".rstrip() + "\0" in words
    assert piped == secret + body or words.endswith(f"\0--data-raw\0{secret}{body}\0")
