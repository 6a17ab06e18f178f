"""Style, modules and icon: typed, asked for again cheaply, and nothing from elsewhere in them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.dashboard.conftest import Pages

TYPES = {"page.css": "text/css", "page.js": "text/javascript", "timeline.js": "text/javascript", "icon.svg": "image/"}
PAIRS = [
    *[("text", ground) for ground in ("ground", "surface", "sunk", "accent-soft", "error-soft", "mark")],
    *[("quiet", ground) for ground in ("ground", "surface", "sunk", "accent-soft")],
    *[("accent", ground) for ground in ("ground", "surface", "accent-soft")],
    *[(level, f"{level}-soft") for level in ("error", "warning", "note", "good")],
    *[(level, ground) for level in ("error", "warning", "note", "good") for ground in ("surface", "accent-soft")],
    ("on-accent", "accent"),
]


@pytest.mark.parametrize("name", TYPES)
def test_a_file_has_its_type_and_is_sent_once(pages: Pages, name: str) -> None:
    first = pages.call(f"/static/{name}")
    tag = {"if-none-match": first.headers["etag"]}
    again = pages.door.call("GET", f"/_mock/static/{name}", headers=tag)

    assert first.status == 200
    assert first.headers["content-type"].startswith(TYPES[name])
    assert (again.status, again.body) == (304, b"")


@pytest.mark.parametrize("name", ["nothing.css", "..", "%2e%2e%2froutes.py", "page.css/"])
def test_what_is_no_file_of_the_page_is_not_sent(pages: Pages, name: str) -> None:
    assert pages.call(f"/static/{name}").status == 404


@pytest.mark.parametrize("name", TYPES)
def test_no_file_asks_for_anything_elsewhere(pages: Pages, name: str) -> None:
    text = pages.call(f"/static/{name}").body.decode().replace('xmlns="http://www.w3.org/2000/svg"', "")
    assert re.findall(r"https?:|//[a-z]|@import|url\(", re.sub(r"^\s*//.*|\s// .*", "", text, flags=re.MULTILINE)) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_can_be_read_on_every_ground(pages: Pages, scheme: str) -> None:
    """WCAG 2.1, 1.4.3: a contrast of 4.5 at least."""
    css = pages.call("/static/page.css").body.decode()
    light, dark = (dict(re.findall(r"--([\w-]+): (#\w+);", part)) for part in css.split("@media", 1)[0:1] * 2)
    if scheme == "dark":
        dark |= dict(re.findall(r"--([\w-]+): (#\w+);", css.split("prefers-color-scheme: dark", 1)[1]))
    colours = light if scheme == "light" else dark
    faint = {f"{text} on {ground}": round(contrast(colours[text], colours[ground]), 2) for text, ground in PAIRS}
    assert {pair: ratio for pair, ratio in faint.items() if ratio < 4.5} == {}


def contrast(one: str, other: str) -> float:
    bright, dim = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


def luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    parts = [int(digits[rank : rank + 2], 16) / 255 for rank in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
