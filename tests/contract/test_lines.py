"""The lines that violations lead to."""

from __future__ import annotations

import pytest

from mock_server.contract.document import load
from mock_server.contract.lines import line_of
from mock_server.resources import contract_path

LINES = contract_path("refiner.yaml").read_text("utf-8").splitlines()


def test_every_operation_and_parameter_has_the_line_at_which_it_stands() -> None:
    for operation in load().operations.values():
        assert LINES[line_of(operation.pointer) - 1].strip() == f"{operation.method.lower()}:"
        for parameter in operation.parameters.values():
            line = LINES[line_of(parameter.pointer) - 1].strip()
            # Parameters in a query are lists of facts, of which the schema is one; those in a body are named.
            assert line.startswith(("schema:", f"{parameter.name}:")), (operation.id, parameter.name)


def test_an_item_of_a_list_has_the_line_at_which_it_begins() -> None:
    assert LINES[line_of("#/paths/~1responses/get/parameters/0") - 1].strip() == "- name: form_uuid"


@pytest.mark.parametrize(
    ("pointer", "line"),
    [
        ("#/paths/~1contacts/get/responses/418/content", "responses:"),
        ("#/x-facts/nothing/of/the/kind", "x-facts:"),
        ("#/nothing", LINES[0]),
        ("", LINES[0]),
    ],
)
def test_what_is_not_there_has_the_line_of_what_is_around_it(pointer: str, line: str) -> None:
    assert LINES[line_of(pointer) - 1].strip() == line
