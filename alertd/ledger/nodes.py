"""Values about the nodes that share a ledger."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

GONE = ""
"""The content of a file that was deleted, with its truces taken out on purpose."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileContents:
    """The contents that a node has read of some truce files."""

    node: str
    of: Mapping[str, str]
    """By the name of the file: a fingerprint of all that stands in it; `GONE` of one that was deleted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewerContent:
    """The newest content of a file of which a node has an older one."""

    node: str
    """The node that read it last."""
    seen_at: datetime
    is_gone: bool
    """It was deleted there, and its truces withdrawn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherSettings:
    """The difference to the settings of the node that was active before."""

    node: str
    """That node."""
    parts: tuple[str, ...]
    """The names of what differs."""
