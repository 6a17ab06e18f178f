from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from urllib.parse import quote

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_server.contract.exchange import Request
from mock_server.wire import credentials
from mock_server.wire.credentials import Credential

Send = Callable[..., Request]

KEY = "5b1c8f4e-8a43-4f0a-9a3e-1a2b3c4d5e6f"
OTHER = "77777777-8a43-4f0a-9a3e-1a2b3c4d5e6f"


def basic(text: str) -> bytes:
    return b"Basic " + b64encode(text.encode())


def found(send: Send, authorization: bytes | None, query: bytes = b"", body: bytes = b"") -> Credential:
    headers = [] if authorization is None else [(b"authorization", authorization)]
    return credentials.find(send(body, "application/json" if body else None, query=query, headers=headers))


@pytest.mark.parametrize("scheme", [b"Bearer", b"bearer", b"BEARER"])
def test_the_key_may_come_as_bearer(send: Send, scheme: bytes) -> None:
    """(a) `Authorization: Bearer <key>` (docs: API)."""
    assert found(send, scheme + b" " + KEY.encode()) == Credential("bearer", KEY)


def test_the_key_may_come_as_a_parameter_in_url_or_body(send: Send) -> None:
    """(a) `api_key=<key>` in the URL or in the body (docs: API)."""
    assert found(send, None, query=b"api_key=" + KEY.encode()) == Credential("parameter", KEY)
    assert found(send, None, body=orjson.dumps({"api_key": KEY})) == Credential("parameter", KEY)


def test_the_key_may_come_as_basic_user_name_with_an_empty_password(send: Send) -> None:
    """(a) HTTP Basic, `base64("<key>:")` (docs: API)."""
    assert found(send, basic(KEY + ":")) == Credential("basic", KEY)


@pytest.mark.parametrize("header", [basic(KEY), basic(KEY + ":secret"), b"Basic", b"Basic ###", b"Basic \xe9"])
def test_basic_without_colon_or_with_a_password_holds_no_key(send: Send, header: bytes) -> None:
    """(a) the colon is required (docs: API); that a password is refused is assumed."""
    credential = found(send, header)
    assert credential == Credential("basic", None)
    assert credentials.refusal(credential) == credentials.NO_KEY


def test_a_key_in_the_header_goes_before_the_parameter(send: Send) -> None:
    """(a) precedence (assumed, g14)."""
    query = b"api_key=" + OTHER.encode()
    assert found(send, b"Bearer " + KEY.encode(), query) == Credential("bearer", KEY)
    assert found(send, basic(KEY + ":"), query) == Credential("basic", KEY)
    assert found(send, b"Bearer short", query) == Credential("bearer", "short")


@pytest.mark.parametrize("header", [b"", b"Bearer ", b"Basic ###", b"Token " + KEY.encode(), KEY.encode()])
def test_a_header_that_holds_no_key_leaves_the_parameter(send: Send, header: bytes) -> None:
    assert found(send, header, b"api_key=" + OTHER.encode()) == Credential("parameter", OTHER)


@pytest.mark.parametrize(
    "body", [b'{"api_key":7}', b'{"api_key":["x"]}', b'{"api_key":""}', b'{"api_key":null}', b"{}"]
)
def test_a_parameter_that_is_no_text_is_no_key(send: Send, body: bytes) -> None:
    assert found(send, None, body=body) == Credential("none", None)


@pytest.mark.parametrize("key", [None, "short", "YOUR_API_KEY", "x" * 19])
def test_no_key_or_one_too_short_is_answered_as_observed(key: str | None) -> None:
    """(a) auth answers, no key and too short a key (live: W6W-live); the length is assumed (g14)."""
    assert credentials.refusal(Credential("bearer", key)) == (401, {"error": "No API key found in headers"})


