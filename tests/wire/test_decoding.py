from __future__ import annotations

from collections.abc import Callable, Iterable
from urllib.parse import quote, urlencode

import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mock_server.contract.exchange import Request
from mock_server.wire.decoding import decode

Send = Callable[..., Request]

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
MULTIPART = "multipart/form-data; boundary=b0unDary"


def multipart(pairs: Iterable[tuple[str, str]]) -> bytes:
    parts = (f'--b0unDary\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{text}\r\n' for name, text in pairs)
    return "".join([*parts, "--b0unDary--\r\n"]).encode()


def test_parameters_may_travel_in_the_url_or_in_a_json_body(send: Send) -> None:
    """(a) parameters in the URL or in the body, the body a JSON object (docs: API)."""
    assert send(query=b"id=u-1&email=a%40example.org").parameters == {"id": "u-1", "email": "a@example.org"}
    assert send(b'{"id":"u-1","seats":14}', JSON).parameters == {"id": "u-1", "seats": 14}


def test_the_urlencoded_bodies_of_the_curl_samples_are_read(send: Send) -> None:
    """(a) the reference's own samples use `-d key=value` (docs: API)."""
    request = send(b"id=u-1&name=Mira+Holt", FORM)
    assert request.parameters == request.body == {"id": "u-1", "name": "Mira Holt"}
    assert request.media_type == FORM


@pytest.mark.parametrize(
    "query", [b"tags[]=a&tags[]=b&account[id]=acme", b"tags%5B%5D=a&tags%5b%5d=b&account%5Bid%5D=acme"]
)
def test_arrays_and_objects_use_brackets_escaped_or_not(send: Send, query: bytes) -> None:
    """(a) `key[]` and `key[sub]` (docs: W6W, RUD-dst, MIND), equal to their escaped forms (inferred)."""
    expected = {"tags": ["a", "b"], "account": {"id": "acme"}}
    assert send(query=query).parameters == expected
    assert send(query, FORM).parameters == expected


def test_a_json_key_with_brackets_is_not_expanded(send: Send) -> None:
    """(a) a JSON key literally called `tags[]` (inferred)."""
    assert send(b'{"tags[]":["a"],"tags":["b"]}', JSON).parameters == {"tags[]": ["a"], "tags": ["b"]}


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "PATCH"])
@pytest.mark.parametrize(("body", "content_type"), [(b'{"id":"u-1"}', JSON), (b"id=u-1", FORM)])
def test_a_body_is_read_with_every_method(send: Send, method: str, body: bytes, content_type: str) -> None:
    """(a) one input bag for every method (inferred)."""
    assert send(body, content_type, method=method).parameters == {"id": "u-1"}


def test_query_and_body_are_one_bag_in_which_the_body_wins(send: Send) -> None:
    request = send(b"email=b&tags=x", FORM, query=b"id=1&email=a&tags[]=y")
    assert list(request.parameters.items()) == [("id", "1"), ("email", "b"), ("tags", "x")]
    assert request.query == {"id": "1", "email": "a", "tags": ["y"]}
    assert request.body == {"email": "b", "tags": "x"}
    assert (request.raw_query, request.raw_body) == (b"id=1&email=a&tags[]=y", b"email=b&tags=x")


@pytest.mark.parametrize(
    "content_type",
    ["application/json; charset=utf-8", "Application/JSON", "application/vnd.api+json", "text/json;charset=UTF-8"],
)
def test_every_spelling_of_json_is_json(send: Send, content_type: str) -> None:
    request = send(b'{"id":"u-1"}', content_type)
    assert request.parameters == {"id": "u-1"}
    assert request.media_type == content_type.partition(";")[0].lower()


def test_a_form_with_a_charset_is_a_form(send: Send) -> None:
    assert send(b"id=u-1", FORM + "; charset=UTF-8").parameters == {"id": "u-1"}


@pytest.mark.parametrize(
    ("body", "bag"),
    [
        (b'{"id":"u-1"}', {"id": "u-1"}),
        (b"id=u-1", {"id": "u-1"}),
        (b'{"id":', {'{"id":': ""}),
        (b"7", {"7": ""}),
    ],
)
def test_a_body_without_media_type_is_json_where_it_is_an_object_and_else_a_form(
    send: Send, body: bytes, bag: dict[str, object]
) -> None:
    request = send(body)
    assert request.parameters == bag
    assert request.problem is None


