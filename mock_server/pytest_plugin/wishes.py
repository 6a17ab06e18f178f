"""What is asked for: by the marker of a test, else by an option, else by the ini file.

PYTEST_DONT_REWRITE
"""

from __future__ import annotations

import inspect
import os
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from mock_server.conformance.output import Wanted, wanted
from mock_server.conformance.report import FAIL_ON
from mock_server.errors import UsageError
from mock_server.remote import Remote
from mock_server.resources import seed_given
from mock_server.spelling import advice

__all__ = ["checked", "environment_of", "fail_on", "fail_on_of", "reports", "url"]

_MARKER = "@pytest.mark.refiner"
_KINDS = tuple(name for name in inspect.signature(Remote.create_environment).parameters if name not in ("self", "name"))
"""What an environment can be asked for by name."""
_ARGUMENTS = (*_KINDS, "fail_on")


def checked(config: pytest.Config) -> None:
    """Refuse options that cannot be followed before anything runs. Raises pytest.UsageError."""
    try:
        fail_on(config)
        reports(config)
        _dialect(config)
        _seed(config)
    except UsageError as error:
        raise pytest.UsageError(f"refiner-mock: {error}") from None


def url(config: pytest.Config) -> str | None:
    """Return where a shared server runs, None where each process has its own."""
    return _given(config, "url") or os.environ.get("REFINER_MOCK_URL") or None


def fail_on(config: pytest.Config) -> str:
    """Return the least severity that fails a test where its marker does not say. Raises UsageError."""
    return _severity(_given(config, "fail_on") or "error", "--refiner-fail-on")


def reports(config: pytest.Config) -> Sequence[Wanted]:
    """Return which reports on the whole run go where. Raises UsageError."""
    return [wanted(text) for text in config.getoption("refiner_report") or config.getini("refiner_report")]


def environment_of(item: pytest.Item | None, config: pytest.Config) -> dict[str, Any]:
    """Return what the environments of a test are made with. Raises UsageError."""
    marked = _marked(item)
    if isinstance(seed := marked.get("seed"), str):
        marked["seed"] = seed_given(seed, f"{_MARKER} seed", folder=config.rootpath)
    given: dict[str, Any] = {name: value for name in ("posture", "rendering") if (value := _given(config, name))}
    return {
        **given,
        "dialect": _dialect(config),
        "seed": _seed(config),
        **{name: marked[name] for name in _KINDS if name in marked},
    }


def fail_on_of(item: pytest.Item | None, config: pytest.Config) -> str:
    """Return the least severity that fails a test. Raises UsageError."""
    marked = _marked(item)
    return _severity(marked["fail_on"], f"{_MARKER}(fail_on=)") if "fail_on" in marked else fail_on(config)


def _given(config: pytest.Config, name: str) -> str:
    return str(config.getoption(f"refiner_{name}") or config.getini(f"refiner_{name}") or "")


def _seed(config: pytest.Config) -> str | dict[str, Any] | None:
    named = config.getoption("refiner_seed")
    folder = config.invocation_params.dir if named else config.rootpath
    return seed_given(named or config.getini("refiner_seed") or None, "--refiner-seed", folder=folder)


def _dialect(config: pytest.Config) -> Mapping[str, str] | None:
    pairs: list[str] = config.getoption("refiner_dialect") or config.getini("refiner_dialect")
    for pair in pairs:
        if "=" not in pair:
            raise UsageError(f"--refiner-dialect {pair}: say KEY=VALUE")
    return dict(pair.split("=", 1) for pair in pairs) or None


def _severity(word: object, where: str) -> str:
    if word not in FAIL_ON:
        raise UsageError(f"{where} is {word!r}; {advice(word, FAIL_ON)}")
    return str(word)


def _marked(item: pytest.Item | None) -> dict[str, Any]:
    """Return the arguments of a test's markers, those of the closest one first: function, class, module."""
    found: dict[str, Any] = {}
    for mark in item.iter_markers("refiner") if item is not None else ():
        if mark.args:
            raise UsageError(f"{_MARKER} takes its arguments by name, such as {_MARKER}(seed='demo')")
        for name in mark.kwargs:
            if name not in _ARGUMENTS:
                raise UsageError(f"{_MARKER} has no argument {name!r}; {advice(name, _ARGUMENTS)}")
        found = {**mark.kwargs, **found}
    return found
