"""The server that the tests of addresses ask."""

from calendar_server import server, trusted

__all__ = ["server", "trusted"]
