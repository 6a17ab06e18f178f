"""README and help pages tell the truth: what they show runs, links lead somewhere, tables are the contract's."""

from __future__ import annotations

import contextlib
import importlib.util
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from mock_server.contract.document import load
from tests.miniatures.running import Served, receiving, serving, tool
from tests.pages import PAGES, README, ROOT, Reader, identify, prose, sections

WITH_BLOCKS = [
    pytest.param(page, title, id=f"{page.stem}: {title}")
    for page in PAGES
    for title, blocks in sections(page).items()
    if any(block.runs for block in blocks)
]
FRONT_DOOR = 350
"""So many lines README.md may have."""


@pytest.fixture
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("served"), "--seed", "demo", "--quiet") as running:
        yield running


@pytest.mark.parametrize(("page", "title"), WITH_BLOCKS)
def test_what_a_section_shows_is_what_happens(page: Path, title: str, tmp_path: Path, served: Served) -> None:
    tool("curl")
    first_screen = (page, title) == (README, "First screen")
    with receiving() as receiver, contextlib.closing(Reader(tmp_path, served, receiver)) as reader:
        if not first_screen:  # whoever reads on has met her there
            identify(served, {"id": "u-204", "email": "mira@example.org"})
        for block in sections(page)[title]:
            if block.runs:
                reader.run(block)
        if first_screen:
            arrived = receiver.next()
            assert (arrived.path, arrived.headers["Authorization"]) == ("/hook", "Bearer s3cret")


def test_what_is_not_run_has_a_reason() -> None:
    blocks = [block for page in PAGES for section in sections(page).values() for block in section]
    assert all(len(block.remark) > len("not run: ") for block in blocks if not block.runs)
    assert {block.language for block in blocks} == {"sh", "json", "text", "python", "js", "php", "yaml"}
    assert all(block.remark for block in blocks if block.language == "yaml")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_fence_is_a_block_that_is_looked_at(page: Path) -> None:
    fences = len(re.findall(r"^```", page.read_text("utf-8"), re.MULTILINE))
    assert fences == 2 * sum(map(len, sections(page).values()))


def test_readme_is_a_front_door() -> None:
    text = README.read_text("utf-8")
    assert len(text.splitlines()) <= FRONT_DOOR
    first_screen = text.split("\n## ")[0]
    assert "**What it does not do:**" in first_screen
    assert "**How sure it is:**" in first_screen


def test_the_tables_of_evidence_are_the_contracts() -> None:
    script = importlib.util.spec_from_file_location("evidence_table", ROOT / "scripts" / "evidence_table.py")
    assert script is not None
    assert script.loader is not None
    evidence_table = importlib.util.module_from_spec(script)
    script.loader.exec_module(evidence_table)
    made = {README: evidence_table.summary(load()), evidence_table.PAGE: evidence_table.tables(load())}
    for page, tables in made.items():
        text = page.read_text("utf-8")
        assert evidence_table.updated(text, tables) == text, "run: python scripts/evidence_table.py --update"
        assert tables in text


@pytest.mark.parametrize("page", [*PAGES, ROOT / "CONTRIBUTING.md"], ids=lambda page: page.stem)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)]+)\)", prose(page)):
        if not target.startswith("https://"):
            name, _, anchor = target.partition("#")
            led_to = (page.parent / name).resolve() if name else page
            assert led_to.exists(), target
            assert not anchor or anchor in anchors(led_to), target


def anchors(page: Path) -> set[str]:
    """Return what can stand behind # in a link to this page."""
    titles = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}
