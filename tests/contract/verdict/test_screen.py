"""The first look: what it lets pass, a closer look must let pass too."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mock_server.contract.coercion import coerce
from mock_server.contract.document import Operation, load
from mock_server.contract.verdict import judgement
from mock_server.contract.verdict.screen import is_clean
from mock_server.wire.decoding import decode
from tests.contract.verdict.drawing import ANYTHING, CALLS, NAMES, honest
from tests.contract.verdict.judged import FORM, JSON, Known, brackets, form, judged
from tests.contract.verdict.written import WRONG

WORLD = Known(
    {"87b1755e-00b5-11f0-9944-0d5ca6a3a450": ("u-1", "mira@example.org")}, {"plan": "boolean", "seats": "integer"}
)
TIMES = st.sampled_from(
    ["2025-W11-5T09:20:11Z", "2025-03-14T092011.0Z", "2025-03-14T24:00:00Z", "2025-02-30T09:20:11Z"]
)
ODD = (
    ANYTHING
    | TIMES
    | st.sampled_from([wrong[part] for _, wrong in WRONG for part in ("got", "suggestion") if part in wrong])
)


@pytest.mark.parametrize("called", CALLS, ids=lambda called: called.id)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_it_never_passes_over_what_a_rule_finds(
    called: Operation, data: st.DataObject, monkeypatch: pytest.MonkeyPatch
) -> None:
    values: dict[str, Any] = data.draw(honest(called))
    names = NAMES | st.sampled_from(["seats", "signed_up_at", "plan"])
    odd = data.draw(st.dictionaries(st.sampled_from(sorted(values)) | names if values else names, ODD, max_size=2))
    call, values = f"{called.method} {called.path}", {**values, **odd}
    quick = (
        judged(call, values, world=WORLD),
        judged(call, query=brackets(values), world=WORLD),
        form(call, brackets(values)),
    )

    with monkeypatch.context() as patch:
        patch.setattr(judgement, "is_clean", lambda *_: False)
        closer = (
            judged(call, values, world=WORLD),
            judged(call, query=brackets(values), world=WORLD),
            form(call, brackets(values)),
        )

    assert quick == closer


IDENTIFY = (
    b'{"id": "u", "email": "u@example.org", "plan": "pro", "seats": 3, "beta": true,'
    b' "signed_up_at": "2025-03-14T09:20:11Z", "account": {"id": "a", "name": "Acme", "since_date": "2025-01-01"}}'
)
SURVEY = "34de57da-fd12-11ef-83b6-81e7e8e25d94"


@pytest.mark.parametrize(
    ("call", "body", "media_type"),
    [
        ("POST /identify-user", IDENTIFY, JSON),
        ("POST /identify-user", b"id=u&plan=pro&account[id]=a&account[name]=Acme", FORM),
        ("POST /track-event", b'{"id": "u", "event": "Report: exported"}', JSON),
        ("GET /contacts?page_length=50&order_by=last_seen_at", b"", ""),
        (f"GET /responses?form_uuids[]={SURVEY}&response_data[nps]=9", b"", ""),
        ("POST /responses/tags", f'{{"uuid": "{SURVEY}", "tags": ["a"]}}'.encode(), JSON),
    ],
)
def test_it_lets_the_usual_requests_pass(call: str, body: bytes, media_type: str) -> None:
    method, _, path = call.partition(" ")
    path, _, query = path.partition("?")
    headers = [(b"content-type", media_type.encode())] if media_type else []
    request = decode(method, path, query.encode(), headers, body, max_nesting=32, max_parameters=1_000)
    called = load().route(method, path)
    assert called is not None

    assert is_clean(load(), called, request, coerce(load(), called, request), Known())


def test_it_remembers_no_more_names_than_it_may(monkeypatch: pytest.MonkeyPatch) -> None:
    from mock_server.contract.verdict import screen

    monkeypatch.setattr(screen, "_MOST_NAMES", 3)
    for rank in range(2_000, 2_010):
        assert (
            judged("POST /identify-user", {"id": "u", f"color{rank}": 1, "account": {"id": "a", f"size{rank}": 2}})
            == ()
        )
