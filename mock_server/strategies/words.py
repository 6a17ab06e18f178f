"""The small values that all else is made of: names, texts, e-mails, slugs, times, each as hard as is legal."""

from __future__ import annotations

from datetime import date, datetime
from functools import cache

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from mock_server.contract.verdict.spelling import decoded_once_more, is_printed_object, json_inside, with_plus
from mock_server.contract.verdict.terms import NOTHINGS

__all__ = ["emails", "names", "slugs", "texts", "times"]

_HARD = (
    "Zoë Ångström",
    "שלום עולם",
    "مرحبا، كيف الحال؟",
    "日本語のテキスト",
    "👩‍👩‍👧 🎉 👍🏽",
    'O\'Neil "the" <b>Brave</b>',
    "[a] b[]=c {d} (e)",
    "100% & more = less + a;b,c?d#e/f\\g",
    "-1e5",
)
"""What broke a program somewhere: scripts, directions, joined emoji, quotes, markup, the signs of URLs and forms."""
_LINES = ("first line\nsecond line", "tab\there", "• one\r\n• two")
_LONG = ("a", "ab cd", "ü", "漢", "🙂")
_PLAIN = st.text("abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=8)
# No control characters, no half surrogates, nothing unassigned: what a keyboard and a clipboard can give.
_ANY = st.characters(exclude_categories=("Cc", "Cs", "Cn", "Co"))
_SLUGS = ("plan", "nps", "seats", "name", "first_name", "firstName", "beta", "trial_ends_at", "signup_date")
_WORDS = ("plan", "role", "team", "größe", "what", "is", "your", "main", "reason", "for", "today", "2")
_FORMS = ("%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S.%f")
_ZONES = ("", "Z", "+02:00", "-0930")


@cache
def names(most: int = 255) -> SearchStrategy[str]:
    """Draw a text of 1 to `most` (at least 8) characters on one line, without space around it."""
    # Hypothesis looks through all of Unicode once in each project: better now than when it takes the time of examples.
    _ANY.validate()
    hard = [text for text in _HARD if len(text) <= most]
    drawn = _PLAIN | st.sampled_from(hard) | st.text(_ANY, min_size=1, max_size=8) | _long(most)
    # Space around it may well be cut off (a Laravel application does so), and then a name would be another.
    return drawn.map(str.strip).filter(_is_meant)


@cache
def texts(most: int = 255) -> SearchStrategy[str]:
    """Draw a text like `names`, or one of several lines."""
    return names(most) | st.sampled_from([text for text in _LINES if len(text) <= most])


def _is_meant(text: str) -> bool:
    """Tell whether a text is one that nobody takes for the trace of a mistake: not empty, `undefined` or `%40`."""
    spoilt = is_printed_object(text) or json_inside(text) or decoded_once_more(text) or with_plus(text)
    return bool(text) and text not in NOTHINGS and not spoilt


def _long(most: int) -> SearchStrategy[str]:
    sizes = st.integers(1, most) | st.sampled_from((most, most - 1))
    return st.builds(lambda part, size: (part * size)[:size], st.sampled_from(_LONG), sizes)


@cache
def emails(marks: str = "+%&='") -> SearchStrategy[str]:
    """Draw an e-mail address, at times with `marks` before its @."""
    dotted = st.lists(st.text(f"abcxyz0189_-{marks}", min_size=1, max_size=8), min_size=1, max_size=3).map(".".join)
    domains = st.sampled_from(("example.org", "mail.a-b.example.com"))
    return st.builds("{}@{}".format, _PLAIN | dotted, domains).filter(_is_meant)


@cache
def slugs() -> SearchStrategy[str]:
    """Draw the name of a trait or a question.

    None has a dot, a space or a bracket, which PHP reads otherwise in the names of a form; none is so near to a
    parameter that it could have been meant for one.
    """
    return st.sampled_from(_SLUGS) | st.lists(st.sampled_from(_WORDS), min_size=2, max_size=20).map("_".join)


@cache
def times() -> SearchStrategy[str]:
    """Draw an ISO 8601 date or time in one of the documented forms, of the years 2001 to 2024."""
    moments = st.datetimes(datetime(2001, 1, 2), datetime(2024, 12, 30))  # noqa: DTZ001 - the zone is drawn apart
    zones = st.sampled_from(_ZONES)
    dates = st.dates(date(2001, 1, 1), date(2024, 12, 31)).map(date.isoformat)
    return dates | st.builds(
        lambda at, form, zone: at.strftime(form) + zone, moments, st.sampled_from(_FORMS[1:]), zones
    )
