"""Hypothesis profiles: HYPOTHESIS_PROFILE chooses `dev`, `ci` or `nightly`; without it CI decides."""

from __future__ import annotations

import os
from pathlib import Path

from hypothesis import settings
from hypothesis.database import DirectoryBasedExampleDatabase

# Tests share two cores and a server: no deadline, or a slow moment counts as a bug.
settings.register_profile(
    "dev",
    max_examples=50,
    deadline=None,
    database=DirectoryBasedExampleDatabase(Path(__file__).parents[1] / ".hypothesis" / "examples"),
)
settings.register_profile(
    "ci", settings.get_profile("dev"), max_examples=100, database=None, derandomize=True, print_blob=True
)
settings.register_profile("nightly", settings.get_profile("dev"), max_examples=2_000, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") else "dev"))
