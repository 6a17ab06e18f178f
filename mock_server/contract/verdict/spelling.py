"""Texts that say something else than was meant: what became of a value on its way into a query, a form or JSON."""

from __future__ import annotations

import re
from urllib.parse import unquote_to_bytes

import orjson

__all__ = ["decoded_once_more", "is_printed_object", "json_inside", "with_plus"]

_PRINTED = re.compile(
    r"\[object \w+\](?:,\[object \w+\])*"  # JavaScript
    r"|[\[{]\s*[bu]?'.*[\]}]|b'.*'|<.+ at 0x[0-9a-f]+>|<(?:class|function) .+>"  # Python
    r"|\{.*=>.*\}|#<\w.*>"  # Ruby
    r"|map\[.*\]|&?\{[A-Z]\w*:[^\"]*\}"  # Go
    r"|(?:Some|Just)\((?:\".*\"|[0-9.]+)\)|Optional[(\[].*[)\]]"  # Rust, Haskell, Swift, Java
    r"|(?:[\w$]+\.)+[\w$]+@[0-9a-f]{6,8}|[A-Z][\w$]*@(?=[0-9]*[a-f])(?=[a-f]*[0-9])[0-9a-f]{6,8}"  # Java
    r"|System\.[\w.]+(?:\[\]|`[0-9].*)",  # C#
    re.DOTALL,
)
_ESCAPED = re.compile(r"(?:[^%]|%[0-9A-Fa-f]{2})+", re.DOTALL)
_OFFSET_WITHOUT_PLUS = re.compile(r"(\S*[T ][0-9:.]+) ([0-9]{2}:?[0-9]{2})")
_ADDRESS_WITHOUT_PLUS = re.compile(r"(\S+) (\S+@\S+\.\S+)")


def is_printed_object(text: str) -> bool:
    """Tell whether a text is what a programming language prints for an object, or for a list of some."""
    return _PRINTED.fullmatch(text) is not None


def json_inside(text: str) -> object:
    """Return the list, object or quoted text that a text holds as JSON, None where it holds none."""
    text = text.strip()
    if text[:1] + text[-1:] not in ("[]", "{}", '""'):
        return None
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return None


def decoded_once_more(text: str) -> str | None:
    """Return what a text with percent escapes stands for, None where not every `%` in it begins one."""
    if "%" not in text or not _ESCAPED.fullmatch(text):
        return None
    try:
        return unquote_to_bytes(text).decode()
    except UnicodeDecodeError:
        return None


def with_plus(text: str) -> str | None:
    """Return an e-mail address or a time that has a blank where a `+` must have been, as it was meant, else None."""
    match = _OFFSET_WITHOUT_PLUS.fullmatch(text) or _ADDRESS_WITHOUT_PLUS.fullmatch(text)
    return f"{match[1]}+{match[2]}" if match else None
