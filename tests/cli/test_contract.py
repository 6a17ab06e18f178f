"""`refiner-mock contract`."""

from __future__ import annotations

import json

from mock_server.contract.document import load
from mock_server.resources import contract_path
from tests.miniatures.running import run


def test_the_yaml_is_the_file_itself() -> None:
    said = run("contract", PYTHONUTF8="1")
    assert (said.returncode, said.stdout) == (0, contract_path("refiner.yaml").read_text("utf-8"))


def test_the_json_is_the_same_document() -> None:
    said = run("contract", "--format", "json")
    assert json.loads(said.stdout) == load().document
