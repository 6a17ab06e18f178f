"""Which call it is: routes and methods that Refiner does not have, has no longer, or that only refiner-mock has."""

from __future__ import annotations

from collections.abc import Iterator

from mock_server.contract.verdict.hearing import Hearing
from mock_server.contract.violation import Finding

__all__ = ["is_preflight", "own_call", "unknown_call"]


def is_preflight(hearing: Hearing) -> bool:
    """Tell whether a browser asks before a page's own call, which nobody's program has written."""
    asked = any(name == b"access-control-request-method" for name, _ in hearing.headers)
    return asked and hearing.request.method == "OPTIONS"


def unknown_call(hearing: Hearing) -> Iterator[Finding]:
    """Yield what is wrong with a call that the contract does not know."""
    request, contract = hearing.request, hearing.contract
    known = ((method, contract.route(method, request.path)) for method in contract.methods(request.path))
    # A path that only refiner-mock has is none of Refiner's, whatever the method.
    methods = [method for method, call in known if hearing.mirrored and call is not None and not call.mock_only]
    suggestion = _nearest(hearing)
    if methods:
        message = f"{request.path} does not take {request.method[:20]}; it takes {' and '.join(methods)}."
        rule, expected = "wrong-method", ", ".join(methods)
    elif not hearing.mirrored:
        message = f"{request.method[:20]} {request.path} is not below /v1; the client's base URL must end in /v1."
        rule, expected = "unknown-route", "a path below /v1"
    else:
        message = f"Refiner has no {request.method[:20]} {request.path}."
        rule, expected = "unknown-route", "one of Refiner's routes"
    yield Finding(rule, ("path", request.path), f"{request.method} {request.path}", expected, message, suggestion)


def own_call(hearing: Hearing) -> Iterator[Finding]:
    """Yield that a call goes to a route of refiner-mock alone, or to one by its old name."""
    called = hearing.operation
    where, got = ("path", hearing.request.path), f"{called.method} {hearing.request.path}"
    if called.mock_only:
        message = f"{called.method} {called.path} exists here only; Refiner registers webhooks in its dashboard."
        yield Finding("mock-only", where, got, None, message, operation=called.id)
    elif called.deprecated:
        new = hearing.contract.operations[called.id]
        message = f"{called.method} {called.path} is the name of 2022; today's is {new.path}."
        yield Finding(
            "legacy-route",
            where,
            got,
            f"{new.method} {new.path}",
            message,
            f"{new.method} {new.path}",
            called.evidence,
            called.pointer,
            called.id,
        )


def _nearest(hearing: Hearing) -> str | None:
    from mock_server.contract.names.nearest import (
        nearest_call,  # with the table of words, which a good call never needs
    )

    request = hearing.request
    return nearest_call(hearing.contract, request.method, request.path, request.parameters)
