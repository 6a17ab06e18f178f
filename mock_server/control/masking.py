"""Exchanges as they may be shown: no key and no webhook's token whole, wherever it stands (design 3.5).

Secrets are known by name (`api_key`, `auth_token`) and, whatever their name, by value: the keys of all environments,
and the one that the exchange itself came with. All that happens when an exchange is shown, nothing when it is kept.
"""

from __future__ import annotations

from typing import Any

from mock_server.contract.exchange import Request
from mock_server.journal import Entry
from mock_server.settings import Settings
from mock_server.state.environments import Environments
from mock_server.wire import credentials
from mock_server.wire.decoding import decode

__all__ = ["Mask", "Masked"]


class Mask:
    """Knows all keys of one server."""

    def __init__(self, environments: Environments, settings: Settings) -> None:
        self._environments = environments
        self.most = settings.journal_body
        """Bytes that are kept of a body, a query or an answer: what is longer was cut, perhaps within a key."""
        self._bounds = {"max_nesting": settings.max_nesting, "max_parameters": settings.max_parameters}

    def over(self, entry: Entry) -> Masked:
        """Return an exchange behind the mask."""
        return Masked(self, entry)

    def is_key(self, uuid: str) -> bool:
        """Tell whether a UUID is the key of an environment, in whatever case it is written."""
        return any(self._environments.by_key(spelt) is not None for spelt in (uuid, uuid.lower(), uuid.upper()))

    def read(self, entry: Entry, query: bytes, body: bytes) -> Request:
        """Read a kept request once more, as the mirrored API read it."""
        media_type = entry.media_type.encode("latin-1", "replace")
        if entry.media_type == "multipart/form-data":
            # Only the media type is kept; the boundary is the body's first line.
            media_type += b"; boundary=" + body.partition(b"\r\n")[0].removeprefix(b"--")
        headers = [(b"content-type", media_type)]
        if entry.authorization is not None:
            headers.append((b"authorization", entry.authorization.encode("latin-1", "replace")))
        return decode(entry.method, entry.path, query, headers, body, **self._bounds)


class Masked:
    """One exchange; what is had from it may be shown."""

    def __init__(self, mask: Mask, entry: Entry) -> None:
        self._mask = mask
        self._entry = entry
        self._whole = mask.read(entry, entry.query, entry.body)
        self._sent = credentials.sent_keys(self._whole)

    def path(self) -> str:
        """Return the path as it was requested."""
        return self.text(self._entry.path)

    def query(self) -> str:
        """Return the query as it came."""
        return self._query().decode("utf-8", "replace")

    def authorization(self) -> str | None:
        """Return the Authorization header."""
        header = self._entry.authorization
        return None if header is None else self.text(credentials.masked_authorization(header))

    def body(self) -> bytes:
        """Return as much of the body as was kept."""
        entry = self._entry
        cut = entry.body_size > len(entry.body)
        return self._without_keys(credentials.masked_body(entry.body, entry.media_type), cut=cut)

    def answer(self) -> bytes:
        """Return as much of the answer's body as was kept."""
        entry = self._entry
        return self._without_keys(entry.answer, cut=entry.answer_size > len(entry.answer))

    def violations(self) -> list[dict[str, Any]]:
        """Return the violations of the exchange."""
        return [self._veiled(violation) for violation in self._entry.violations]

    def contact(self) -> str | None:
        """Return id, e-mail or uuid of whom the call speaks, None where it names nobody."""
        values = (self._whole.parameters.get(name) for name in ("id", "email", "uuid"))
        named = (str(value) for value in values if isinstance(value, (str, int)) and value != "")
        return next(map(self.text, named), None)

    def request(self) -> Request:
        """Return the request, decoded."""
        return self._mask.read(self._entry, self._query(), self.body())

    def text(self, text: str) -> str:
        """Return any text out of this exchange."""
        return self._without_keys(text.encode("utf-8", "replace")).decode("utf-8", "replace")

    def _veiled(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {name: self._veiled(part) for name, part in value.items()}
        return self.text(value) if isinstance(value, str) else value

    def _query(self) -> bytes:
        query = self._entry.query
        return self._without_keys(credentials.masked_query(query), cut=len(query) == self._mask.most)

    def _without_keys(self, raw: bytes, *, cut: bool = False) -> bytes:
        shown = credentials.masked_keys(raw, self._mask.is_key, self._sent)
        return credentials.without_half_a_key(shown) if cut else shown
