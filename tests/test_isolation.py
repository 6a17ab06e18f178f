"""Nothing that is called in one environment shows in another: every route there is, each tried with foreign names."""

from __future__ import annotations

import re
from collections.abc import Iterator

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_server.contract.document import load
from mock_server.control.routes import TABLE
from mock_server.dashboard.routes import TABLE as PAGES
from mock_server.settings import Settings
from tests.api.door import Client, Door

MARK = "zebra-of-the-other"
"""Stands in everything that the other environment holds."""

Call = tuple[str, str]


def mirrored() -> list[Call]:
    paths = load().document["paths"]
    verbs = ("get", "post", "patch", "put", "delete")
    return [(verb.upper(), path) for path, item in paths.items() for verb in verbs if verb in item]


@pytest.fixture(scope="module")
def worlds() -> Iterator[tuple[Client, dict[str, str]]]:
    """An environment full of marked things, and the names of these things."""
    door = Door(Settings())
    other = Client(door, door.rooms.environments.create("other"))
    yield other, filled(other)
    door.close()


def filled(other: Client) -> dict[str, str]:
    """Fill an environment with marked things of every kind, and return their names by kind."""
    contact = other.identify(MARK, name=MARK, email=f"{MARK}@x.org")
    form, segment = other.form_uuid(MARK), other.segment_uuid(MARK)
    other.post("/track-event", {"id": MARK, "event": MARK})
    hook = {"name": MARK, "url": f"http://127.0.0.1:9/{MARK}", "events": ["Completed Survey"], "auth_token": MARK}
    webhook = other.control("POST", "/webhooks", hook).json["uuid"]
    fault = other.control(
        "POST", "/faults", {"kind": "status", "name": MARK, "operation": "archiveForm", "status": 500}
    )
    assert fault.status == 201
    told = other.simulate("Completed Survey", form_uuid=form, contact={"id": MARK}, data={"note": MARK})
    response = told["response_uuid"]
    delivery = other.control("GET", "/deliveries").json["items"][0]["id"]
    request = other.control("GET", "/journal").json["items"][0]["id"]
    kinds = {"contact": contact, "form": form, "segment": segment, "response": response, "webhook": webhook}
    return {
        **kinds,
        "delivery": delivery,
        "fault": MARK,
        "request": request,
        "id": MARK,
        "key": other.environment.api_key,
    }


def state(client: Client) -> object:
    """Return everything that the environment holds, but for its clock."""
    document = client.control("GET", "/snapshot?with_secrets=true").json
    document.pop("clock", None)
    counts = [len(client.control("GET", f"/{what}").json["items"]) for what in ("journal", "deliveries", "faults")]
    return orjson.dumps(document), counts


@given(data=st.data())
def test_no_call_in_one_environment_sees_or_touches_another(
    worlds: tuple[Client, dict[str, str]], data: st.DataObject
) -> None:
    other, names = worlds
    # A new one each time: what an earlier call said of the other's names, its journal may show.
    mine = Client(other.door, other.door.rooms.environments.create())
    before = state(other)
    kind, (method, path) = data.draw(
        st.one_of(
            st.tuples(st.just("mirrored"), st.sampled_from(mirrored())),
            st.tuples(st.just("control"), st.sampled_from(control())),
            st.tuples(st.just("page"), st.sampled_from(pages())),
        )
    )
    uuids = st.sampled_from([name for what, name in names.items() if what != "request"])
    path = re.sub(r"\{(?!env)\w+\}", lambda _: data.draw(uuids), path)
    fields = st.sampled_from(
        ["id", "email", "uuid", "form_uuid", "segment_uuid", "response_uuid", "segment_uuids", "form_uuids", "name"]
    )
    values = data.draw(st.dictionaries(fields, uuids, max_size=4))
    query = "&".join(f"{name}{'[]' if name.endswith('s') else ''}={value}" for name, value in values.items())
    body = orjson.dumps({name: [value] if name.endswith("s") else value for name, value in values.items()})
    answer = called(mine, kind, method, path, query, b"" if method == "GET" else body)

    sent = (query + path).encode() + body
    private = {name.encode() for name in names.values() if len(name) >= len(MARK)}
    shown = [name for name in private if name in answer and name not in sent]
    assert shown == []
    assert state(other) == before


def called(mine: Client, kind: str, method: str, path: str, query: str, body: bytes) -> bytes:
    """Make a call as the caller of one environment may, and return the answer."""
    json = {"Content-Type": "application/json"}
    if kind == "mirrored":
        reply = mine.door.call(method, f"/v1{path}", query=query, headers={**mine.bearer, **json}, body=body)
    elif kind == "control":
        path = "/_mock/api" + path.replace("{env}", mine.environment.name)
        reply = mine.door.call(method, path, query="", body=b"" if method in ("GET", "DELETE") else body)
    else:
        reply = mine.door.call(method, f"/_mock{path}", query=f"env={mine.environment.name}&{query}", body=body)
    assert reply.status < 500
    return reply.body


def control() -> list[Call]:
    """Return the control routes about one environment; those that end it, or wait, are no part of this."""
    ends = ("/environments/{env}", "/environments/{env}/settle")
    return [(method, path) for path, verbs in TABLE.items() for method in verbs if "{env}" in path and path not in ends]


def pages() -> list[Call]:
    """Return the pages about one environment: the timeline and the list of environments are about all."""
    about_all = ("/", "/environments", "/environments/new", "/environments/delete", "/requests/{id}")
    return [("GET", path) for path, views in PAGES.items() if "GET" in views and path not in about_all]
