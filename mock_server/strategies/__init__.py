"""Hypothesis strategies drawn from the contract: what an honest client may send, and what Refiner may post.

| strategy | draws |
|---|---|
| `identities()` | a dict with `id`, `email` or both: who a call is about |
| `traits()`, `answers()` | a dict of free names to the values that identifyUser, or storeResponse, takes for them |
| `accounts()` | the `account` of a call: a dict with `id` and traits |
| `events()` | the name of a tracked event, a text |
| `calls()` | a `Call`: an operationId and the arguments of a whole call, Python values by parameter name |
| `payloads()` | the body of a webhook, a dict of JSON values |

All of it is right by the contract and much of it hard: other scripts, emoji, quotes and brackets, `+ % &` in e-mails,
texts at their bounds, nulls, nothing at all. Every part can be fixed, by a value or by a strategy of your own:
`calls("storeResponse", form_uuid=uuid)`, `payloads("Completed Survey", contact={"email": None})`. A failing example
shrinks to the least that fails.

Hypothesis is not installed with refiner-mock itself: `pip install "refiner-mock[kit]"`.
"""

from __future__ import annotations

try:
    import hypothesis  # noqa: F401 - asked for before the modules below need it
except ImportError as reason:
    raise ImportError('mock_server.strategies needs Hypothesis: pip install "refiner-mock[kit]"') from reason

from mock_server.strategies.calls import Call, accounts, answers, calls, events, identities, traits
from mock_server.strategies.payloads import payloads

__all__ = ["Call", "accounts", "answers", "calls", "events", "identities", "payloads", "traits"]
