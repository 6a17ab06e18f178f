"""Who is meant: contacts' uuids by the id their user has with the client (`remote_id`) and by e-mail.

Ids are unique; e-mails are not (documented). E-mails are compared without regard to capitals (assumed).
"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping

from sortedcontainers import SortedList

from mock_server.state.layers import parted
from mock_server.state.records import Contact, Identity
from mock_server.state.ways import Ways

__all__ = ["Identities"]


class Identities:
    """The lookups over the contacts of one environment.

    Invariant: at most one contact without an id has a given e-mail, because such a contact is made only where nobody
    has the e-mail, and keeps it until it has an id.
    """

    __slots__ = ("_by_cookie", "_by_email", "_by_id", "_contacts", "_ways", "_without_id")

    def __init__(self, contacts: Mapping[str, Contact], ways: Ways) -> None:
        self._contacts = contacts
        self._ways = ways
        self._by_id: MutableMapping[str, str] = {}
        self._by_email = _First(contacts)
        self._by_cookie = _First(contacts)
        self._without_id: MutableMapping[str, str] = {}

    def stand_on(self, contacts: Mapping[str, Contact]) -> None:
        """Speak of these contacts from now on, which are the same as before in another mapping."""
        self._contacts = self._by_email.contacts = self._by_cookie.contacts = contacts

    def adopt(self, source: Identities) -> None:
        """Know all that another one knows, whose contacts these are too."""
        source._by_id, self._by_id = parted(source._by_id)
        source._without_id, self._without_id = parted(source._without_id)
        self._by_email.adopt(source._by_email)
        self._by_cookie.adopt(source._by_cookie)

    def find(self, identity: Identity) -> Contact | None:
        """Return the contact that is meant, or None.

        Refiner's own uuid decides where it is given, since nothing says more exactly who is meant (assumed); else the
        id. If that is unknown, an e-mail means the contact of that e-mail which has no id yet (assumed, g10).
        Without an id the e-mail means the contact of that e-mail which was made first.
        Where all that means nobody, a cookie means its visitor, as long as that one is nobody else yet (assumed).
        """
        if identity.uuid:
            return self._contacts.get(identity.uuid)
        uuid: str | None = None
        if identity.id:
            uuid = self._by_id.get(identity.id)
            if uuid is None and identity.email and self._ways.joins_later_ids:
                uuid = self._without_id.get(identity.email.lower())
        elif identity.email:
            uuid = self._by_email.uuids.get(identity.email.lower())
        if uuid is None and identity.cookie_uuid is not None:
            uuid = self._visitor(identity)
        return None if uuid is None else self._contacts.get(uuid)

    def by_id(self, id: str) -> Contact | None:
        """Return the contact with an id, or None: what `find` does with nothing else, in a third of the time."""
        uuid = self._by_id.get(id)
        return None if uuid is None else self._contacts.get(uuid)

    def _visitor(self, identity: Identity) -> str | None:
        uuid = self._by_cookie.uuids.get(identity.cookie_uuid or "")
        if uuid is None or not (identity.id or identity.email):
            return uuid
        visitor = self._contacts[uuid]
        return uuid if visitor.remote_id is None and visitor.email is None else None

    def take(self, contact: Contact) -> None:
        """Let a contact be found."""
        if contact.remote_id is not None:
            self._by_id[contact.remote_id] = contact.uuid
        if contact.traces.cookie_uuid is not None:
            self._by_cookie.add(contact.traces.cookie_uuid, contact)
        if contact.email is None:
            return
        email = contact.email.lower()
        if email == contact.email:
            email = contact.email  # the same text is kept once
        if contact.remote_id is None:
            self._without_id[email] = contact.uuid
        self._by_email.add(email, contact)

    def drop(self, contact: Contact) -> None:
        """Let a contact be found no more; the next one in line answers to a shared e-mail or cookie."""
        if contact.remote_id is not None:
            del self._by_id[contact.remote_id]
        if contact.traces.cookie_uuid is not None:
            self._by_cookie.remove(contact.traces.cookie_uuid, contact)
        if contact.email is None:
            return
        email = contact.email.lower()
        if contact.remote_id is None:
            del self._without_id[email]
        self._by_email.remove(email, contact)


class _First:
    """For texts that several contacts may have: whichever of them was made first."""

    __slots__ = ("_shared", "contacts", "uuids")

    def __init__(self, contacts: Mapping[str, Contact]) -> None:
        self.contacts = contacts
        self.uuids: MutableMapping[str, str] = {}
        # Texts of several contacts: their serials and uuids.
        self._shared: dict[str, SortedList[tuple[int, str]]] = {}

    def adopt(self, source: _First) -> None:
        source.uuids, self.uuids = parted(source.uuids)
        self._shared.update((text, sharers.copy()) for text, sharers in source._shared.items())

    def add(self, text: str, contact: Contact) -> None:
        first = self.uuids.setdefault(text, contact.uuid)
        if first != contact.uuid:
            sharers = self._shared.get(text)
            if sharers is None:
                sharers = self._shared[text] = SortedList([(self.contacts[first].serial, first)])
            sharers.add((contact.serial, contact.uuid))
            self.uuids[text] = sharers[0][1]

    def remove(self, text: str, contact: Contact) -> None:
        sharers = self._shared.get(text)
        if sharers is None:
            del self.uuids[text]
            return
        sharers.remove((contact.serial, contact.uuid))
        self.uuids[text] = sharers[0][1]
        if len(sharers) == 1:
            del self._shared[text]
