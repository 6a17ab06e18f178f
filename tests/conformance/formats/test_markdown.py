"""The Markdown form is rendered by a CommonMark renderer with the tables of GitHub."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from mock_server.conformance.report import Report
from mock_server.conformance.telling import paragraphs
from tests.conformance.reports import broken, hostile, kept, kit, operation, violation

EVERY = pytest.mark.parametrize("made", [kept, broken, kit, hostile])
RENDERER = MarkdownIt("commonmark", {"html": True}).enable("table").enable("strikethrough")
OURS = re.compile(r"<details><summary>[\w .:/?-]*</summary>|</details>")
HTML = re.compile(r"<(?!/?(?:h3|p|strong|code|pre|table|thead|tbody|tr|th|td|details|summary)\b[^<>]*>)")


def tokens(text: str) -> Iterator[Token]:
    for token in RENDERER.parse(text):
        yield token
        yield from token.children or ()


def check(text: str) -> None:
    """See that nothing but our own markup became markup."""
    found = list(tokens(text))
    kinds = {token.type for token in found}
    assert not kinds & {"link_open", "image", "html_inline", "em_open", "s_open", "blockquote_open", "bullet_list_open"}
    assert all(OURS.fullmatch(token.content.strip()) for token in found if token.type == "html_block")
    opened = sum("<details>" in token.content for token in found if token.type == "html_block")
    assert opened == sum("</details>" in token.content for token in found if token.type == "html_block")
    # Outside of code there is nothing that GitHub would take for a mention, an issue or an address.
    plain = " ".join(token.content for token in found if token.type == "text")
    assert not re.search(r"@|#\d|https?:|www\.", plain)
    assert not HTML.search(RENDERER.render(text))
    assert all(line.isprintable() for line in text.replace("\ufe0f", "").splitlines())


def rows(text: str) -> list[list[str]]:
    """Return the cells of the table as a reader sees them."""
    cells = re.findall(r"<tr>(.*?)</tr>", RENDERER.render(text), re.DOTALL)
    return [
        [html.unescape(re.sub(r"<[^>]*>", "", cell)) for cell in re.findall(r"<td.*?</td>", row, re.DOTALL)]
        for row in cells
    ]


@EVERY
def test_only_our_markup_is_markup(made: Callable[[], Report]) -> None:
    check(made().render("markdown"))


def test_the_table_names_what_where_and_how_often() -> None:
    assert rows(broken().render("markdown"))[1:] == [
        [
            "identifyUser",
            "error",
            "wrong-parameter: identifyUser has no parameter user_id.",
            "contracts/refiner.yaml:321",
            "42",
        ],
        ["trackEvent", "error", "failed: never called", "", ""],
        ["listContacts", "note", "bad-value: page is below 1.", "contracts/refiner.yaml:321", "1"],
    ]


@EVERY
def test_every_row_has_every_cell(made: Callable[[], Report]) -> None:
    assert {len(row) for row in rows(made().render("markdown"))[1:]} <= {5}


def test_the_story_of_each_check_stands_in_a_block_of_code_unchanged() -> None:
    report = broken().folded()
    blocks = [token.content for token in tokens(report.render("markdown")) if token.type == "fence"]
    for check in report.checks[:2]:
        story = "\n\n".join("\n".join(text for _, text in block) for block in paragraphs(check, report))
        assert f"{story}\n" in blocks


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=60))
def test_whatever_was_sent_stays_code(text: str) -> None:
    found = violation(message=text, suggestion=text, where={"in": "body", "name": text})
    report = kept(subject=text, notes=(text,), checks=(operation(text or "x", found),))
    rendered = report.render("markdown")
    check(rendered)
    assert {len(row) for row in rows(rendered)[1:]} == {5}


@given(st.text("ab|\\`", min_size=1, max_size=30))
def test_bars_backslashes_and_backticks_are_read_as_they_were_sent(text: str) -> None:
    report = kept(checks=(operation("x", violation(message=f"a{text}a")),))
    assert rows(report.render("markdown"))[1][2] == f"wrong-parameter: a{text}a"


def test_a_comment_is_never_too_long_for_github() -> None:
    checks = tuple(operation(f"o{rank}", violation(message="m" * 9_000), detail="d\n" * 99) for rank in range(200))
    text = kept(checks=checks).render("markdown")
    assert len(text) < 65_536
    assert "more are left out here" in text
    assert "100 more rows" in text
    check(text)
