"""Which addresses webhooks may be posted to.

Without a flag only this machine and private networks: a test double must not become a way to post to strangers. The
address is judged after names were looked up (`names`) and again when the socket for it is about to be opened, so that a
public address behind a private-looking name is caught, and a name that changes its address between two attempts too.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any

__all__ = ["ForbiddenTarget", "forbidden", "is_far", "is_near", "open_socket", "shown"]

_NEAR = tuple(
    ip_network(network)
    for network in (
        "127.0.0.0/8", "0.0.0.0/32", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "::1/128", "::/128", "fc00::/7",
    )
)  # fmt: skip
"""Loopback, the unspecified address (it means this machine) and private networks. Link-local addresses are left out:
cloud machines hand out secrets there."""

_SECRETS = frozenset(ip_address(address) for address in ("fd00:ec2::254", "fd20:ce::254"))
"""Private by their number, but clouds (the first is Amazon's, the second Google's) hand out secrets there as well."""


class ForbiddenTarget(OSError):
    """The address is neither of this machine nor of a private network."""


def shown(url: str) -> str:
    """Return an address without its query, in which there may be a secret."""
    place, mark, _ = url.partition("?")
    return f"{place}?…" if mark else place


def forbidden(address: str) -> ForbiddenTarget:
    """Return the error that says so of an address."""
    return ForbiddenTarget(
        f"{address} is neither a loopback nor a private address; the setting allow_public_targets allows it"
    )


def is_near(address: str) -> bool:
    """Tell whether an IP address, as text, is of this machine or of a private network; False when it is none."""
    found = _read(address)
    if isinstance(found, IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    return found is not None and found not in _SECRETS and any(found in network for network in _NEAR)


def is_far(host: str) -> bool:
    """Tell whether the host of a URL is an IP address that is not near; of a name nobody knows yet."""
    return _read(host) is not None and not is_near(host)


def _read(address: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(address.partition("%")[0])
    except ValueError:
        return None


def open_socket(*, allow_public: bool) -> Callable[[tuple[Any, ...]], socket.socket]:
    """Return the socket factory of a connector: it makes an unconnected socket for one `getaddrinfo` entry.

    The factory raises ForbiddenTarget for an address that is not near, unless `allow_public`.
    """

    def factory(entry: tuple[Any, ...]) -> socket.socket:
        family, kind, protocol, _, address = entry
        if not allow_public and not is_near(address[0]):
            raise forbidden(address[0])
        return socket.socket(family, kind, protocol)

    return factory
