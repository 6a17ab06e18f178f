"""The list of cases that are known to fail: one id per line, `#` begins a comment, which is kept.

A listed case still runs; when it fails that is known, when it passes the run fails, so that the list stays true.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from mock_server.conformance.output import put
from mock_server.conformance.report import Check
from mock_server.errors import UsageError

__all__ = ["Baseline", "read"]

_JUDGED = {"failed": "expected-fail", "passed": "stale"}
_FAILED = ("failed", "expected-fail")


@dataclass(frozen=True, slots=True)
class Baseline:
    """The lines of such a list."""

    lines: tuple[str, ...] = ()

    @property
    def ids(self) -> frozenset[str]:
        """The cases that are known to fail."""
        return frozenset(map(_id, self.lines)) - {""}

    def check(self, cases: Collection[str]) -> None:
        """See that every id of the list is that of a case.

        Raises:
            UsageError: when one is not; it would never fail and never pass.
        """
        if strange := sorted(self.ids.difference(cases)):
            raise UsageError(f"The list of known failures names no case with {', '.join(strange[:10])}; see --list.")

    def judge(self, checks: Iterable[Check]) -> tuple[Check, ...]:
        """Return the checks of cases, those of the list as known to fail or as passing unexpectedly."""
        return tuple(
            replace(check, outcome=_JUDGED.get(check.outcome, check.outcome)) if check.id in self.ids else check
            for check in checks
        )

    def updated(self, checks: Iterable[Check]) -> Baseline:
        """Return the list without what passed and with what failed; what did not run stays, comments stay.

        The checks may have been judged by the list or not.
        """
        outcomes = {check.id: check.outcome for check in checks}
        kept = [line for line in self.lines if outcomes.get(_id(line)) not in ("passed", "stale")]
        known = self.ids
        new = (id for id, outcome in outcomes.items() if outcome in _FAILED and id not in known)
        return Baseline((*kept, *sorted(new)))

    def write(self, path: Path) -> None:
        """Write the list, whole or not at all.

        Raises:
            UsageError: when it cannot be written.
        """
        put("".join(f"{line}\n" for line in self.lines), path)


def read(path: Path, *, missing_ok: bool = False) -> Baseline:
    """Return the list in a file; `missing_ok` is for whoever is about to write it.

    Raises:
        UsageError: when the file cannot be read.
    """
    try:
        return Baseline(tuple(path.read_text("utf-8").splitlines()))
    except FileNotFoundError:
        if missing_ok:
            return Baseline()
        raise UsageError(f"There is no list of known failures at {path}; --update-baseline makes one.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"The list of known failures {path} cannot be read: {error}.") from error


def _id(line: str) -> str:
    return line.partition("#")[0].strip()
