"""Coverage and evidence: what of the contract was exercised, how sure each part of it is, what is left to choose."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from mock_server.contract.dialects import contract_under, dialects
from mock_server.contract.document import Contract
from mock_server.contract.operations import Operation
from mock_server.contract.rules import LEVELS
from mock_server.dashboard.call import Page, PageCall

__all__ = ["coverage"]

EVIDENCE = {
    "observed": "seen on the wire",
    "documented": "on the vendor's own pages",
    "inferred": "concluded from clients that work",
    "assumed": "our choice, there is no source",
}
"""The levels, the surest first."""


async def coverage(call: PageCall) -> Page:
    """Show what the traffic of one environment came to, beside what the contract has."""
    environment = call.environment
    verdict = await call.control("GET", f"{call.api}/verdict")
    contract = contract_under(environment.dialect)
    operations = [_operation(operation, contract, verdict) for operation in contract.operations.values()]
    own = [row for row in operations if not row["mock_only"]]
    webhooks = _webhooks(contract, verdict)
    switches = [_dialect(one, environment.dialect) for one in dialects().values()]
    return Page(
        "coverage.html",
        {
            "environment": environment,
            "verdict": verdict,
            "levels": EVIDENCE,
            "operations": operations,
            "exercised": sum(1 for row in own if row["count"]),
            "own": len(own),
            "webhooks": webhooks,
            "delivered": sum(1 for row in webhooks if row["count"]),
            "sureness": {
                "Operations": Counter(row["evidence"] for row in own),
                "Parameters": Counter(each["evidence"] for row in own for each in row["parameters"]),
                "Webhooks": Counter(row["evidence"] for row in webhooks),
                "Facts": Counter(fact["x-evidence"] for fact in contract.document["x-facts"].values()),
                "Switches": Counter(one["choices"][one["choice"]] for one in switches),
            },
            "dialects": switches,
            "facts": contract.document["x-facts"],
        },
    )


def _operation(operation: Operation, contract: Contract, verdict: Mapping[str, Any]) -> dict[str, Any]:
    required = {*operation.required, *operation.one_of}
    return {
        "id": operation.id,
        "method": operation.method,
        "path": f"/v1{operation.path}".removesuffix("/"),
        "summary": operation.summary,
        "evidence": operation.evidence,
        "source": operation.source,
        "mock_only": operation.mock_only,
        "open": operation.open,
        "count": verdict["operations"].get(operation.id, 0),
        "blamed": {level: count for level in LEVELS if (count := _blamed(operation, level, verdict))},
        "parameters": [
            {
                "name": each.name,
                "kind": each.kind,
                "default": each.default,
                "choices": _choices(contract, each.schema),
                "needed": "required" if each.name in operation.required else "one of" if each.name in required else "",
                "evidence": each.evidence,
                "source": each.source,
            }
            for each in operation.parameters.values()
        ],
    }


def _blamed(operation: Operation, level: str, verdict: Mapping[str, Any]) -> int:
    found = (one for one in verdict["violations"] if (one["operation"], one["severity"]) == (operation.id, level))
    return sum(one["count"] for one in found)


def _choices(contract: Contract, schema: Mapping[str, Any]) -> list[Any]:
    items = schema.get("items")
    inner = schema if items is None else contract.resolve(items)
    return [choice for choice in inner.get("enum", ()) if choice is not None]


def _webhooks(contract: Contract, verdict: Mapping[str, Any]) -> list[dict[str, Any]]:
    found = []
    for event, item in contract.document["webhooks"].items():
        post, count = item["post"], verdict["webhooks"].get(event, 0)
        facts = {"summary": post["summary"], "evidence": post["x-evidence"], "source": post["x-source"]}
        found.append({"event": event, "count": count, **facts})
    return found


def _dialect(dialect: Any, chosen: Mapping[str, str]) -> dict[str, Any]:
    return {
        "id": dialect.id,
        "about": dialect.about,
        "why": dialect.why,
        "source": dialect.source,
        "default": dialect.default,
        "choice": chosen.get(dialect.id, dialect.default),
        "choices": {name: choice.evidence for name, choice in dialect.choices.items()},
    }
