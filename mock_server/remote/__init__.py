"""The control API from Python: `Remote` is a running server, `RemoteEnvironment` one environment of it.

Everything goes over HTTP, so whatever is done here any language can do.

    transport     one control call over a kept connection
    server        `Remote`
    environment   `RemoteEnvironment`, of the verbs in
      happenings    what is prepared and made to happen
      traffic       what the client sent
      outgoing      what webhooks were sent
      temper        settings and clock
    inbox         `Inbox`, a receiver of webhooks for tests
    frames        which lines pytest shows of a failed verb
    shapes        the documents that the verbs return
"""

from mock_server.remote.environment import RemoteEnvironment
from mock_server.remote.server import Remote
from mock_server.remote.shapes import Attempt, Delivery, Exchange, Happening

__all__ = ["Attempt", "Delivery", "Exchange", "Happening", "Remote", "RemoteEnvironment"]
