"""The ways to attach a client: a process, an HTTP server, a class of Python's."""
