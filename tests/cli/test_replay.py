"""`refiner-mock replay`."""

from __future__ import annotations

import json
from base64 import b64encode
from urllib.parse import urlencode

import pytest
import requests

from mock_server import MockServer
from mock_server.remote import RemoteEnvironment
from tests.cli.conftest import Say
from tests.miniatures.running import PATIENCE, Served


class Client:
    """A client of the mirrored API that remembers the id of its latest call."""

    def __init__(self, refiner: RemoteEnvironment) -> None:
        self.key = refiner.api_key
        self._base = refiner.base_url
        self.id = ""

    def send(self, method: str, path: str, *, key: str | None = None, **what: object) -> requests.Response:
        headers = dict(what.pop("headers", None) or {})  # type: ignore[call-overload]
        if key is not None:
            headers["Authorization"] = key
        answer = requests.request(method, self._base + path, headers=headers, timeout=PATIENCE, **what)  # type: ignore[arg-type]
        self.id = answer.headers["Refiner-Mock-Request-Id"]
        return answer

    @property
    def bearer(self) -> str:
        return f"Bearer {self.key}"


@pytest.fixture
def client(refiner: RemoteEnvironment) -> Client:
    return Client(refiner)


def exchange(refiner: RemoteEnvironment, id: str) -> dict[str, dict[str, object]]:
    shown: dict[str, dict[str, object]] = refiner.remote.get(f"/requests/{id}")
    return shown


def test_a_call_is_made_again_as_it_was(say: Say, refiner: RemoteEnvironment, client: Client) -> None:
    client.send("POST", "/identify-user?plan=a%20b&x[]=1&x[]=%C3%A9", key=client.bearer, json={"id": "u-1", "n": "Zoë"})

    said = say("replay", client.id)

    assert said.code == 0, said.err
    lines = said.out.splitlines()
    assert lines[0] == f"POST /e/{refiner.name}/v1/identify-user again, with the key of environment {refiner.name}"
    assert lines[1].startswith("202, as before; ")
    assert lines[2:] == ["the same answer"]
    first, second = (exchange(refiner, id) for id in (client.id, lines[1].split()[-1]))
    assert second["request"] == first["request"]
    assert (second["query"], second["path"]) == (first["query"], first["path"])


@pytest.mark.parametrize("way", ["bearer", "basic", "query", "form", "json", "multipart", "basic multipart"])
def test_whatever_way_the_key_came_it_comes_again(
    way: str, say: Say, refiner: RemoteEnvironment, client: Client
) -> None:
    key, basic = client.key, "Basic " + b64encode(f"{client.key}:".encode()).decode()
    sent = {
        "bearer": {"key": client.bearer, "data": {"id": "u-1"}},
        "basic": {"key": basic, "data": {"id": "u-1"}},
        "query": {"params": {"api_key": key}, "data": {"id": "u-1"}},
        "form": {"data": {"api_key": key, "id": "u-1"}},
        "json": {"json": {"api_key": key, "id": "u-1"}},
        "multipart": {"files": {"api_key": (None, key), "id": (None, "u-1")}},
        "basic multipart": {"key": basic, "files": {"id": (None, "u-1"), "text": (None, "Zoë & more")}},
    }[way]
    client.send("POST", "/identify-user", **sent)  # type: ignore[arg-type]

    said = say("replay", client.id, "--json")

    assert said.code == 0, said.err
    came = json.loads(said.out)
    assert (came["status_before"], came["status"], came["differences"]) == (202, 202, [])
    first, second = (exchange(refiner, id) for id in (client.id, came["request"]))
    assert second["request"] == first["request"]
    assert client.key not in said.out


def test_a_key_in_an_odd_place_comes_again_too(say: Say, refiner: RemoteEnvironment, client: Client) -> None:
    client.send("GET", f"/{client.key}?token={client.key}", key=client.bearer)

    said = say("replay", client.id, "--json")

    came = json.loads(said.out)
    assert (came["status_before"], came["status"], came["differences"]) == (404, 404, [])
    first, second = (exchange(refiner, id) for id in (client.id, came["request"]))
    assert (second["path"], second["query"], second["answer"]) == (first["path"], first["query"], first["answer"])
    assert client.key not in said.out + json.dumps([first, second])


