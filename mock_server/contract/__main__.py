"""`python -m mock_server.contract` writes `contracts/refiner.json` anew; do it after every change of the YAML."""

from __future__ import annotations

from mock_server.contract.document import prepare
from mock_server.resources import contract_path

if __name__ == "__main__":
    source = contract_path("refiner.yaml")
    source.with_suffix(".json").write_bytes(prepare(source.read_bytes()))
