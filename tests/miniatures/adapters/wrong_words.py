"""Clients that write what they are given in another way: its texts, numbers, booleans and what is nothing."""

from __future__ import annotations

import html
import json
import urllib.parse
from collections.abc import Callable
from typing import Any

from tests.miniatures.adapters.honest import Client, Params
from tests.miniatures.adapters.inside import Wrong, Wrongs

__all__ = ["WORDS"]


def each(value: Any, change: Callable[[Any], Any]) -> Any:
    """Return a value with all in it changed that is no array and no map."""
    if isinstance(value, dict):
        return {name: each(part, change) for name, part in value.items()}
    return [each(part, change) for part in value] if isinstance(value, list) else change(value)


def writing(change: Callable[[Any], Any]) -> type[Client]:
    """Return a client that changes every single value before it is sent."""

    class Writes(Client):
        def given(self, operation: str, args: Params) -> dict[str, Any]:
            return {name: each(value, change) for name, value in super().given(operation, args).items()}

    return Writes


def texts(change: Callable[[str], Any]) -> type[Client]:
    """Return a client that changes every text."""
    return writing(lambda value: change(value) if isinstance(value, str) else value)


def numbers(change: Callable[[Any], Any]) -> type[Client]:
    """Return a client that changes every number."""
    return writing(lambda value: change(value) if type(value) in (int, float) else value)


def flags(change: Callable[[bool], Any]) -> type[Client]:
    """Return a client that changes every boolean."""
    return writing(lambda value: change(value) if isinstance(value, bool) else value)


def querying(change: Callable[[Params], str]) -> type[Client]:
    """Return a client that writes queries in a way of its own."""

    class Queries(Client):
        def query(self, given: Params) -> str:
            return change(given)

    return Queries


def safe(characters: str, encoding: str = "utf-8") -> type[Client]:
    """Return a client that leaves some characters of a query as they are."""
    quote, wrongly = urllib.parse.quote, "replace"
    return querying(lambda given: urllib.parse.urlencode(given, False, characters, encoding, wrongly, quote))


