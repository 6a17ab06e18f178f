"""One attempt over HTTP: the only place that knows aiohttp, which is loaded late because it is slow to import."""

from __future__ import annotations

import asyncio
import errno
import io
import re
import time
from collections.abc import Callable, Collection
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from mock_server import __version__
from mock_server.frozen import frozen
from mock_server.settings import Settings
from mock_server.state.records import Micros
from mock_server.webhooks.schedule import retry_after
from mock_server.webhooks.targets import ForbiddenTarget, open_socket

if TYPE_CHECKING:
    import aiohttp

__all__ = ["Outcome", "Secrets", "Sender", "since"]

_KEPT = 512
"""Bytes kept of a receiver's answer."""
_READ = 65_536
"""Bytes read of it, so that its connection can be used again; more is not worth waiting for."""
_LARGE = 1_048_576
"""Bytes from which aiohttp wants a body as a stream."""
_IDLE = 1.0
"""Seconds for which an idle connection is kept: less than any common receiver keeps it, because a POST that meets a
closing connection cannot be told from one that was received."""


@frozen
class Outcome:
    """What came of one attempt."""

    status: int | None
    duration_ms: float
    error: str | None = None
    answer: str | None = None
    retry_after: Micros = 0
    """The wait that a 429 or 503 asked for."""
    final: bool = False
    """Trying again would change nothing: the target may not be posted to, or is gone."""

    @property
    def delivered(self) -> bool:
        """Any 2xx, and nothing else, is success (assumed, g5)."""
        return self.error is None and self.status is not None and 200 <= self.status < 300


Secrets = Callable[[], Collection[str]]
"""Returns what may not be shown whole; asked when there is something to show, for tokens change meanwhile."""


