"""What all pages have in common: headers, landmarks, refusals, and that nothing hostile gets through."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from mock_server.dashboard import routes
from mock_server.dashboard.call import Done, Page, PageCall
from mock_server.settings import Settings
from tests.api.door import Door, basic

if TYPE_CHECKING:
    from tests.dashboard.conftest import Outline, Pages

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'-alert(1)-'",
    "\u202egnp.exe\u202c",
    "{{ 7 * 7 }}{% raw %}",
    "🦊👩‍👩‍👧‍👦",
    "W" * 10_000,
    "\x00\x1b[31m",
]


def fill(pages: Pages) -> list[str]:
    """Make some traffic, hostile parts and all, and return where every kind of page is."""
    rest = "&".join(f"t{rank}={hex_of(text)}" for rank, text in enumerate(HOSTILE))
    form = "application/x-www-form-urlencoded"
    ids = [pages.send("POST", "/v1/identify-user", f"id={hex_of(text)}&{rest}", form) for text in HOSTILE]
    ids += [pages.send("POST", "/v1/track-event", f"id=u&{hex_of(text)}=1", form) for text in HOSTILE]
    ids += [pages.send("GET", f"/v1/{text}?{hex_of(text)}={hex_of(text)}") for text in HOSTILE]
    return ["/", "/coverage", *(f"/requests/{id}" for id in ids)]


def hex_of(text: str) -> str:
    return "".join(f"%{byte:02X}" for byte in text.encode())


def test_every_answer_has_the_policy_that_keeps_foreign_code_out(pages: Pages) -> None:
    paths = ["/", "/coverage", "/nothing", "/requests/none", "/static/page.css", "/static/page.js", "/static/none"]
    for path in paths:
        headers = pages.call(path).headers
        assert "default-src 'none'; script-src 'self'; style-src 'self'" in headers["content-security-policy"], path
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"


def test_a_page_is_not_kept_by_the_browser(pages: Pages) -> None:
    assert pages.call("/").headers["cache-control"] == "no-store"


def test_what_strangers_sent_stays_text_on_every_page(pages: Pages) -> None:
    for path in fill(pages):
        outline = pages.open(path)
        assert {tag for tag, _ in outline.elements} & {"b9", "svg", "iframe", "object"} == set()
        assert "alert(1)" not in "".join(str(given) for tag, given in outline.elements if tag in ("script", "img"))
        assert not any(name.startswith("on") or name == "style" for _, given in outline.elements for name in given)
        assert "\u202e" not in outline.text
        assert "\x1b" not in outline.text
        assert_whole(outline)
    assert "<script>alert(1)</script>" in pages.open("/").text


def assert_whole(outline: Outline) -> None:
    """Hold a page to what makes it readable for everybody."""
    tags = [tag for tag, _ in outline.elements]
    for tag in ("main", "header", "h1", "title"):
        assert tags.count(tag) == 1, tag
    assert ("html", {"lang": "en"}) in outline.elements
    parts = outline.attributes("nav", "aria-label")
    assert parts[0] == "Pages"
    assert len(parts) == len(set(parts)) == tags.count("nav")
    ids = [given["id"] for _, given in outline.elements if "id" in given]
    assert len(ids) == len(set(ids))
    assert "#main" in outline.attributes("a", "href")
    labelled = set(outline.attributes("label", "for"))
    fields = [given for tag, given in outline.elements if tag in ("input", "select", "textarea")]
    assert all(given.get("type") == "hidden" or given["id"] in labelled for given in fields)
    for tag, given in outline.elements:
        assert tag != "script" or given["src"].startswith("/_mock/static/")
        assert given.get("tabindex") != "0" or given.get("aria-label") or "call" in given.get("class", "")
        for name in ("href", "src", "action"):
            assert given.get(name, "/_mock/").startswith(("/_mock/", "#")), given
        if "aria-labelledby" in given:
            assert given["aria-labelledby"] in ids


def test_an_unknown_page_is_a_page_that_leads_back(pages: Pages) -> None:
    outline = pages.open("/nothing/here", status=404)
    assert "There is no such page." in outline.text
    assert_whole(outline)


@pytest.mark.parametrize("accept", ["*/*", "application/json"])
def test_a_program_that_goes_astray_is_told_so_as_json(pages: Pages, accept: str) -> None:
    for method in ("GET", "POST"):
        reply = pages.door.call(method, "/_mock/nothing", headers={"accept": accept})
        assert (reply.status, reply.json) == (404, {"error": "There is no such page."})


@pytest.mark.parametrize("path", ["/api", "/api/", "/api/nothing"])
def test_what_begins_like_the_control_api_is_refused_by_it(pages: Pages, path: str) -> None:
    reply = pages.door.call("GET", f"/_mock{path}", headers={"accept": "text/html"})
    said = f"The control API has no /_mock{path}; contracts/control.yaml lists it."
    assert (reply.status, reply.json) == (404, {"error": said})


def test_a_browser_that_goes_astray_gets_a_page(pages: Pages) -> None:
    accept = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
    reply = pages.door.call("GET", "/_mock/nothing", headers={"accept": accept})
    assert (reply.status, reply.headers["content-type"]) == (404, "text/html; charset=utf-8")


def test_an_unknown_environment_is_said_and_its_name_is_not_carried_along(pages: Pages) -> None:
    outline = pages.open("/coverage", status=404, env="<b>nope")
    assert "No environment is called '<b>nope'; there are: default" in outline.text
    assert not any("nope" in link for link in outline.attributes("a", "href"))


def test_without_any_environment_pages_say_so(pages: Pages) -> None:
    pages.door.rooms.environments.delete("default")

    assert "There is no environment left" in pages.open("/coverage", status=404).text
    assert "There is no environment" in pages.open("/").one("empty")


def test_a_method_that_a_page_does_not_take_is_refused(pages: Pages) -> None:
    assert pages.call("/coverage", method="POST").status == 405
    assert pages.call("/coverage", method="HEAD").status == 200


def test_a_bug_of_ours_is_a_page_too(pages: Pages, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(_: PageCall) -> Page:
        raise ZeroDivisionError

    monkeypatch.setattr(routes, "TABLE", {"/": {"GET": broken}})
    door = Door(Settings())
    reply = door.call("GET", "/_mock/")
    door.close()
    assert reply.status == 500
    assert b"refiner-mock itself failed" in reply.body


def test_a_page_of_another_site_can_neither_read_nor_post(pages: Pages) -> None:
    for headers in ({"host": "evil.example"}, {"origin": "https://evil.example"}, {"origin": "null"}):
        for method in ("GET", "POST"):
            reply = pages.door.call(method, "/_mock/", headers=headers)
            assert reply.status == 403
            assert pages.refiner.environment.api_key.encode() not in reply.body


def test_off_loopback_a_browser_gets_in_with_the_admin_token() -> None:
    door = Door(Settings(host="0.0.0.0", admin_token="let-me-in"))  # noqa: S104 - a setting
    refused = door.call("GET", "/_mock/")
    allowed = door.call("GET", "/_mock/", headers=basic("", "let-me-in"))
    door.close()
    assert (refused.status, allowed.status) == (401, 200)
    assert refused.headers["www-authenticate"].startswith("Basic ")


def test_a_form_is_done_and_leads_on_with_a_notice(monkeypatch: pytest.MonkeyPatch) -> None:
    async def create(call: PageCall) -> Done:
        await call.control("POST", f"/environments/{call.environment.name}/forms", {"name": call.form["name"]})
        return Done("/coverage", "survey-created")

    monkeypatch.setattr(routes, "TABLE", {**routes.TABLE, "/forms/new": {"POST": create}})
    monkeypatch.setattr(routes, "NOTICES", {"survey-created": "The survey is there."})
    door = Door(Settings())
    form = {"content-type": "application/x-www-form-urlencoded", "origin": "http://127.0.0.1:7334"}
    done = door.call("POST", "/_mock/forms/new", query="env=default", headers=form, body=b"name=Spring+NPS")
    refused = door.call("POST", "/_mock/forms/new", headers=form, body=b"name=")
    assert done.status == 303, done.body[-700:]
    page, query = done.headers["location"].split("?")
    then = door.call("GET", page, query=query)
    door.close()

    assert (page, query) == ("/_mock/coverage", "env=default&notice=survey-created")
    assert b"The survey is there." in then.body
    assert refused.status == 400
    assert b"The field name must be text." in refused.body


def test_a_notice_that_nobody_wrote_is_not_shown(pages: Pages) -> None:
    assert pages.open("/", notice="Send your key to evil.example").all("notice") == []


def test_the_environment_is_carried_from_page_to_page(pages: Pages) -> None:
    pages.door.call("POST", "/_mock/api/environments", body=b'{"name":"shop"}')
    links = pages.open("/coverage", env="shop").attributes("a", "href")
    assert {"/_mock/?env=shop", "/_mock/coverage?env=shop"} <= set(links)


def test_the_picker_lists_a_hundred_environments_and_the_chosen_one(pages: Pages) -> None:
    for rank in range(120):
        pages.door.call("POST", "/_mock/api/environments", body=b'{"name":"e%d"}' % rank)
    html = pages.call("/", env="e119").body.decode()
    options = re.findall(r"<option[^>]*>(?:e\d+|default)</option>", html)
    assert len(options) == 101
    assert "<option selected>e119</option>" in html
    assert "21 more" in html


def test_templates_are_loaded_by_nobody_but_readers() -> None:
    probe = "import sys; from mock_server.app import create_app; create_app(); print('jinja2' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"
