"""The watch as a whole: its rules, its memory, its manners towards anybody's calls."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_server.contract import sequence
from mock_server.contract.document import load
from mock_server.contract.prepared import stored
from mock_server.contract.rules import rules
from mock_server.contract.sequence import Page, Peer, Step
from mock_server.contract.sequence.retry_watch import ADDING
from mock_server.contract.sequence.step import Recent
from mock_server.contract.sequence.watch import Watch
from mock_server.contract.violation import record

CONTRACT = load()
WATCHES = sorted(Path(sequence.__file__).parent.glob("*_watch.py"))


def test_every_rule_is_listed_and_every_listed_one_is_spoken_of() -> None:
    """contracts/rules.yaml is the only list."""
    listed = {rule["id"] for rule in stored("rules.yaml")["sequence"]}

    assert {name for file in WATCHES for name in re.findall(r'rule="([\w-]+)"', file.read_text("utf-8"))} == listed
    assert {rules()[id].code for id in listed} == {"paging", "retry", "identity-misuse"}
    assert "error" not in {rules()[id].level for id in listed}, "a sequence always has another explanation"


def test_every_operation_that_a_watch_names_is_one() -> None:
    assert CONTRACT.operations.keys() >= ADDING.keys() | {"identifyUser", "deleteContact"}


def test_a_short_memory_forgets_the_oldest_first() -> None:
    memory: Recent[str, int] = Recent(2)
    for number, name in enumerate(["a", "b", "a", "c"]):
        memory.put(name, number)

    assert memory == {"a": 2, "c": 3}


def steps() -> st.SearchStrategy[Step]:
    """Draw any step of a small world, so that the same people and pages come again."""
    names = st.sampled_from(["u-1", "U-1", "user-12345", "12345", "mira@example.org"])
    operations = st.sampled_from(["identifyUser", "trackEvent", "listContacts", "listResponses", "deleteContact",
                                  "duplicateForm", "storeResponse", "getContact"])  # fmt: skip
    pages = st.none() | st.builds(
        Page, st.integers(1, 5), st.integers(1, 4), st.sampled_from([1, 5_000]), st.integers(0, 3),
        st.none() | st.sampled_from(["c1", "c2"]), st.booleans(),
    )  # fmt: skip

    def made(id: str, values: dict[str, Any], page: Page | None, fault: str | None, **more: Any) -> Step:
        operation = CONTRACT.operations[id]
        known = {name: value for name, value in values.items() if name in operation.parameters and value is not None}
        if "page_length" in operation.parameters:
            known["page_length"] = 50 if page is None else page.length
        return Step(
            "req-1", operation, known, {}, at=1, page=page if "page_length" in known else None, fault=fault,
            names={*known, "page"}, **more,
        )  # fmt: skip

    values = st.fixed_dictionaries({
        "id": st.none() | names, "email": st.none() | names, "form_uuid": st.sampled_from(["f-1", "f-2"]),
        "page_cursor": st.none() | st.sampled_from(["c1", "c2"]), "prevent_duplicates": st.booleans(),
    })  # fmt: skip
    return st.builds(
        made, operations, values, pages, st.sampled_from([None, None, None, "garble"]),
        status=st.sampled_from([200, 200, 404, 429]), began=st.integers(0, 10**11), ended=st.integers(0, 10**11),
        peer=st.sampled_from([None, Peer(1), Peer(2)]), retry_after=st.none() | st.integers(0, 60), done=st.booleans(),
    )  # fmt: skip


@given(st.lists(steps(), max_size=40))
def test_whatever_happens_a_watch_has_something_sensible_to_say(story: list[Step]) -> None:
    """It never raises, and each finding is one of its rules, short enough to show."""
    watch = Watch()

    found = [finding for step in story for finding in watch.see(step)]
    closing = watch.closing()

    assert watch.closing() == closing, "asking changes nothing"
    for finding in [*found, *(finding for _, finding in closing)]:
        violation = record(finding, id="v", request=None, operation=None, injected=False)
        assert finding.where[0] == "sequence"
        assert len(finding.got or "") <= 80
        assert violation["message"].endswith(".")
        assert "None" not in violation["message"]


@pytest.mark.parametrize("kind", ["lists", "people", "deleted", "refused", "lost"])
def test_a_watch_keeps_little_however_much_it_sees(kind: str) -> None:
    """Design rule 8: bounded everything. 3,000 more of a kind leave no more behind than the 3,000 before."""
    import tracemalloc

    watch = Watch()

    def see(number: int) -> None:
        who: dict[str, object] = {"id": f"u-{number}", "email": f"u-{number}@example.org"}
        called, page, more = "identifyUser", None, dict[str, Any]()
        if kind == "lists":
            called, who = "listContacts", {"page_length": 50, "search": f"{number}"}
            page = Page(1, 9, 50, 450, f"cursor-{number}", True)
        elif kind == "deleted":
            called = "deleteContact"
        elif kind == "refused":
            more = {"status": 429, "retry_after": 60, "peer": Peer(number)}
        elif kind == "lost":
            called, who["event"], more = "trackEvent", "Exported", {"fault": "garble", "ended": None}
        step = {"status": 200, "began": number, "ended": number, "peer": Peer(1), **more}
        watch.see(Step("req-1", CONTRACT.operations[called], who, {}, at=1, page=page, **step))

    for number in range(3_000):
        see(number)
    tracemalloc.start()
    for number in range(3_000, 6_000):
        see(number)
    grown, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    # What is kept now was made while this was measured, so it counts what is kept at all.
    assert grown < 300_000
