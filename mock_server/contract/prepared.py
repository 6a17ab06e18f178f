"""The YAML files of `contracts/`, read quickly.

YAML takes much longer to read than JSON, so what the server needs lies prepared as `.json` beside the `.yaml` and is
read in its place as long as it was made from the very same bytes. `python -m mock_server.contract` makes the copies.
"""

from __future__ import annotations

from typing import Any
from zlib import crc32

import orjson

from mock_server.errors import ContractError
from mock_server.resources import contract_path

__all__ = ["PREPARED", "prepare", "read", "stored"]

PREPARED = ("refiner.yaml", "dialects.yaml", "rules.yaml", "words.yaml")
"""The files that have a quick copy."""

_MADE_FROM = "x-made-from"


def stored(name: str) -> dict[str, Any]:
    """Return what `contracts/<name>` holds, as JSON values.

    Raises:
        ContractError: when the file is missing or broken.
    """
    source = contract_path(name)
    text = source.read_bytes()
    try:
        document: dict[str, Any] = orjson.loads(source.with_suffix(".json").read_bytes())
    except (OSError, orjson.JSONDecodeError):
        return read(text)
    return document if document.pop(_MADE_FROM, None) == crc32(text) else read(text)


def prepare(text: bytes) -> bytes:
    """Return a YAML document as JSON that `stored` takes for it, with one key more.

    Raises:
        ContractError: when it is not YAML, or no mapping.
    """
    return orjson.dumps({**read(text), _MADE_FROM: crc32(text)}, option=orjson.OPT_APPEND_NEWLINE)


def read(text: bytes | str) -> dict[str, Any]:
    """Return a YAML document as JSON values: a date stays the text it is.

    Raises:
        ContractError: when it is not YAML, or no mapping.
    """
    import yaml  # 30 ms to import: only for those who need it

    class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
        """Without the timestamps of YAML 1.1, which make dates of examples."""

    Loader.yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
        for first, resolvers in Loader.yaml_implicit_resolvers.items()
    }
    try:
        document = yaml.load(text, Loader=Loader)  # noqa: S506 - it is a SafeLoader
    except yaml.YAMLError as reason:
        raise ContractError(f"a contract file is not valid YAML: {reason}") from reason
    if not isinstance(document, dict):
        raise ContractError("a contract file must hold a mapping")
    return document
