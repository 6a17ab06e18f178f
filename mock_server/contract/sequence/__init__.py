"""The verdict on many exchanges of one environment: what only their sequence shows."""

# Not `Watch`: a server is up without what it looks for.
from mock_server.contract.sequence.step import Page, Peer, Step

__all__ = ["Page", "Peer", "Step"]
