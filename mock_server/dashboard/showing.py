"""How values are shown: filters of the templates, all from a value to plain text, which the templates escape."""

from __future__ import annotations

import json
from typing import Any

__all__ = ["brief", "clock", "day", "latency", "plural", "pretty", "sentence", "size", "span", "visible", "worst"]

_HARMLESS = "\n\t\u200c\u200d"
"""What does not print and may stay all the same: line ends, tabs, and what joins letters and emoji."""
_LEVELS = ("error", "warning", "note")


def visible(text: object, most: int = 20_000) -> str:
    """Return a text in which what does not print is escaped, marks that turn a line round among it.

    Line ends and tabs stay. Of what is longer than `most` characters the start is shown, and how many are missing.
    """
    shown = str(text)
    if len(shown) > most:
        shown = f"{shown[:most]}… ({len(shown) - most} more characters)"
    if shown.isprintable():
        return shown
    return "".join(one if one.isprintable() or one in _HARMLESS else _escaped(one) for one in shown)


def brief(value: Any, most: int = 60) -> str:
    """Return any value in one line of at most `most` characters."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    text = " ".join(text[: 4 * most].split())
    return visible(text if len(text) <= most else text[: most - 1] + "…")


def pretty(value: Any) -> str:
    """Return a value as indented JSON, a text as it is."""
    return visible(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2, default=str))


def sentence(text: str) -> str:
    """Return words as the beginning of a sentence."""
    return text[:1].upper() + text[1:]


def clock(at: str) -> str:
    """Return the time of day of `2026-01-31T10:00:00.250000Z`: `10:00:00.250`."""
    return at[11:23] if len(at) > 20 else at[11:19]


def day(at: str) -> str:
    """Return the day of an ISO time."""
    return at[:10]


def latency(microseconds: int) -> str:
    """Return a duration for people: `0.4 ms`, `12 ms`, `1.50 s`; nothing for none."""
    if not microseconds:
        return ""
    if microseconds < 10_000:
        return f"{microseconds / 1000:.1f} ms"
    return f"{microseconds / 1000:.0f} ms" if microseconds < 1_000_000 else f"{microseconds / 1_000_000:.2f} s"


def span(microseconds: int) -> str:
    """Return a while in its two largest units: `4 min 50 s`, `1 d 2 h`, `0 s`."""
    seconds, parts = -(-microseconds // 1_000_000), list[str]()
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)):
        count, seconds = divmod(seconds, length)
        parts += [f"{count} {unit}"] if count else []
    return " ".join(parts[:2]) or "0 s"


def size(count: int) -> str:
    """Return a number of bytes for people."""
    return f"{count:,} bytes" if count != 1 else "1 byte"


def plural(count: int, word: str, words: str = "") -> str:
    """Return a number with its noun: `1 entry`, `2,000 entries`."""
    many = words or (f"{word[:-1]}ies" if word.endswith("y") else f"{word}s")
    return f"{count:,} {word if count == 1 else many}"


def worst(violations: list[dict[str, Any]]) -> str:
    """Return the gravest severity among violations, empty text where there are none."""
    found = {violation["severity"] for violation in violations}
    return next((level for level in _LEVELS if level in found), "")


def _escaped(one: str) -> str:
    return f"\\u{ord(one):04x}" if ord(one) < 0x10000 else f"\\U{ord(one):08x}"