@pytest.mark.parametrize(
    "key", ["x" * 20, KEY[:-1], KEY + "0", KEY.replace("-", ""), f"<{KEY}>", KEY.replace("5", "g")]
)
def test_a_malformed_key_is_answered_as_observed(key: str) -> None:
    """(a) auth answers, malformed key (live: W6W-live)."""
    assert credentials.refusal(Credential("basic", key)) == (401, {"error": "API key does not look valid"})


def test_a_well_formed_key_is_not_refused_here_and_the_unknown_one_is_answered_as_observed() -> None:
    """(a) key is a lowercase UUID (docs); auth answers, unknown key: 404 with `message` (live: W6W-live)."""
    assert credentials.refusal(Credential("bearer", KEY)) is None
    assert credentials.UNKNOWN_KEY == (404, {"message": "API key not valid or does not exist"})


def test_a_shown_key_is_its_first_four_characters() -> None:
    assert credentials.shorten(KEY) == "5b1c…"


@pytest.mark.parametrize(
    ("header", "shown"),
    [
        (f"Bearer {KEY}", "Bearer 5b1c…"),
        (f"bearer  {KEY}", "bearer 5b1c…"),
        (basic(KEY + ":").decode(), "Basic 5b1c…"),
        (basic(KEY).decode(), "Basic 5b1c…"),
        ("Basic !!!!!!!!", "Basic !!!!…"),
        (f"Token {KEY}", "Token 5b1c…"),
        (KEY, "5b1c…"),
    ],
)
def test_a_shown_authorization_header_has_a_short_key(header: str, shown: str) -> None:
    assert credentials.masked_authorization(header) == shown


@pytest.mark.parametrize(
    "name",
    ["api_key", "api%5Fkey", "%61pi_key", "api_key[]", "api_key%5Ba%5D", "apiKey", "API-KEY", "+api_key", "api.key"],
)
def test_a_shown_query_has_a_short_key_however_its_name_is_written(name: str) -> None:
    raw = f"id=u-1&{name}={KEY}&x&y=%20".encode()
    assert credentials.masked_query(raw) == f"id=u-1&{name}=5b1c…&x&y=%20".encode()


def test_a_shown_query_stays_what_it_is_but_for_the_key() -> None:
    assert credentials.masked_query(b"") == b""
    assert credentials.masked_query(b"a=api_key&api_key&my_api_key_id=7") == b"a=api_key&api_key&my_api_key_id=7"
    assert credentials.masked_query(b"api_key=%26%3d+x%ff") == "api_key=…".encode(), "four of five"
    assert credentials.masked_query(b"api_key=%26%3d+x%ff---") == "api_key=%26%3D%20x…".encode()


JSON_BODIES = [
    f'{{"id":"u-1","api_key":"{KEY}"}}',
    f'{{"api_key" :\n "{KEY}", "a": {{"api_key":"{KEY}"}}}}',
    f'{{"api\\u005Fkey":"{KEY}"}}',
    f'{{"\\u0061PI_\\u004bey":"{KEY}"}}',
    f'{{"apiKey":"{KEY}","api-key[]":"{KEY}"}}',
    f'{{"api_key":["{KEY}"]}}',
    f'{{"api_key":{{"a":"{KEY}"}}}}',
    f'{{"api_key":"\\"{KEY}',
]


@pytest.mark.parametrize("body", JSON_BODIES)
@pytest.mark.parametrize("media_type", ["application/json", "text/json", "", "text/plain"])
def test_a_shown_json_body_never_has_the_whole_key(body: str, media_type: str) -> None:
    assert KEY[4:] not in credentials.masked_body(body.encode(), media_type).decode()


def test_a_shown_json_body_stays_json() -> None:
    masked = credentials.masked_body(orjson.dumps({"a": [1], "api_key": KEY, "b": "api_key"}), "application/json")
    assert orjson.loads(masked) == {"a": [1], "api_key": "5b1c…", "b": "api_key"}


