"""The exception tree.

    RefinerMockError                 never raised itself
    ├── UsageError                   the caller of our Python, command line or control API asked the impossible
    │   ├── PortTaken                somebody listens already where a server should
    │   ├── UnknownEnvironment       no environment has that name, project_uuid or key
    │   └── LimitReached             a bound of ours was met (environments, webhooks, ...); the message names it
    ├── RefusedByRefiner             the pretend service says no; becomes an answer in Refiner's shape
    │   ├── Invalid                  a parameter is missing or unusable (400)
    │   ├── NotFound                 the contact, segment, form, response or webhook does not exist (404)
    │   └── TooLarge                 the body is over its limit (413)
    ├── ContractError                a file under contracts/ or fixtures/ is broken: a fault of ours, never the caller's
    ├── CannotRun                    a command that was to be judged cannot be started
    ├── StillBusy                    webhooks were still under way when the time to wait for them ran out
    └── ServerUnavailable            a running server was expected and could not be reached, or refused the call

Every message is one sentence a stranger can act on. None carries a key, a token or a body.
"""

from __future__ import annotations

from typing import ClassVar

__all__ = [
    "CannotRun",
    "ContractError",
    "Invalid",
    "LimitReached",
    "NotFound",
    "PortTaken",
    "RefinerMockError",
    "RefusedByRefiner",
    "ServerUnavailable",
    "StillBusy",
    "TooLarge",
    "UnknownEnvironment",
    "UsageError",
]


class RefinerMockError(Exception):
    """The root of all our errors; catch it to catch them all."""


class UsageError(RefinerMockError):
    """Something was asked of us that cannot be done; the message lists the valid choices."""


class PortTaken(UsageError):
    """Somebody listens already on `port` of `host`, where a server should."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__(f"port {port} of {host} is taken; --port 0 takes a free one")
        self.host, self.port = host, port


class UnknownEnvironment(UsageError):
    """No environment goes by that name, project_uuid or API key."""


class LimitReached(UsageError):
    """One of our bounds was met; the message names the setting that raises it."""


class RefusedByRefiner(RefinerMockError):
    """The pretend service refuses; `status` is the HTTP status of the answer (evidence: assumed, g1-g3)."""

    status: ClassVar[int] = 400


class Invalid(RefusedByRefiner):
    """A parameter is missing or has an unusable value; `name` is the parameter's name."""

    def __init__(self, message: str, name: str = "") -> None:
        super().__init__(message)
        self.name = name


class NotFound(RefusedByRefiner):
    """The object that a parameter names does not exist in this environment."""

    status = 404


class TooLarge(RefusedByRefiner):
    """The request is over one of our bounds."""

    status = 413


class ContractError(RefinerMockError):
    """A data file of ours is missing or broken."""


class CannotRun(RefinerMockError):
    """A command that was to be judged cannot be started; the message says which and why."""


class StillBusy(RefinerMockError):
    """Webhooks were still under way when the time to wait for them ran out: wait longer, or look at the receiver."""


class ServerUnavailable(RefinerMockError):
    """A running server was expected at an address and did not answer, or answered with an error."""