@pytest.mark.parametrize("content_type", ["text/plain;charset=UTF-8", "application/xml", "application/octet-stream"])
def test_a_body_of_another_media_type_is_left_aside(send: Send, content_type: str) -> None:
    request = send(b'{"id":"u-1"}', content_type, query=b"email=a")
    assert request.unread_body
    assert request.problem is None
    assert request.parameters == {"email": "a"}
    assert not send(b"", content_type).unread_body


@pytest.mark.parametrize("body", [b"", b" \r\n", b"{}", b"[]"])
def test_an_empty_json_body_has_no_parameters(send: Send, body: bytes) -> None:
    request = send(body, JSON)
    assert request.parameters == {}
    assert request.problem is None
    assert not request.unread_body


def test_of_equal_json_keys_the_last_one_counts(send: Send) -> None:
    assert send(b'{"id":"1","a":2,"id":"3"}', JSON).parameters == {"id": "3", "a": 2}


@pytest.mark.parametrize("body", [b'"text"', b"[1]", b"null", b"7"])
def test_json_that_is_no_object_is_a_problem(send: Send, body: bytes) -> None:
    request = send(body, JSON)
    assert request.problem == "The body must be a JSON object."
    assert request.parameters == {}


@pytest.mark.parametrize(
    "body",
    [
        b'{"id":"secret-key-1"',
        b'{"id":NaN}',
        b'{"a":"\\ud800"}',
        b"{'a':1}",
        b'{"a":1e999}',
        b"[" * 9_000,
    ],
)
def test_malformed_json_is_a_problem_that_does_not_repeat_it(send: Send, body: bytes) -> None:
    request = send(body, JSON, query=b"email=a")
    assert request.problem is not None
    assert request.problem.startswith("The body is not valid JSON: ")
    assert "secret" not in request.problem
    assert request.parameters == {"email": "a"}


def test_json_in_another_encoding_is_told_so_without_jargon(send: Send) -> None:
    request = send('{"name":"Zoë"}'.encode("latin-1"), JSON)
    assert request.problem == "The body is not in UTF-8, as JSON must be (byte 11)."


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"%zz", "%zz"),
        (b"50%", "50%"),
        (b"%4", "%4"),
        (b"%C3%A9", "é"),
        (b"\xc3\xa9", "é"),
        (b"\xc3%A9", "é"),
        (b"%ff", "\ufffd"),
        (b"\xff", "\ufffd"),
        (b"%ed%a0%80", "\ufffd" * 3),
        (b"a+b%2Bc", "a b+c"),
        (b"a=b", "a=b"),
        (b"%26", "&"),
    ],
)
def test_bad_escapes_and_bad_utf8_are_tolerated(send: Send, raw: bytes, text: str) -> None:
    assert send(query=b"a=" + raw).parameters == {"a": text}
    assert send(b"a=" + raw, FORM).parameters == {"a": text}


def test_a_name_without_equals_sign_has_an_empty_value(send: Send) -> None:
    assert send(query=b"&a&b=&=c&").parameters == {"a": "", "b": ""}


def test_text_fields_of_multipart_are_a_form_and_files_are_left_out(send: Send) -> None:
    body = (
        b'--X\r\ncontent-disposition: form-data; name="tags[]"\r\nContent-Type: text/plain\r\n\r\nline 1\r\nline 2'
        b'\r\n--X\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\ndata'
        b"\r\n--X\r\nContent-Type: text/plain\r\n\r\nnameless"
        b'\r\n--X\r\nContent-Disposition: form-data; name="na\xc3\xafve"\r\n\r\n\xff\r\n--X--\r\n'
    )
    request = send(body, 'multipart/form-data; boundary="X"')
    assert request.problem is None
    assert request.parameters == {"tags": ["line 1\r\nline 2"], "naïve": "\ufffd"}


