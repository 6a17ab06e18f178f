"""The control API from Python: `Remote` is a running server, `RemoteEnvironment` one environment of it.

Everything goes over HTTP, so whatever is done here any language can do.

    transport     one control call over a kept connection
    server        `Remote`
    environment   `RemoteEnvironment`
"""

from mock_server.remote.environment import RemoteEnvironment
from mock_server.remote.server import Remote

__all__ = ["Remote", "RemoteEnvironment"]
