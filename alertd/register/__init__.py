"""The register: the truce files that people edit, read into frozen truces with every problem's file and line.

It never writes and knows no ledger: which form of a truce is in force is for the daemon to decide. `read_register`
keeps nothing between two readings; a `Catalogue` keeps what spares the next one most of its work.
"""

from alertd.register.catalogue import Catalogue, Packed, batches
from alertd.register.files import fingerprint, truce_files
from alertd.register.reading import Register, read_register
from alertd.register.truces import ReadTruce

__all__ = ["Catalogue", "Packed", "ReadTruce", "Register", "batches", "fingerprint", "read_register", "truce_files"]