def test_what_is_different_now_is_shown(say: Say, client: Client) -> None:
    client.send("GET", "/contact?id=u-1", key=client.bearer)
    before = client.id
    client.send("POST", "/identify-user", key=client.bearer, json={"id": "u-1", "email": "mira@example.org"})

    found = say("replay", before)
    gone = say("replay", client.id)

    assert "200, before it was 404; " in found.out
    assert '  email: nothing -> "mira@example.org"' in found.out
    assert "the same answer" in gone.out


def test_a_value_that_changed_is_shown_with_its_place(say: Say, client: Client) -> None:
    for id in ("u-1", "u-2"):
        client.send("POST", "/identify-user", key=client.bearer, json={"id": id})
    client.send("GET", "/contacts?search=u-1&page_length=2", key=client.bearer)
    before = client.id
    client.send("POST", "/identify-user", key=client.bearer, json={"id": "u-1", "email": "u-1@example.org"})

    said = say("replay", before)

    assert '  items[0].email: null -> "u-1@example.org"' in said.out


def test_an_answer_that_was_kept_in_part_is_not_compared(say: Say, client: Client) -> None:
    client.send(
        "POST", "/identify-user", key=client.bearer, json={f"trait_{n}": "x" * 900 for n in range(17)} | {"id": "u-1"}
    )
    client.send("POST", "/identify-user", key=client.bearer, json={"id": "u-1", "more": "x" * 9_000})
    client.send("GET", "/contact?id=u-1", key=client.bearer)

    said, machine = say("replay", client.id), say("replay", client.id, "--json")

    assert said.code == 0
    assert "too few kept to compare" in said.out
    assert json.loads(machine.out)["differences"] is None


@pytest.mark.parametrize("size", [20_000, 2_000_000])
def test_a_body_that_was_not_kept_whole_cannot_be_replayed(size: int, say: Say, client: Client) -> None:
    client.send("POST", "/track-event", key=client.bearer, json={"id": "u-1", "event": "x" * size})

    said = say("replay", client.id)

    assert (said.code, said.out) == (3, "")
    assert f"{client.id} cannot be replayed: " in said.err
    assert "journal_body" in said.err or "max_body" in said.err


def test_a_query_that_was_not_kept_whole_cannot_be_replayed(say: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    with MockServer(journal_body=20) as server:
        monkeypatch.setenv("REFINER_MOCK_URL", server.url)
        client = Client(server.create_environment())
        client.send("GET", f"/contact?id=u-1&x={'x' * 20}", key=client.bearer)
        assert "of its query were kept" in say("replay", client.id).err


def test_a_body_that_is_no_text_cannot_be_replayed(say: Say, client: Client) -> None:
    client.send("POST", "/track-event", key=client.bearer, data=b"id=u-1&event=\xff")
    assert "not UTF-8" in say("replay", client.id).err


def test_a_webhooks_token_is_never_shown_so_its_registration_cannot_be_replayed(say: Say, client: Client) -> None:
    hook = {"name": "n", "url": "http://127.0.0.1:9/", "events[]": "Saw Survey", "auth_token": "very-secret"}
    client.send("POST", "/webhooks", key=client.bearer, data=hook)

    said = say("replay", client.id)

    assert said.code == 3
    assert "webhook's token" in said.err
    assert "very-secret" not in said.err


def test_a_call_with_a_key_that_nobody_has_goes_out_with_the_right_one(say: Say, client: Client) -> None:
    client.send("GET", "/account", key="Bearer 11111111-1111-4111-8111-111111111111")
    assert "200, before it was 404; " in say("replay", client.id).out
    client.send("GET", "/account?" + urlencode({"api_key": "11111111-1111-4111-8111-111111111111"}))
    assert "200, before it was 404; " in say("replay", client.id).out
    client.send("GET", "/account")
    assert "200, before it was 401; " in say("replay", client.id).out


def test_a_call_of_no_environment_cannot_be_replayed(say: Say, served: Served) -> None:
    answer = requests.get(f"{served.url}/v1/account", timeout=PATIENCE)
    said = say("replay", answer.headers["Refiner-Mock-Request-Id"])
    assert said.code == 3
    assert "it went to none" in said.err


def test_an_unknown_id_is_wrong_usage(say: Say) -> None:
    said = say("replay", "req-../../etc")
    assert (said.code, said.out) == (3, "")
    assert len(said.err.splitlines()) == 1
    assert "No exchange has that id" in say("replay", "req-999999").err