def test_a_shown_json_body_is_masked_where_the_journal_cut_it_off() -> None:
    body = orjson.dumps({"api_key": KEY})
    for end in range(len(body)):
        assert KEY[:6] not in credentials.masked_body(body[:end], "application/json").decode()


def test_a_key_that_ends_in_a_broken_escape_is_masked_whole() -> None:
    assert credentials.masked_body(b'{"api_key":"ab\\x"}', "application/json") == '{"api_key":"…"}'.encode()


@pytest.mark.parametrize("media_type", ["application/x-www-form-urlencoded", "", "text/plain"])
def test_a_shown_form_body_has_a_short_key(media_type: str) -> None:
    assert credentials.masked_body(b"a=1&api_key=" + KEY.encode(), media_type) == "a=1&api_key=5b1c…".encode()


@pytest.mark.parametrize(
    ("media_type", "body"),
    [
        ("application/json", '{"url":"x","auth_token":"s3cret-token"}'),
        ("application/json", '{"auth\\u005ftoken":"s3cret-token"}'),
        ("application/x-www-form-urlencoded", "url=x&auth%5Ftoken=s3cret-token"),
        (
            "multipart/form-data",
            '--b\r\nContent-Disposition: form-data; name="auth_token"\r\n\r\ns3cret-token\r\n--b--',
        ),
    ],
)
def test_the_token_of_a_webhook_is_shortened_like_a_key(media_type: str, body: str) -> None:
    masked = credentials.masked_body(body.encode(), media_type).decode()

    assert "s3cret" not in masked
    assert "s3cr…" in masked


@pytest.mark.parametrize("name", ['"api_key"', "api_key", '"apiKey[]"'])
@pytest.mark.parametrize("end", ["\r\n--X--\r\n", '\r\n--X\r\nContent-Disposition: form-data; name="a"\r\n\r\n1', ""])
@pytest.mark.parametrize("newline", ["\r\n", "\n"])
def test_a_shown_multipart_body_has_a_short_key(name: str, end: str, newline: str) -> None:
    head = f"--X\r\nContent-Disposition: form-data; name={name}\r\nContent-Type: text/plain\r\n\r\n"
    head, end = head.replace("\r\n", newline), end.replace("\r\n", newline)
    masked = credentials.masked_body((head + KEY + end).encode(), "multipart/form-data")
    assert masked.decode() == head + "5b1c…" + end


@given(
    key=st.text("0123456789abcdef-", min_size=8, max_size=36),
    around=st.dictionaries(st.text('ab&="\\', max_size=4), st.text(max_size=4)),
)
def test_no_encoding_shows_more_of_a_key_than_its_start(key: str, around: dict[str, str]) -> None:
    key = "~!~!" + key  # what `around` holds by chance is not the key
    bag = {**around, "api_key": key}
    query = "&".join(f"{quote(name)}={quote(text)}" for name, text in bag.items()).encode()
    shown = credentials.masked_body(orjson.dumps(bag), "application/json")
    assert orjson.loads(shown) == {**around, "api_key": "~!~!…"}
    assert key[4:] not in credentials.masked_query(query).decode()


@pytest.mark.parametrize(
    "spelt",
    [KEY, KEY.upper(), KEY.replace("-", "%2D"), f"%35{KEY[1:]}", f"\\u0035{KEY[1:]}", KEY.replace("-", "\\u002d")],
)
def test_a_key_is_known_by_its_value_whatever_its_name(spelt: str) -> None:
    shown = credentials.masked_keys(f"/v1/{spelt}?token={spelt}a&x={OTHER}".encode(), lambda key: key.lower() == KEY)
    start = "5B1C" if spelt == KEY.upper() else "5b1c"
    assert shown.decode() == f"/v1/{start}…?token={start}…a&x={OTHER}"


