"""The whole state through the page: out, in again, copied, back to its seed, gone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
import pytest

from mock_server.settings import Settings
from tests.api.door import Door, Reply
from tests.dashboard.acting import done, refused
from tests.dashboard.conftest import Outline, Pages
from tests.dashboard.test_routes import assert_whole

if TYPE_CHECKING:
    from collections.abc import Iterator

STATE, SNAPSHOT = "/environments/state", "/environments/snapshot"
LIMIT = 200_000


@pytest.fixture
def small() -> Iterator[Pages]:
    """Pages whose forms may hold 10,000 bytes, and whose snapshots more."""
    door = Door(Settings(max_body=10_000, max_snapshot=LIMIT))
    yield Pages(door)
    door.close()


def upload(pages: Pages, content: bytes, name: str = "snapshot", query: str = "") -> Reply:
    """Send a file as a browser does, by a multipart form."""
    kind = f'form-data; name="{name}"; filename="a.json"\r\nContent-Type: application/json'
    head = f"--x--y\r\nContent-Disposition: {kind}\r\n\r\n"
    body = head.encode() + content + b"\r\n--x--y--\r\n"
    headers = {"content-type": "multipart/form-data; boundary=x--y", "origin": "http://127.0.0.1:7334"}
    return pages.door.call("POST", f"/_mock{SNAPSHOT}", query=query, headers=headers, body=body)


def saved(pages: Pages, query: str = "") -> bytes:
    links = pages.open(STATE).attributes("a", "href")
    path = next(link for link in links if link.partition("?")[0].endswith("/snapshot") and query in link)
    path, _, asked = path.partition("?")
    reply = pages.door.call("GET", path, query=asked)
    assert reply.status == 200
    return reply.body


def test_a_snapshot_goes_out_and_in_again(pages: Pages) -> None:
    for rank in range(30):
        pages.refiner.identify(f"u-{rank}", name="größe <b>")
    before = saved(pages)
    pages.refiner.delete("/contact", id="u-3")
    pages.refiner.identify("u-99")

    reply = upload(pages, before)

    assert reply.status == 303, reply.body
    assert reply.headers["location"] == "/_mock/environments/state?notice=snapshot-loaded"
    assert saved(pages) == before


def test_it_is_larger_than_other_forms_may_be(small: Pages) -> None:
    for rank in range(60):
        small.refiner.identify(f"u-{rank}", note="x" * 500)
    before = saved(small)
    assert 10_000 < len(before) < LIMIT
    assert upload(small, before).status == 303


def test_too_large_a_file_is_refused_and_changes_nothing(small: Pages) -> None:
    small.refiner.identify("u-1")
    before = saved(small)
    reply = upload(small, b'{"format":1,"x":"' + b"x" * LIMIT + b'"}')
    assert reply.status == 413
    assert "What was sent is larger than 200,000 bytes (the setting max_snapshot)." in Outline(reply.body.decode()).text
    assert saved(small) == before


def test_too_large_a_form_is_refused(small: Pages) -> None:
    outline = refused(small, "/webhooks/new", 413, name="x" * 10_001)
    assert "larger than 10,000 bytes (the setting max_body)" in outline.one("error")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "Choose the file of a snapshot first"),
        (b"  ", "Choose the file of a snapshot first"),
        (b"not json", "The body is not valid JSON"),
        (b"[]", "The body must be a JSON object"),
        (b"{}", "format"),
        (b"\xff\xfe\x00", "The body is not in UTF-8"),
        (b'{"format":1,"contacts":"<script>"}', "snapshot"),
    ],
)
def test_what_is_no_snapshot_is_refused_beside_the_form(pages: Pages, content: bytes, told: str) -> None:
    pages.refiner.identify("u-1")
    before = saved(pages)
    reply = upload(pages, content)
    outline = Outline(reply.body.decode())
    assert reply.status == 400
    assert told in outline.one("refusal")
    assert saved(pages) == before
    assert_whole(outline)


def test_another_field_than_the_file_is_none(pages: Pages) -> None:
    assert upload(pages, b"{}", name="other").status == 400


def test_a_broken_upload_is_refused(pages: Pages) -> None:
    headers = {"content-type": "multipart/form-data; boundary=z"}
    reply = pages.door.call("POST", f"/_mock{SNAPSHOT}", headers=headers, body=b"nonsense")
    assert reply.status == 400
    assert b"not a readable multipart form" in reply.body


def test_key_and_tokens_are_in_it_only_if_that_is_asked_for(pages: Pages) -> None:
    told = {"url": "http://127.0.0.1:9/", "events": ["Tag Added"], "auth_token": "s3cret-canary"}
    uuid = pages.refiner.control("POST", "/webhooks", told).json["uuid"]
    plain, whole = orjson.loads(saved(pages)), orjson.loads(saved(pages, "with_secrets=1"))
    assert b"s3cret-canary" not in orjson.dumps(plain)
    assert whole["webhooks"][0]["auth_token"] == "s3cret-canary"
    assert whole["environment"]["api_key"] == pages.refiner.environment.api_key

    pages.refiner.control("DELETE", f"/webhooks/{uuid}")
    reply = upload(pages, orjson.dumps(plain))
    assert reply.headers["location"].endswith("notice=snapshot-loaded-without-tokens")
    page = pages.open(STATE, notice="snapshot-loaded-without-tokens")
    assert "Some webhooks have no token now" in page.one("notice")


def test_a_copy_has_the_data_and_a_key_of_its_own(pages: Pages) -> None:
    pages.refiner.identify("u-1")
    outline = done(pages, "/environments/fork", name="copy")
    copy = pages.door.rooms.environments.get("copy")
    assert outline.one("notice") == "This is the copy, with a key of its own."
    assert "1 contact" in outline.all("count")
    assert copy.api_key in outline.text
    assert copy.api_key != pages.refiner.environment.api_key


def test_a_copy_of_a_name_that_cannot_be_is_refused(pages: Pages) -> None:
    for name, status in (("default", 409), ("no blanks", 400), ("<b>", 400)):
        outline = refused(pages, "/environments/fork", status, name=name)
        assert outline.one("refusal")
        assert name in outline.attributes("input", "value")
        assert_whole(outline)
    assert len(pages.door.rooms.environments) == 1


def test_it_is_reset_after_a_question(pages: Pages) -> None:
    pages.refiner.identify("u-1")
    question = pages.open("/environments/reset")
    assert "Take default back to its seed?" in question.one("confirm")
    assert contacts(pages) == 1

    assert done(pages, "/environments/reset").one("notice") == "The environment is back at its seed."
    assert contacts(pages) == 0


def test_another_one_is_deleted_after_a_question_and_default_never(pages: Pages) -> None:
    pages.door.call("POST", "/_mock/api/environments", body=b'{"name":"shop"}')
    assert "/_mock/environments/delete?env=shop" in pages.open(STATE, env="shop").attributes("a", "href")
    assert "Delete the environment shop?" in pages.open("/environments/delete", env="shop").one("confirm")

    outline = done(pages, "/environments/delete", "env=shop")

    assert outline.one("notice") == "The environment is gone."
    assert [row.split()[0] for row in outline.all("environment")] == ["default"]
    assert not any(link.startswith("/_mock/environments/delete") for link in pages.open(STATE).attributes("a", "href"))
    assert "default cannot be deleted" in pages.open("/environments/delete", status=409).one("error")
    assert "'default' cannot be deleted" in refused(pages, "/environments/delete", 409).one("error")


def contacts(pages: Pages) -> Any:
    return len(pages.refiner.get("/contacts").json["items"])
