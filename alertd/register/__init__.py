"""The register: the truce files that people edit, read into frozen truces with every problem's file and line.

It never writes, keeps nothing between two readings and knows no ledger: which form of a truce is in force is for the
daemon to decide.
"""

from alertd.register.files import fingerprint
from alertd.register.reading import Register, read_register
from alertd.register.truces import ReadTruce

__all__ = ["ReadTruce", "Register", "fingerprint", "read_register"]
