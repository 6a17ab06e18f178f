"""An exchange taken along: each copy does again what was done."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import orjson
import pytest
import yaml
from jsonschema_rs import Draft202012Validator

from mock_server.dashboard.copies import as_pytest
from mock_server.remote import RemoteEnvironment
from mock_server.resources import contract_path
from mock_server.server import MockServer

if TYPE_CHECKING:
    from tests.dashboard.conftest import Pages

FORM = "application/x-www-form-urlencoded"
HOSTILE = "größe \u202e 'x' \"y\" \\ 🦊 {refiner.api_key}"


@pytest.fixture(scope="module")
def refiner() -> Iterator[RemoteEnvironment]:
    with MockServer() as server:
        yield server.create_environment("copied")


def copied(pages: Pages, id: str, kind: str) -> str:
    outline = pages.open(f"/requests/{id}")
    assert outline.all(f"copy-{kind}"), f"there is no copy as {kind}"
    html = pages.call(f"/requests/{id}").body.decode()
    text = html.split(f'<pre id="copy-{kind}"')[1].split("<code>")[1].split("</code>")[0]
    return (
        text.replace("&#39;", "'").replace("&#34;", '"').replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    )


CALLS: list[tuple[str, str, str, str]] = [
    ("POST", "/v1/identify-user", orjson.dumps({"id": HOSTILE, "name": HOSTILE}).decode(), "application/json"),
    ("POST", "/v1/identify-user", "id=u+1&tag%5Ba%5D=%C3%B6&x=%22%27", FORM),
    ("GET", "/v1/contacts?page_length=5&search=a%20b", "", ""),
    ("GET", "/v1/contact?id=nobody", "", ""),
    ("GET", "/v1/", "", ""),
]


@pytest.mark.parametrize(("method", "path", "body", "media_type"), CALLS)
def test_as_pytest_it_is_the_same_call_and_passes(
    pages: Pages, refiner: RemoteEnvironment, method: str, path: str, body: str, media_type: str
) -> None:
    text = copied(pages, pages.send(method, path, body, media_type), "pytest")
    before = len(refiner.journal())

    run(text, refiner)

    (entry,) = refiner.journal(whole=True)[before:]
    assert (entry["method"], entry["query"]) == (method, path.partition("?")[2])
    assert (entry["request"]["body"], entry["request"]["media_type"]) == (body, media_type)


def run(text: str, refiner: RemoteEnvironment) -> None:
    names: dict[str, Any] = {}
    exec(compile(text, "copied.py", "exec"), names)  # noqa: S102 - that it runs is the point
    (test,) = (value for name, value in names.items() if name.startswith("test_"))
    test(refiner)


def test_as_pytest_a_broken_call_fails(pages: Pages, refiner: RemoteEnvironment) -> None:
    text = copied(pages, pages.send("GET", "/v1/contacts?pageLength=5"), "pytest")
    with pytest.raises(AssertionError):
        run(text, refiner)
    refiner.reset()


def test_as_pytest_it_carries_no_key_of_this_environment(pages: Pages) -> None:
    key = pages.refiner.environment.api_key
    for path, body, media_type in (
        (f"/v1/contacts?api_key={key}&search=x", "", ""),
        ("/v1/track-event", f'{{"api_key":"{key}","id":"u","event":"x"}}', "application/json"),
        ("/v1/track-event", f"id=u&api_key={key}&event=x", FORM),
    ):
        text = copied(pages, pages.send("POST" if body else "GET", path, body, media_type), "pytest")
        assert "api_key" not in text.replace("refiner.api_key", "")


def test_as_pytest_a_named_seed_is_asked_for() -> None:
    class World:
        seed = "demo"

    exchange = {
        "method": "GET", "path": "/e/x/v1/account", "query": "", "operation": "getAccount", "status": 200,
        "request": {"body": "", "media_type": "", "parameters": {}, "problem": None},
    }  # fmt: skip
    text = as_pytest(exchange, World())  # type: ignore[arg-type]
    assert '@pytest.mark.refiner(seed="demo")\ndef test_get_account(refiner):' in text
    assert "import pytest" in text
    assert "refiner.base_url + '/account'" in text


def case(pages: Pages, id: str) -> dict[str, Any]:
    file: dict[str, Any] = yaml.safe_load(copied(pages, id, "case"))
    schema = orjson.loads(contract_path("case.schema.json").read_bytes())
    assert [fault.message for fault in Draft202012Validator(schema).iter_errors(file)] == []
    step: dict[str, Any] = file["cases"][0]["steps"][0]
    return step


def test_as_case_it_asks_for_what_was_meant(pages: Pages) -> None:
    id = pages.send("POST", "/v1/track-event", '{"id":"u-1","event_name":"Signed up"}')
    assert case(pages, id) == {"call": "trackEvent", "args": {"id": "u-1", "event": "Signed up"}}


def test_as_case_traits_and_answers_stand_where_adapters_take_them(pages: Pages) -> None:
    form = pages.refiner.form_uuid("NPS")
    user = pages.send(
        "POST", "/v1/identify-user", f'{{"id":"u-1","plan":"pro","name":{orjson.dumps(HOSTILE).decode()}}}'
    )
    stored = pages.send("POST", "/v1/responses", f"id=u-1&form_uuid={form}&nps=9", FORM)
    read = pages.send("GET", "/v1/contacts?page_length=5&search=x")

    assert case(pages, user)["args"] == {"id": "u-1", "traits": {"plan": "pro", "name": HOSTILE}}
    assert case(pages, stored)["args"] == {"id": "u-1", "form_uuid": {"ref": "form NPS"}, "answers": {"nps": "9"}}
    assert case(pages, read)["args"] == {"search": "x"}


def test_as_curl_it_names_where_to_and_with_which_key(pages: Pages) -> None:
    text = copied(pages, pages.send("GET", "/v1/contacts?page_length=5"), "curl")
    key = pages.refiner.environment.api_key
    assert text.startswith(f"export REFINER_BASE_URL=http://127.0.0.1:7334/e/default/v1 REFINER_API_KEY={key}\ncurl ")
    assert re.search(r'"\$REFINER_BASE_URL/contacts\?page_length=5"', text)


def test_what_cannot_be_sent_again_says_why(pages: Pages) -> None:
    id = pages.send("POST", "/v1/identify-user", '{"id":"u-1","bio":"' + "x" * 20_000 + '"}')
    outline = pages.open(f"/requests/{id}")
    assert "It cannot be sent again from here: only the first 16384" in outline.text
    assert outline.all("copy-pytest") == outline.all("copy-curl") == []
