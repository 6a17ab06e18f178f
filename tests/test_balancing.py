"""The nginx configuration that is shipped: two servers behind it are one to a client, as far as it promises."""

from __future__ import annotations

import base64
import http.client
import json
import os
import shutil
import socket
import subprocess
import sys
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from mock_server import MockServer
from mock_server.errors import RefinerMockError, UsageError
from mock_server.remote import Remote, RemoteEnvironment
from mock_server.resources import fixture_path
from tests.miniatures.running import PATIENCE, run, serving

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")

MANY = 12
"""Environments: with two servers, a call that went astray half the time would be found."""


@contextmanager
def balancing(folder: Path, ports: list[int | None]) -> Iterator[str]:
    """Hold nginx in front of servers and yield its address; it inherits a socket that listens already."""
    if NGINX is None and "CI" not in os.environ:
        pytest.skip("nginx is not installed")
    assert NGINX is not None, "CI installs it"
    with socket.create_server(("127.0.0.1", 0)) as entrance:
        port = entrance.getsockname()[1]
        rules = fixture_path("nginx/refiner-mock.conf").read_text("utf-8")
        for shown, given in zip((7400, 7401, 7402), (port, *ports), strict=True):
            rules = rules.replace(f"127.0.0.1:{shown};", f"127.0.0.1:{given};")
        places = "".join(f"{kind}_temp_path {kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        whole = f"pid pid; error_log stderr; events {{}} http {{ access_log off; {places} {rules} }}"
        (folder / "nginx.conf").write_text(whole, "utf-8")
        process = subprocess.Popen(
            [NGINX, "-p", str(folder), "-c", "nginx.conf", "-g", "daemon off;"],
            env={**os.environ, "NGINX": f"{entrance.fileno()};"},
            pass_fds=[entrance.fileno()],
            stderr=subprocess.PIPE,
        )
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.communicate(timeout=PATIENCE)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Remote, list[Remote]]]:
    """The balancer, and the two servers behind it."""
    folders = [tmp_path_factory.mktemp(name) for name in ("first", "second", "nginx")]
    with ExitStack() as stack:
        servers = [stack.enter_context(serving(folder, "--port", "0")).url for folder in folders[:2]]
        url = stack.enter_context(balancing(folders[2], [urlsplit(server).port for server in servers]))
        asked = [stack.enter_context(closing(Remote(address))) for address in (url, *servers)]
        yield asked[0], asked[1:]


@pytest.fixture
def balancer(house: tuple[Remote, list[Remote]]) -> Remote:
    return house[0]


def ask(
    url: str, method: str = "GET", body: Any = None, headers: dict[str, str] | None = None
) -> tuple[int, dict[str, Any]]:
    where = urlsplit(url)
    connection = http.client.HTTPConnection(where.netloc, timeout=PATIENCE)
    sent = None if body is None else json.dumps(body)
    path = where.path + (f"?{where.query}" if where.query else "")
    connection.request(method, path, sent, {"Content-Type": "application/json", **(headers or {})})
    answer = connection.getresponse()
    read = answer.status, json.loads(answer.read())
    connection.close()
    return read


def bearer(environment: RemoteEnvironment) -> dict[str, str]:
    return {"Authorization": f"Bearer {environment.api_key}"}


def test_environments_spread_over_the_servers(house: tuple[Remote, list[Remote]]) -> None:
    balancer, servers = house
    # All on one of them: once in 2^31 times.
    made = {balancer.create_environment().name for _ in range(32)}

    held = [{one["name"] for one in server.environments()} & made for server in servers]

    assert held[0] | held[1] == made
    assert not held[0] & held[1]
    assert all(held)


@pytest.mark.parametrize("name", [None, "checkout"])
def test_name_key_and_control_calls_meet_on_one_server(balancer: Remote, name: str | None) -> None:
    for number in range(MANY):
        with balancer.create_environment(name, seed="empty") as environment:
            by_key, by_name = f"{balancer.url}/v1", environment.base_url
            person = {"id": f"u-{number}", "plan": "team"}

            assert ask(f"{by_key}/identify-user", "POST", person, bearer(environment))[0] == 202
            assert ask(f"{by_name}/contact?id=u-{number}", headers=bearer(environment))[1]["remote_id"] == f"u-{number}"
            assert [one["operation"] for one in environment.journal()] == ["identifyUser", "getContact"]
            assert environment.name.endswith(name or "")
            assert environment.name[:8] == environment.api_key[:8]


@pytest.mark.parametrize("way", ["bearer", "basic", "query"])
def test_a_key_is_seen_wherever_a_header_or_the_query_carries_it(balancer: Remote, way: str) -> None:
    for _ in range(MANY):
        with balancer.create_environment() as environment:
            key = environment.api_key
            basic = base64.b64encode(f"{key}:".encode()).decode()
            headers = {"bearer": {"Authorization": f"bearer {key}"}, "basic": {"Authorization": f"Basic {basic}"}}
            query = f"?api_key={key}" if way == "query" else ""

            status, answer = ask(f"{balancer.url}/v1/account{query}", headers=headers.get(way))

            assert (status, environment.project_uuid in str(answer)) == (200, True)


