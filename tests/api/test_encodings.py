"""The same call in every encoding: refiner-api.md (a) Base, media types, encodings."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import orjson
import pytest

from tests.api.door import Client

FORM = "application/x-www-form-urlencoded"
BOUNDARY = "a-boundary"


def multipart(fields: dict[str, str]) -> bytes:
    parts = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    ]
    return ("".join(parts) + f"--{BOUNDARY}--\r\n").encode()


ONE_CALL: dict[str, dict[str, Any]] = {
    "json": {
        "media_type": "application/json; charset=utf-8",
        "body": orjson.dumps({"id": "u-1", "plan": "pro", "account": {"id": "acc-9", "name": "Holt & Co"}}),
    },
    "form": {"media_type": FORM, "body": b"id=u-1&plan=pro&account[id]=acc-9&account[name]=Holt+%26+Co"},
    "form with escaped brackets": {
        "media_type": FORM,
        "body": b"id=u-1&plan=pro&account%5Bid%5D=acc-9&account%5Bname%5D=Holt%20%26%20Co",
    },
    "query": {"query": "id=u-1&plan=pro&account[id]=acc-9&account[name]=Holt+%26+Co"},
    "query and json": {
        "query": "id=u-1&plan=pro",
        "media_type": "application/json",
        "body": orjson.dumps({"account": {"id": "acc-9", "name": "Holt & Co"}}),
    },
    "multipart": {
        "media_type": f"multipart/form-data; boundary={BOUNDARY}",
        "body": multipart({"id": "u-1", "plan": "pro", "account[id]": "acc-9", "account[name]": "Holt & Co"}),
    },
}


@pytest.mark.parametrize("encoding", ONE_CALL)
def test_a_write_means_the_same_in_every_encoding(refiner: Client, encoding: str) -> None:
    """(a): JSON, urlencoded, query (docs, f17); one bag, brackets escaped or not (client); multipart (assumed)."""
    call = ONE_CALL[encoding]
    reply = refiner.send(
        "POST", "/identify-user", call.get("media_type", ""), call.get("body", b""), query=call.get("query", "")
    )

    contact = refiner.get("/contact", id="u-1").json
    assert reply.status == 202
    assert contact["attributes"]["plan"] == "pro"
    assert (contact["account"]["remote_id"], contact["account"]["display_name"]) == ("acc-9", "Holt & Co")


@pytest.mark.parametrize("encoding", ONE_CALL)
def test_an_exchange_is_shown_as_it_was_read(refiner: Client, encoding: str) -> None:
    """Design 3.2: GET requests/{id} is one exchange whole."""
    call = ONE_CALL[encoding]
    reply = refiner.send(
        "POST", "/identify-user", call.get("media_type", ""), call.get("body", b""), query=call.get("query", "")
    )

    id = reply.headers["refiner-mock-request-id"]
    shown = refiner.door.call("GET", f"/_mock/api/requests/{id}").json
    assert shown["request"]["parameters"] == {
        "id": "u-1", "plan": "pro", "account": {"id": "acc-9", "name": "Holt & Co"},
    }  # fmt: skip
    assert shown["request"]["body"].encode() == call.get("body", b"")
    assert shown["answer"]["body"] == reply.json


@pytest.mark.parametrize("name", ["tags[]", "tags%5B%5D"])
def test_arrays_are_repeated_bracketed_names_in_query_and_form(refiner: Client, name: str) -> None:
    """(a), docs: `key[]=a&key[]=b`; escaped brackets are equal (client)."""
    form = refiner.form_uuid()

    reply = refiner.form("/responses", f"form_uuid={form}&id=u-1&{name}=called&{name}=churn+risk&nps=9")

    response = refiner.environment.response(reply.json["uuid"])
    assert [tag.name for tag in response.tags] == ["called", "churn risk"]


def test_arrays_are_plain_lists_in_json(refiner: Client) -> None:
    """(a), client: a JSON key literally called `tags[]` is not expanded."""
    form = refiner.form_uuid()
    stored = refiner.post("/responses", {"form_uuid": form, "id": "u-1", "tags": ["called"]}).json["uuid"]

    assert [tag.name for tag in refiner.environment.response(stored).tags] == ["called"]
    assert refiner.post("/responses/tags", {"uuid": stored, "tags[]": ["late"]}).status == 400


def test_reads_and_deletes_take_a_body_too(refiner: Client) -> None:
    """(a), client: one bag for every method, GET and DELETE with a body included; (f) 15."""
    refiner.identify("u-1")

    assert refiner.post("/contact", {"id": "u-1"}, method="GET").json["remote_id"] == "u-1"
    assert refiner.form("/contact", "id=u-1", method="DELETE").status == 200
    assert refiner.get("/contact", id="u-1").status == 404


def test_the_body_wins_over_the_query(refiner: Client) -> None:
    """(a), assumed."""
    refiner.send("POST", "/identify-user", "application/json", b'{"id":"u-2"}', query="id=u-1&plan=pro")

    assert refiner.get("/contact", id="u-2").json["attributes"]["plan"] == "pro"
    assert refiner.get("/contact", id="u-1").status == 404


def test_numbers_and_booleans_mean_the_same_as_text_and_unquoted(refiner: Client) -> None:
    """(c) Traits, docs: unquoted numbers and booleans keep their type, text of digits is detected."""
    refiner.post("/identify-user", {"id": "u-1", "seats": 14})
    refiner.form("/identify-user", "id=u-2&seats=14")

    seats = [refiner.get("/contact", id=id).json["attributes"]["seats"] for id in ("u-1", "u-2")]
    assert seats == ["14", "14"]


def test_text_of_any_language_comes_back_as_it_was(refiner: Client) -> None:
    name = "Мира Ħolt 🙂 “&=[]”"
    refiner.form("/identify-user", f"id=u-1&name={quote(name)}")
    refiner.post("/identify-user", {"id": "u-2", "name": name})

    assert refiner.get("/contact", id="u-1").json["display_name"] == name
    assert refiner.get("/contact", id="u-2").json["display_name"] == name


def test_a_body_of_another_media_type_is_not_read(refiner: Client) -> None:
    """Design 3.5, `bad-encoding`: it is left aside, and what it should have said is missing."""
    assert refiner.send("POST", "/identify-user", "text/plain", b'{"id":"u-1"}').status == 400
    assert refiner.send("POST", "/identify-user", "text/plain", b'{"id":"u-1"}', query="id=u-2").status == 202
