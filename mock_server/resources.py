"""Finds the data files: `contracts/` and `fixtures/`, and seed documents of the user's own.

In a wheel they lie inside the package (`mock_server/_contracts`, `mock_server/_fixtures`), in a checkout beside it.
Both are plain folders of data, never import packages: their names belong to other distributions.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from mock_server.errors import ContractError, UsageError

__all__ = ["contract_path", "fixture_path", "seed_given"]

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


def seed_given(
    text: str | None, option: str = "--seed", *, folder: str | os.PathLike[str] = ""
) -> str | dict[str, Any] | None:
    """Return what a seed is given as: a name as it is, of a path (with a slash, or ending in .json) the document there.

    A path is relative to `folder`, by default the current one.

    Raises:
        UsageError: when there is no such file, or no JSON object in it; the message names the `option`.
    """
    if text is None or not ("/" in text or os.sep in text or text.endswith(".json")):
        return text
    try:
        document = json.loads(Path(folder, text).read_text("utf-8"))
    except OSError as error:
        raise UsageError(f"{option} {text} cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise UsageError(f"{option} {text} is no JSON: {error}") from None
    if not isinstance(document, dict):
        raise UsageError(f"{option} {text} holds no JSON object; refiner-mock help seeds says what a seed document is")
    return document


def _find(folder: str, name: str) -> Path:
    for root in (_PACKAGE / f"_{folder}", _PACKAGE.parent / folder):
        path = root / name
        if path.exists():
            return path
    raise ContractError(f"{folder}/{name} is missing from this installation; reinstall refiner-mock")
