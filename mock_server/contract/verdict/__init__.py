"""The verdict on one exchange by itself.

judgement   `judge`: the door
screen      a first look that lets clean requests pass; everything below is loaded on doubt only
rulings     the closer look: every rule in its turn; `hearing` is what it looks at
calls, keys, bodies                       which call it is, by whom, and whether it can be read
unlisted, traits                          names that are not listed, or free
shapes, values, texts, spelling, freevalues   how values are written, and what they are
persons, periods                          whom and which time they mean
terms       what the first look and the rules share
"""

from mock_server.contract.verdict.judgement import World, judge
from mock_server.contract.verdict.screen import is_clean

__all__ = ["World", "is_clean", "judge"]
