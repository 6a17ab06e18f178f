"""Rendered contacts are kept, and never shown when they are no longer true."""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import Any
from weakref import ref

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_server.api.renderings import Renderings
from mock_server.state.environment import Environment
from mock_server.state.objects import contact_object
from mock_server.state.records import AccountInput, Contact, Identity, Window

ALL = Window(page=1, length=1_000)
ONE = Window(page=1, length=1)


def anew(environment: Environment) -> list[Any]:
    """Render every contact without any memory."""
    shown = [
        contact_object(
            contact,
            environment.account_of(contact),
            environment.contact_attributes(contact),
            environment.account_attributes(environment.account_of(contact)),
        )
        for contact in environment.contacts(ALL).items
    ]
    return list(orjson.loads(orjson.dumps(shown)))


def kept(memory: Renderings, environment: Environment) -> list[Any]:
    return list(orjson.loads(orjson.dumps(memory.page(environment, environment.contacts(ALL).items))))


@pytest.fixture
def rendered(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The ids of the contacts that were rendered, in order."""
    ids: list[str] = []

    def counted(contact: Contact, *more: Any, **style: Any) -> dict[str, object]:
        ids.append(str(contact.remote_id))
        return contact_object(contact, *more, **style)

    monkeypatch.setattr("mock_server.api.renderings.contact_object", counted)
    return ids


def test_an_unchanged_contact_is_rendered_once(rendered: list[str]) -> None:
    environment, memory = Environment("one"), Renderings(most=1_000_000)
    environment.identify(Identity(id="u-1"), {"plan": "pro"})

    for _ in range(3):
        kept(memory, environment)

    assert rendered == ["u-1"]


@pytest.mark.parametrize(("length", "renderings"), [(500, 10), (5_000, 20)])
def test_memory_is_bounded_by_bytes(rendered: list[str], length: int, renderings: int) -> None:
    environment, memory = Environment("one"), Renderings(most=30_000)
    for number in range(10):
        environment.identify(Identity(id=f"u-{number}"), {"bio": "x" * length})

    for _ in range(2):
        kept(memory, environment)

    assert len(rendered) == renderings


VERBS: dict[str, Callable[[Environment, int, int], object]] = {
    "identify": lambda world, who, step: world.identify(Identity(id=f"u-{who}"), {"plan": str(step)}),
    "account": lambda world, who, step: world.identify(
        Identity(id=f"u-{who}"), {}, AccountInput(f"acc-{who % 2}", {"size": step})
    ),
    "trait": lambda world, who, step: world.identify(Identity(id=f"u-{who}"), {f"trait {step}": "x"}),
    "account trait": lambda world, _, step: world.identify(
        Identity(id="u-0"), {}, AccountInput("acc-0", {f"trait {step}": "x"})
    ),
    "segment": lambda world, who, _: world.add_to_segment(Identity(id=f"u-{who}"), world.create_segment("Trial").uuid),
    "see": lambda world, who, _: world.see_survey(Identity(id=f"u-{who}")),
    "complete": lambda world, who, step: world.store_response(
        Identity(id=f"u-{who}"), world.forms(ALL).items[0].uuid, {f"question_{who}": step}
    ),
    "delete": lambda world, _, __: [world.delete_contact(Identity(uuid=row.uuid)) for row in world.contacts(ONE).items],
    "nothing": lambda *_: None,
}


@given(st.lists(st.tuples(st.sampled_from(sorted(VERBS)), st.integers(0, 3)), max_size=20), st.integers(1, 5_000))
def test_what_is_kept_always_equals_what_would_be_rendered_anew(steps: list[tuple[str, int]], most: int) -> None:
    environment, memory = Environment("one"), Renderings(most=most)
    environment.create_form("NPS")
    for step, (verb, who) in enumerate(steps):
        VERBS[verb](environment, who, step)
        assert kept(memory, environment) == anew(environment)


def test_environments_with_equal_uuids_are_not_mixed_up() -> None:
    memory = Renderings(most=1_000_000)
    for plan in ("pro", "free"):
        environment = Environment("one", now=1_700_000_000_000_000)
        environment.identify(Identity(id="u-1"), {"plan": plan})
        assert kept(memory, environment)[0]["attributes"]["plan"] == plan


def test_a_deleted_environment_is_not_held() -> None:
    environment, memory = Environment("one"), Renderings(most=1_000_000)
    environment.identify(Identity(id="u-1"), {})
    kept(memory, environment)
    watched = ref(environment)

    del environment
    gc.collect()

    assert watched() is None


def test_a_page_shows_true_where_one_was_though_both_are_equal() -> None:
    dialect = {"boolean-traits": "true-false"}
    environment, memory = Environment("one", now=1_700_000_000_000_000, dialect=dialect), Renderings(most=1_000_000)
    for vip, shown in ((1, "1"), (True, "true")):
        environment.identify(Identity(id="u-1"), {"vip": vip})
        assert kept(memory, environment)[0]["attributes"]["vip"] == shown


def test_a_page_is_put_together_anew_when_anything_on_it_changes() -> None:
    environment, memory = Environment("one"), Renderings(most=1_000_000)
    for number in range(3):
        environment.identify(Identity(id=f"u-{number}"), {"plan": "pro"}, AccountInput("a", {"size": 1}))
    contacts = environment.contacts(ALL).items

    first = memory.page(environment, contacts)
    assert memory.page(environment, environment.contacts(ALL).items) is first

    environment.identify(Identity(id="u-1"), {"plan": "max"})
    assert kept(memory, environment) == anew(environment)
    environment.identify(Identity(id="u-2"), {}, AccountInput("a", {"size": 2}))
    assert kept(memory, environment) == anew(environment)
    environment.delete_contact(Identity(id="u-0"))
    assert kept(memory, environment) == anew(environment)
