"""Webhook payloads: bodies as Refiner may post them, right by the contract and without contradiction in themselves.

The keys and their order are the contract's. What is told here is the story behind a payload: a contact was seen, a
survey was shown to it, then answered or closed; times, ids, counters and attributes follow from that.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from itertools import accumulate
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from mock_server.contract.document import load
from mock_server.errors import UsageError
from mock_server.spelling import advice
from mock_server.state.clock import Clock, iso
from mock_server.state.ids import Ids
from mock_server.state.records import Micros
from mock_server.state.traits import COMPUTED, slug
from mock_server.strategies.schemas import Part, Schema, is_dated, merged, part, values
from mock_server.strategies.words import emails, names, slugs, texts

__all__ = ["payloads"]

_SECOND = 1_000_000
_DAY = 86_400 * _SECOND
_START = 1_577_836_800 * _SECOND
"""The first moment of 2020, when the story of the least payload happens."""


def payloads(
    event: str | None = None,
    *,
    contact: Part = None,
    account: Part = None,
    segments: Part = None,
    form: Part = None,
    response: Part = None,
    data: Part = None,
    tags: Part = None,
    extra_fields: bool = False,
) -> SearchStrategy[dict[str, Any]]:
    """Draw the body of a webhook of `event` (a `triggered_event`; without one, of any), as JSON values.

    A part is a value or a strategy for one. `contact`, `account`, `form` and `response` are dicts whose keys replace
    the drawn ones (`contact={"email": None}` makes the `email` among the attributes null, too); `segments` and `tags`
    are whole lists, `data` is the whole map of answers. With `extra_fields` there are keys that no source knows: at the
    top level at least one, and at times inside one of the objects.

    Nulls, empty maps and empty lists stand where real payloads can have them. The evidence is that of the contract:
    what survey events look like is observed (RUD-cap), the rest documented or assumed.

    Raises:
        UsageError: when there is no such event, or its payload has no such part (`Entered Segment` has no survey).
    """
    known = tuple(load().document["webhooks"])
    if event is not None and event not in known:
        raise UsageError(f"{event!r} is no trigger event; {advice(event, known)}")
    said = {"contact": contact, "account": account, "segments": segments, "form": form, "response": response}
    said |= {"data": data, "tags": tags}
    stranger = next((name for name in ("form", "response", "data", "tags") if said[name] is not None), None)
    if event == "Entered Segment" and stranger is not None:
        raise UsageError(f"the payload of {event} has no {stranger}; it has contact, account and segments")
    _refuse_strangers(event or "Completed Survey", said)
    parts = st.fixed_dictionaries({name: part(each) for name, each in said.items() if each is not None})
    return st.one_of(*(_bodies(each, parts, extra_fields) for each in ((event,) if event else known)))


def _refuse_strangers(event: str, said: Mapping[str, Part]) -> None:
    """Refuse keys that a part of the payload of `event` has not; what a strategy draws is not known yet."""
    whole = merged({"$ref": load().payload_pointer(event)})["properties"]
    for name in ("contact", "account", "form", "response"):
        given = said[name]
        if not isinstance(given, Mapping):
            continue
        keys = [key for key in whole if key not in (*said, "triggered_event")]
        keys = keys if name == "contact" else [*merged(whole[name])["properties"]]
        if strangers := [key for key in given if key not in keys]:
            raise UsageError(f"the {name} of a payload has no {strangers[0]!r:.100}; it has {', '.join(keys)}")


_MAYBE = st.booleans()
_NAME = st.none() | names()
_EMAIL = st.none() | emails("+'")
_PAUSE = st.integers(0, 60) | st.integers(0, 200 * 86_400)
_ANYTHING = st.recursive(
    st.none() | _MAYBE | st.integers(-1_000, 1_000) | names(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(slugs(), inner, max_size=2),
    max_leaves=4,
)


@cache
def _few_names(least: int) -> SearchStrategy[list[str]]:
    return st.lists(names(), min_size=least, max_size=3, unique=True)


@cache
def _strangers() -> SearchStrategy[dict[str, Any]]:
    return st.dictionaries(slugs().map("x_{}".format), _ANYTHING, min_size=1, max_size=2)


@cache
def _shown(component: str) -> SearchStrategy[dict[str, Any]]:
    """Draw traits or answers as they are shown: slugs to dates, texts of up to 10,000 characters, lists or nulls."""
    allowed = values(load().document["components"]["schemas"][component]["additionalProperties"])
    worth = allowed | texts(10_000) | st.integers(-2, 10_000).map(str)
    dates = st.integers(0, 3_650).map(lambda days: iso(_START + days * _DAY))
    keys = st.lists(slugs().map(slug).filter(lambda key: key != "name"), max_size=3, unique=True)

    @st.composite
    def maps(draw: DrawFn) -> dict[str, Any]:
        return {key: draw(dates if is_dated(key) else worth) for key in draw(keys)}

    return maps()


@st.composite
def _bodies(draw: DrawFn, event: str, given: SearchStrategy[dict[str, Any]], extra_fields: bool) -> dict[str, Any]:
    parts, ids = draw(given), Ids(Clock(), str(draw(st.integers(0, 99_999))))
    born, seen, happened = _moments(draw, _START, 3)
    body: dict[str, Any] = {"triggered_event": event, "project_uuid": ids.uuid(_START - _DAY)}
    if event != "Entered Segment":
        body["form"] = {"uuid": ids.uuid(born - _DAY), "name": draw(names()), **parts.get("form", {})}
        said = {key: parts[key] for key in ("data", "tags") if key in parts}
        body["response"] = {**_response(draw, event, happened, ids), **said, **parts.get("response", {})}
    body["segments"] = parts.get("segments", _segments(draw, event, happened, ids))
    times = {"first_seen_at": iso(born), "last_seen_at": iso(seen)}
    body |= {"uuid": ids.uuid(born), **_person(draw, ids, born), **times, **parts.get("contact", {})}
    body = {"attributes": _attributes(draw, body), **body}
    body = {"display_name": body["attributes"].get("name") or "", **body}
    # The account is made some 16 ms after its contact (observed, RUD-cap).
    body["account"] = {"uuid": ids.uuid(born + 16_000), **_company(draw), **times, **parts.get("account", {})}
    whole = _whole(draw, {"$ref": load().payload_pointer(event)}, body)
    return _with_strangers(draw, whole) if extra_fields else whole


def _moments(draw: DrawFn, since: Micros, count: int) -> list[Micros]:
    """Return `count` times in order, the first not before `since`."""
    return list(accumulate((draw(_PAUSE) * _SECOND for _ in range(count)), initial=since))[1:]


def _person(draw: DrawFn, ids: Ids, born: Micros) -> dict[str, Any]:
    """Return who the contact is: identified by id, e-mail or both, or else an anonymous visitor with a cookie."""
    known = {"remote_id": draw(_NAME), "email": draw(_EMAIL)}
    if any(known.values()) and not draw(_MAYBE):
        return known
    # Made by the browser, with the wrong variant bits for a UUID (observed, RUD-cap).
    return {**known, "cookie_uuid": ids.uuid(born)[:19] + "0" + ids.uuid(born)[20:]}


def _company(draw: DrawFn) -> dict[str, Any]:
    """Return the account of a contact: a company, or the empty one of a contact that belongs to none."""
    remote_id = draw(_NAME)
    if remote_id is None:
        return {"remote_id": None, "domain": None, "display_name": "", "attributes": {"name": None}}
    name, domain = draw(_NAME), draw(st.sampled_from((None, "example.org")))
    attributes = dict(sorted({**draw(_shown("Attributes")), "name": name}.items()))
    return {"remote_id": remote_id, "domain": domain, "display_name": name or "", "attributes": attributes}


def _segments(draw: DrawFn, event: str, entered: Micros, ids: Ids) -> list[dict[str, Any]]:
    """Return the memberships with their times; whoever has just entered a segment has one at least."""
    time = iso(entered)
    return [
        {"uuid": ids.uuid(_START - _DAY), "name": name, "created_at": time, "updated_at": time}
        for name in draw(_few_names(1 if event == "Entered Segment" else 0))
    ]


def _response(draw: DrawFn, event: str, shown: Micros, ids: Ids) -> dict[str, Any]:
    """Return the response at the moment of the event: shown, then perhaps answered, completed or dismissed."""
    again, began, ended, closed = (iso(at) for at in _moments(draw, shown, 4))
    completed = event == "Completed Survey" or (event == "Tag Added" and draw(_MAYBE))
    answered = completed or event == "Tag Added" or (event == "Dismissed Survey" and draw(_MAYBE))
    tags = draw(_few_names(1)) if event == "Tag Added" else ()
    return {
        "uuid": ids.uuid(shown),
        "first_shown_at": iso(shown),
        "last_shown_at": again,
        "first_data_reception_at": began if answered else None,
        "last_data_reception_at": ended if answered else None,
        "completed_at": ended if completed else None,
        "dismissed_at": closed if event == "Dismissed Survey" else None,
        "received_at": ended if answered else None,
        "data": draw(_shown("ResponseValues")) if answered else {},
        "tags": [{"uuid": ids.uuid(shown), "name": name} for name in tags],
    }


def _attributes(draw: DrawFn, body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the contact's attributes in alphabetical order: traits, answers, and what Refiner counts by itself."""
    response = body.get("response", {})
    attributes = {**draw(_shown("Attributes")), **response.get("data", {}), "name": draw(_NAME)}
    # Newer projects count only where it is switched on (documented, KB-ds).
    if draw(_MAYBE):
        submitted = response.get("completed_at")
        attributes |= dict.fromkeys(COMPUTED) | {
            "first_seen_at": body["first_seen_at"],
            "last_seen_at": body["last_seen_at"],
            "form_views_count": "1" if response else "0",
            "last_form_view_at": response.get("last_shown_at"),
            "form_submissions_count": "1" if submitted else "0",
            "last_form_submission_at": submitted,
        }
    return dict(sorted({**attributes, "email": body["email"]}.items()))


def _whole(draw: DrawFn, schema: Schema, known: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is `known` in the contract's order, and with it what the contract demands besides."""
    schema = merged(schema)
    body = {}
    for key, entry in schema["properties"].items():
        if key in known:
            inner = isinstance(known[key], dict) and "properties" in merged(entry)
            body[key] = _whole(draw, entry, known[key]) if inner else known[key]
        elif key in schema["required"]:
            body[key] = draw(values(entry, key))
    return {**body, **{key: value for key, value in known.items() if key not in body}}


def _with_strangers(draw: DrawFn, body: Mapping[str, Any]) -> dict[str, Any]:
    """Return a body with fields that no source knows, at the top and at times in one of the objects in it."""
    place = draw(st.sampled_from(("", *(key for key in ("account", "form", "response") if key in body))))
    inside = {place: {**body[place], **draw(_strangers())}} if place else {}
    return {**body, **inside, **draw(_strangers())}
