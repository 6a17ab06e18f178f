from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_server.conformance.place import WIDEST, excerpt
from mock_server.conformance.plain import columns
from tests.conformance.reports import ENEMY, entry, violation

FORM = "application/x-www-form-urlencoded"


def marked(where: str, name: str | None, code: str = "wrong-parameter", **sent: Any) -> str:
    """Return what is underlined, where every character takes one column."""
    request = {
        "body": sent.pop("body", ""),
        "media_type": sent.pop("media_type", "application/json"),
        **sent.pop("m", {}),
    }
    lines = excerpt(violation(code=code, where={"in": where, "name": name}, entry=entry(request=request, **sent)))
    if len(lines) != 2 or "^" not in lines[1]:
        return ""
    return lines[0][lines[1].index("^") : len(lines[1])]


@pytest.mark.parametrize(
    ("name", "body", "place"),
    [
        ("user_id", '{"user_id": 1, "x": "user_id"}', '"user_id"'),
        ("user_id", '{"x": "user_id", "user_id": 1}', '"user_id"'),
        ("account[name]", '{"name": 1, "account": {"id": 2, "name": 3}}', '"name"'),
        ("account.name", '{"account": {"name": 3}}', '"name"'),
        ("tags[]", '{"tags": 1, "tags[]": [1]}', '"tags"'),
        ("tags[1]", '{"tags": ["a", "b"]}', '"b"'),
        ("gone", '{"user_id": 1}', ""),
        ("user_id", '{"user_id": 1, ', '"user_id"'),
        ("gone", '{"user_id": 1, ', ""),
    ],
)
def test_in_json_the_name_is_underlined(name: str, body: str, place: str) -> None:
    assert marked("body", name, body=body) == place


def test_the_place_of_a_nested_name_is_its_own() -> None:
    lines = excerpt(
        violation(
            where={"in": "body", "name": "account[name]"},
            entry=entry(request={"body": '{"name": 1, "account": {"name": 3}}', "media_type": "application/json"}),
        )
    )
    assert lines == ['body   {"name": 1, "account": {"name": 3}}', " " * 31 + "^" * 6]


@pytest.mark.parametrize(
    ("code", "place"),
    [
        ("bad-value", '"many"'),
        ("bad-encoding", '"page": "many"'),
        ("unknown-parameter", '"page"'),
        ("identity-misuse", '"many"'),
    ],
)
def test_what_is_wrong_is_underlined_name_or_value(code: str, place: str) -> None:
    assert marked("body", "page", code, body='{"a": 1, "page": "many"}') == place


@pytest.mark.parametrize(
    ("name", "code", "query", "place"),
    [
        ("segment", "wrong-parameter", "page=2&segment=a&x=segment", "segment"),
        ("page", "bad-value", "page=0&page_length=9", "0"),
        ("page", "bad-value", "page=&a=b", "page"),
        ("tags[]", "unknown-parameter", "tags%5B%5D=a&b=c", "tags%5B%5D"),
        ("tags", "bad-encoding", "a=b&tags[]=a", "tags[]=a"),
        ("tags", "bad-encoding", "a[tags]=1&tags=a%2Cb", "tags=a%2Cb"),
        ("traits", "stray-trait", "trait=1&traits[name]=x&traits[plan]=y", "traits[name]"),
        ("a b", "unknown-parameter", "a+b=1", "a+b"),
        ("flag", "unknown-parameter", "x&flag", "flag"),
        ("gone", "missing-parameter", "page=0", ""),
    ],
)
def test_in_a_query_or_form_it_is_underlined_as_it_was_sent(name: str, code: str, query: str, place: str) -> None:
    assert marked("query", name, code, query=query) == place
    assert marked("body", name, code, body=query, media_type=FORM) == place


def test_what_stands_in_the_other_part_of_the_request_is_found_there() -> None:
    assert marked("body", "page", query="page=1", body='{"a": 1}') == "page"
    assert marked("query", "page", query="a=1", body='{"page": 1}') == '"page"'


