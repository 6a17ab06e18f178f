"""What an adapter is asked: strategies of the args of each operation, in the words of `contracts/adapter.schema.json`.

What a value may be the contract says, by way of `mock_server.strategies`; whom and what it names is mostly in the
world. Only what an honest client in any language can carry is drawn. So there is, besides what the strategies leave
out anyway (control characters, half surrogates, numbers beyond 2^53):

- no empty map or list inside: PHP writes both alike, and a form neither;
- no float that is a whole number: `5.0` is `5` in JavaScript and in most forms;
- no two names of a map that become one slug: which of them counts would go by the order, which Go's maps have not;
- one way to name a contact where one is asked for, and to identifyUser an id and an e-mail of one person.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Self

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from mock_server import strategies
from mock_server.conformance.protocol import args_of
from mock_server.contract.document import load
from mock_server.frozen import frozen
from mock_server.state.clock import iso, parse_time
from mock_server.state.traits import slug
from mock_server.strategies.schemas import values

__all__ = ["Known", "arguments"]

Args = dict[str, Any]

_STRANGERS = 5
"""One of so many names means nobody and nothing: not found is the truth then."""
_MOST = 3
"""Items of a list."""
_RANGE = ("date_range_start", "date_range_end")

_ODD = ("true", "007", "1.0", "+14", "1e3", "None", "[]", "a,b;c", " before", "after ", "a  b", "\\", '"', "2024-05-06")
"""Texts that look like something else, or like something to be tidied up."""
_EVERYTHING = (
    ' "A+B" & c=d; 100% #1 p/q\\r? größe 日本語 😀 ',
    "<b>O'Neil</b> [a]{b} 50%+ a,b|c~^$@! ‘ß’ 👩‍👩‍👧 " + "long " * 38 + "end",
)
"""Every trap at once."""
_HARD = re.compile(r"[^\w@.-]", re.ASCII)
_BORDERS = (0, -1, 2_147_483_647, -2_147_483_647, 2_147_483_648, 9_007_199_254_740_991, 0.1, -12.75)


@frozen
class Known:
    """What is in a world and can be named."""

    contacts: tuple[Mapping[str, str], ...] = ()
    """Of each what it has of `id`, `email`, `uuid` and `name`."""
    forms: tuple[str, ...] = ()
    """Uuids, like those of segments, responses and tags."""
    segments: tuple[str, ...] = ()
    responses: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()
    """Identifiers."""
    moments: tuple[str, ...] = ()
    """Times of responses, as dates, with a zone and without one."""

    @classmethod
    def of(cls, snapshot: Mapping[str, Any]) -> Self:
        """Return what can be named of an environment's snapshot."""
        contacts = (
            {"id": row["remote_id"], "email": row["email"], "uuid": row["uuid"], "name": row["traits"].get("name")}
            for row in snapshot["contacts"]
        )
        times = [iso(row["last_shown_at"])[:19] for row in snapshot["responses"][:_MOST]]
        forms, segments, responses, tags = (
            tuple(row["uuid"] for row in snapshot[kind]) for kind in ("forms", "segments", "responses", "tags")
        )
        questions = (question["identifier"] for form in snapshot["forms"] for question in form["questions"])
        return cls(
            contacts=tuple({name: text for name, text in each.items() if text} for each in contacts),
            forms=forms,
            segments=segments,
            responses=responses,
            tags=tags,
            questions=tuple(dict.fromkeys(questions)),
            moments=tuple(moment for time in times for moment in (time[:10], f"{time}+00:00", time.replace("T", " "))),
        )

    def named(self, operation: str, name: str) -> tuple[str, ...]:
        """Return what an arg of that name may mean, or an item of its list."""
        kind = name.removesuffix("s")
        if operation == "tagResponse" and kind == "uuid":
            return self.responses
        if kind in ("id", "email", "uuid"):
            return tuple(each[kind] for each in self.contacts if kind in each)
        if kind == "search":
            parts = (each[part] for each in self.contacts for part in ("name", "email", "id") if part in each)
            return tuple(parts)
        pools = {"form_uuid": self.forms, "segment_uuid": self.segments, "tag_uuid": self.tags}
        pools |= {"question_identifier": self.questions} | dict.fromkeys(_RANGE, self.moments)
        return pools.get(kind, ())


def arguments(operation: str, known: Known) -> SearchStrategy[Args]:
    """Draw the args of a call of `operation`, as the adapter protocol has them; they shrink to few, short and known."""
    asked = args_of(operation)
    draws = {name: _value(operation, name, known) for name in asked.get("properties", {})}
    required = asked.get("required", ())
    either = [branch["required"][0] for branch in (*asked.get("oneOf", ()), *asked.get("anyOf", ()))]
    always = {name: draws.pop(name) for name in required}
    people = _people({name: draws.pop(name) for name in either}, known, both="anyOf" in asked)

    @st.composite
    def calls(draw: DrawFn) -> Args:
        return draw(people) | draw(st.fixed_dictionaries(always, optional=draws))

    return calls().map(_with_a_range)


