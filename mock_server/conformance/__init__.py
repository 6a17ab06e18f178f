"""Checks somebody else's code over HTTP and pipes only, and reports what was found.

Everything that judges (`exec`, `check traffic`, `check receiver`, `check client`, the pytest plugin) ends in one
`report.Report`, which `formats` writes as text, JSON, JUnit, Markdown or annotations of GitHub.

The public names load when they are first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mock_server.conformance.adapters.callable import CallableAdapter
    from mock_server.conformance.adapters.http import HttpAdapter
    from mock_server.conformance.adapters.process import ProcessAdapter
    from mock_server.conformance.client.battery import check_client
    from mock_server.conformance.receiver.battery import check_receiver
    from mock_server.conformance.report import Report

__all__ = ["CallableAdapter", "HttpAdapter", "ProcessAdapter", "Report", "check_client", "check_receiver"]

_HOMES = {
    "CallableAdapter": "adapters.callable",
    "HttpAdapter": "adapters.http",
    "ProcessAdapter": "adapters.process",
    "Report": "report",
    "check_client": "client.battery",
    "check_receiver": "receiver.battery",
}


if not TYPE_CHECKING:  # else type checkers would take any name for a public one

    def __getattr__(name: str) -> object:
        """Load a public name from its home and keep it."""
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
        globals()[name] = value
        return value
