"""The status board: pages, feeds and figures for whoever looks, read only, in the daemon's own loop.

It reads the ledger through a connection and on a thread of its own, once for all who look, so that no number of
viewers ever delays a tick. Nothing here writes, and nothing here is asked by the daemon.
"""

from alertd.board.server import Board
from alertd.board.snapshot import Sources

__all__ = ["Board", "Sources"]
