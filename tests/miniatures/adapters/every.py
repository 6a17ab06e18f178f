"""All clients by name: the honest ones, and the wrong ones with what is meant to catch each."""

from __future__ import annotations

from collections.abc import Mapping

from tests.miniatures.adapters.honest_ways import HONEST
from tests.miniatures.adapters.inside import Wrong
from tests.miniatures.adapters.wrong_deeds import DEEDS
from tests.miniatures.adapters.wrong_names import NAMES
from tests.miniatures.adapters.wrong_nerves import NERVES
from tests.miniatures.adapters.wrong_pages import PAGES
from tests.miniatures.adapters.wrong_readers import READERS
from tests.miniatures.adapters.wrong_speakers import SPEAKERS
from tests.miniatures.adapters.wrong_words import WORDS

__all__ = ["HONEST", "SPEAKERS", "WRONG"]

WRONG: Mapping[str, Wrong] = {**WORDS, **NAMES, **DEEDS, **PAGES, **NERVES, **READERS}
