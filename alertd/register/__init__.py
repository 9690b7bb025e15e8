"""The register: the truce files that people edit, read into frozen truces with every problem's file and line.

Reading never writes and knows no ledger: which form of a truce is in force is for the daemon to decide. `read_register`
keeps nothing between two readings; a `RegisterCache` keeps what spares the next one most of its work. `editing` and
`writing` are for the commands that record, and are imported by those alone.
"""

from alertd.register.cache import RegisterCache
from alertd.register.files import fingerprint
from alertd.register.loading import Register, RegisterProblems, read_one, read_register, with_texts
from alertd.register.pieces import ParsedFile, batches, contents
from alertd.register.truces import ReadTruce

__all__ = [
    "ParsedFile",
    "ReadTruce",
    "Register",
    "RegisterCache",
    "RegisterProblems",
    "batches",
    "contents",
    "fingerprint",
    "read_one",
    "read_register",
    "with_texts",
]
