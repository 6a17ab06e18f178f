"""A local stand-in for Refiner's API, and a kit that judges the programs that talk to it.

The public names load when they are first used, so that `import mock_server` costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mock_server.app import create_app
    from mock_server.remote import Remote, RemoteEnvironment
    from mock_server.server import MockServer
    from mock_server.settings import Settings

__all__ = ["MockServer", "Remote", "RemoteEnvironment", "Settings", "__version__", "create_app"]

__version__ = "0.1.0"

_HOMES = {
    "MockServer": "server",
    "Remote": "remote",
    "RemoteEnvironment": "remote",
    "Settings": "settings",
    "create_app": "app",
}


if not TYPE_CHECKING:  # else type checkers would take any name for a public one

    def __getattr__(name: str) -> object:
        """Load a public name from its home and keep it."""
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    """List the public names, loaded or not."""
    return sorted({*globals(), *__all__})
