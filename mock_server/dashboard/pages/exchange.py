"""One exchange: what was sent, what is wrong with it and how that is known, the answer, and what followed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mock_server.contract.dialects import contract_under
from mock_server.contract.document import Contract, load
from mock_server.contract.operations import Operation
from mock_server.contract.rules import LEVELS, rules
from mock_server.dashboard.call import Page, PageCall
from mock_server.dashboard.copies import as_case, as_pytest
from mock_server.dashboard.places import anchor, contract_lines, pieces
from mock_server.dashboard.threads import changed
from mock_server.errors import UnknownEnvironment
from mock_server.state.environment import Environment

__all__ = ["exchange"]


async def exchange(call: PageCall) -> Page:
    """Show one exchange whole; 404 where the journal has none of that id (any more)."""
    told = await call.control("GET", f"/requests/{call.path['id']}")
    environment = _environment(call, told)
    contract = load() if environment is None else contract_under(environment.dialect)
    operation = contract.operations.get(told["operation"] or "")
    return Page(
        "exchange.html",
        {
            "exchange": told,
            "operation": operation,
            "violations": [_explained(call, contract, told, violation) for violation in _worst_first(told)],
            "parameters": _parameters(told, operation),
            "raw": _raw(told),
            "problem": _problem(told["request"]),
            "copies": _copies(call, told, environment, operation),
            "outcome": _outcome(told, operation),
            "changes": _changes(call, told),
            "env": told["environment"] or "",
            "all_environments": True,
            "picker": (call.url("/", env=None), {}),
        },
    )


def _environment(call: PageCall, told: Mapping[str, Any]) -> Environment | None:
    try:
        return call.desk.environments.get(told["environment"] or "")
    except UnknownEnvironment:  # it belonged to none, or that one is no more
        return None


def _worst_first(told: Mapping[str, Any]) -> list[dict[str, Any]]:
    return sorted(told["violations"], key=lambda violation: LEVELS.index(violation["severity"]))


def _explained(
    call: PageCall, contract: Contract, told: Mapping[str, Any], violation: Mapping[str, Any]
) -> dict[str, Any]:
    rule = rules().get(violation["rule"])
    return {
        **violation,
        "places": pieces(call.desk.locate({**violation, "entry": told})),
        "lines": contract_lines(violation["contract"]),
        "anchor": anchor(violation, contract),
        "about": "" if rule is None else rule.about,
        "source": () if rule is None else rule.source,
    }


def _parameters(told: Mapping[str, Any], operation: Operation | None) -> list[dict[str, Any]]:
    """Return each parameter with what the contract says of it, and the violations that name it."""
    blamed: dict[str, list[dict[str, Any]]] = {}
    for violation in told["violations"]:
        blamed.setdefault((violation["where"]["name"] or "").split("[")[0].split(".")[0], []).append(violation)
    known = {} if operation is None else operation.parameters
    return [
        {"name": name, "value": value, "known": known.get(name), "violations": blamed.get(name, [])}
        for name, value in told["request"]["parameters"].items()
    ]


def _raw(told: Mapping[str, Any]) -> str:
    """Return the request as it was sent, the key shortened."""
    request = told["request"]
    lines = [f"{told['method']} {told['path']}" + (f"?{told['query']}" if told["query"] else "")]
    lines += [f"Authorization: {request['authorization']}"] if request["authorization"] else []
    lines += [f"Content-Type: {request['media_type']}"] if request["media_type"] else []
    return "\n".join([*lines, "", request["body"]]).rstrip()


def _problem(request: Mapping[str, Any]) -> str:
    """Return why the parameters are not shown: of what is kept of a long body, or of the body itself."""
    cut = len(request["body"].encode()) < request["body_size"]
    return f"It was judged whole, but {request['not_replayable']}." if cut else request["problem"] or ""


def _copies(
    call: PageCall, told: Mapping[str, Any], environment: Environment | None, operation: Operation | None
) -> list[dict[str, str]]:
    """Return the exchange in each form in which it can be taken along."""
    if told["request"]["not_replayable"]:  # what is not known whole makes another call
        return []
    command = call.desk.curl(told)
    found = []
    if command and environment is not None:
        variables = f"REFINER_BASE_URL={call.base_url(environment)} REFINER_API_KEY={environment.api_key}"
        found.append({"name": "curl", "text": f"export {variables}\n{command}"})
    found.append({"name": "pytest", "text": as_pytest(told, environment)})
    if operation is not None and not operation.mock_only:
        found.append({"name": "case", "text": as_case(told, operation, environment)})
    return found


def _changes(call: PageCall, told: Mapping[str, Any]) -> list[str]:
    entry = call.desk.journal.get(told["id"])
    return [] if entry is None else changed(call.desk, entry, told["request"]["parameters"])


def _outcome(told: Mapping[str, Any], operation: Operation | None) -> str:
    """Return in a few words what the call did to the environment."""
    if told["fault"]:
        return f"A fault struck: {told['fault']}"
    if told["status"] >= 400:
        return "Refused, nothing changed"
    if operation is None or told["method"] in ("GET", "HEAD"):
        return "Read, nothing changed"
    return f"Done: {operation.summary}"
