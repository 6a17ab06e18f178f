"""What `doctor` looks at: each check is a function that returns a finding, with a remedy where something is wrong."""

from __future__ import annotations

import contextlib
import http.client
import platform
import socket
import ssl
import time
from importlib import metadata
from urllib.parse import SplitResult, urlsplit

from mock_server import __version__
from mock_server.cli.wording import printable, span
from mock_server.errors import RefinerMockError, ServerUnavailable, UsageError
from mock_server.frozen import frozen
from mock_server.remote import Remote

__all__ = [
    "Finding",
    "check_contract",
    "check_key",
    "check_port",
    "check_receiver",
    "check_server",
    "check_versions",
    "whose_port",
]

PATIENCE = 5.0
"""Seconds for a receiver's answer."""
AT_HOME = 1.0
"""Seconds for that of a port of this machine."""
NO_GET = (404, 405, 501)
"""How receivers that take nothing but POST answer GET."""


@frozen
class Finding:
    """What one check found; `status` is `ok`, `problem` or `down` (nothing answers)."""

    check: str
    status: str
    finding: str
    remedy: str | None = None


def check_versions() -> Finding:
    """Look at Python and at what is installed."""
    found = f"Python {platform.python_version()}, refiner-mock {__version__}"
    try:
        installed = metadata.version("refiner-mock")
    except metadata.PackageNotFoundError:
        return Finding("versions", "ok", f"{found}, run from a checkout that is not installed")
    if installed != __version__:
        remedy = "install it again in this Python's environment"
        return Finding("versions", "problem", f"{found}, but installed as {installed}", remedy)
    return Finding("versions", "ok", found)


def check_contract() -> Finding:
    """Read the data files that everything is answered from."""
    from mock_server.contract.dialects import dialects
    from mock_server.contract.document import load
    from mock_server.resources import fixture_path

    try:
        operations = sum(not operation.mock_only for operation in load().operations.values())
        switches = len(dialects())
        fixture_path("environments/demo.json").read_bytes()
    except (RefinerMockError, OSError) as error:
        return Finding("contract", "problem", str(error), "install refiner-mock again; its data files are broken")
    return Finding("contract", "ok", f"{operations} operations and {switches} dialects can be read")


def check_port(port: int) -> Finding:
    """Find out whether a server could listen on a loopback port, and who does if not."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError:
            remedy = "choose one above 1023: refiner-mock serve --port 7334"
            return Finding("port", "problem", f"{port} may only be used by an administrator", remedy)
        except OSError:
            pass
        else:
            return Finding("port", "ok", f"{port} is free")
    whose = whose_port(f"http://127.0.0.1:{port}")
    if whose is None:
        remedy = "stop that, or take a free one: refiner-mock serve --port 0"
        return Finding("port", "problem", f"{port} is taken by a program that is no refiner-mock", remedy)
    return Finding("port", "ok", f"{port} is taken by {whose}, which you can use")


def whose_port(url: str) -> str | None:
    """Return which refiner-mock answers at `url`, in words; None where none does within a second."""
    try:
        return f"a refiner-mock {_version(url, AT_HOME)}"
    except RefinerMockError:
        return None


def check_server(url: str) -> Finding:
    """Find out whether a refiner-mock of this version answers at `url`. Raises UsageError for no such address."""
    try:
        version = _version(url)
    except ServerUnavailable as error:
        if isinstance(error.__cause__, OSError) and not isinstance(error.__cause__, http.client.HTTPException):
            remedy = "start one with refiner-mock serve, or name yours by --url or $REFINER_MOCK_URL"
            return Finding("server", "down", f"nothing answers at {url}", remedy)
        remedy = "name the right address by --url or $REFINER_MOCK_URL"
        return Finding("server", "problem", f"what answers at {url} is no refiner-mock", remedy)
    if version != __version__:
        remedy = "use the same version on both sides"
        return Finding("server", "problem", f"{url} is refiner-mock {version}, this command is {__version__}", remedy)
    return Finding("server", "ok", f"refiner-mock {version} answers at {url}")


def check_key(key: str, url: str | None) -> Finding:
    """Look at a key's shape and at what it opens; `url` None where there is no server to ask."""
    from mock_server.wire.credentials import Credential, refusal, shorten

    shown, refused = printable(shorten(key)), refusal(Credential("bearer", key))
    if refused is not None:
        found = f"{shown} ({len(key)} characters) is no UUID; it is answered {refused[0]} {refused[1]['error']!r}"
        return Finding("key", "problem", found, "copy it whole; refiner-mock env lists those of the server")
    if url is None:
        return Finding("key", "ok", f"{shown} has the right shape; there is no server to ask whom it opens")
    with contextlib.closing(Remote(url)) as server:
        name = next((one["name"] for one in server.environments() if one["api_key"] == key), None)
    if name is None:
        remedy = "take one that refiner-mock env lists, or serve with --api-key or --any-key"
        return Finding("key", "problem", f"{shown} opens no environment of {url}", remedy)
    return Finding("key", "ok", f"{shown} opens the environment {name}")


