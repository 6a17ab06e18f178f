"""What a view of the page is given, and what it gives back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any, Protocol
from urllib.parse import urlencode

from mock_server.dashboard.desk import Desk
from mock_server.errors import UnknownEnvironment
from mock_server.frozen import frozen
from mock_server.state.environment import Environment

__all__ = ["ROOT", "Ask", "Done", "Page", "PageCall", "Refused", "said"]

ROOT = "/_mock"


class Refused(Exception):
    """What was asked cannot be shown or done: an HTTP status and a sentence for whoever asked."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Ask(Protocol):
    """Asks the control API (see `asking.Control`)."""

    async def __call__(
        self, method: str, path: str, body: Mapping[str, Any] | bytes | None = None, /, **query: Any
    ) -> Any:
        """Return what a call answers, decoded. Raises Refused."""


@frozen
class Page:
    """A template and what stands in it."""

    template: str
    values: Mapping[str, Any] = field(default_factory=dict)
    status: int = 200


@frozen
class Done:
    """An action was done: the browser goes on to a page, which says so."""

    to: str
    """Path below `/_mock`; the environment is added."""
    notice: str | None = None
    """A word of `routes.NOTICES`."""
    query: Mapping[str, object] = field(default_factory=dict)
    """What else stands in the address; by the `cause` of an action the notice leads to what followed from it."""
    env: str | None = None
    """The environment to go on in, empty for none; where it is None, the one that was chosen."""


@frozen
class PageCall:
    """One request to the page."""

    desk: Desk
    control: Ask
    origin: str
    """How the browser reached us: `http://127.0.0.1:7334`."""
    here: str
    """The path below `/_mock`, such as `/coverage`."""
    path: Mapping[str, str]
    """What the templates of the path stand for."""
    query: Mapping[str, str]
    form: Mapping[str, Any]
    """The fields of a POST, brackets nested as in the mirrored API."""
    files: Mapping[str, bytes] = field(default_factory=dict)
    """The files of a POST, by their fields."""
    unread: Refused | None = None
    """Why a form could not be read; no view is asked then."""
    program: bool = False
    """Whoever asks is no browser: a refusal is JSON then, as the control API's are."""

    @property
    def chosen(self) -> Environment | None:
        """The environment that `?env=` names, None where it names none.

        Raises:
            UnknownEnvironment: when there is none of that name.
        """
        name = self.query.get("env")
        return self.desk.environments.get(name) if name else None

    @property
    def environment(self) -> Environment:
        """The environment that the page is about: the chosen one, else the first.

        Raises:
            UnknownEnvironment: when there is none of that name, or none at all.
        """
        found = self.chosen or next(iter(self.desk.environments), None)
        if found is None:
            raise UnknownEnvironment("There is no environment left; create one, or start the server anew.")
        return found

    @property
    def api(self) -> str:
        """The path of the environment in the control API."""
        return f"/environments/{self.environment.name}"

    def typed(self, name: str) -> str:
        """Return what was typed into a field of the form, without blanks around it; empty where nothing was."""
        return said(self.form, name)

    def url(self, to: str, **query: object) -> str:
        """Return the address of a page (`/coverage`), with the environment that was chosen unless `env` says another.

        What is None or empty is left out of the query.
        """
        path, _, anchor = to.partition("#")
        given = {"env": self.query.get("env"), **query}
        said = urlencode({name: value for name, value in given.items() if value not in (None, "")})
        return f"{ROOT}{path}{'?' if said else ''}{said}{'#' if anchor else ''}{anchor}"

    def base_url(self, environment: Environment) -> str:
        """Return what a client of an environment is to be pointed at."""
        return f"{self.origin}/e/{environment.name}/v1"


def said(fields: Mapping[str, Any], name: str) -> str:
    """Return the text of a field of a form, without blanks around it; empty text where there is none."""
    value = fields.get(name)
    return value.strip() if isinstance(value, str) else ""
