"""Faults: armed, counted misbehaviour of the server, never by dice.

Nothing here imitates anything that Refiner was seen to do: it is what networks and busy services do.

kinds     `Fault`: what may be told to go wrong
strikes   `Strike`: what a fault does to one exchange, down to its connection
armed     `Faults`: those that wait for their calls, and how often each has struck
"""

from mock_server.faults.armed import Armed, Faults
from mock_server.faults.kinds import BODIES, KINDS, Fault
from mock_server.faults.strikes import CONNECTION, Strike

__all__ = ["BODIES", "CONNECTION", "KINDS", "Armed", "Fault", "Faults", "Strike"]
