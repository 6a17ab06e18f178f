"""Who is called what over several calls: one person under two ids, and people who come back after their deletion.

An e-mail is no identity by itself (documented: several contacts may share one), and tests use the same few people again
and again, so two ids of one e-mail prove nothing unless they are two spellings of one thing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from mock_server.contract.sequence.step import Recent, Step
from mock_server.contract.violation import Finding

__all__ = ["IdentityWatch"]

KEPT = 1_024
"""E-mails, and names of deleted people, that are remembered of one environment."""

LONGEST = 255
"""Characters by which people are told apart."""

BACK_AND_FORTH = 3
"""Changes between the same two ids of one e-mail before they are worth a note."""

_PREFIX = re.compile(r"[A-Za-z][A-Za-z0-9]{0,31}[:|_/-]+")


@dataclass(slots=True)
class _Owner:
    """The ids that came with one e-mail."""

    latest: str
    before: str | None = None
    changes: int = 0
    """How often another one than before came."""
    shared: bool = False
    """There are more than two, so people share it."""
    told: bool = False

    def change(self, id: str) -> None:
        """Take another id than the latest one for the latest."""
        self.shared = self.shared or self.before not in (None, id)
        self.before, self.latest, self.changes = self.latest, id, self.changes + 1


class IdentityWatch:
    """Watches the people of one environment."""

    def __init__(self) -> None:
        self._owners: Recent[str, _Owner] = Recent(KEPT)
        self._deleted: Recent[str, None] = Recent(KEPT)

    def see(self, step: Step) -> list[Finding]:
        """Return what is wrong with the identity in a call that was done."""
        if step.status >= 300:
            return []
        operation = step.operation
        if operation.id == "deleteContact":
            self._owners.clear()  # whoever comes now may come anew
            for said in _names(step):
                self._deleted.put(said, None)
        if operation.method != "POST" or not operation.one_of:
            return []
        found = self._revived(step) if self._deleted else []
        id, email = step.values.get("id"), step.values.get("email")
        if isinstance(id, str) and isinstance(email, str):
            found += self._two_ids(id[:LONGEST], email[:LONGEST].lower())
        return found

    def _two_ids(self, id: str, email: str) -> list[Finding]:
        """Judge the id that comes with an e-mail by the one that came with it before."""
        owner = self._owners.get(email)
        if owner is None:
            self._owners.put(email, _Owner(id))
            return []
        if owner.latest == id:
            return []
        owner.change(id)
        if owner.told or owner.before is None:
            return []
        if _same_thing(id, owner.before, email):
            owner.told = True
            return [_one_person(id, owner.before, email)]
        if owner.changes == BACK_AND_FORTH and not owner.shared:
            owner.told = True
            return [_shared(id, owner.before)]
        return []

    def _revived(self, step: Step) -> list[Finding]:
        """Judge a call that makes unknown people by whether it makes a deleted one again; to identify is to mean it."""
        names = _names(step)
        known = [said for said in names if said in self._deleted]
        for said in known:
            del self._deleted[said]
        if not known or step.operation.id == "identifyUser":
            return []
        place = names[0].partition(" ")[0]
        return [
            Finding(
                rule="revived-after-deletion",
                where=("sequence", place),
                got=f"{step.operation.id} after deleteContact",
                expected="nothing more about this contact",
                message=f"The contact with this {place} had been deleted, and {step.operation.id} has made it again, "
                "without its traits: drop what is still queued for people who were deleted.",
            )
        ]


def _names(step: Step) -> list[str]:
    """Return what a call says of whom it speaks of: `id u-1`."""
    values = step.values
    return [f"{name} {values[name]}"[:LONGEST] for name in ("id", "email") if values.get(name) is not None]


def _same_thing(one: str, other: str, email: str) -> bool:
    """Tell whether two ids are the e-mail and something else, or one text in two spellings."""
    one, other = one.strip().lower(), other.strip().lower()
    if one == other or email in (one, other):
        return True
    short, long = sorted((one, other), key=len)
    return _is_number(short) and _PREFIX.sub("", long, count=1) == short


def _is_number(id: str) -> bool:
    """Tell whether an id looks like one that a database gave: `test-user-1` and `user-1` may be two people."""
    return (len(id) > 2 and id.isdigit()) or len(id) >= 16


def _one_person(id: str, before: str, email: str) -> Finding:
    return Finding(
        rule="person-under-two-ids",
        where=("sequence", "id"),
        got=_short(id),
        expected=_short(before),
        message=f"The same e-mail came with the id {_short(before)} before and with {_short(id)} now, which makes two "
        "contacts of one person: send one id for each person, always spelt alike.",
        suggestion=_short(before) if before.lower() != email else None,
    )


def _shared(id: str, before: str) -> Finding:
    return Finding(
        rule="email-under-two-ids",
        where=("sequence", "id"),
        got=_short(id),
        expected=_short(before),
        message=f"Calls with the same e-mail go back and forth between the ids {_short(before)} and {_short(id)}: if "
        "that is one person, it has become two contacts.",
    )


def _short(id: str) -> str:
    return id if len(id) <= 40 else f"{id[:39]}…"
