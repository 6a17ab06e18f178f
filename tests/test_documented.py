"""Nothing that one can say to refiner-mock is undocumented: it stands in README or in a help page."""

from __future__ import annotations

import re
from dataclasses import fields

import pytest

from mock_server import MockServer, __all__, conformance, pytest_plugin, strategies
from mock_server.cli import main
from mock_server.cli.help import ORDER, page
from mock_server.contract.dialects import dialects
from mock_server.contract.rules import rules
from mock_server.control.routes import TABLE
from mock_server.faults import KINDS
from mock_server.remote import Remote, RemoteEnvironment
from mock_server.settings import POSTURES, RENDERINGS, Settings
from mock_server.state.records import DeliveryPolicy
from mock_server.state.seeds import SEEDS
from mock_server.webhooks.policy import ORDERS
from tests.pages import README

EVERYTHING = "\n".join([README.read_text("utf-8"), *map(page, ORDER)])


def help_of(words: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit):
        main([*words, "--help"])
    return capsys.readouterr().out


def verbs_in(text: str) -> list[str]:
    """Return the verbs that a help text lists: those lines that are indented by four."""
    return re.findall(r"^ {4}([a-z]+)(?: |$)", text, re.MULTILINE)


def test_every_verb_and_option_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    commands = page("commands")
    waiting: list[list[str]] = [[]]
    seen = []
    while waiting:
        words = waiting.pop()
        text = help_of(words, capsys)
        seen += [words[-1]] if words else []
        for option in re.findall(r"--[a-z][a-z-]*", text):
            assert re.search(rf"{option}(?![a-z-])", commands), (words, option)
        waiting += [[*words, verb] for verb in verbs_in(text)]
    assert {"serve", "trigger", "advance", "create", "contract"} <= set(seen)
    for verb in seen:
        assert re.search(rf"`(?:[^`]* )?{verb}(?: [^`]*)?`", commands), verb


def test_every_setting_is_listed_with_its_default_and_some_words(monkeypatch: pytest.MonkeyPatch) -> None:
    for setting in fields(Settings):
        monkeypatch.delenv(f"REFINER_MOCK_{setting.name.upper()}", raising=False)
    text = page("settings")
    for setting in fields(Settings):
        name = "--dialect KEY" if setting.name == "dialect" else f"REFINER_MOCK_{setting.name.upper()}"
        value = getattr(Settings(), setting.name)
        line = f"`{name}`, not set\n" if value is None else f"`{name}={value}`\n"
        assert re.search(re.escape(line) + r"    \S", text), f"{setting.name} needs a docstring in settings.py"


def test_a_secret_setting_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REFINER_MOCK_ADMIN_TOKEN", "canary-of-a-token")
    assert "canary" not in page("settings")


def test_every_control_route_is_listed_and_no_other() -> None:
    listed = {tuple(line.split()) for line in re.findall(r"^`([A-Z]+ /\S*)`$", page("control"), re.MULTILINE)}
    assert listed == {(method, route) for route, verbs in TABLE.items() for method in verbs}


def test_every_method_of_remote_is_in_its_table_and_no_other() -> None:
    remote = Remote("http://127.0.0.1:1")
    environment = RemoteEnvironment(remote, dict.fromkeys(("name", "project_uuid", "api_key", "base_url"), ""))
    for thing in (remote, environment):
        table = page("python").split(f"\n| `{type(thing).__name__}` | |\n| --- | --- |\n")[1].split("\n\n")[0]
        listed = [name for row in table.splitlines() for name in re.findall(r"`(\w+)[`(]", row.split(" | ")[0])]
        assert sorted(listed) == [name for name in dir(thing) if not name.startswith("_")]


@pytest.mark.parametrize(
    ("topic", "names"),
    [
        ("python", [*__all__, *strategies.__all__, *(name for name in dir(MockServer) if not name.startswith("_"))]),
        ("pytest", pytest_plugin.__all__),
        ("clients", [name for name in conformance.__all__ if name != "check_receiver"]),
        ("receivers", ["check_receiver"]),
        ("faults", [*KINDS, *RENDERINGS]),
        ("rules", [*rules(), *{rule.code for rule in rules().values()}]),
        ("dialects", [*dialects(), *(choice for one in dialects().values() for choice in one.choices)]),
        ("webhooks", [*ORDERS, *(field.name for field in fields(DeliveryPolicy))]),
        ("seeds", SEEDS),
        ("exec", POSTURES),
        ("exit-codes", ["0", "1", "2", "3", "130"]),
        ("evidence", ["observed", "documented", "inferred", "assumed"]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_every_name_is_on_the_page_where_one_looks_for_it(topic: str, names: list[str]) -> None:
    text = page(topic)
    assert [name for name in names if not re.search(rf"(?<![\w-]){re.escape(str(name))}(?![\w-])", text)] == []


def test_every_topic_is_linked_from_the_front_door() -> None:
    assert [topic for topic in ORDER if f"topics/{topic}.md" not in README.read_text("utf-8")] == []


def test_no_page_speaks_of_a_topic_that_does_not_exist() -> None:
    assert set(re.findall(r"refiner-mock help ([a-z-]+)", EVERYTHING)) <= set(ORDER)
