"""`refiner-mock contract`."""

from __future__ import annotations

import json

import pytest

from mock_server.cli import main
from mock_server.contract.document import load
from mock_server.resources import contract_path
from tests.miniatures.running import run


def test_the_yaml_is_the_file_itself() -> None:
    said = run("contract", PYTHONUTF8="1")
    assert (said.returncode, said.stdout) == (0, contract_path("refiner.yaml").read_text("utf-8"))


def test_the_json_is_the_same_document() -> None:
    said = run("contract", "--format", "json")
    assert json.loads(said.stdout) == load().document


def test_every_other_file_of_the_contracts_is_printed_as_it_is() -> None:
    said = run("contract", "adapter.schema.json", PYTHONUTF8="1")
    assert (said.returncode, said.stdout) == (0, contract_path("adapter.schema.json").read_text("utf-8"))
    assert run("contract", "cases/client/faults.yaml", "--path").stdout == ""


def test_no_file_outside_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("../README.md", "../contracts/refiner.yaml", "cases", "nothing.yaml"):
        assert main(["contract", name]) == 3
        assert capsys.readouterr().out == ""


def test_where_a_file_lies_is_told() -> None:
    assert run("contract", "--path").stdout == f"{contract_path('refiner.yaml')}\n"


def test_a_file_that_does_not_exist_is_wrong_usage_and_those_that_do_are_listed() -> None:
    for name in ("nothing", "../../etc", "x"):
        said = run("contract", name)
        assert said.returncode == 3
        assert "adapter.schema.json, case.schema.json" in said.stderr