def _people(names: Mapping[str, SearchStrategy[str]], known: Known, *, both: bool) -> SearchStrategy[Args]:
    """Draw whom a call is about, by one of the names, or `both` of them where that is allowed."""
    if not names:
        return st.just({})
    one = [st.fixed_dictionaries({name: text}) for name, text in names.items()]
    if both:
        whole = [{name: each[name] for name in names} for each in known.contacts if names.keys() <= each.keys()]
        one.append(_mostly(whole, strategies.identities(**{name: _new(name, known) for name in names})))
    return st.one_of(*one)


def _new(name: str, known: Known) -> SearchStrategy[str]:
    """Draw the id or e-mail of somebody who is not there yet."""
    schema = load().operations["getContact"].parameters[name].schema
    taken = {each.get(name) for each in known.contacts}
    return values(schema, name).filter(lambda text: text not in taken)


def _value(operation: str, name: str, known: Known) -> SearchStrategy[Any]:
    """Draw the value of an arg."""
    if name in ("traits", "answers"):
        return _maps(name)
    if name == "account":
        return st.builds(_account, strategies.accounts(), _maps("traits"), st.booleans())
    parameter = load().operations[operation].parameters[name]
    if parameter.kind == "boolean":
        return st.booleans()
    pool = known.named(operation, name)
    if parameter.kind != "array":
        text = values(parameter.schema, name)
        return _odd(text) if name in ("event", "name") else _mostly(pool, text)
    items = values(load().resolve(parameter.schema["items"]))
    items = _odd(items) if name == "tags" else items
    high = parameter.schema.get("maxItems", _MOST)
    few = st.lists(_mostly(pool, items), min_size=1, max_size=_MOST, unique=True)
    return few | st.lists(items, min_size=high, max_size=high, unique=True) if high > _MOST else few


def _mostly(pool: Sequence[Any], stranger: SearchStrategy[Any]) -> SearchStrategy[Any]:
    """Draw from what is known, of that often what is hard to write, and now and then something else."""
    if not pool:
        return stranger
    hard = [each for each in pool if _HARD.search(str(each))]
    known = st.sampled_from(pool) | st.sampled_from(hard or pool)
    return st.integers(1, _STRANGERS).flatmap(lambda which: stranger if which == _STRANGERS else known)


def _everything() -> SearchStrategy[str]:
    """Draw every trap at once, or a piece of it: what stumbles over one is shown no more than that when it shrinks."""

    def pieces(text: str) -> SearchStrategy[str]:
        # A number that is mapped, as a branch of its own for the whole would be the simplest to Hypothesis.
        kept = st.integers(1, 8 * len(text)).map(lambda size: min(size, len(text)))
        return st.builds(lambda last, first: text[-last:][:first], kept, kept)

    return st.sampled_from(_EVERYTHING).flatmap(pieces).filter(str.strip)


def _odd(text: SearchStrategy[str]) -> SearchStrategy[str]:
    return text | st.sampled_from(_ODD) | _everything()


def _maps(kind: str) -> SearchStrategy[Args]:
    """Draw traits, or answers."""
    maps = strategies.traits if kind == "traits" else strategies.answers
    odd = st.sampled_from(_ODD) | _everything() | st.sampled_from(_BORDERS)
    drawn = maps() | maps(role=odd) | maps(beta=st.booleans()) | maps(name=st.none()) | maps(role=odd, name=st.none())
    return drawn.map(_carried)


def _account(account: Args, traits: Args, with_traits: bool) -> Args:
    return {"id": account["id"], "traits": traits} if with_traits and traits else {"id": account["id"]}


def _carried(drawn: Mapping[str, Any]) -> Args:
    """Return of a map what every client can carry."""
    kept: Args = {}
    slugs: set[str] = set()
    for name, worth in drawn.items():
        value = _carried(worth) if isinstance(worth, dict) else worth
        if isinstance(worth, float) and worth.is_integer():
            value = int(worth)
        theirs = set(_slugs(name, value))
        if value not in ([], {}) and slugs.isdisjoint(theirs):
            kept[name] = value
            slugs |= theirs
    return kept


def _slugs(name: str, value: Any) -> Iterator[str]:
    """Yield the slugs of a trait: one, or those that it is flattened to."""
    if isinstance(value, dict):
        for inner, leaf in value.items():
            yield from _slugs(f"{slug(name)}_{inner}", leaf)
    else:
        yield slug(name)


def _with_a_range(args: Args) -> Args:
    """Return args whose range is not empty: one that would be has no start."""
    start, end = (parse_time(args.get(name, "")) for name in _RANGE)
    if start is not None and end is not None and start >= end:
        return {name: value for name, value in args.items() if name != _RANGE[0]}
    return args