class Sender:
    """Posts payloads over kept connections. Opened by the first `post`, on its event loop."""

    def __init__(self, settings: Settings) -> None:
        self._timeout = settings.delivery_timeout
        self._allow_public = settings.allow_public_targets
        self._session: aiohttp.ClientSession | None = None

    @staticmethod
    def prepare() -> None:
        """Import what a first attempt needs, ahead of it."""
        import aiohttp  # noqa: F401

    async def post(self, url: str, body: bytes, token: str | None, secrets: Secrets = tuple) -> Outcome:
        """Make one attempt and return what came of it; an error of any kind is an outcome too.

        JSON by POST, the token as a bearer token (documented, KB-wh and Make's help page); User-Agent, time-out and
        that redirects are not followed are assumed (g5). Of `secrets` no more than the beginning is kept: receivers
        tell what they got, and what they wanted instead.
        """
        began = time.perf_counter()
        try:
            async with asyncio.timeout(self._timeout):
                return await self._exchange(url, body, token, secrets, began)
        except TimeoutError:
            error, final = f"no complete answer within {self._timeout:g} s", False
        except Exception as reason:  # noqa: BLE001 - whatever goes wrong belongs into the log of attempts
            error, final = _without(secrets(), _in_words(reason, url)), isinstance(_cause(reason), ForbiddenTarget)
        return Outcome(None, since(began), error, final=final)

    async def _exchange(self, url: str, body: bytes, token: str | None, secrets: Secrets, began: float) -> Outcome:
        if self._session is None:
            self._session = _session(allow_public=self._allow_public)
        headers = {"Authorization": f"Bearer {token}"} if token is not None else None
        data = body if len(body) <= _LARGE else io.BytesIO(body)
        async with self._session.post(url, data=data, headers=headers, allow_redirects=False) as response:
            answer = await _answer(response, secrets())
            asked = response.headers.get("Retry-After") if response.status in (429, 503) else None
            return Outcome(
                response.status,
                since(began),
                "a redirect is a failure and is not followed" if 300 <= response.status < 400 else None,
                answer,
                retry_after(asked, datetime.now(UTC)) if asked else 0,
                final=response.status == 410,
            )

    async def close(self) -> None:
        """Close all connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None


def _in_words(reason: Exception, url: str) -> str:
    """Return why there was no answer, as somebody who runs the receiver would say it."""
    import aiohttp

    parts, cause = urlsplit(url), _cause(reason)
    place = parts.netloc if parts.port else f"{parts.netloc}:{443 if parts.scheme == 'https' else 80}"
    if isinstance(cause, ForbiddenTarget):
        words = str(cause)
    elif isinstance(reason, aiohttp.ClientConnectorDNSError):
        words = f"the name {parts.hostname} is not known"
    elif isinstance(reason, (aiohttp.ClientConnectorCertificateError, aiohttp.ClientSSLError)):
        why = getattr(reason, "certificate_error", cause)
        words = f"TLS with {place} fails: {getattr(why, 'reason', why)}"
    elif getattr(cause, "errno", None) == errno.ECONNREFUSED:
        words = f"nothing listens at {place}"
    elif isinstance(reason, aiohttp.ClientConnectorError) and not isinstance(cause, ConnectionError):
        words = f"{place} cannot be reached: {getattr(cause, 'strerror', None) or cause}"
    elif isinstance(reason, (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError)):
        words = f"{place} closed the connection without an answer"
    elif isinstance(reason, aiohttp.ClientResponseError):
        words = f"what {place} answered is no HTTP"
    else:
        words = f"{type(reason).__name__}: {reason}".removesuffix(": ")
    return words


def _cause(reason: Exception) -> Exception:
    """Return what the system said, where aiohttp has wrapped it."""
    cause: Exception = getattr(reason, "os_error", reason)
    return cause


def _session(*, allow_public: bool) -> aiohttp.ClientSession:
    import aiohttp

    from mock_server.webhooks.names import Resolver

    connector = aiohttp.TCPConnector(
        limit=0,  # the turnstile counts
        resolver=Resolver(allow_public=allow_public),
        socket_factory=open_socket(allow_public=allow_public),
        happy_eyeballs_delay=None,  # one address after the other: a receiver hears once of an attempt
        keepalive_timeout=_IDLE,
    )
    return aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=None),
        auto_decompress=False,
        skip_auto_headers=("Accept-Encoding",),
        headers={"Content-Type": "application/json", "User-Agent": f"refiner-mock/{__version__}"},
    )


async def _answer(response: aiohttp.ClientResponse, secrets: Collection[str]) -> str:
    """Return the first bytes of an answer as text, without the tokens that a receiver may have sent back."""
    margin = max((len(secret.encode()) for secret in secrets), default=0)
    answer = await _first_bytes(response, _KEPT + margin)
    shown = _without(secrets, answer.decode(errors="replace")).encode()
    # The last bytes that were read may be a part of a token.
    end = len(shown) - margin if len(answer) == _KEPT + margin else len(shown)
    return shown[: min(end, _KEPT)].decode(errors="replace")


def _without(secrets: Collection[str], text: str) -> str:
    """Return a text with the secrets in it shortened as keys are shown, and of short ones at most half."""
    found = {secret for secret in secrets if secret in text}
    if not found:
        return text
    # In one pass, or what is left of one would be shortened again; the longest first, as another may be its beginning.
    pattern = "|".join(map(re.escape, sorted(found, key=len, reverse=True)))
    return re.sub(pattern, lambda match: match[0][: min(4, len(match[0]) // 2)] + "…", text)


async def _first_bytes(response: aiohttp.ClientResponse, most: int) -> bytes:
    kept, read = b"", 0
    async for chunk in response.content.iter_any():
        kept += chunk[: most - len(kept)]
        read += len(chunk)
        if read > _READ:
            response.close()
            break
    return kept


def since(began: float) -> float:
    """Return the milliseconds since a moment of `time.perf_counter`."""
    return round((time.perf_counter() - began) * 1000, 1)
