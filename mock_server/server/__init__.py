"""A running server: `MockServer` in a thread of its own, `serve_forever` in the main thread.

bounded    HTTP within bounds: what is too long, too much, too slow or no HTTP at all
protocol   HTTP as the app wants it
running    `MockServer`, `serve_forever`
"""

from mock_server.server.running import MockServer, serve_forever

__all__ = ["MockServer", "serve_forever"]
