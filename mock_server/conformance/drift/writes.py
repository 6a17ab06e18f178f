"""Cases over the writing calls, in the order in which they run: a contact of our own comes, is seen, and goes again.

A survey cannot be deleted over the API, so an archived copy of one stays behind, and the tag that was made.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from functools import partial

from mock_server.conformance.drift.asking import ABSENT, Ask, Borrowed, Got
from mock_server.conformance.drift.live import Case, Live, Skipped, dig, objects, status_drift
from mock_server.conformance.drift.shapes import Drift, departures, told
from mock_server.contract.dialects import dialects
from mock_server.contract.document import Contract
from mock_server.contract.operations import Operation

__all__ = ["LEFT_BEHIND", "write_cases"]

LEFT_BEHIND = (
    "It makes a contact, puts it into a manual segment and out of it, stores a response and an event of it, "
    "and deletes the contact again. What stays is an archived copy of one survey, two traits, and the tag refiner-mock."
)
_STATUSES = {"identifyUser": "identify-status", "trackEvent": "track-status"}
"""Dialects over the status of a success."""


def write_cases(contract: Contract) -> Iterator[Case]:
    """Yield the cases in their order: those that clean up come last."""
    for id, title, run in (
        ("identifyUser", "identifyUser stores a contact, its traits and its account", _identify),
        ("identifyUser", "identifyUser changes the contact with that id, and makes no other", _identify_again),
        ("trackEvent", "trackEvent stores an event", _track),
        ("addToSegment", "addToSegment puts a contact into a manual segment", _add),
        ("removeFromSegment", "removeFromSegment takes it out again", _remove),
        ("duplicateForm", "duplicateForm makes a draft", _duplicate),
        ("publishForm", "publishForm takes 0, which leaves a draft one", _publish),
        ("storeResponse", "storeResponse stores a response to the draft", _store),
        ("tagResponse", "tagResponse tags it", _tag),
        ("archiveForm", "archiveForm archives the copy", _archive),
        ("deleteContact", "deleteContact deletes the contact", _delete),
    ):
        operation = contract.operations[id]
        name = f"{id}-again" if run is _identify_again else f"{id}-write"
        yield Case(name, title, operation.evidence, operation.pointer, partial(run, operation), writes=True)
    alias = contract.route("POST", "/")
    if alias is not None:
        title = "POST / takes the key as a form's api_key, as the reference's samples send it"
        yield Case("verifyKey-form", title, alias.evidence, alias.pointer, partial(_form_key, alias))


def _done(operation: Operation, live: Live, got: Got) -> Iterator[Drift]:
    """Yield what is wrong with the answer of a writing call."""
    dialect = _STATUSES.get(operation.id)
    status = got.status
    if dialect is not None and str(status) in dialects()[dialect].choices:
        live.reveal(dialect, str(status))
    else:
        yield from status_drift(live, got)
    if status // 100 != 2:
        return
    pointer = live.contract.answer_pointer(operation, operation.success)
    if pointer is None or got.value is ABSENT:
        yield Drift("", "a JSON object", "something else", operation.evidence, operation.pointer)
        return
    drifts = departures(live.contract, pointer, got.value, operation.evidence)
    if operation.path == "/sync-segment" and isinstance(got.value, dict):
        both = {"segment_uuid", "segment_uid"} & got.value.keys()
        if both:
            live.reveal("segment-key", "both" if len(both) == 2 else both.pop())
            drifts = [drift for drift in drifts if drift.place != "segment_uuid"]
    yield from drifts


def _who(live: Live) -> Borrowed:
    """Return the user id of the contact that was made."""
    if "contact" not in live.made:
        raise Skipped("No contact could be made.")
    return live.made["contact"]


def _identify(operation: Operation, live: Live) -> Iterator[Drift]:
    id = f"refiner-mock-{uuid.uuid4().hex[:12]}"
    given = {"email": f"{id}@example.com", "refiner_mock_plan": "probe", "account": {"id": id, "refiner_mock_size": 3}}
    got = live.ask(Ask("POST", operation.path, (), (("id", id), *given.items()), operation=operation.id))
    if got.status // 100 == 2:
        live.made["contact"] = Borrowed(id, "CONTACT_ID")
    yield from _done(operation, live, got)
    if got.status // 100 != 2:
        return
    contact = _contact(live)
    shown = {
        "remote_id": dig(contact.value, "remote_id") == id,
        "email": dig(contact.value, "email") == given["email"],
        "attributes.refiner_mock_plan": dig(contact.value, "attributes", "refiner_mock_plan") == "probe",
        "account.remote_id": dig(contact.value, "account", "remote_id") == id,
        "uuid": dig(contact.value, "uuid") == dig(got.value, "contact_uuid"),
    }
    for place, same in shown.items():
        if not same:
            yield Drift(
                place, "getContact shows what was stored", "something else", operation.evidence, operation.pointer
            )


def _contact(live: Live) -> Got:
    """Return the contact as it is now: not from memory."""
    operation = live.operation("getContact")
    live.asker.forget(operation.id)
    return live.call(operation.id, id=_who(live))


def _identify_again(operation: Operation, live: Live) -> Iterator[Drift]:
    who, before = _who(live), dig(_contact(live).value, "uuid")
    got = live.send(operation.id, {"id": who, "refiner_mock_plan": ""}, form=True)
    yield from _done(operation, live, got)
    if got.status // 100 != 2:
        return
    contact = _contact(live)
    if dig(contact.value, "uuid") != before:
        yield Drift("contact_uuid", "the same contact", "another one", operation.evidence, operation.pointer)
    if dig(contact.value, "attributes", "refiner_mock_plan"):
        says = "an empty value erases a trait"
        yield Drift("attributes.refiner_mock_plan", says, "it is still there", operation.evidence, operation.pointer)


def _track(operation: Operation, live: Live) -> Iterator[Drift]:
    yield from _done(operation, live, live.call(operation.id, id=_who(live), event="refiner-mock: checked"))


def _manual(live: Live) -> Borrowed:
    for segment in live.items("listSegments"):
        if segment.get("is_manual") in (True, 1) and isinstance(segment.get("uuid"), str):
            return Borrowed(segment["uuid"], "SEGMENT_UUID")
    raise Skipped("There is no manual segment to put a contact into.")


def _add(operation: Operation, live: Live) -> Iterator[Drift]:
    yield from _membership(operation, live, member=True)


def _remove(operation: Operation, live: Live) -> Iterator[Drift]:
    yield from _membership(operation, live, member=False)


def _membership(operation: Operation, live: Live, *, member: bool) -> Iterator[Drift]:
    segment = _manual(live)
    got = live.call(operation.id, id=_who(live), segment_uuid=segment)
    yield from _done(operation, live, got)
    segments = [one.get("uuid") for one in objects(_contact(live).value, "segments")]
    if got.status // 100 == 2 and (segment in segments) is not member:
        says = f"the contact {'is' if member else 'is no longer'} in the segment"
        yield Drift("segments", says, "it is not so", operation.evidence, operation.pointer)


def _store(operation: Operation, live: Live) -> Iterator[Drift]:
    # A response to a survey that is in use would change its figures until the contact is deleted.
    answer: dict[str, object] = {"id": _who(live), "form_uuid": _copy(live), "refiner_mock_answer": "9"}
    got = live.call(operation.id, **answer)
    yield from _done(operation, live, got)
    if isinstance(stored := dig(got.value, "uuid"), str):
        live.made["response"] = Borrowed(stored, "RESPONSE_UUID")
        again = live.call(operation.id, **answer)
        live.reveal("duplicate-response", "same" if dig(again.value, "uuid") == stored else "refused")


def _tag(operation: Operation, live: Live) -> Iterator[Drift]:
    if "response" not in live.made:
        raise Skipped("No response could be stored.")
    got = live.call(operation.id, uuid=live.made["response"], tags=("refiner-mock",))
    yield from _done(operation, live, got)


def _duplicate(operation: Operation, live: Live) -> Iterator[Drift]:
    form = live.first("listForms", "uuid", label="FORM_UUID")
    got = live.call(operation.id, form_uuid=form, name="refiner-mock: archived copy")
    yield from _done(operation, live, got)
    if isinstance(copy := dig(got.value, "new_form_uuid"), str):
        live.made["form"] = Borrowed(copy, "NEW_FORM_UUID")
        if dig(got.value, "source_form_uuid") != form:
            came = told(dig(got.value, "source_form_uuid"))
            yield Drift("source_form_uuid", "the survey that was copied", came, operation.evidence, operation.pointer)


def _copy(live: Live) -> Borrowed:
    if "form" not in live.made:
        raise Skipped("No survey could be copied.")
    return live.made["form"]


def _publish(operation: Operation, live: Live) -> Iterator[Drift]:
    yield from _done(operation, live, live.call(operation.id, form_uuid=_copy(live), published=0))


def _archive(operation: Operation, live: Live) -> Iterator[Drift]:
    copy = _copy(live)
    yield from _done(operation, live, live.call(operation.id, form_uuid=copy))
    live.asker.forget("listForms")
    if copy in [form.get("uuid") for form in live.items("listForms", page_length=1000)]:
        yield Drift("items", "listForms leaves it out", "it is still there", operation.evidence, operation.pointer)


def _delete(operation: Operation, live: Live) -> Iterator[Drift]:
    got = live.call(operation.id, id=_who(live))
    yield from _done(operation, live, got)
    if got.status // 100 != 2:
        return
    if _contact(live).status // 100 == 2:
        yield Drift("", "getContact knows it no more", "it is still there", operation.evidence, operation.pointer)
    else:
        del live.made["contact"]


def _form_key(operation: Operation, live: Live) -> Iterator[Drift]:
    key = Borrowed(live.asker.key, "REFINER_API_KEY")
    body = (("api_key", key),)
    got = live.ask(Ask(operation.method, operation.path, (), body, "none", operation.id, form=True))
    yield from status_drift(live, got)
