"""The list of cases that are known to fail: an id or a pattern (`dialect-*`) per line, `#` begins a comment.

A listed case still runs; when it fails that is known, when it passes the run fails, so that the list stays true. The
comments, in which people say why, are kept.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path

from mock_server.conformance.output import put
from mock_server.conformance.report import Check
from mock_server.errors import UsageError
from mock_server.frozen import frozen

__all__ = ["Baseline", "read", "wanted"]

_JUDGED = {"failed": "expected-fail", "passed": "stale"}
_FAILED = ("failed", "expected-fail")
_PASSED = ("passed", "stale")


@frozen
class Baseline:
    """The lines of such a list."""

    lines: tuple[str, ...] = ()

    @property
    def patterns(self) -> frozenset[str]:
        """Ids, or patterns of ids, of the cases that are known to fail."""
        return frozenset(map(_pattern, self.lines)) - {""}

    def lists(self, case: str) -> bool:
        """Tell whether a case is known to fail."""
        return any(fnmatchcase(case, pattern) for pattern in self.patterns)

    def check(self, cases: Collection[str]) -> None:
        """See that every line of the list names a case.

        Raises:
            UsageError: when one does not; it would never fail and never pass.
        """
        if strange := sorted(pattern for pattern in self.patterns if not _fitting(pattern, cases)):
            raise UsageError(f"The list of known failures names no case with {', '.join(strange[:10])}; see --list.")

    def judge(self, checks: Iterable[Check]) -> tuple[Check, ...]:
        """Return the checks of cases, those of the list as known to fail or as passing unexpectedly."""
        return tuple(
            replace(check, outcome=_JUDGED.get(check.outcome, check.outcome)) if self.lists(check.id) else check
            for check in checks
        )

    def updated(self, checks: Iterable[Check]) -> Baseline:
        """Return the list without what passed and with what failed; what did not run stays, comments stay.

        A pattern some of whose cases passed gives way to the ids of those that did not. The checks may have been judged
        by the list or not.
        """
        outcomes = {check.id: check.outcome for check in checks}
        kept = Baseline(tuple(line for line in self.lines if not self._is_stale(line, outcomes)))
        new = (id for id, outcome in outcomes.items() if outcome not in _PASSED and not kept.lists(id))
        return Baseline((*kept.lines, *sorted(id for id in new if outcomes[id] in _FAILED or self.lists(id))))

    @staticmethod
    def _is_stale(line: str, outcomes: Mapping[str, str]) -> bool:
        return any(outcomes[id] in _PASSED for id in _fitting(_pattern(line), outcomes))

    def settle(self, checks: Iterable[Check], path: str | os.PathLike[str] | None = None) -> tuple[Check, ...]:
        """Return the checks as `judge` does; with a path, by the list as it would be right now, which is written there.

        Raises:
            UsageError: when it cannot be written.
        """
        checks = tuple(checks)
        if path is None:
            return self.judge(checks)
        updated = self.updated(checks)
        updated.write(Path(path))
        return updated.judge(checks)

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


def wanted(path: str | os.PathLike[str] | None, cases: Collection[str], *, update: bool) -> Baseline:
    """Return the list in a file, an empty one for None, seen to name only cases that there are.

    Args:
        path: of the file.
        cases: the ids of all cases.
        update: it is about to be written anew, so it need not be there.

    Raises:
        UsageError: when it cannot be read, when it names a case that there is not, or when none is to be updated.
    """
    if path is None:
        if update:
            raise UsageError("To update a list of known failures it must be named: --known-failing FILE.")
        return Baseline()
    baseline = read(Path(path), missing_ok=update)
    baseline.check(cases)
    return baseline


def _pattern(line: str) -> str:
    return line.partition("#")[0].strip()


def _fitting(pattern: str, cases: Iterable[str]) -> list[str]:
    return [case for case in cases if fnmatchcase(case, pattern)]
