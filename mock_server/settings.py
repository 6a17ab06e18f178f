"""Every knob, its default and its environment variable."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import field, fields
from typing import Any

from mock_server.errors import UsageError
from mock_server.frozen import frozen
from mock_server.spelling import advice, nearest

__all__ = ["POSTURES", "RENDERINGS", "Settings", "unread"]

POSTURES = ("lenient", "strict")

RENDERINGS = ("plain", "lean", "full", "odd")
"""How the answers of an environment may be dressed."""

_PREFIX = "REFINER_MOCK_"
_OTHERS = ("URL", "ENV")
"""What is read beside the fields: where a server runs that is spoken to, and what `exec` tells its command."""


@frozen(kw_only=True)
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
    """Bytes of bodies and answers kept over all environments; the newest exchange is kept however small this is."""
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
            raise UsageError(f"posture is {self.posture!r}; {advice(self.posture, POSTURES)}")
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
            UsageError: when a variable is not what its field takes; the message names both, and what is wanted.
        """
        values: dict[str, Any] = {}
        for knob in fields(cls):
            text = environ.get(_PREFIX + knob.name.upper())
            if text is not None and knob.name != "dialect" and given.get(knob.name) is None:
                values[knob.name] = _given(cls, knob.name, text, str(knob.type))
        values.update({name: value for name, value in given.items() if value is not None})
        return cls(**values)


def unread(environ: Mapping[str, str] = os.environ) -> list[str]:
    """Return a sentence for each variable that looks like one of ours and that nothing of ours reads."""
    known = {*(knob.name.upper() for knob in fields(Settings)), *_OTHERS} - {"DIALECT"}
    told = []
    for name in environ:
        if name.upper().startswith(_PREFIX) and name.removeprefix(_PREFIX) not in known:
            near = nearest(name[len(_PREFIX) :], sorted(known))
            hint = f"did you mean {_PREFIX}{near}?" if near else "refiner-mock help settings lists those that are"
            told.append(f"the variable {name[:80]} is not read; {hint}")
    return told


def _given(kind: type[Settings], name: str, text: str, of: str) -> Any:
    """Return what a variable gives a field. Raises UsageError."""
    variable = _PREFIX + name.upper()
    read, wanted = _READERS.get(of, (str, ""))
    try:
        value = read(text)
    except ValueError:
        raise UsageError(f"the variable {variable} is {text!r}; it must be {wanted}") from None
    try:
        kind(**{name: value})
    except UsageError as error:
        raise UsageError(f"the variable {variable}: {error}") from None
    return value


def _boolean(text: str) -> bool:
    if text.lower() in ("1", "true", "yes", "on"):
        return True
    if text.lower() in ("0", "false", "no", "off", ""):
        return False
    raise ValueError(text)


_READERS: Mapping[str, tuple[Callable[[str], Any], str]] = {
    "int": (int, "a whole number"),
    "float": (float, "a number"),
    "bool": (_boolean, "one of 1, true, yes, on, or 0, false, no, off"),
}
