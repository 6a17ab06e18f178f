"""What a route function is given."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mock_server.api.manners import Manners
from mock_server.contract.document import Operation
from mock_server.frozen import frozen
from mock_server.state.environment import Environment
from mock_server.state.records import AccountInput, Identity, Slice, Window
from mock_server.webhooks.delivery import DeliveryEngine
from mock_server.wire import paging

__all__ = ["Call"]


@frozen
class Call:
    """One call of one operation, authenticated, its parameters coerced and checked against the contract."""

    environment: Environment
    operation: Operation
    values: Mapping[str, Any]
    """The documented parameters that were given, typed, with defaults filled in."""
    extra: Mapping[str, object]
    """Every other name as it came: free traits or answers where the operation is open, ignored elsewhere (g11)."""
    path: Mapping[str, str]
    """The values of the templated parts of the path."""
    engine: DeliveryEngine
    manners: Manners

    @property
    def identity(self) -> Identity:
        """Whom the call speaks of."""
        get = self.values.get
        return Identity(get("id"), get("email"), get("uuid"))

    @property
    def account(self) -> AccountInput | None:
        """The nested `account` with the `id` that it must have (documented, W6W), or None where none was sent.

        Raises:
            Invalid: when a text in it is too long and the dialect refuses that.
        """
        account = self.values.get("account")
        if not account:
            return None
        traits = dict(account)
        id = traits.pop("id")
        self.manners.check_traits(traits)
        return AccountInput(id, traits)

    def window(self, order: str) -> Window:
        """Return the part of a list that is asked for (see `paging.window`). Raises Invalid."""
        return paging.window(self.values, order, page_wins=self.manners.page_wins)

    def page(self, items: object, found: Slice[Any], window: Window, cursor: str | None = None) -> dict[str, object]:
        """Return the list answer around rendered items; `cursor` is the order whose cursors it gives out, if any."""
        return paging.envelope(items, found, window, cursor=cursor, url_safe=self.manners.url_safe)