def guessed(text: str) -> Any:
    """Return what a text reads as, where it is JSON."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def counted(text: str) -> Any:
    """Return the number that a text reads as."""
    return int(text) if text.isdecimal() and text.isascii() else text


def squeezed(text: str) -> str:
    """Return a text without blanks that follow one another."""
    return " ".join(text.split()) if "  " in text else text


def ascii_only(text: str) -> str:
    return text.encode("ascii", "ignore").decode()


def latin(text: str) -> str:
    return text.encode("latin-1", "replace").decode("latin-1")


def few_bytes(text: str) -> str:
    return text.encode()[:255].decode(errors="ignore")


def short(text: str) -> str:
    """Return what of a text fits into 16 bits a character."""
    return "".join(one for one in text if ord(one) < 0x10000)


def raw(given: Params) -> str:
    """Return a query in which nothing but blanks is encoded."""
    return "&".join(f"{name}={value}" for name, value in given.items()).replace(" ", "%20")


def encoded_twice(given: Params) -> str:
    return urllib.parse.urlencode({name: urllib.parse.quote(str(value)) for name, value in given.items()})


def joined(given: Params) -> str:
    """Return a query with arrays as lists between commas."""
    return urllib.parse.urlencode(
        {name: ",".join(value) if isinstance(value, list) else value for name, value in given.items()}
    )


def first_only(given: Params) -> str:
    """Return a query with the first of each array."""
    named = {f"{name}[]" if isinstance(value, list) else name: value for name, value in given.items()}
    firsts = {name: value[0] if isinstance(value, list) else value for name, value in named.items()}
    return urllib.parse.urlencode(firsts)


def without_brackets(given: Params) -> str:
    return urllib.parse.urlencode(given, doseq=True)


ROWS: list[tuple[str, type[Client], str, str]] = [
    ("leaves a plus in an e-mail as it is", safe("+@"), "get-contact-plus", "plus"),
    ("leaves a plus in a search as it is", safe("+"), "search-plus", "search"),
    ("leaves an ampersand as it is", safe("&"), "search-ampersand", "search"),
    ("leaves a percent sign as it is", safe("%"), "search-encoded-text", "search"),
    ("encodes nothing but blanks", querying(raw), "search-hash", "search"),
    ("writes queries in Latin-1", safe("", "latin-1"), "search-unicode", "search arrived as"),
    ("encodes a search twice", querying(encoded_twice), "search-blank", "bob%20news"),
    ("encodes e-mails twice", querying(encoded_twice), "get-contact-email", "percent-encoded"),
    ("joins arrays by commas", querying(joined), "report-two-forms", "form_uuids"),
    ("forgets the brackets of arrays", querying(without_brackets), "report-two-forms", "form_uuids"),
    ("sends the first of an array", querying(first_only), "report-two-questions", "question_identifiers"),
    ("encodes texts like parts of a URL", texts(urllib.parse.quote), "event-slash", "event"),
    ("decodes what looks encoded", texts(urllib.parse.unquote), "event-encoded-text", "event"),
    ("reads a plus as a blank", texts(lambda text: text.replace("+", " ")), "event-plus", "event"),
    ("escapes texts for HTML", texts(html.escape), "event-html", "&lt;"),
    ("reads entities of HTML", texts(html.unescape), "event-encoded-text", "event"),
    ("takes markup out", texts(lambda text: text.replace("<b>", "")), "event-html", "event"),
    ("fills in templates", texts(lambda text: text.replace("{0}", "0")), "event-template", "event"),
    ("writes ASCII only", texts(ascii_only), "event-umlauts", "arrived as"),
    ("writes Latin-1", texts(latin), "trait-mixed", "motto"),
    ("reads UTF-8 as Latin-1", texts(lambda text: text.encode().decode("latin-1")), "event-scripts", "event"),
    ("drops what is beyond 16 bits", texts(short), "event-emoji", "event"),
    ("cuts texts at a hundred", texts(lambda text: text[:100]), "event-longest", "event"),
    ("cuts texts at 255 bytes", texts(few_bytes), "trait-long", "bio"),
    ("cuts answers", texts(lambda text: text[:255]), "answer-long", "why"),
    ("cuts texts at a null byte", texts(lambda text: text.split("\0")[0]), "event-null-byte", "event"),
    ("leaves null bytes out", texts(lambda text: text.replace("\0", "")), "event-null-byte", "event"),
    ("squeezes blanks", texts(squeezed), "event-blank", "event"),
    ("puts everything into one line", texts(lambda text: text.replace("\n", " ")), "answer-lines", "why"),
    ("ends lines like Windows", texts(lambda text: text.replace("\n", "\r\n")), "event-newline", "event"),
    ("writes texts in lower case", texts(str.lower), "identify-user-case", "id"),
    ("doubles single quotes", texts(lambda text: text.replace("'", "''")), "event-single-quote", "event"),
    ("escapes double quotes", texts(lambda text: text.replace('"', '\\"')), "event-double-quotes", "event"),
    ("takes backslashes for slashes", texts(lambda text: text.replace("\\", "/")), "event-backslash", "event"),
    ("reads text as JSON", texts(guessed), "event-boolean-text", "event"),
    ("reads null in text as nothing", texts(lambda text: text if text != "null" else ""), "event-null-text", "event"),
    ("makes numbers of digits", texts(counted), "event-number-text", "event"),
    ("makes numbers of ids", texts(counted), "track-event-leading-zeros", "id"),
    ("makes numbers of traits", texts(counted), "trait-big-text", "customer_number"),
    ("writes numbers as text", numbers(str), "trait-number", "seats"),
    ("takes zeros for Os", texts(lambda text: text.replace("0", "O")), "property-trackEvent", "Smallest call"),
    ("rounds numbers", numbers(round), "trait-decimal", "ratio arrived as 0"),
    ("keeps numbers positive", numbers(abs), "trait-smallest", "score"),
    ("keeps numbers in 16 bits", numbers(lambda number: number % 0x10000), "trait-largest", "score"),
    ("writes booleans as text", flags(lambda flag: str(flag).lower()), "trait-false", "beta"),
    ("writes booleans as numbers", flags(int), "trait-true", "beta"),
    ("writes null as text", writing(lambda value: "null" if value is None else value), "trait-erased-by-null", "plan"),
]
WORDS = Wrongs({name: Wrong(client, case, word) for name, client, case, word in ROWS})