def test_a_key_behind_what_only_looks_like_one_is_found() -> None:
    text = f"{OTHER[:28]}{KEY}"
    assert credentials.masked_keys(text.encode(), KEY.__eq__).decode() == f"{OTHER[:28]}5b1c…"


@pytest.mark.parametrize("sent", [OTHER, "sk_live:0123456789/abcdef"])
def test_a_key_that_a_request_carries_is_shortened_elsewhere_too(send: Send, sent: str) -> None:
    request = send(b"", None, headers=[(b"authorization", f"Bearer {sent}".encode())])
    text = f"/v1/{sent}?a={quote(sent, safe='')}&b={KEY}".encode()
    shown = credentials.masked_keys(text, lambda _: False, credentials.sent_keys(request)).decode()
    assert shown == f"/v1/{sent[:4]}…?a={sent[:4]}…&b={KEY}"


def test_both_keys_of_a_request_count_as_sent_and_short_texts_as_none(send: Send) -> None:
    headers = [(b"authorization", basic(f"{KEY}:"))]
    query = f"api_key={OTHER}".encode()
    assert credentials.sent_keys(send(b"", None, query=query, headers=headers)) == {KEY, OTHER}
    assert credentials.sent_keys(send(b"", None, query=b"api_key=short")) == set()


NAMES = [
    "token",
    "key",
    "access_token",
    "api_token",
    "auth_token",
    "secret_key",
    "access_key",
    "bearer",
    "client_secret",
    "Authorization",
    "user[token]",
    "X-Api-Key",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_key_under_any_name_for_secrets_is_shown_in_no_encoding(send: Send, name: str) -> None:
    multipart = f'--X\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{KEY}\r\n--X--\r\n'
    shown = [
        credentials.masked_query(f"a=1&{quote(name)}={KEY}".encode()),
        credentials.masked_body(orjson.dumps({"a": {"b": [{name: KEY}]}}), "application/json"),
        credentials.masked_body(orjson.dumps({"data": orjson.dumps({name: KEY}).decode()}), "application/json"),
        credentials.masked_body(multipart.encode(), "multipart/form-data"),
    ]
    assert not any(KEY[4:] in text.decode() for text in shown)
    assert KEY in credentials.sent_keys(send(b"", None, query=f"{quote(name, safe='[]')}={KEY}".encode()))


@pytest.mark.parametrize("value", ["hunter2", "correct horse battery staple", 4711])
@pytest.mark.parametrize("name", ["password", "Passwd", "user_password", "clientSecret", "pwd"])
def test_of_a_password_nothing_is_shown(name: str, value: str | int) -> None:
    body = credentials.masked_body(orjson.dumps({"nested": {name: value, "id": "u-1"}}), "application/json")
    assert orjson.loads(body) == {"nested": {name: "…", "id": "u-1"}} or body.endswith('":…,"id":"u-1"}}'.encode())
    assert credentials.masked_query(f"{name}={value}".encode()) == f"{name}=…".encode()


def test_what_only_sounds_like_a_secret_is_shown() -> None:
    body = orjson.dumps(
        {"password_changed_at": "2025-01-01", "tokens": "7", "key": "blue", "page_token": "abc-def-ghi"}
    )
    assert credentials.masked_body(body, "application/json") == body
    assert credentials.masked_query(f"author=mira&id={KEY}".encode()) == f"author=mira&id={KEY}".encode()


@given(st.binary(max_size=60), st.sampled_from(["application/json", "multipart/form-data", ""]))
def test_masking_never_fails(raw: bytes, media_type: str) -> None:
    credentials.masked_body(raw, media_type)
    credentials.masked_body(b'{"api_key":"' + raw, media_type)
    credentials.masked_query(b"api_key=" + raw)
    credentials.masked_keys(raw + KEY.encode() + raw, lambda _: True, (raw.decode("latin-1"),))
    credentials.masked_authorization("Basic " + raw.decode("latin-1"))
    credentials.masked_authorization(raw.decode("latin-1"))
