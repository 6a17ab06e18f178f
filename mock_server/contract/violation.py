"""What a broken rule looks like: as a rule found it, and as it is told everywhere."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mock_server.contract.lines import line_of
from mock_server.contract.rules import rules, severity
from mock_server.frozen import frozen

__all__ = ["LONGEST_GOT", "Finding", "kind", "record"]

LONGEST_GOT = 80
"""Characters that are shown of what was sent."""


@frozen
class Finding:
    """What a rule found, before it is bound to a request."""

    rule: str
    """Its id in `contracts/rules.yaml`."""
    where: tuple[str, str]
    """`query`, `body`, `path`, `header` or `sequence`, and the name there."""
    got: str | None
    """What was sent, at most 80 characters of it, keys shortened to their first four characters and an ellipsis."""
    expected: str | None
    message: str
    """One sentence that a stranger understands; it names the parameter."""
    suggestion: str | None = None
    """The name, route or value that was probably meant, bare: `form_uuid`, `POST /identify-user`."""
    evidence: str | None = None
    """Of the fact that the request departs from; None: the rule's own."""
    pointer: str | None = None
    """That fact's place in `contracts/refiner.yaml`; None: the rule's own."""
    operation: str | None = None
    """The `operationId`, None where there is none."""


def record(finding: Finding, *, id: str, request: str | None, operation: str | None, injected: bool) -> dict[str, Any]:
    """Return a finding as a violation: the one shape in which journal, reports and control API tell it.

    Args:
        finding: what was found.
        id: of the violation.
        request: of the exchange it belongs to, None for none.
        operation: of that exchange, for a finding that names none itself.
        injected: the exchange was spoiled by a fault, so it proves nothing.

    Raises:
        ContractError: when contracts/rules.yaml has no such rule.
    """
    grave = severity(finding.rule, finding.evidence)
    rule = rules()[finding.rule]
    evidence = finding.evidence or rule.evidence
    place, name = finding.where
    fact = (finding.pointer or rule.fact).removesuffix("/schema")  # of a parameter the line that names it
    return {
        "id": id,
        "code": rule.code,
        "severity": grave,
        "evidence": evidence,
        "operation": finding.operation or operation,
        "where": {"in": place, "name": name},
        "got": finding.got,
        "expected": finding.expected,
        "message": finding.message,
        "suggestion": finding.suggestion,
        "rule": finding.rule,
        "contract": f"contracts/refiner.yaml:{line_of(fact)}",
        "request": request,
        "injected": injected,
    }


def kind(violation: Mapping[str, Any]) -> tuple[object, ...]:
    """Return what is the same in violations (as `record` makes them) of which one can stand for all: a key."""
    where = violation["where"]
    same = (violation[name] for name in ("rule", "operation", "suggestion", "message"))
    # An unknown route is told apart by what was called.
    return (*same, where["in"], where["name"], violation["got"] if where["in"] == "path" else None)
