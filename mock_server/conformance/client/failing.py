"""What is told of a client that fails a case: what is wrong, what was asked, what arrived, and how it is mended."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from mock_server.conformance.client.calls import shown
from mock_server.conformance.client.cases import Case
from mock_server.conformance.client.expecting import Wrong
from mock_server.conformance.client.observing import Observation
from mock_server.conformance.client.wire import Sent
from mock_server.conformance.curl import curl_of_exchange, without_prefix
from mock_server.conformance.plain import harmless
from mock_server.contract.lines import line_of
from mock_server.frozen import frozen

__all__ = ["Failure", "arrived", "asked", "failure"]

_LEVELS = ("MUST", "SHOULD", "MAY")
_BESIDES = 3
"""Further things that are told."""


@frozen
class Failure:
    """What a case did not get."""

    level: str
    """MUST, SHOULD or MAY: of what is wrong, which may be less than the case's."""
    detail: str
    curl: str | None
    violations: tuple[Mapping[str, Any], ...] = ()


def failure(case: Case, step: int, seen: Observation, wrongs: Sequence[Wrong]) -> Failure:
    """Return what is told of a step, counted from 1, in which some things went wrong, the gravest first."""
    worst = wrongs[0]
    sent = worst.sent or (seen.calls or seen.sent or (None,))[-1]
    level = max(case.level, worst.level, key=_LEVELS.index)
    return Failure(
        level,
        "\n".join(_lines(case, step, seen, wrongs, sent)),
        None if sent is None else curl_of_exchange(sent.entry),
        tuple({**violation, "entry": sent.entry} for violation in worst.violations if sent is not None),
    )


def asked(operation: str, args: Mapping[str, Any]) -> str:
    """Return in a line what a client was asked to do."""
    return f"{operation} {shown(args, 400)}"


def arrived(sent: Sent | None) -> str:
    """Return in a line what a client sent and how it was answered."""
    if sent is None:
        return "nothing"
    query = f"?{sent.entry['query']}" if sent.entry["query"] else ""
    body = f" {sent.entry['request']['body']}" if sent.entry["request"]["body"] else ""
    fault = f", under the fault {sent.fault}" if sent.fault else ""
    line = harmless(f"{sent.method} {without_prefix(sent.path)}{query}{body}", 400)
    return f"{line} -> {sent.status or 'no answer'}{fault}"


def _lines(case: Case, step: int, seen: Observation, wrongs: Sequence[Wrong], sent: Sent | None) -> Iterator[str]:
    worst = wrongs[0]
    yield worst.what
    yield from worst.detail.splitlines()
    of = f" (step {step} of {len(case.steps)})" if len(case.steps) > 1 else ""
    yield f"Asked{of}: {asked(seen.operation, seen.request.args)}"
    yield f"Arrived: {arrived(sent)}"
    for other in wrongs[1 : 1 + _BESIDES]:
        yield f"Besides: {other.what}"
    yield f"To mend it: {case.fix}"
    where = f"contracts/refiner.yaml:{line_of(case.fact)}"
    yield f"Known from: {case.evidence} ({', '.join(case.source)}), {where}"
    line = replace(seen.request, base_url="$REFINER_BASE_URL", api_key="$REFINER_API_KEY").line()
    yield f"Adapter line: {harmless(line, 600)}"
    yield f"Replay: --case {case.id}"
