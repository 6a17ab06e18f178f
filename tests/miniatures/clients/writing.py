"""How clients write their parameters down, and how they send their key: each of Refiner's ways and each library's."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import quote, quote_plus, urlencode

__all__ = ["KEYS", "WRITERS", "Written"]

BOUNDARY = "--------miniature"

Values = Mapping[str, Any]


class Written(NamedTuple):
    """Parameters as they go over the wire."""

    query: str = ""
    body: str = ""
    media_type: str | None = None


Writer = Callable[[str, Values], Written]
"""From the method and the values."""
Key = Callable[[str], tuple[Mapping[str, str], Mapping[str, str]]]
"""From the key to headers and to parameters."""


def pairs(values: Values, within: str = "") -> Iterator[tuple[str, str]]:
    """Write values as PHP reads them: `tags[]`, `account[id]`; a flag as 1 or 0, nothing as an empty text."""
    for name, value in values.items():
        place = f"{within}[{name}]" if within else name
        if isinstance(value, Mapping):
            yield from pairs(value, place)
        elif isinstance(value, list):
            yield from ((f"{place}[]", text(one)) for one in value)
        else:
            yield place, text(value)


def text(value: Any) -> str:
    return "" if value is None else str(int(value)) if isinstance(value, bool) else str(value)


def in_query(values: Values) -> str:
    """Leave the brackets as they are, as people do who put URLs together by hand."""
    return "&".join(f"{quote(name, safe='[]')}={quote(value, safe='')}" for name, value in pairs(values))


def in_form(values: Values) -> str:
    return "&".join(f"{quote_plus(name, safe='[]')}={quote_plus(value)}" for name, value in pairs(values))


def in_parts(values: Values) -> str:
    part = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{{}}"\r\n\r\n{{}}\r\n'
    return "".join(part.format(*pair) for pair in pairs(values)) + f"--{BOUNDARY}--\r\n"


def in_body(values: Values) -> Written:
    return Written(body=json.dumps(values, ensure_ascii=False), media_type="application/json")


def as_json(method: str, values: Values) -> Written:
    return in_body(values) if method in ("POST", "PUT", "PATCH") else Written(in_query(values))


def as_form(method: str, values: Values) -> Written:
    return Written(in_query(values)) if method == "GET" else as_form_always(method, values)


def as_form_always(method: str, values: Values) -> Written:
    return Written(body=in_form(values), media_type="application/x-www-form-urlencoded")


def as_query(method: str, values: Values) -> Written:
    return Written(in_query(values))


def as_parts(method: str, values: Values) -> Written:
    if method != "POST":
        return Written(in_query(values))
    return Written(body=in_parts(values), media_type=f"multipart/form-data; boundary={BOUNDARY}")


def as_search_params(method: str, values: Values) -> Written:
    """Escape the brackets as well, as URLSearchParams, axios and Go do."""
    written = urlencode(list(pairs(values)))
    if method == "GET":
        return Written(written)
    return Written(body=written, media_type="application/x-www-form-urlencoded;charset=UTF-8")


def as_bag(method: str, values: Values) -> Written:
    """Put every other parameter into the query and the rest into a JSON body, whatever the method."""
    names = list(values)
    if len(names) < 2:
        return Written(in_query(values))
    return in_body({name: values[name] for name in names[1::2]})._replace(
        query=in_query({name: values[name] for name in names[::2]})
    )


WRITERS: Mapping[str, Writer] = {
    "json": as_json,
    "form": as_form,
    "form always": as_form_always,
    "query": as_query,
    "multipart": as_parts,
    "escaped": as_search_params,
    "bag": as_bag,
}

KEYS: Mapping[str, Key] = {
    "bearer": lambda key: ({"Authorization": f"Bearer {key}"}, {}),
    "basic": lambda key: ({"Authorization": "Basic " + base64.b64encode(f"{key}:".encode()).decode()}, {}),
    "parameter": lambda key: ({}, {"api_key": key}),
}
