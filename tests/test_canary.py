"""No key and no token comes out whole, wherever a caller put it: planted in every place, looked for in every output.

What the caller stores under a name of its own (a trait, an event's name) is its data and comes back as that; all else
that shows traffic shows four letters.
"""

from __future__ import annotations

import re
import socket
import subprocess
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

import orjson
import pytest

from mock_server.remote import Remote, RemoteEnvironment
from tests.miniatures.running import PATIENCE, command, receiving, run, surroundings
from tests.server.line import line, request

STRANGER = "5c0ffee5-cafe-4bad-8bad-0123456789ab"
TOKEN, OLD_TOKEN, ADMIN = "canary-token-of-the-webhook-77", "canary-token-before-it-88", "canary-admin-token-99"
MOST = 200
"""Bytes kept of a body here, so that secrets lie across the cut."""


class Served(NamedTuple):
    remote: Remote
    url: str
    process: subprocess.Popen[bytes]
    folder: Path


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server that says all it can say, into files."""
    folder = tmp_path_factory.mktemp("canary")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    given = {"REFINER_MOCK_ADMIN_TOKEN": ADMIN, "REFINER_MOCK_JOURNAL_BODY": str(MOST)}
    with (folder / "stdout").open("wb") as out, (folder / "stderr").open("wb") as err:
        words = command("serve", "--port", str(port), "--json")
        process = subprocess.Popen(words, env=surroundings(given), stdout=out, stderr=err)
    with process:
        url = f"http://127.0.0.1:{port}"
        assert run("ready", "--wait", "20", REFINER_MOCK_URL=url, REFINER_MOCK_ADMIN_TOKEN=ADMIN).returncode == 0
        remote = Remote(url, admin_token=ADMIN)
        yield Served(remote, url, process, folder)
        remote.close()
        process.terminate()
        process.wait(PATIENCE)


def form(text: str) -> tuple[bytes, dict[str, str]]:
    return text.encode(), {"Content-Type": "application/x-www-form-urlencoded"}


def plants(secret: str, environment: RemoteEnvironment) -> Iterator[tuple[str, str, bytes, dict[str, str]]]:
    """Yield method, target, body and headers of calls with a secret in every place; none of them stores it."""
    base, key = f"/e/{environment.name}/v1", {"Authorization": f"Bearer {environment.api_key}"}
    json = {"Content-Type": "application/json"}
    escaped = "".join(f"%{ord(letter):02x}" for letter in secret)
    yield "GET", f"{base}/", b"", {"Authorization": f"Bearer {secret}"}
    yield "GET", f"{base}/", b"", {"Authorization": "Basic " + b64encode(f"{secret}:".encode()).decode()}
    yield "GET", f"{base}/", b"", {"Authorization": "Basic " + b64encode(f"x:{secret}".encode()).decode()}
    yield "GET", f"{base}/", b"", {"Authorization": secret}
    yield "GET", f"{base}/", b"", {"X-Api-Key": secret, "Cookie": f"key={secret}", "User-Agent": secret, **key}
    for spelt in (secret, secret.upper(), escaped):
        for name in ("api_key", "token", "apiKey", "auth_token", "authorization", "password", "access-token"):
            yield "GET", f"{base}/contacts?{name}={spelt}", b"", key
        yield "GET", f"{base}/contacts?a[api_key][0]={spelt}&api_key={spelt}", b"", {}
        yield "POST", f"{base}/track-event", *form(f"auth_token={spelt}&api_key={spelt}")
    for value in ({"api_key": secret}, {"x": [{"api_key": [secret]}], "auth_token": secret}, {"secret": {"a": secret}}):
        yield "POST", f"{base}/track-event", orjson.dumps(value), {**json, **key}
        yield "POST", f"{base}/track-event", orjson.dumps(value)[:-2], {**json, **key}
    part = f'--b\r\nContent-Disposition: form-data; name="api_key"\r\n\r\n{secret}\r\n--b--\r\n'
    yield "POST", f"{base}/track-event", part.encode(), {"Content-Type": "multipart/form-data; boundary=b", **key}


def cut(secret: str, environment: RemoteEnvironment) -> Iterator[tuple[str, str, bytes, dict[str, str]]]:
    """Yield calls whose secret lies across the end of what is kept of a body, of a query and of an answer."""
    base, key = f"/e/{environment.name}/v1", {"Authorization": f"Bearer {environment.api_key}"}
    for reach in range(8, len(secret), 5):
        text = '{"note":"'.ljust(MOST - reach, "n") + secret + '"}'
        yield "POST", f"{base}/track-event", text.encode(), {"Content-Type": "application/json", **key}
        yield "POST", f"{base}/track-event", *form("note=".ljust(MOST - reach, "n") + secret)
        yield "GET", f"{base}/contacts?" + "note=".ljust(MOST - reach, "n") + secret, b"", key
        yield "GET", f"{base}/".ljust(MOST - reach, "n") + secret, b"", key


def keyed(key: str, environment: RemoteEnvironment) -> Iterator[tuple[str, str, bytes, dict[str, str]]]:
    """Yield calls with a key under names that say nothing of it: it is known by its value."""
    base, own = f"/e/{environment.name}/v1", {"Authorization": f"Bearer {environment.api_key}"}
    for spelt in (key, key.upper(), quote(key), "".join(f"%{ord(letter):02X}" for letter in key)):
        yield "GET", f"{base}/{spelt}?note={spelt}&{spelt}=1", b"", own
        yield "POST", f"{base}/track-event", *form(f"note=a+{spelt}&{spelt}=2")
    yield "POST", f"{base}/track-event", orjson.dumps({"note": {"x": [key]}, key: key}), own
    yield "GET", f"/e/{key}/v1/", b"", own
    yield "GET", f"/{key}", b"", {}


def send(url: str, calls: Iterator[tuple[str, str, bytes, dict[str, str]]]) -> bytes:
    """Make the calls and return what was answered."""
    answers = []
    with line(url) as client:
        for method, target, body, headers in calls:
            length = {"Content-Length": str(len(body))} if body else {}
            answer = client.send(request(method, target, headers={**headers, **length}) + body).answer()
            assert answer.status < 500
            answers += [answer.body, orjson.dumps(dict(answer.headers))]
    return b"\n".join(answers)


def pages(url: str, environment: RemoteEnvironment) -> bytes:
    """Return every page that a link leads to from the timeline, but for those that hand out the key."""
    seen, left, texts = set[str](), [f"/_mock/?env={environment.name}"], []
    with line(url) as client:
        while left:
            at = left.pop()
            if at in seen or "/environments" in at or len(seen) > 60:
                continue
            seen.add(at)
            answer = client.send(request("GET", at, ADMIN)).answer()
            assert answer.status == 200, at
            texts.append(answer.body)
            left += [link.replace("&amp;", "&") for link in re.findall(r'href="(/_mock/[^"#]*)', answer.body.decode())]
    assert any("/requests/" in at for at in seen)
    return b"\n".join(texts)


def stream(url: str, last: str) -> bytes:
    """Return the stream of all that happened from the start, up to the exchange named."""
    text = b""
    with line(url) as client:
        client.send(request("GET", "/_mock/api/stream?since=0", ADMIN))
        while last.encode() not in text:
            text += client.socket.recv(65_536)
    return text


def told(served: Served, environment: RemoteEnvironment) -> dict[str, bytes]:
    """Return everything that the server and the commands have to say of an environment."""
    at = f"/_mock/api/environments/{environment.name}"
    paths = [
        f"{at}/{name}" for name in ("violations", "verdict", "events", "deliveries", "webhooks", "settings", "faults")
    ]
    paths += [f"{at}/snapshot", f"{at}/journal?limit=1000", f"{at}/journal?limit=1000&whole=true"]
    paths += ["/_mock/api/journal?limit=1000", "/_mock/api/violations", "/_mock/api/verdict"]
    texts = {}
    with line(served.url) as client:
        for path in paths:
            answer = client.send(request("GET", path, ADMIN)).answer()
            assert answer.status == 200, (path, answer.body)
            texts[path] = answer.body
        exchanges = [entry["id"] for entry in environment.journal()]
        whole = [client.send(request("GET", f"/_mock/api/requests/{id}", ADMIN)).answer().body for id in exchanges]
    texts["requests"] = b"\n".join(whole)
    texts["stream"], texts["pages"] = stream(served.url, exchanges[-1]), pages(served.url, environment)
    reports = {name: served.folder / f"report.{name}" for name in ("text", "json", "junit", "markdown", "github")}
    words = [word for name, path in reports.items() for word in ("--report", f"{name}={path}")]
    given = {"REFINER_MOCK_URL": served.url, "REFINER_MOCK_ADMIN_TOKEN": ADMIN}
    done = run("check", "traffic", "--env", environment.name, "--pedantic", *words, **given)
    assert done.returncode == 1, done.stderr
    texts |= {f"report {name}": path.read_bytes() for name, path in reports.items()}
    texts["check traffic"] = (done.stdout + done.stderr).encode()
    texts["curl"] = run("replay", exchanges[0], **given).stdout.encode()
    # Its first line tells where the server is, and with which key and token to call it: that is what it is for.
    texts["stdout"] = (served.folder / "stdout").read_bytes().partition(b"\n")[2]
    texts["stderr"] = (served.folder / "stderr").read_bytes()
    return texts


def found(texts: dict[str, bytes], secret: str, *, reach: int = 0) -> list[str]:
    """Return where a secret stands, in whatever case, whole or (`reach`) more of it than may be shown."""
    pattern = re.escape(secret[: reach or None].lower()).encode()
    return [name for name, text in texts.items() if re.search(pattern, text.lower())]


def test_no_secret_of_anybody_comes_out_anywhere(served: Served) -> None:
    with receiving(500, 500) as receiver, served.remote.create_environment("canary") as environment:
        other = served.remote.create_environment("other")
        webhook = environment.subscribe(receiver.url, auth_token=OLD_TOKEN)
        change = f"/_mock/api/environments/{environment.name}/webhooks/{webhook['uuid']}"
        send(
            served.url,
            iter([("PATCH", change, b'{"auth_token": "%b"}' % TOKEN.encode(), {"Authorization": f"Bearer {ADMIN}"})]),
        )
        environment.identify("u-1")
        environment.complete_survey(environment.create_form("NPS"), "u-1")
        environment.settle()
        answers = b""
        for secret in (STRANGER, other.api_key, environment.api_key, TOKEN, OLD_TOKEN, ADMIN):
            answers += send(served.url, plants(secret, environment))
        for key in (other.api_key, environment.api_key):
            # Their answers name the route that was asked for, as Laravel does: to whom asked for it, and nobody else.
            send(served.url, keyed(key, environment))
            send(served.url, cut(key, environment))

        texts = told(served, environment)
        texts["answers"] = answers

        for secret in (STRANGER, other.api_key, TOKEN, OLD_TOKEN, ADMIN):
            assert found(texts, secret) == [], secret
        # Its own key stands on the pages from which it is copied, and nowhere else.
        assert set(found(texts, environment.api_key)) <= {"pages"}
        assert found(texts, other.api_key, reach=9) == []
        assert set(found(texts, environment.api_key, reach=9)) <= {"pages"}
        assert b"Traceback" not in texts["stderr"]