def check_receiver(url: str, token: str | None) -> tuple[Finding, ...]:
    """Find out whether webhooks may go to `url`, and whether anybody is there; it is sent one GET, never a webhook."""
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        found = socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
    except OSError as error:
        finding = f"{parts.hostname} is not known: {error.strerror}"
        return (Finding("receiver", "problem", finding, "check the spelling, or write the address in numbers"),)
    target = _target([str(entry[4][0]) for entry in found])
    if target.status != "ok":
        return (target,)
    return target, _receiver(parts, token)


def _version(url: str, patience: float = PATIENCE) -> str:
    """Return the version of the refiner-mock at `url`. Raises ServerUnavailable where there is none."""
    server = Remote(url, timeout=patience)
    with contextlib.closing(server):
        try:
            health = server.get("/health")
        except UsageError as error:  # a 4xx
            raise ServerUnavailable(str(error)) from error
    version = health.get("version") if isinstance(health, dict) else None
    if not isinstance(version, str):
        raise ServerUnavailable(f"{url} is no refiner-mock")
    return version


def _target(addresses: list[str]) -> Finding:
    """Judge the addresses that a receiver's name stands for."""
    from mock_server.settings import Settings
    from mock_server.webhooks.targets import is_near

    far = [address for address in addresses if not is_near(address)]
    if not far:
        return Finding("target", "ok", f"webhooks may go to {addresses[0]}, an address of this machine or network")
    if Settings.from_environment().allow_public_targets:
        return Finding("target", "ok", f"webhooks may go to {far[0]}, as $REFINER_MOCK_ALLOW_PUBLIC_TARGETS says")
    finding = f"webhooks may not go to {far[0]}, which is neither of this machine nor of a private network (not tried)"
    return Finding("target", "problem", finding, "refiner-mock serve --allow-public-targets lets them")


def _receiver(parts: SplitResult, token: str | None) -> Finding:
    shown = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
    began = time.perf_counter()
    try:
        status = _get(parts, token)
    except ConnectionRefusedError:
        return Finding("receiver", "down", f"nothing listens at {shown}", "start it, or check the port")
    except TimeoutError:
        return Finding("receiver", "down", f"{shown} did not answer within {PATIENCE:g} s", "see what keeps it busy")
    except ssl.SSLError as error:
        remedy = "use http:// on this machine, or a certificate that this machine trusts"
        return Finding("receiver", "problem", f"{shown} cannot be reached by TLS: {error.reason}", remedy)
    except (OSError, http.client.HTTPException) as error:
        return Finding("receiver", "problem", f"{shown} gives no HTTP answer: {error}", "check the address and port")
    finding = f"{shown} answers GET with {status} in {span((time.perf_counter() - began) * 1_000_000)}"
    if status in NO_GET:
        return Finding("receiver", "ok", f"{finding}, which is fine where only POST is taken")
    if 300 <= status < 400:
        return Finding("receiver", "problem", f"{finding}; webhooks follow no redirect", "give the final address")
    if status in (401, 403):
        if token is None:
            return Finding("receiver", "ok", f"{finding}: it wants a token (--token T tries one)")
        return Finding("receiver", "problem", f"{finding}: it refuses the token", "give both sides the same token")
    if status >= 500:
        return Finding("receiver", "problem", finding, "see the receiver's log; such a webhook is tried again")
    return Finding("receiver", "ok", finding)


def _get(parts: SplitResult, token: str | None) -> int:
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=PATIENCE)
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    try:
        connection.request("GET", (parts.path or "/") + (f"?{parts.query}" if parts.query else ""), headers=headers)
        return connection.getresponse().status
    finally:
        connection.close()
