"""Schemathesis along the contract's `links`: what one answer names is used by the next call.

Chains such as identify → get → delete → get must be answered as the contract says at each step, and what was deleted
must be gone. That good data is accepted is tested in `test_schemathesis`, whose other exceptions hold here too: along a
chain the state may refuse it, as when an archived survey is to be published.
"""

from __future__ import annotations

from typing import Any

import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance

from tests.api.test_schemathesis import EXCEPTIONS, app, schema

EXAMPLES = max(1, settings().max_examples * 2 // 5)
"""Chains: 20 in the profile `dev`."""


class Chains(schema.as_state_machine()):  # type: ignore[misc] # made at run time
    """Calls that follow each other, each chain in the seeded environment as it was at first."""

    def setup(self) -> None:
        environment = app.state.rooms.environments.reset("default")
        app.state.rooms.engine.forget(environment)

    def validate_response(self, response: Any, case: schemathesis.Case[Any], *_args: Any, **_more: Any) -> None:
        excused = [check for check, applies, _ in EXCEPTIONS if applies(case)]
        case.validate_response(response, excluded_checks=[positive_data_acceptance, *excused])


TestChains = Chains.TestCase
TestChains.settings = settings(
    max_examples=EXAMPLES,
    stateful_step_count=8,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
