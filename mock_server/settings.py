"""Every knob, its default and its environment variable."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from mock_server.errors import UsageError

__all__ = ["POSTURES", "RENDERINGS", "Settings"]

POSTURES = ("lenient", "strict")

RENDERINGS = ("plain", "lean", "full", "odd")
"""How the answers of an environment may be dressed."""

_PREFIX = "REFINER_MOCK_"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How one server behaves. Sizes are bytes, times are seconds.

    Every field can be set by the environment variable `REFINER_MOCK_` + its name in capitals (see `from_environment`),
    except `dialect`, which the command line gives.
    """

    host: str = "127.0.0.1"
    """Where it listens; anywhere but on loopback an admin token is needed."""
    port: int = 7334
    """0 takes a free port."""
    seed: str | Mapping[str, Any] = "empty"
    """The seed of the environment `default`: `empty`, `demo`, `crowded`, or a seed document."""
    api_key: str | None = field(default=None, repr=False)
    """The key of the environment `default`; a random UUID when None."""
    admin_token: str | None = field(default=None, repr=False)
    """What callers of the control API and the page must show; off loopback one is made where none is given."""
    any_key: bool = False
    """Every well-formed key means the environment `default` (for demos)."""
    posture: str = "lenient"
    """`lenient`: answer as Refiner would, and tell beside it what breaks the contract; `strict`: refuse errors, 4xx."""
    dialect: Mapping[str, str] = field(default_factory=dict)
    """How doubts about Refiner are settled, by the options of commands; it has no variable."""
    rate_limits: bool = False
    """Answer 429 beyond Refiner's documented rates; each environment can switch it for itself."""
    check_answers: bool = False
    """Hold every answer of ours to the contract in force, and log what departs from it."""
    max_body: int = 1_048_576
    """Largest request body that is read; more is answered 413."""
    max_url: int = 16_384
    """Longest URL, with its query, that is read; more is answered 414."""
    max_headers: int = 100
    """Most headers one request may carry; more are answered 431."""
    max_header_bytes: int = 32_768
    """Bytes that the headers of one request may have together; more are answered 431."""
    max_connections: int = 4_000
    """Connections open at a time; one more is answered 503 and closed."""
    idle_timeout: float = 60.0
    """How long a connection may wait for a whole request; half of one is answered 408, and it is closed."""
    max_snapshot: int = 256 * 1_048_576
    """Largest snapshot that the control API takes in."""
    max_nesting: int = 32
    """Deepest nesting of brackets and JSON that is read."""
    max_parameters: int = 1_000
    """Most parameters one request may carry, brackets counted singly; PHP's own default (assumed)."""
    max_environments: int = 10_000
    """Environments at a time."""
    max_webhooks: int = 100
    """Per environment."""
    max_contacts: int = 2_000_000
    """Per environment."""
    max_accounts: int = 2_000_000
    """Per environment; every contact without a company of its own has one, too."""
    max_responses: int = 2_000_000
    """Per environment, those that were only shown included."""
    max_definitions: int = 10_000
    """Surveys, segments and tags per environment, so many of each."""
    max_events: int = 100_000
    """Tracked events kept per environment; the oldest fall out."""
    max_faults: int = 100
    """Faults per environment; the oldest spent ones fall out."""
    max_deliveries: int = 10_000
    """Deliveries kept in the log per environment; the oldest finished ones fall out."""
    delivery_bytes: int = 64 * 1_048_576
    """Bytes of finished deliveries kept over all environments, and of those that wait; the oldest give way."""
    journal_entries: int = 20_000
    """Entries kept over all environments; the oldest fall out."""
    journal_bytes: int = 64 * 1_048_576
    """Bytes of bodies and answers kept over all environments."""
    journal_body: int = 16_384
    """Bytes kept of one request body and of one answer."""
    delivery_timeout: float = 15.0
    """How long a webhook receiver may take (assumed, g5)."""
    delivery_concurrency: int = 32
    """Webhook attempts in flight over all targets."""
    delivery_concurrency_per_target: int = 8
    """Of them to one address."""
    allow_public_targets: bool = False
    """Let webhooks go to addresses that are neither loopback nor private."""

    def __post_init__(self) -> None:
        if self.posture not in POSTURES:
            raise UsageError(f"posture is {self.posture!r}; choose one of {', '.join(POSTURES)}")
        if not 0 <= self.port <= 65_535:
            raise UsageError(f"port is {self.port}; choose 0 (any free one) to 65535")
        for knob in fields(self):
            value = getattr(self, knob.name)
            if isinstance(value, int | float) and not isinstance(value, bool) and knob.name != "port" and not value > 0:
                raise UsageError(f"{knob.name} is {value}; it must be above 0")

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ, **given: Any) -> Settings:
        """Return settings from `REFINER_MOCK_*` variables, with `given` winning over them (None means not given).

        Raises:
            UsageError: when a variable cannot be read as its field's type; the message names variable and value.
        """
        values: dict[str, Any] = {}
        for knob in fields(cls):
            text = environ.get(_PREFIX + knob.name.upper())
            if text is not None and knob.name != "dialect":
                values[knob.name] = _cast(_PREFIX + knob.name.upper(), text, knob.type)
        values.update({name: value for name, value in given.items() if value is not None})
        return cls(**values)


def _cast(variable: str, text: str, kind: object) -> Any:
    readers: dict[str, Callable[[str], Any]] = {"int": int, "float": float, "bool": _boolean}
    read = readers.get(str(kind), str)
    try:
        return read(text)
    except ValueError:
        raise UsageError(f"{variable} is {text!r}, which is not a valid {kind}") from None


def _boolean(text: str) -> bool:
    if text.lower() in ("1", "true", "yes", "on"):
        return True
    if text.lower() in ("0", "false", "no", "off", ""):
        return False
    raise ValueError(text)
