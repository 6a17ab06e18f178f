"""Finds the data files: `contracts/` and `fixtures/`.

In a wheel they lie inside the package (`mock_server/_contracts`, `mock_server/_fixtures`), in a checkout beside it.
Both are plain folders of data, never import packages: their names belong to other distributions.
"""

from __future__ import annotations

from pathlib import Path

from mock_server.errors import ContractError

__all__ = ["contract_path", "fixture_path"]

_PACKAGE = Path(__file__).resolve().parent


def contract_path(name: str) -> Path:
    """Return the path of one file of `contracts/`.

    Raises:
        ContractError: when neither the package nor the checkout has it.
    """
    return _find("contracts", name)


def fixture_path(name: str) -> Path:
    """Return the path of one file of `fixtures/`.

    Raises:
        ContractError: when neither the package nor the checkout has it.
    """
    return _find("fixtures", name)


def _find(folder: str, name: str) -> Path:
    for root in (_PACKAGE / f"_{folder}", _PACKAGE.parent / folder):
        path = root / name
        if path.exists():
            return path
    raise ContractError(f"{folder}/{name} is missing from this installation; reinstall refiner-mock")
