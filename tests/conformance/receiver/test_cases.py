"""The cases of contracts/cases are valid, say where they come from, and send what Refiner would send."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from jsonschema_rs import Validator, meta, validator_for

from mock_server.conformance.cases import selected
from mock_server.conformance.receiver.cases import ANSWERS, Case, Step, Story, receiver_cases
from mock_server.conformance.receiver.story import Person, altered, body
from mock_server.conformance.receiver.tokens import MANNERS
from mock_server.contract.document import load
from mock_server.contract.prepared import read
from mock_server.errors import UsageError
from mock_server.resources import contract_path
from mock_server.webhooks.subscriptions import EVENTS

FILES = sorted(contract_path("cases/receiver").glob("*.yaml"))
SCHEMA: dict[str, Any] = json.loads(contract_path("case.schema.json").read_text("utf-8"))
STEP = SCHEMA["$defs"]["step"]["properties"]
CASES = receiver_cases()
IDS = [case.id for case in CASES]


@pytest.fixture(scope="module")
def schema() -> Validator:
    meta.validate(SCHEMA)
    return validator_for(SCHEMA)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_file_fits_the_schema(path: Any, schema: Validator) -> None:
    assert [error.message for error in schema.iter_errors(read(path.read_bytes()))] == []


def test_a_word_that_does_not_exist_does_not_fit(schema: Validator) -> None:
    described = read(FILES[0].read_bytes())
    described["cases"][0]["send"][0]["tokn"] = "right"
    assert not schema.is_valid(described)


def test_every_id_is_that_of_one_case() -> None:
    assert len(IDS) == len(set(IDS)) > 50


def test_what_a_case_rests_on_comes_before_it_and_brings_what_it_rests_on_itself() -> None:
    for rank, case in enumerate(CASES):
        assert set(case.after) <= set(IDS[:rank]), case.id
        for id in case.after:
            before = selected(CASES, [id])[-1]
            assert set(before.after) <= set(case.after), case.id


def test_what_is_not_accepted_by_anybody_proves_nothing() -> None:
    """Whoever refuses everything meets these."""
    for case in CASES:
        if all(step.answer not in ("accepted", "anything", "no-redirect", None) for step in case.send):
            assert "token-accepted" in case.after or case.id in ("entered-segment", "tag-added"), case.id


def test_whoever_must_change_the_probe_answers_otherwise_than_whoever_came_before() -> None:
    """Or a probe that shows the latest answer alone would not move."""
    before: dict[str, Any] = {}
    for case in CASES:
        answers: dict[str, Any] = {}
        for rank, step in enumerate(case.send):
            fresh = rank == 0 or step.of in ("another", "again")
            answers = dict(step.story.answers) if fresh else answers
            if step.probe == "changed":
                assert answers["nps"] != before["nps"], case.id
                assert answers["why"] != before["why"], case.id
            if step.token == "right" and "Completed Survey" in step.events and step.body == "whole":
                before = answers


def test_only_a_first_delivery_of_a_completed_survey_must_change_the_probe() -> None:
    for case in CASES:
        for step in case.send:
            assert step.probe != "changed" or (step.events, step.answer) == (("Completed Survey",), "accepted"), case.id


def test_nothing_is_surer_than_it_is() -> None:
    """The names of two events are assumed, and so is all that a receiver owes to whom it does not know."""
    for case in CASES:
        tokens = {step.token for step in case.send} - {"right"}
        if tokens or case.id in ("entered-segment", "tag-added"):
            assert case.evidence == "assumed", case.id
        assert case.source != ("design",) or case.evidence == "assumed", case.id


def test_every_source_is_explained() -> None:
    words = set(re.findall(r"[\w-]+", contract_path("README.md").read_text("utf-8").partition("## Sources")[2]))
    assert {tag for case in CASES for tag in case.source} - words == set()


def test_the_words_of_the_schema_are_those_that_are_understood() -> None:
    assert STEP["token"]["enum"] == list(MANNERS)
    assert {*STEP["answer"]["enum"], *STEP["should"]["enum"]} == set(ANSWERS)
    assert STEP["events"]["items"]["enum"] == list(EVENTS)
    defaults = {name: part["default"] for name, part in SCHEMA["$defs"]["story"]["properties"].items()}
    assert Story(**defaults) == Story()
    assert all(getattr(Step(), name) == part["default"] for name, part in STEP.items() if "default" in part)


def test_every_word_of_the_schema_is_used() -> None:
    """What no case says need not be understood."""
    steps = [step for path in FILES for case in read(path.read_bytes())["cases"] for step in case["send"]]
    assert {word for step in steps for word in step} == set(STEP)
    stories = [step["story"] for step in steps if "story" in step]
    assert {word for story in stories for word in story} == set(SCHEMA["$defs"]["story"]["properties"])
    for word in ("of", "token", "answer", "should", "probe"):
        used = {step[word] for step in steps if word in step} | {STEP[word].get("default")} - {None}
        assert used == set(STEP[word]["enum"]), word


def test_a_new_story_begins_only_with_a_new_person() -> None:
    for case in CASES:
        assert all(step.of in ("another", "again") or step.story == Story() for step in case.send[1:]), case.id


def test_cases_that_take_long_come_late_and_bad_tokens_last() -> None:
    """Who locks out after some bad tokens has been judged by then."""
    first = next(rank for rank, case in enumerate(CASES) if case.quiet)
    assert IDS[first - 3 : first] == ["fifty-at-once", "fifty-at-once-kept", "any-valid-payload"]
    assert {case.id for case in CASES if case.quiet} == set(IDS[first:])
    assert all(id.startswith("token-") for id in IDS[first:])
    assert IDS[0] == "answered-in-time", "what makes all others fail is said first"


def payloads(case: Case) -> list[tuple[str, dict[str, Any]]]:
    """Return what the steps of a case send, of every event that they may be about."""
    found: list[tuple[str, dict[str, Any]]] = []
    for step in case.send:
        happened = Person.new(step.story).payloads
        found += [(event, altered(happened[event], step.change)) for event in step.events]
    return found


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_what_a_case_sends_fits_the_contract(case: Case) -> None:
    for event, payload in payloads(case):
        if case.id == "unknown-event":
            payload["triggered_event"] = event
        pointer = load().payload_pointer(event)
        assert pointer is not None
        assert [error.message for error in load().validator(pointer).iter_errors(payload)] == []


def sent(id: str, event: str = "Completed Survey") -> dict[str, Any]:
    case = selected(CASES, [id])[-1]
    return next(payload for about, payload in payloads(case) if about == event)


def test_payloads_are_what_their_titles_say() -> None:
    anonymous = sent("anonymous-contact")
    assert (anonymous["remote_id"], anonymous["email"]) == (None, None)
    assert "cookie_uuid" in sent("browser-contact")
    assert "cookie_uuid" not in sent("token-accepted")
    account = sent("ungrouped-account")["account"]
    assert (account["remote_id"], account["domain"], account["display_name"]) == (None, None, "")
    assert sent("no-segments")["segments"] == []
    assert sent("nulls")["attributes"]["seats"] is None
    assert sent("nulls")["account"]["attributes"] == {"name": None}
    assert sent("empty-answers")["response"]["data"] == {}
    assert sent("list-answer")["response"]["data"]["channels"] == ["E-mail", "Chat"]
    assert len(sent("long-text")["response"]["data"]["why"]) == 10_000
    assert 240_000 < len(json.dumps(sent("large-answers"))) < 262_144
    assert sent("unknown-fields")["consent"] == {"given": True, "at": None}
    assert not {"form", "response"} & sent("entered-segment", "Entered Segment").keys()
    assert [tag["name"] for tag in sent("tag-added", "Tag Added")["response"]["tags"]] == ["churn risk"]


def test_the_same_story_happens_to_another_person_each_time() -> None:
    one, two = (Person.new(Story()).payloads for _ in range(2))
    assert one.keys() == two.keys() == set(EVENTS)
    for name in ("uuid", "remote_id", "email", "project_uuid"):
        assert one["Saw Survey"][name] != two["Saw Survey"][name]
    assert one["Completed Survey"]["response"]["uuid"] == one["Saw Survey"]["response"]["uuid"]
    assert one["Completed Survey"]["response"]["uuid"] != two["Completed Survey"]["response"]["uuid"]


def test_somebody_answers_another_survey_as_the_same_person() -> None:
    one = Person.new(Story())
    first, again = (one_of.payloads["Completed Survey"] for one_of in (one, one.again(Story(answers={"nps": "1"}))))
    assert (again["uuid"], again["remote_id"]) == (first["uuid"], first["remote_id"])
    assert again["response"]["uuid"] != first["response"]["uuid"]
    assert again["form"] != first["form"]
    assert again["response"]["data"] == {"nps": "1"}
    assert again["response"]["completed_at"] > first["response"]["completed_at"]
    pointer = load().payload_pointer("Completed Survey")
    assert pointer is not None
    assert load().validator(pointer).is_valid(again)


def test_a_body_is_written_as_the_step_says() -> None:
    payload = {"why": "naïve / 👍"}
    assert body(Step(), payload) == '{"why":"naïve / 👍"}'.encode()
    assert body(Step(body="escaped"), payload) == b'{"why":"na\\u00efve \\/ \\ud83d\\udc4d"}'
    assert body(Step(body="cut"), {"why": "ab"}) == b'{"why"'
    assert body(Step(body={"text": "{"}), payload) == b"{"
    assert body(Step(), {"why": "\ud83d"}) == b'{"why":"\\ud83d"}'


def test_a_change_leaves_the_payload_as_it_was() -> None:
    payload = {"account": {"plan": None}}
    assert altered(payload, {"/account/plan": "pro", "/x": 1}) == {"account": {"plan": "pro"}, "x": 1}
    assert payload == {"account": {"plan": None}}


def test_patterns_choose_cases_and_one_that_fits_none_is_refused() -> None:
    chosen = [case.id for case in selected(CASES, ["token-*-scheme", "emoji"])]
    assert chosen == ["answered-in-time", "no-redirect", "token-accepted", "emoji", "token-other-scheme"]
    assert selected(CASES, []) == CASES
    with pytest.raises(UsageError, match=r"No case is called 'tokn-\*'; did you mean token-old\?"):
        selected(CASES, ["emoji", "tokn-*"])
