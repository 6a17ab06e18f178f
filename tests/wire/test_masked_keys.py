"""Keys in texts that the journal cut, and keys that no pattern finds."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from mock_server.wire import credentials

KEY = "5b1c8f4e-8a43-4f0a-9a3e-1a2b3c4d5e6f"


@pytest.mark.parametrize(
    ("cut", "shown"),
    [
        (f"id={KEY[:20]}", "id=5b1c…"),
        (f"id={KEY[:5]}", "id=5b1c…"),
        (f"id={KEY[:4]}", f"id={KEY[:4]}"),
        ("id=%35b1c8f4e", "id=%35b1c…"),
        ("nothing like it", "nothing like it"),
    ],
)
def test_what_may_be_half_a_key_where_a_text_was_cut_off_is_shortened(cut: str, shown: str) -> None:
    assert credentials.without_half_a_key(cut.encode()).decode() == shown


def test_a_key_that_a_request_carries_in_a_foreign_form_is_shortened_escaped_or_not() -> None:
    own = "é~secret key of another service!"
    raw = f"{own} and {quote(own, safe='')}".encode()

    assert credentials.masked_keys(raw, lambda _: False, [own]).decode() == "é~se… and %C3%A9~se…"
