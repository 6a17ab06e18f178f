"""The journal: every exchange with the mirrored API, kept in one bounded ring, and the ASGI layer that keeps it.

exchange   one request on its way to its answer
ring       `Entry` and `Journal`: what is kept of finished exchanges, and for how long
layer      `JournalLayer`: reads a request once, has it answered, closes its entry
"""

from mock_server.journal.exchange import Disturbance, Exchange
from mock_server.journal.layer import JournalLayer, Mirror
from mock_server.journal.ring import Entry, Journal

__all__ = ["Disturbance", "Entry", "Exchange", "Journal", "JournalLayer", "Mirror"]