def test_a_fork_stays_on_the_server_of_what_it_was_copied_from(balancer: Remote) -> None:
    for name in (None, "copy"):
        for _ in range(MANY // 2):
            with balancer.create_environment(seed="demo") as environment, environment.fork(name) as fork:
                status, contacts = ask(f"{balancer.url}/v1/contacts", headers=bearer(fork))

                assert (status, len(contacts["items"])) == (200, 44)
                assert fork.name[:8] == fork.api_key[:8] == environment.name[:8]
                assert ask(f"{fork.base_url}/account", headers=bearer(fork))[0] == 200


def test_whoever_chooses_the_shard_has_the_same_name_in_every_run(balancer: Remote) -> None:
    url, shard = f"{balancer.url}/_mock/api/environments", {"Refiner-Mock-Shard": "5b2f8a1c"}

    status, made = ask(url, "POST", {"name": "checkout"}, shard)

    assert (status, made["name"], made["api_key"][:9]) == (201, "5b2f8a1c-checkout", "5b2f8a1c-")
    assert ask(url, "POST", {"name": "checkout"}, shard)[0] == 409
    assert ask(url, "POST", {"name": "5b2f8a1c-checkout"}, shard)[0] == 409
    balancer.environment("5b2f8a1c-checkout").delete()


def test_a_long_poll_passes_and_ends_when_something_comes(balancer: Remote) -> None:
    with balancer.create_environment() as environment, ThreadPoolExecutor(1) as elsewhere:
        waiting = elsewhere.submit(balancer.get, f"/environments/{environment.name}/journal", wait=20)
        ask(f"{environment.base_url}/account", headers=bearer(environment))

        assert [one["operation"] for one in waiting.result()["items"]] == ["getAccount"]


@pytest.mark.parametrize("path", ["environments", "journal", "violations", "verdict", "stream"])
def test_what_no_server_alone_can_answer_is_refused(balancer: Remote, path: str) -> None:
    status, answer = ask(f"{balancer.url}/_mock/api/{path}")

    assert (status, "ask each server itself" in answer["error"]) == (501, True)


def test_the_environment_that_every_server_has_cannot_be_forked(balancer: Remote) -> None:
    with pytest.raises(RefinerMockError, match="made through the balancer"):
        balancer.environment().fork()


@pytest.mark.parametrize(("path", "status"), [("contacts", 501), ("api/requests/req-000001", 404)])
def test_page_and_exchanges_by_number_belong_to_one_server(balancer: Remote, path: str, status: int) -> None:
    assert ask(f"{balancer.url}/_mock/{path}")[0] == status


def test_exec_judges_through_the_balancer(balancer: Remote) -> None:
    program = (
        "import json, os, urllib.request as web\n"
        "for path, body in (('identify-user', {'id': 'u-1'}), ('track-event', {'id': 'u-1', 'event_name': 'x'})):\n"
        "    web.urlopen(web.Request(os.environ['REFINER_BASE_URL'] + '/' + path, json.dumps(body).encode(),\n"
        "        {'Authorization': 'Bearer ' + os.environ['REFINER_API_KEY'], 'Content-Type': 'application/json'}))\n"
    )

    done = run("exec", "--url", balancer.url, "--", sys.executable, "-c", program)

    assert "event_name" in done.stderr, done.stderr


def test_a_server_by_itself_gives_a_shard_to_name_and_key_of_environment_and_fork() -> None:
    with MockServer() as server:
        url, shard = f"{server.url}/_mock/api/environments", {"Refiner-Mock-Shard": "5b2f8a1c"}

        made = [ask(url, "POST", body, shard)[1] for body in ({}, {"name": "checkout"}, {"name": "5b2f8a1c"})]
        fork = ask(f"{url}/5b2f8a1c-checkout/fork", "POST", {"name": "copy"}, shard)[1]

        names = ["5b2f8a1c-env-1", "5b2f8a1c-checkout", "5b2f8a1c", "5b2f8a1c-copy"]
        assert [one["name"] for one in (*made, fork)] == names
        assert len({one["api_key"] for one in (*made, fork)}) == 4
        for one in (*made, fork):
            assert one["api_key"].startswith("5b2f8a1c-")
            assert uuid.UUID(one["api_key"]).version == 4
            assert ask(f"{server.url}/v1/account", headers={"Authorization": f"Bearer {one['api_key']}"})[0] == 200


@pytest.mark.parametrize("shard", ["5B2F8A1C", "5b2f", "5b2f8a1c9", "../../.."])
@pytest.mark.parametrize("body", [{}, {"name": "checkout"}])
def test_a_shard_that_is_none_is_refused(shard: str, body: dict[str, str]) -> None:
    with MockServer() as server:
        for path in ("", "/default/fork"):
            url = f"{server.url}/_mock/api/environments{path}"
            status, answer = ask(url, "POST", body, {"Refiner-Mock-Shard": shard})

            assert (status, "eight digits" in answer["error"]) == (400, True)
        assert len(ask(f"{server.url}/_mock/api/environments")[1]["items"]) == 1


def test_without_a_shard_nothing_is_prefixed() -> None:
    with MockServer() as server:
        assert server.create_environment("plain").name == "plain"
        with pytest.raises(UsageError, match="already"):
            server.create_environment("plain")