def test_path_and_header_are_underlined_whole() -> None:
    assert marked("path", None, path="/v1/users") == "/e/default/v1/users"
    assert marked("header", "Content-Type") == "Content-Type: 42"
    unsaid = violation(where={"in": "header", "name": "Authorization"}, got=None)
    assert excerpt(unsaid) == ["header Authorization: Bearer 1f2e…", "       " + "^" * 27]
    assert excerpt(unsaid | {"entry": entry(request={"authorization": None})}) == []


def test_a_multipart_body_is_shown_as_its_parameters() -> None:
    sent = {"parameters": {"user_id": "4"}}
    assert marked("body", "user_id", body="--x\r\n…", media_type="multipart/form-data", m=sent) == '"user_id"'


def test_where_nothing_can_be_underlined_all_is_shown() -> None:
    sent = entry(query="a=1", request={"body": '{"b": 2}'})
    for where in ({"in": "sequence", "name": "b"}, {"in": "body", "name": "id"}):
        assert excerpt(violation(where=where, entry=sent)) == ["query  a=1", 'body   {"b": 2}']
    assert excerpt(violation(entry=None)) == []


def test_without_the_request_the_line_of_the_journal_will_do() -> None:
    line = {name: value for name, value in entry(query="user_id=4").items() if name not in ("request", "answer")}
    assert excerpt(violation(where={"in": "query", "name": "user_id"}, entry=line)) == [
        "query  user_id=4",
        "       ^^^^^^^",
    ]


def test_of_a_long_text_the_part_around_the_place_is_shown() -> None:
    query = "&".join(
        [f"a{rank}=1" for rank in range(40)] + ["user_id=" + "4" * 200] + [f"b{rank}=1" for rank in range(40)]
    )
    for code in ("bad-value", "wrong-parameter"):
        text, mark = excerpt(violation(code=code, where={"in": "query", "name": "user_id"}, entry=entry(query=query)))
        assert text.startswith("query  …")
        assert text.endswith("…")
        assert len(text) <= WIDEST
        assert "user_id=444" in text
        assert mark.strip() == "^" * (7 if code == "wrong-parameter" else 45)
    short = "&".join(f"a{rank}=1" for rank in range(9)) + "&user_id=4"
    assert short in excerpt(violation(where={"in": "query", "name": "user_id"}, entry=entry(query=short)))[0]


def test_wide_characters_in_front_of_the_place_move_the_mark() -> None:
    sent = entry(request={"body": '{"日本": "😀", "user_id": 1}'})
    text, mark = excerpt(violation(entry=sent))
    assert columns(text[: text.index('"user_id"')]) == mark.index("^")


@given(st.text(min_size=1, max_size=400), st.text(max_size=400), st.sampled_from(["bad-value", "bad-encoding", "time"]))
def test_lines_are_harmless_and_fit_whatever_was_sent(name: str, text: str, code: str) -> None:
    import json
    from urllib.parse import quote_plus

    for part, media_type, body in (
        ("body", "application/json", json.dumps({"a": text, name: text + ENEMY[:-1]}, ensure_ascii=False)),
        ("body", "application/json", name + text),
        ("body", FORM, text),
        ("query", FORM, f"{quote_plus(text)}&{quote_plus(name)}={text}"),
    ):
        sent = entry(query=body if part == "query" else "", request={"body": body, "media_type": media_type})
        for line in excerpt(violation(code=code, where={"in": part, "name": name}, entry=sent)):
            assert line.isprintable()
            assert columns(line) <= 8 * WIDEST


def test_json_nested_deeper_than_python_reads_is_shown_all_the_same() -> None:
    deep = '{"user_id":' + "[" * 5_000 + "]" * 5_000 + "}"
    assert marked("body", "user_id", body=deep) == '"user_id"'
