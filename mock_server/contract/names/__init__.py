"""Which documented name was meant by one that is not.

meant      `meant`, `control_meant`: parameters
nearest    `nearest_call`: routes and methods
words, likeness, fit, doubts    how names fall into words, how alike they are, what a value says, what looks odd
glance     that most names are nothing else than they seem
"""

from mock_server.contract.names.meant import Meant, control_meant, is_ordinary, meant
from mock_server.contract.names.nearest import nearest_call

__all__ = ["Meant", "control_meant", "is_ordinary", "meant", "nearest_call"]
