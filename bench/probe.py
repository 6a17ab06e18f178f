"""A plugin of pytest that counts what the plugin of refiner-mock takes in a run, and writes it to `$PROBE_FILE`.

Run as `pytest -p bench.probe`. Counted are loading it, what pytest does to know its hooks and fixtures, and each call
of its hooks. To compare a run with one without it, which takes a hundred times as long, shows the machine's moods.
"""

from __future__ import annotations

import importlib.metadata
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any

import pytest
from _pytest.fixtures import FixtureManager

__all__ = ["Spent"]

NAME = "refiner_mock"


class Spent:
    """Seconds of CPU, none of them counted twice."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._counting = False

    @contextmanager
    def counting(self) -> Iterator[None]:
        """Count what is done inside, unless it is being counted already."""
        if self._counting:
            yield
            return
        self._counting, begun = True, time.process_time()
        try:
            yield
        finally:
            self._counting = False
            self.seconds += time.process_time() - begun

    def over(self, owner: Any, name: str, concerns: Callable[..., bool]) -> None:
        """Have the calls of a function counted that concern the plugin."""
        function = getattr(owner, name)

        @wraps(function)
        def counted(*given: Any, **named: Any) -> Any:
            if not concerns(*given, *named.values()):
                return function(*given, **named)
            with self.counting():
                return function(*given, **named)

        setattr(owner, name, counted)


_spent = Spent()


def _is_ours(*things: object) -> bool:
    """Tell whether our plugin is among what a function of pytest is given."""
    named = (getattr(each, "__module__", None) or getattr(each, "__name__", "") for each in things)
    return any(str(name).startswith("mock_server") for name in named)


@pytest.hookimpl(tryfirst=True)
def pytest_plugin_registered(plugin: object, manager: pytest.PytestPluginManager) -> None:
    """Have the hooks of our plugin counted from now on."""
    if _is_ours(plugin):
        for caller in manager.get_hookcallers(plugin) or ():
            for hook in caller.get_hookimpls():
                if hook.plugin is plugin:
                    _spent.over(hook, "function", lambda *_: True)


def pytest_unconfigure() -> None:
    """Tell what it came to, in seconds of CPU."""
    Path(os.environ["PROBE_FILE"]).write_text(str(_spent.seconds), "utf-8")


_spent.over(importlib.metadata.EntryPoint, "load", lambda point: point.name == NAME)
_spent.over(pytest.PytestPluginManager, "register", _is_ours)
_spent.over(FixtureManager, "parsefactories", _is_ours)
