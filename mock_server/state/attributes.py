"""Attributes: what Refiner shows of a contact or an account, sorted by name, everything as text (observed, RUD-cap)."""

from __future__ import annotations

from collections.abc import Iterable

from mock_server.state.clock import iso
from mock_server.state.records import Account, Contact, Micros
from mock_server.state.traits import COMPUTED, TraitRegistry, render_value
from mock_server.state.ways import Ways

__all__ = ["Attributes"]


class Attributes:
    """Renders the attributes of one environment's records.

    Invariant: the names are those of every trait the environment knows, for any record, null where it is unset
    (observed); for contacts also `email` and the computed ones.
    """

    def __init__(self, contacts: TraitRegistry, accounts: TraitRegistry, ways: Ways) -> None:
        self._contacts = contacts
        self._accounts = accounts
        self._ways = ways
        self._revision = -1
        self._blank_contact: dict[str, object] = {}
        self._blank_account: dict[str, object] = {}

    @property
    def revision(self) -> int:
        """Rises when a name is added."""
        return self._contacts.revision + self._accounts.revision

    def of_contact(self, contact: Contact) -> dict[str, object]:
        """Return a contact's traits, its latest answers under their identifiers, `email` and the computed ones.

        Several choices of one answer are a list, or joined to one text (both assumed, g6); all other values are text or
        None.
        """
        self._refresh()
        style = self._ways.style
        flags, joins = style.flags, style.joins_choices
        shown = self._blank_contact.copy()
        for key, value in contact.traits.items():
            shown[key] = render_value(value, flags)
        for name, answer in contact.traces.answers.items():
            if name in shown:
                shown[name] = ", ".join(answer) if joins and isinstance(answer, list) else answer
        shown["email"] = contact.email
        shown["first_seen_at"] = iso(contact.first_seen_at)
        shown["form_submissions_count"] = str(contact.traces.form_submissions_count)
        shown["form_views_count"] = str(contact.traces.form_views_count)
        shown["last_form_submission_at"] = _time(contact.traces.last_form_submission_at)
        shown["last_form_view_at"] = _time(contact.traces.last_form_view_at)
        shown["last_seen_at"] = iso(contact.last_seen_at)
        return shown

    def contact_value(self, contact: Contact, name: str) -> object:
        """Return one of a contact's attributes; None where it is unset or unknown. O(1)."""
        self._refresh()
        if name not in self._blank_contact:
            return None
        if name == "email":
            return contact.email
        if name in COMPUTED:
            return self.of_contact(contact)[name]
        style = self._ways.style
        answer = contact.traces.answers.get(name)
        if answer is not None:
            return ", ".join(answer) if style.joins_choices and isinstance(answer, list) else answer
        return render_value(contact.traits.get(name), style.flags)

    def account_value(self, account: Account, name: str) -> object:
        """Return one of an account's attributes; None where it is unset or unknown. O(1)."""
        return render_value(account.traits.get(name), self._ways.style.flags)

    def of_account(self, account: Account) -> dict[str, object]:
        """Return an account's traits; all values are text or None."""
        self._refresh()
        flags = self._ways.style.flags
        shown = self._blank_account.copy()
        for key, value in account.traits.items():
            shown[key] = render_value(value, flags)
        return shown

    def _refresh(self) -> None:
        if self._revision != self.revision:
            self._revision = self.revision
            self._blank_contact = _blank((*self._contacts.slugs, "email", *COMPUTED))
            self._blank_account = _blank(self._accounts.slugs)


def _blank(names: Iterable[str]) -> dict[str, object]:
    return dict.fromkeys(sorted(names))


def _time(at: Micros | None) -> str | None:
    return None if at is None else iso(at)
