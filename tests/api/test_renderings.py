"""Rendered contacts are kept, and never shown when they are no longer true."""

from __future__ import annotations

import gc
from typing import Any
from weakref import ref

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_server.api import renderings
from mock_server.api.renderings import Renderings
from mock_server.state.environment import Environment
from mock_server.state.objects import contact_object
from mock_server.state.records import AccountInput, Identity, Window

ALL = Window(page=1, length=1_000)


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
    return list(orjson.loads(orjson.dumps(memory.of(environment, environment.contacts(ALL).items))))


def test_an_unchanged_contact_is_rendered_once(monkeypatch: pytest.MonkeyPatch) -> None:
    environment, memory = Environment("one"), Renderings(most=10)
    environment.identify(Identity(id="u-1"), {"plan": "pro"})
    rendered = []
    original = renderings.contact_object

    def counted(*values: Any) -> dict[str, object]:
        rendered.append(values[0].remote_id)
        return original(*values)

    monkeypatch.setattr(renderings, "contact_object", counted)
    for _ in range(3):
        kept(memory, environment)

    assert rendered == ["u-1"]


Verb = st.sampled_from(["identify", "account", "trait", "account trait", "segment", "see", "complete", "delete", "list"])


@given(st.lists(st.tuples(Verb, st.integers(0, 3)), max_size=20), st.integers(1, 5))
def test_what_is_kept_always_equals_what_would_be_rendered_anew(steps: list[tuple[str, int]], most: int) -> None:
    environment, memory = Environment("one"), Renderings(most=most)
    form, segment = environment.create_form("NPS"), environment.create_segment("Trial")
    for number, (verb, who) in enumerate(steps):
        identity = Identity(id=f"u-{who}")
        if verb == "identify":
            environment.identify(identity, {"plan": str(number)})
        elif verb == "account":
            environment.identify(identity, {}, AccountInput(f"acc-{who % 2}", {"size": number}))
        elif verb == "trait":
            environment.identify(identity, {f"trait {number}": "x"})
        elif verb == "account trait":
            environment.identify(identity, {}, AccountInput("acc-0", {f"trait {number}": "x"}))
        elif verb == "segment":
            environment.add_to_segment(identity, segment.uuid)
        elif verb == "see":
            environment.see_survey(identity, form.uuid)
        elif verb == "complete":
            environment.complete_survey(identity, form.uuid, {f"question_{who}": number})
        elif verb == "delete" and environment.contacts(ALL).items:
            environment.delete_contact(Identity(uuid=environment.contacts(ALL).items[0].uuid))
        if verb == "list" or number % 3 == 0:
            assert kept(memory, environment) == anew(environment)
    assert kept(memory, environment) == anew(environment)


def test_environments_with_equal_uuids_are_not_mixed_up() -> None:
    memory = Renderings(most=10)
    for plan in ("pro", "free"):
        environment = Environment("one", now=1_700_000_000_000_000)
        environment.identify(Identity(id="u-1"), {"plan": plan})
        assert kept(memory, environment)[0]["attributes"]["plan"] == plan


def test_a_deleted_environment_is_not_held() -> None:
    environment, memory = Environment("one"), Renderings(most=10)
    environment.identify(Identity(id="u-1"), {})
    kept(memory, environment)
    watched = ref(environment)

    del environment
    gc.collect()

    assert watched() is None


def test_memory_is_bounded() -> None:
    environment, memory = Environment("one"), Renderings(most=10)
    for number in range(25):
        environment.identify(Identity(id=f"u-{number}"), {})
        kept(memory, environment)

    assert sum(len(known) for known in memory._kept.values()) <= 10 + 25
