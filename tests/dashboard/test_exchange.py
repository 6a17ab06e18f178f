"""One exchange: the place underlined, the contract behind it, the answer, what followed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.dashboard.conftest import Pages

FORM = "application/x-www-form-urlencoded"


def marked(pages: Pages, id: str) -> list[str]:
    """Return what is marked in the places of the violations."""
    html = pages.call(f"/requests/{id}").body.decode()
    return [
        part.partition("</mark>")[0]
        for part in html.split('data-testid="place">')[1:]
        for part in part.split("<mark>")[1:2]
    ]


def test_a_wrong_name_is_marked_explained_and_put_right(pages: Pages) -> None:
    id = pages.send("POST", "/v1/track-event", '{"id":"u-1","event_name":"Signed up"}')

    outline = pages.open(f"/requests/{id}")
    violation = outline.one("violation")

    assert marked(pages, id) == ["&#34;event_name&#34;"]
    assert "Suggestion send event instead of event_name" in violation
    assert "Evidence documented W6W, COMP, MIND" in violation
    assert "near-miss-name: The operation does not know this name" in violation
    assert "description: The event's name, any text." in violation
    assert "/_mock/coverage?env=default#trackEvent.event" in outline.attributes("a", "href")
    assert [one for one in outline.all("parameter") if "error wrong-parameter" in one] == [
        "event_name Signed up error wrong-parameter"
    ]


@pytest.mark.parametrize(
    ("method", "path", "body", "media_type", "place"),
    [
        ("GET", "/v1/contacts?page_length=lots&search=x", "", "", ["lots"]),
        ("GET", "/v1/contacts?pageLength=5", "", "", ["pageLength"]),
        ("POST", "/v1/track-event", "id=u&eventName=x", FORM, ["eventName"]),
        ("GET", "/v1/trackEvents", "", "", ["/v1/trackEvents"]),
        ("POST", "/v1/track-event", '{"id":"u"', "application/json", []),
    ],
)
def test_the_place_is_where_it_was_sent(
    pages: Pages, method: str, path: str, body: str, media_type: str, place: list[str]
) -> None:
    assert marked(pages, pages.send(method, path, body, media_type)) == place


def test_what_was_sent_is_shown_as_it_was(pages: Pages) -> None:
    body = '{"id":"u-1","note":"<b> & \'co\'"}'
    said = pages.open(f"/requests/{pages.send('POST', '/v1/identify-user?x=1&y=2', body)}").text
    assert f"POST /v1/identify-user?x=1&y=2\nAuthorization: Bearer {pages.refiner.environment.api_key[:4]}…" in said
    assert f"Content-Type: application/json\n\n{body}" in said


def test_a_body_too_long_to_be_kept_is_not_called_invalid(pages: Pages) -> None:
    id = pages.send("POST", "/v1/identify-user", f'{{"id":"u-1","note":"{"x" * 20_000}"}}')
    outline = pages.open(f"/requests/{id}")
    assert outline.one("problem").startswith("It was judged whole, but only the first 16384 of its")
    assert "No parameters." not in outline.text
    assert [name for name in ("curl", "pytest", "case") if outline.all(f"copy-{name}")] == []


def test_every_link_into_the_coverage_page_arrives(pages: Pages) -> None:
    ids = [
        pages.send("POST", "/v1/track-event", '{"id":"u-1","event_name":"x","nonsense":1}'),
        pages.send("GET", "/v1/trackEvents"),
        pages.send("GET", "/v1/contacts?page_length=lots"),
        pages.send("POST", "/v1/track", '{"id":"u-1","event":"x"}'),
        pages.send("POST", "/v1/identify-user", '{"traits":{"a":1}}'),
        pages.door.call("GET", "/v1/account").headers["refiner-mock-request-id"],
    ]
    places = {given["id"] for _, given in pages.open("/coverage").elements if "id" in given}
    for id in ids:
        links = [link for link in pages.open(f"/requests/{id}").attributes("a", "href") if "/coverage" in link]
        anchors = [link.partition("#")[2] for link in links if "#" in link]
        assert anchors, id
        assert set(anchors) <= places, id


def test_a_clean_call_is_called_clean(pages: Pages) -> None:
    id = pages.send("POST", "/v1/identify-user", "id=u-1&plan=pro&account[id]=a-1", FORM)

    outline = pages.open(f"/requests/{id}")

    assert outline.one("clean") == "Nothing in this call departs from the contract."
    assert "plan pro a trait or answer, any name will do" in outline.all("parameter")
    assert "Done: Create or update a contact and its traits" in outline.one("thread")
    assert "id=u-1&plan=pro&account[id]=a-1" in outline.text


@pytest.mark.parametrize(
    ("method", "path", "outcome"),
    [
        ("GET", "/v1/contacts", "Read, nothing changed"),
        ("POST", "/v1/track-event", "Refused, nothing changed"),
    ],
)
def test_it_says_what_came_of_it(pages: Pages, method: str, path: str, outcome: str) -> None:
    assert outcome in pages.open(f"/requests/{pages.send(method, path)}").one("thread")


def test_a_fault_is_not_taken_for_an_answer(pages: Pages) -> None:
    pages.refiner.control("POST", "/faults", {"kind": "status", "status": 503, "times": 1})
    outline = pages.open(f"/requests/{pages.send('GET', '/v1/contacts')}")
    assert "A fault struck: status" in outline.one("thread")
    assert "it proves nothing" in outline.one("clean")


def test_the_thread_goes_down_to_the_receivers_answer(pages: Pages) -> None:
    from tests.miniatures.running import receiving

    with receiving(500, 200) as receiver:
        told = {"url": receiver.url, "events": ["Entered Segment"]}
        assert pages.refiner.control("POST", "/webhooks", told).status == 201
        rule = {"trait": "plan", "operator": "equals", "value": "pro"}
        pages.refiner.segment_uuid("Pros", is_manual=False, rule=rule)
        id = pages.send("POST", "/v1/identify-user", '{"id":"u-1","plan":"pro"}')
        pages.refiner.control("POST", "/settle", {})
        waiting = pages.open(f"/requests/{id}").one("delivery")
        pages.refiner.advance("6s")
        done = pages.open(f"/requests/{id}").one("delivery")

    assert " pending " in waiting
    assert "next try at" in waiting
    assert " delivered " in done
    assert done.index(" 500 ") < done.index(" 200 ")


def test_an_exchange_that_is_not_kept_is_a_404(pages: Pages) -> None:
    assert "No exchange has that id" in pages.open("/requests/req-999999", status=404).text


def test_of_a_deleted_environment_the_exchange_is_gone_with_it(pages: Pages) -> None:
    made = pages.door.call("POST", "/_mock/api/environments", body=b'{"name":"shop"}').json
    bearer = {"authorization": f"Bearer {made['api_key']}"}
    id = pages.door.call("GET", "/v1/contacts", headers=bearer).headers["refiner-mock-request-id"]
    pages.open(f"/requests/{id}")
    pages.door.call("DELETE", "/_mock/api/environments/shop")
    pages.open(f"/requests/{id}", status=404)


def test_a_key_that_came_with_a_call_is_shown_nowhere_but_in_the_copy_for_the_shell(pages: Pages) -> None:
    key = pages.refiner.environment.api_key
    stranger = "9d0c3f8a-4b1e-4f57-9c55-0a9f3c1d2e4b"
    bearer = {"authorization": f"Bearer {stranger}"}
    refused = pages.door.call("GET", f"/v1/{stranger}", query=f"api_key={stranger}", headers=bearer)
    own = pages.send("POST", f"/v1/identify-user?api_key={key}", f'{{"id":"u","api_key":"{key}","note":"{key}"}}')

    assert stranger not in pages.open(f"/requests/{refused.headers['refiner-mock-request-id']}").text
    outline = pages.open(f"/requests/{own}")
    assert outline.text.count(key) == outline.one("copy-curl").count(key) == 1