@pytest.mark.parametrize(
    ("body", "content_type", "problem"),
    [
        (multipart([("a", "1")]), "multipart/form-data", "no boundary"),
        (b"a=1", MULTIPART, "not a readable multipart form"),
        (multipart([("a", "1")] * 3), MULTIPART, "more than 2 parameters"),
    ],
)
def test_unreadable_multipart_is_a_problem(send: Send, body: bytes, content_type: str, problem: str) -> None:
    request = send(body, content_type, max_parameters=2)
    assert request.problem is not None
    assert problem in request.problem
    assert request.parameters == {}


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"a=1&b=2&c=3", FORM),
        (b'{"a":1,"b":[2,3]}', JSON),
        (multipart([("a", "1")] * 3), MULTIPART),
    ],
)
def test_too_many_parameters_are_a_problem_in_every_encoding(send: Send, body: bytes, content_type: str) -> None:
    assert "max_parameters" in (send(body, content_type, max_parameters=2).problem or "")
    assert send(body, content_type, max_parameters=4).problem is None


@pytest.mark.parametrize(
    ("body", "content_type"), [(b"a[b][c]=1", FORM), (b'{"a":{"b":{"c":1}}}', JSON), (b'{"a":[[[]]]}', JSON)]
)
def test_too_deep_nesting_is_a_problem_and_counted_alike_in_forms_and_json(
    send: Send, body: bytes, content_type: str
) -> None:
    assert "max_nesting" in (send(body, content_type, max_nesting=1).problem or "")
    assert send(body, content_type, max_nesting=3).problem is None


def test_many_brackets_that_do_not_nest_are_no_problem(send: Send) -> None:
    assert send(orjson.dumps({"a": [[]] * 40, "b": "[" * 40}), JSON).problem is None


def test_an_oversized_query_is_a_problem(send: Send) -> None:
    assert "max_parameters" in (send(query=b"a=1&a=2", max_parameters=1).problem or "")


def test_authorization_and_raw_parts_are_handed_on(send: Send) -> None:
    request = send(headers=[(b"authorization", b"Bearer \xe9")], method="GET")
    assert request.authorization == "Bearer é"
    assert (request.method, request.path, request.media_type) == ("GET", "/identify-user", "")
    assert send().authorization is None


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=10)
plain_names = st.text("abcdefgh_.é ", min_size=1, max_size=6).filter(lambda name: name != " ")  # `[ ]` appends


@given(st.dictionaries(plain_names, texts, max_size=5), st.lists(texts, max_size=3))
def test_text_parameters_mean_the_same_in_every_encoding(send: Send, flat: dict[str, str], tags: list[str]) -> None:
    """(a) all encodings fill one bag (inferred), so the way they are sent must not matter."""
    bag = {**flat, **({"list!": tags} if tags else {}), **({"map!": flat} if flat else {})}
    pairs = [*flat.items(), *(("list![]", tag) for tag in tags), *((f"map![{name}]", flat[name]) for name in flat)]
    form = urlencode(pairs).encode()
    assert send(orjson.dumps(bag), JSON).parameters == bag
    assert send(form, FORM).parameters == bag
    assert send(query=form).parameters == bag
    assert send(query=urlencode(pairs, quote_via=quote).encode()).parameters == bag
    assert send(multipart(pairs), MULTIPART).parameters == bag


media = st.sampled_from([FORM, JSON, "multipart/form-data; boundary=b", "multipart/form-data; boundary=", "", "a/b"])
messy = st.binary(max_size=40) | st.text('{}[]":,=&%+a1\\u0', max_size=30).map(str.encode)


@given(
    query=messy,
    content_type=media.map(str.encode) | st.binary(max_size=20),
    headers=st.lists(st.tuples(st.binary(max_size=12), st.binary(max_size=12)), max_size=3),
    body=messy | st.tuples(messy, messy).map(lambda two: b"--b\r\n" + two[0] + b"\r\n\r\n" + two[1] + b"\r\n--b--"),
)
@example(query=b"", content_type=b"multipart/form-data; boundary=" + b"x" * 400, headers=[], body=b"--x")
def test_no_bytes_whatever_make_it_raise(
    query: bytes, content_type: bytes, headers: list[tuple[bytes, bytes]], body: bytes
) -> None:
    headers = [*headers, (b"content-type", content_type)]
    request = decode("POST", "/", query, headers, body, max_nesting=3, max_parameters=10)
    orjson.dumps([request.parameters, request.problem, request.media_type])
