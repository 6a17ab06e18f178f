"""`python -m mock_server.contract` writes the quick copies of `contracts/*.yaml`; do it after every change of them."""

from __future__ import annotations

from mock_server.contract.prepared import PREPARED, prepare
from mock_server.resources import contract_path

if __name__ == "__main__":
    for name in PREPARED:
        source = contract_path(name)
        source.with_suffix(".json").write_bytes(prepare(source.read_bytes()))
