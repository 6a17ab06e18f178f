"""The parts of help pages that are made from data: rules, dialects, settings, limits, routes, operations."""

from __future__ import annotations

import ast
import inspect
import itertools
import re
from collections.abc import Callable, Iterator, Mapping

__all__ = ["LIMITS", "part"]

LIMITS = ("max_", "journal_", "delivery_", "rate_")
"""How the names of the settings begin that `limits` lists."""


def part(name: str) -> str:
    """Return the part of that name as Markdown that ends in a newline."""
    return _PARTS[name]()


def _dialects() -> str:
    """Return every switch of `contracts/dialects.yaml`."""
    from mock_server.contract.dialects import dialects

    lines = []
    for dialect in dialects().values():
        lines += [f"`{dialect.id}`", _indented(dialect.about)]
        for name, choice in dialect.choices.items():
            lines.append(f"    {'*' if name == dialect.default else '-'} {name} ({choice.evidence})")
        lines += [_indented(f"Why: {dialect.why}"), ""]
    return "\n".join(lines)


def _rules() -> str:
    """Return every rule of `contracts/rules.yaml`."""
    from mock_server.contract.rules import rules

    lines = []
    for rule in rules().values():
        lines.append(f"`{rule.id}`: {rule.code}, {rule.level} ({rule.evidence.replace('-', ' ')})")
        lines += [_indented(rule.about), ""]
    return "\n".join(lines)


def _settings() -> str:
    """Return every setting."""
    return "\n".join([*_knobs(("",)), ""])


def _limits() -> str:
    """Return every bound among the settings."""
    return "\n".join([*_knobs(LIMITS), ""])


def _knobs(beginnings: tuple[str, ...]) -> Iterator[str]:
    """Yield the settings whose names begin so, as they hold now, with what is written below each of them there."""
    from mock_server import settings

    values = settings.Settings.from_environment()
    tree = ast.parse(inspect.getsource(settings.Settings)).body[0]
    assert isinstance(tree, ast.ClassDef), "it is a class"
    for knob, below in itertools.pairwise(tree.body):
        if not (isinstance(knob, ast.AnnAssign) and isinstance(knob.target, ast.Name)):
            continue
        name = knob.target.id
        if not name.startswith(beginnings):
            continue
        value = getattr(values, name)
        hidden = name in {"api_key", "admin_token"} and value is not None
        yield f"`{_variable(name)}`, not set" if value is None else f"`{_variable(name)}={'...' if hidden else value}`"
        if isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant):
            yield _indented(re.sub(r" \(assumed, g\d+\)", " (assumed)", str(below.value.value)))


def _variable(name: str) -> str:
    return "--dialect KEY" if name == "dialect" else f"REFINER_MOCK_{name.upper()}"


def _control() -> str:
    """Return every route of `contracts/control.yaml`."""
    from mock_server.cli.control_topic import routes

    return routes()


def _adapter() -> str:
    """Return every operation of `contracts/adapter.schema.json`."""
    from mock_server.cli.adapter_topic import operations

    return operations()


def _indented(text: str) -> str:
    return f"    {' '.join(text.split())}"


_PARTS: Mapping[str, Callable[[], str]] = {
    "adapter": _adapter,
    "control": _control,
    "dialects": _dialects,
    "limits": _limits,
    "rules": _rules,
    "settings": _settings,
}
