"""The verdict on many exchanges of one environment: what only their sequence shows."""

from mock_server.contract.sequence.step import Page, Peer, Step
from mock_server.contract.sequence.watch import Watch

__all__ = ["Page", "Peer", "Step", "Watch"]
