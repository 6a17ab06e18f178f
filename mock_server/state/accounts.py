"""Accounts: the companies of the contacts. Every contact has one, while it is ungrouped one of its own (observed)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from typing import Final

from mock_server.errors import LimitReached, NotFound
from mock_server.state.followers import Kept
from mock_server.state.ids import Ids
from mock_server.state.layers import parted
from mock_server.state.records import Account, AccountInput, Contact, Micros, TraitValue
from mock_server.state.traits import TraitRegistry, merged
from mock_server.state.ways import Ways

__all__ = ["Accounts"]

_NOTHING_SET: Final[Mapping[str, TraitValue]] = {}


class Accounts:
    """All accounts of one environment.

    Invariant: an account without an id belongs to exactly one contact; one with an id stays when its last contact
    goes (assumed, g13), unless it is dropped.
    """

    def __init__(self, ids: Ids, ways: Ways, most: int) -> None:
        self._ids = ids
        self._most = most
        self._serial = 0
        self.traits = TraitRegistry(ways=ways)
        self._accounts: MutableMapping[str, Account] = {}
        self._by_id: MutableMapping[str, str] = {}
        self.kept: Kept[Account] = Kept(self._accounts)

    def __iter__(self) -> Iterator[Account]:
        """Walk all accounts in the order of their making."""
        return iter(self._accounts.values())

    def adopt(self, source: Accounts) -> None:
        """Hold what another one holds; both go their own ways from here."""
        self._serial = source._serial
        source._accounts, self._accounts = parted(source._accounts)
        source._by_id, self._by_id = parted(source._by_id)
        self.kept = source.kept.fork(source._accounts, self._accounts)
        self.traits.load(source.traits.kinds)

    def load(self, accounts: Iterable[Account], traits: Mapping[str, str]) -> None:
        """Hold these accounts and know these traits."""
        self.traits.load(traits)
        for account in accounts:
            self._serial = max(self._serial, account.serial)
            self._accounts[account.uuid] = account
            if account.remote_id is not None:
                self._by_id[account.remote_id] = account.uuid

    def get(self, uuid: str) -> Account:
        """Return the account with this uuid. Raises NotFound when there is none."""
        try:
            return self._accounts[uuid]
        except KeyError:
            raise NotFound(f"No account has the uuid {uuid!r}") from None

    def of(self, contacts: Iterable[Contact]) -> list[Account]:
        """Return the accounts of these contacts, in their order."""
        known = self._accounts
        return [known[contact.account_uuid] for contact in contacts]

    def join(self, given: AccountInput | None, now: Micros) -> str:
        """Return the uuid of a new contact's account: the one of the given id, else a new one.

        Raises:
            LimitReached: when there is none of that id and the environment may hold no more accounts.
        """
        known = self._by_id.get(given.id) if given is not None else None
        if known is not None:
            return self._change(self._accounts[known], given, now)
        if len(self._accounts) >= self._most:
            raise LimitReached(f"The environment holds {self._most} accounts; raise the setting max_accounts")
        self._serial += 1
        return self._change(Account(self._ids.uuid(), self._serial, None, None, _NOTHING_SET, now, now), given, now)

    def regroup(self, uuid: str, given: AccountInput | None, now: Micros, *, seen: bool) -> str:
        """Return the uuid of a contact's account after what came in.

        A contact's own account takes the given id if no other has it. Otherwise the contact moves to the account of
        that id, made if need be, and an own account that it leaves is dropped (all assumed). `seen` tells whether
        `last_seen_at` moves. Raises LimitReached as `join` does, before anything has changed.
        """
        account = self._accounts[uuid]
        if given is not None and given.id and account.remote_id != given.id:
            if given.id in self._by_id:
                self.leave(uuid)
                account = self._accounts[self._by_id[given.id]]
            elif account.remote_id is not None:
                return self.join(given, now)
        return self._change(account, given, now if seen else account.last_seen_at)

    def leave(self, uuid: str) -> None:
        """Drop the account that a contact leaves if it has no id, so that nobody could see it again; else keep it."""
        if self._accounts[uuid].remote_id is None:
            self.drop(uuid)

    def drop(self, uuid: str) -> None:
        """Drop an account that nobody is in any more."""
        account = self._accounts.pop(uuid)
        if account.remote_id is not None:
            del self._by_id[account.remote_id]
        if self.kept.changes.followed:
            self.kept.changes.note(account)

    def _change(self, account: Account, given: AccountInput | None, seen_at: Micros) -> str:
        remote_id, traits = account.remote_id, account.traits
        if given is not None:
            traits = merged(traits, self.traits.absorb(given.traits))
            if remote_id is None and given.id:
                remote_id = given.id
                self._by_id[remote_id] = account.uuid
        self._accounts[account.uuid] = Account(
            account.uuid, account.serial, remote_id, account.domain, traits, account.first_seen_at, seen_at
        )
        if traits is not account.traits and self.kept.changes.followed:
            self.kept.changes.note(account)
        return account.uuid
