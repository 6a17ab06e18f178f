"""An exchange in forms that can be taken along: a test for pytest, a case for `check client`."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from typing import Any
from urllib.parse import quote, unquote_plus

import orjson

from mock_server.contract.document import load
from mock_server.contract.operations import Operation, resolve
from mock_server.errors import NotFound
from mock_server.resources import contract_path
from mock_server.state.environment import Environment

__all__ = ["as_case", "as_pytest"]

_PREFIX = re.compile(r"^(/e/[^/]*)?(/v1)?(?=/|$)")
_PATH_SAFE = "/!$&'()*+,;=:@-._~"


def as_pytest(exchange: Mapping[str, Any], environment: Environment | None) -> str:
    """Return a test that makes the call once more, as it was sent, in an environment of its own.

    Args:
        exchange: as `GET /_mock/api/requests/{id}` gives it.
        environment: where it happened; a named seed is asked for again.
    """
    request, status = exchange["request"], exchange["status"]
    query, body = _without_key(exchange["query"]), _body(request)
    path = quote(_PREFIX.sub("", exchange["path"]), safe=_PATH_SAFE, errors="replace") + (f"?{query}" if query else "")
    lines = ["from urllib.request import Request, urlopen", ""]
    call = ["with urlopen(request) as answer:", f"    assert answer.status == {status}"]
    if status >= 400:
        lines = ["from urllib.error import HTTPError", *lines[:1], "", "import pytest", ""]
        call = [f'with pytest.raises(HTTPError, match="{status}"):', "    urlopen(request)"]
    seed = environment.seed if environment is not None else "empty"
    if isinstance(seed, str) and seed != "empty":
        lines = [*lines, *(["import pytest", ""] if status < 400 else []), "", f'@pytest.mark.refiner(seed="{seed}")']
    else:
        lines.append("")
    headers = '"Authorization": f"Bearer {refiner.api_key}"'
    headers += f', "Content-Type": {request["media_type"]!r}' if request["media_type"] and body else ""
    lines += [
        f"def test_{_snake(exchange['operation'] or 'call')}(refiner):",
        "    request = Request(",
        f"        refiner.base_url + {path!r},",
        *([f"        data={body!r}.encode(),"] if body else []),
        f"        headers={{{headers}}},",
        f"        method={exchange['method']!r},",
        "    )",
        *(f"    {line}" for line in call),
        "    assert refiner.violations() == []",
    ]
    return "\n".join(lines) + "\n"


def as_case(exchange: Mapping[str, Any], operation: Operation, environment: Environment | None) -> str:
    """Return a file of cases with one that asks a client for this call, names that were wrong put right.

    Args:
        exchange: as `GET /_mock/api/requests/{id}` gives it.
        operation: what was called, or meant.
        environment: where it happened; its surveys and segments are named instead of their uuids.
    """
    import yaml  # 30 ms to import: only for those who need it

    id = f"{_snake(operation.id).replace('_', '-')}-{exchange['id'].lower()}"
    case = {
        "id": id,
        "title": f"{operation.id} as in {exchange['id']}",
        "level": "MUST",
        "evidence": operation.evidence,
        "source": list(operation.source),
        "fact": operation.pointer,
        "about": f"{operation.summary}.",
        "fix": "Send what the contract lists for this call.",
        "seed": "small",
        "steps": [{"call": operation.id, "args": _arguments(exchange, operation, environment)}],
    }
    file = {"kind": "client", "about": "Taken from the journal of refiner-mock.", "cases": [case]}
    # What does not print is escaped; YAML does that where all that is not ASCII is.
    printable = json.dumps(file, ensure_ascii=False).isprintable()
    text: str = yaml.safe_dump(file, sort_keys=False, allow_unicode=printable, width=120)
    return text


def _arguments(exchange: Mapping[str, Any], operation: Operation, environment: Environment | None) -> dict[str, Any]:
    """Return what an adapter is asked for: what it knows by name, and the rest as traits or answers."""
    meant = {
        violation["where"]["name"]: violation["suggestion"]
        for violation in exchange["violations"]
        if violation["code"] in ("wrong-parameter", "bad-encoding") and violation["suggestion"] in operation.parameters
    }
    secret = load().credential_names
    sent = {
        meant.get(name, name): _named(name, value, environment)
        for name, value in exchange["request"]["parameters"].items()
        if name not in secret
    }
    known = _adapter_arguments(operation.id)
    arguments = {name: value for name, value in sent.items() if name in known}
    rest = {name: value for name, value in sent.items() if name not in operation.parameters}
    holder = next((name for name in ("traits", "answers") if name in known), None)
    return {**arguments, holder: rest} if holder and rest else arguments


def _named(name: str, value: Any, environment: Environment | None) -> Any:
    if environment is None or not isinstance(value, str) or name not in ("form_uuid", "segment_uuid"):
        return value
    try:
        found = environment.form(value) if name == "form_uuid" else environment.segment(value)
    except NotFound:
        return value
    return {"ref": f"{name.removesuffix('_uuid')} {found.name}"}


@cache
def _adapter_arguments(operation: str) -> frozenset[str]:
    schema = orjson.loads(contract_path("adapter.schema.json").read_bytes())
    args = schema["$defs"].get(operation, {}).get("properties", {}).get("args", {})
    return frozenset(resolve(schema, args).get("properties", ()))


def _without_key(form: str) -> str:
    """Return a query or form without the API key: the header of the test carries that of its own environment."""
    secret = load().credential_names
    return "&".join(part for part in form.split("&") if unquote_plus(part.partition("=")[0]) not in secret)


def _body(request: Mapping[str, Any]) -> str:
    body: str = request["body"]
    if request["media_type"] == "application/x-www-form-urlencoded":
        return _without_key(body)
    secret = load().credential_names & request["parameters"].keys()
    if secret and "json" in request["media_type"] and not request["problem"]:
        sent = orjson.loads(body)
        return orjson.dumps({name: value for name, value in sent.items() if name not in secret}).decode()
    return body


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()
