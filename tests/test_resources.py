"""The data files are found wherever we run from."""

from __future__ import annotations

import pytest

from mock_server.errors import ContractError
from mock_server.resources import contract_path, fixture_path


def test_the_contract_and_the_fixtures_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("/")

    assert contract_path("refiner.yaml").is_file()
    assert fixture_path("environments").is_dir()


def test_a_missing_file_is_named() -> None:
    with pytest.raises(ContractError, match=r"contracts/nothing\.yaml is missing"):
        contract_path("nothing.yaml")
