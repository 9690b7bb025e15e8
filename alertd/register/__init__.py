"""The register: the truce files that people edit, read into frozen truces with every problem's file and line.

Reading never writes, keeps nothing between two readings and knows no ledger: which form of a truce is in force is for
the daemon to decide. `editing` and `writing` are for the commands that record, and are imported by those alone.
"""

from alertd.register.files import fingerprint
from alertd.register.reading import Register, read_one, read_register
from alertd.register.truces import ReadTruce

__all__ = ["ReadTruce", "Register", "fingerprint", "read_one", "read_register"]
