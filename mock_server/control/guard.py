"""Keeps web pages of others away from the control API (design, rule 9).

A page that a developer happens to have open could otherwise call a server on loopback: by a plain form post, or by a
name of its own that it lets point to 127.0.0.1. The first shows in `Origin`, the second in `Host`.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import hmac
import ipaddress
from urllib.parse import urlsplit

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

__all__ = ["Guard", "is_loopback", "refusal"]


class Guard:
    """An ASGI app that lets only callers through who mean this server: 403 for everybody else.

    Args:
        app: what is guarded.
        bound: the address or name that the server was told to listen on.
        admin_token: what callers must show, as a bearer token or as the password of HTTP Basic, which browsers ask for;
            None where being on this machine is enough. 401 for who does not.
    """

    def __init__(self, app: ASGIApp, bound: str, admin_token: str | None = None) -> None:
        self._app = app
        self._bound = bound.lower()
        self._token = None if admin_token is None else admin_token.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        reason = refusal(scope, self._bound)
        if reason is not None:
            await JSONResponse({"error": reason}, 403)(scope, receive, send)
        elif self._token is not None and not hmac.compare_digest(_shown(scope), self._token):
            answer = {"error": "This server wants its admin token: send it as bearer token or as password."}
            await JSONResponse(answer, 401, {"WWW-Authenticate": 'Basic realm="refiner-mock"'})(scope, receive, send)
        else:
            await self._app(scope, receive, send)


def _shown(scope: Scope) -> bytes:
    """Return the token that a caller shows, empty where there is none."""
    authorization: bytes = dict(scope["headers"]).get(b"authorization", b"")
    scheme, _, rest = authorization.partition(b" ")
    if scheme.lower() == b"bearer":
        return rest.strip()
    with contextlib.suppress(binascii.Error):
        return base64.b64decode(rest).partition(b":")[2] if scheme.lower() == b"basic" else b""
    return b""


def refusal(scope: Scope, bound: str) -> str | None:
    """Return why a request must not be answered, or None.

    `Host` has to be loopback, `localhost`, `bound`, or the very address that the connection came in on; an `Origin`, if
    there is one, has to be this server itself.
    """
    names, headers = [name for name, _ in scope["headers"]], dict(scope["headers"])
    if names.count(b"host") > 1 or names.count(b"origin") > 1:
        return "This call has two Hosts or Origins; nobody can tell which of them is meant."
    host = headers.get(b"host", b"").decode("latin-1").lower()
    name = _name(f"//{host}")
    server = scope.get("server")
    if not name or not (is_loopback(name) or name == bound or (server is not None and name == server[0])):
        return "The Host of this call is not this server's; call it by 127.0.0.1 or localhost."
    origin = headers.get(b"origin")
    if origin is not None and origin.decode("latin-1").lower() not in (f"http://{host}", f"https://{host}"):
        return "The Origin of this call is another site; the control API answers only programs and its own page."
    return None


def _name(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:  # an unclosed bracket
        return ""


def is_loopback(name: str) -> bool:
    """Return whether a host name or address stands for this machine alone."""
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
