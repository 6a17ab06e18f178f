"""Whatever a list is asked for, it answers with a page or says what is wrong with the question."""

from __future__ import annotations

from urllib.parse import quote_from_bytes

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mock_server.contract.document import load
from tests.api.door import Client

LISTS = [
    operation.path
    for operation in load().operations.values()
    if operation.method == "GET" and "{" not in operation.path
]
NAMES = st.sampled_from(
    ["page", "page_length", "page_cursor", "page_cursor[]", "order_by", "page[a]", "include", "date_range_start"]
)
VALUES = st.sampled_from(
    [b"", b"0", b"-1", b"1", b"2.0", b"1e3", b"9" * 400, b"null", "٣".encode(), b"W10=", b"WzEsMl0", b"AAAA", b"\xff"]
) | st.binary(max_size=12)


@pytest.mark.parametrize("path", LISTS)
@given(asked=st.lists(st.tuples(NAMES, VALUES), max_size=4), data=st.data())
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_paging_is_answered_with_a_page_or_a_refusal(
    refiner: Client, path: str, asked: list[tuple[str, bytes]], data: st.DataObject
) -> None:
    for number in range(3):
        refiner.identify(f"u-{number}")
    cursor = refiner.get("/contacts", page_length=1).json["pagination"]["next_page_cursor"].encode()
    cut = data.draw(st.integers(0, len(cursor)))
    asked = [*asked, ("page_cursor", cursor[:cut])] if data.draw(st.booleans()) else asked

    reply = refiner.send("GET", path, query="&".join(f"{name}={quote_from_bytes(value)}" for name, value in asked))

    assert reply.status in (200, 400, 404)
    assert list(reply.json) == ["message"] or reply.status == 200
