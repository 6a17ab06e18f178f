"""Texts that say something else than was meant."""

from __future__ import annotations

import pytest

from mock_server.contract.verdict.spelling import decoded_once_more, is_printed_object, json_inside, with_plus
from tests.contract.verdict.judged import judged

PRINTED = """
[object Object]
[object Promise]
[object Object],[object Object]
['a', 'b']
{'a': 1}
b'u-1'
<User object at 0x7f3a2b1c>
{:a=>1}
{"a"=>1}
#<User:0x01>
map[id:acme]
&{ID:acme Name:Acme}
Some("acme")
Optional[x]
com.acme.User@6d06d69c
User@6d06d69c
System.String[]
System.Collections.Generic.List`1[System.String]
"""


@pytest.mark.parametrize("text", PRINTED.strip().splitlines())
def test_what_a_language_prints_for_an_object_is_seen(text: str) -> None:
    assert is_printed_object(text)
    assert judged("POST /identify-user", {"id": "u", "owner": text}) != (), "the first look has doubts about it"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "u-1",
        "User@example.org",
        "Report (PDF)",
        "[draft]",
        "{name}",
        "a => b",
        "it's",
        "System.out",
        "map",
        "Some(times)",
        "Room@123456",
        "{note:important}",
        "('maybe')",
        '{"a": 1}',
    ],
)
def test_what_a_person_writes_is_no_printed_object(text: str) -> None:
    assert not is_printed_object(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('["a"]', ["a"]),
        ('{"a": 1}', {"a": 1}),
        (' "u-1" ', "u-1"),
        ("u-1", None),
        ("12", None),
        ("[a]", None),
        ("true", None),
        ("", None),
    ],
)
def test_json_inside_a_text_is_found(text: str, value: object) -> None:
    assert json_inside(text) == value


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("mira%40example.org", "mira@example.org"),
        ("a%20b", "a b"),
        ("%C3%A9", "é"),
        ("100%", None),
        ("50%FF", None),
        ("5%2", None),
        ("u", None),
    ],
)
def test_a_text_that_is_still_encoded_is_decoded(text: str, plain: str | None) -> None:
    assert decoded_once_more(text) == plain


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("mira new@example.org", "mira+new@example.org"),
        ("2025-03-14T10:00:00 02:00", "2025-03-14T10:00:00+02:00"),
        ("2025-03-14 10:00:00 0200", "2025-03-14 10:00:00+0200"),
        ("2025-03-14 10:00:00", None),
        ("Mira Holt", None),
        ("a b c@example.org", None),
    ],
)
def test_a_plus_that_became_a_blank_is_put_back(text: str, meant: str | None) -> None:
    assert with_plus(text) == meant
