"""`refiner-mock help`."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import fields

import pytest

from mock_server.api.contacts import MOST_WRITTEN
from mock_server.cli import main
from mock_server.cli.help import FOLDER, ORDER, readable
from mock_server.cli.topic_parts import LIMITS
from mock_server.contract.coercion import LONGEST_SHAPE, MOST_NAMES, MOST_SHAPES
from mock_server.contract.dialects import dialects
from mock_server.contract.rules import rules
from mock_server.server.protocol import LONGEST_HEAD, MOST_HEADS
from mock_server.settings import Settings
from mock_server.state.seeds import SEEDS
from tests.pages import PAGES, sections


def said(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(["help", *words]) == 0
    return capsys.readouterr().out


def test_without_a_topic_they_are_listed_with_their_titles(capsys: pytest.CaptureFixture[str]) -> None:
    listed = said(capsys)
    for topic in ORDER:
        assert re.search(rf"^  {topic} +\S.+$", listed, re.MULTILINE), topic


@pytest.mark.parametrize("topic", ORDER)
def test_a_topic_is_plain_text_that_fits_a_screen(topic: str, capsys: pytest.CaptureFixture[str]) -> None:
    text = said(capsys, topic)
    assert text.endswith("\n")
    prose = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    assert max(map(len, prose.splitlines())) <= 120
    assert not re.search(r"<!--|^\|", prose, re.MULTILINE)
    assert text.splitlines()[0].removeprefix("# ") in said(capsys)


def test_what_is_for_browsers_becomes_readable() -> None:
    page = (
        "<!-- a remark -->\nSee [the clock](clock.md#x), [a page](https://example.org), [a file](../a.yaml).\n"
        "\n| Kind | Does |\n| --- | --- |\n| `a\\|b` | this | that |\n\n```sh\n# [left](alone.md) | as it is |\n```\n"
    )
    assert readable(page) == (
        "See the clock (help clock), a page (https://example.org), a file.\n"
        "\n  `a|b`\n      this · that\n\n```sh\n# [left](alone.md) | as it is |\n```\n"
    )


def test_paragraphs_and_items_are_filled_anew_and_the_rest_stays_whole() -> None:
    page = (
        "# A title\nSome words that go on\nin the next line, `code` among\nthem.\n\n"
        "- an item of a list that\n  goes on\n- another\n1. first\n   of all\n\n"
        "`one`\n    is whole\n    by itself\n\n```sh\nthis --stays --as \\\n  it is, however long it may get\n```\n"
    )
    assert readable(page, 40) == (
        "# A title\nSome words that go on in the next line,\n`code` among them.\n\n"
        "- an item of a list that goes on\n- another\n1. first of all\n\n"
        "`one`\n    is whole\n    by itself\n\n```sh\nthis --stays --as \\\n  it is, however long it may get\n```\n"
    )


@pytest.mark.parametrize("topic", ORDER)
def test_every_page_fits_a_narrow_terminal(
    topic: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "72")
    prose = re.sub(r"^```.*?^```$", "", said(capsys, topic), flags=re.MULTILINE | re.DOTALL)
    wide = [line for line in prose.splitlines() if len(line) > 72]
    assert not [line for line in wide if " " in line.strip()], "only what has no blank may be longer"


@pytest.mark.parametrize("words", [["serve"], ["doctor"], ["check"], ["check", "client"], ["env", "create"]])
def test_a_verb_that_is_no_topic_shows_its_options(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["help", *words])
    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith(f"usage: refiner-mock {' '.join(words)} ")


@pytest.mark.parametrize("topic", ["exec", "clock"])
def test_a_topic_with_the_name_of_a_verb_points_to_its_options(topic: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, topic).endswith(f"\nIts options: refiner-mock {topic} --help\n")
    assert "Its options" not in said(capsys, "webhooks")


def test_every_file_is_a_topic() -> None:
    assert {path.stem for path in FOLDER.iterdir()} == set(ORDER)


def test_an_unknown_topic_is_wrong_usage_and_lists_them(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["help", "nonsense"]) == 3
    out, err = capsys.readouterr()
    assert out == ""
    assert all(topic in err for topic in ORDER)


def test_rules_are_those_of_the_data(capsys: pytest.CaptureFixture[str]) -> None:
    text = said(capsys, "rules")
    for rule in rules().values():
        assert f"\n`{rule.id}`: {rule.code}, {rule.level} (" in text


def test_dialects_are_those_of_the_data(capsys: pytest.CaptureFixture[str]) -> None:
    text = said(capsys, "dialects")
    for dialect in dialects().values():
        section = text.split(f"\n`{dialect.id}`\n")[1].split("\n\n")[0]
        assert f"* {dialect.default} ({dialect.choices[dialect.default].evidence})" in section
        assert all(f" {name} (" in section for name in dialect.choices)


def test_limits_are_those_of_the_settings(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REFINER_MOCK_MAX_BODY", "77")
    text = said(capsys, "limits")
    for setting in fields(Settings):
        assert (f"REFINER_MOCK_{setting.name.upper()}=" in text) == setting.name.startswith(LIMITS), setting.name
    assert "REFINER_MOCK_MAX_BODY=77`\n    Largest request body" in text
    assert not re.search(r"\bg\d+\b", text), "the numbers of our own list of gaps mean nothing to others"


def test_bounds_that_no_setting_changes_are_told_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    text = " ".join(said(capsys, "limits").split())
    assert f"{MOST_HEADS} heads of requests ({LONGEST_HEAD // 1_024} KiB each" in text
    assert f"{MOST_SHAPES} shapes of calls ({MOST_NAMES} names, {LONGEST_SHAPE:,} characters in all)" in text
    assert f"{MOST_WRITTEN // 1_048_576} MiB of written contacts" in text


def test_every_seed_is_told_of(capsys: pytest.CaptureFixture[str]) -> None:
    text = said(capsys, "seeds")
    assert all(re.search(rf"^  `{seed}`$", text, re.MULTILINE) for seed in SEEDS)


def test_what_pages_tell_to_type_is_understood(capsys: pytest.CaptureFixture[str]) -> None:
    """Every command line of ours, also of those that are not run, has a verb and options that exist."""
    blocks = [block for page in PAGES for section in sections(page).values() for block in section]
    shell = "\n".join(block.text for block in blocks if block.language == "sh")
    lines = re.findall(r"^(?:uvx )?refiner-mock ([a-z].+)$", shell, re.MULTILINE)
    assert len(lines) > 30
    for line in lines:
        words = re.split(r" [|&<>#] | -- ", line)[0].split()
        with pytest.raises(SystemExit):
            main([words[0], "--help"])
        usage = capsys.readouterr().out + _nested(words, capsys)
        assert all(word.partition("=")[0] in usage for word in words if word.startswith("--")), line


def _nested(words: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    if words[0] not in ("env", "clock", "check") or len(words) < 2:
        return ""
    with pytest.raises(SystemExit):
        main([*words[:2], "--help"])
    return capsys.readouterr().out


def test_it_imports_no_server() -> None:
    probe = (
        "import sys; from mock_server.cli import main; main(['help', 'dialects']); main(['help', 'limits']);"
        "sys.exit(str({'aiohttp', 'asyncio', 'starlette', 'uvicorn'} & set(sys.modules) or ''))"
    )
    ran = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=False)
    assert ran.stderr.strip() == ""
