"""What the code must name as well as the contract: the two agree."""

from __future__ import annotations

from mock_server.contract.document import load
from mock_server.contract.operations import find
from mock_server.control import simulate
from mock_server.state.listings import ORDERS
from mock_server.state.queries import INCLUDES
from mock_server.state.reporting import KINDS
from mock_server.state.surveys import LISTINGS
from mock_server.webhooks.subscriptions import EVENTS
from mock_server.wire.paging import DEFAULT_PAGE_LENGTH

OPERATIONS = load().operations


def test_the_choices_of_the_code_are_those_of_the_contract() -> None:
    def choices(operation: str, name: str) -> set[str]:
        return set(OPERATIONS[operation].parameters[name].schema["enum"])

    assert set(ORDERS) == choices("listContacts", "order_by")
    assert set(LISTINGS) == choices("listForms", "list")
    assert set(INCLUDES) == choices("listResponses", "include")
    assert set(KINDS) == choices("getReporting", "type")
    assert set(EVENTS) == set(load().document["webhooks"])
    assert list(EVENTS) == find(load().document, "#/components/schemas/TriggerEvent")["enum"]


def test_the_numbers_of_the_code_are_those_of_the_contract() -> None:
    parameters = OPERATIONS["tagResponse"].parameters
    assert parameters["tags"].schema["maxItems"] == simulate.MOST_TAGS
    assert OPERATIONS["listContacts"].parameters["page_length"].default == DEFAULT_PAGE_LENGTH
