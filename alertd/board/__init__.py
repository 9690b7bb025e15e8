"""The status board: pages, feeds and figures for whoever looks, and answers by link, in a process of its own.

It reads the ledger once for all who look, and writes acknowledgements alone. Nothing here is asked by the daemon.
"""

from alertd.board.register_reader import RegisterReader
from alertd.board.server import Board
from alertd.board.snapshot import Sources

__all__ = ["Board", "RegisterReader", "Sources"]
