"""The address of a ledger: the path of a file, or the URL of a server, whose password is never shown."""

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class ServerUrl:
    """The URL of a ledger on a PostgreSQL server; it is shown without user, password and options."""

    url: str = field(repr=False)
    seen: Path | None = field(default=None, compare=False)
    """The file in which the daemon of a node keeps how much of this ledger it has seen; None for all others."""

    def __str__(self) -> str:
        rest = self.url.partition("://")[2]
        before, at, after = rest.rpartition("@")
        if "?" in before or "@" in before:  # no border is certain: some of it may be the password
            return "postgresql"
        return f"postgresql://{(after if at else rest).partition('?')[0]}"


Address = Path | ServerUrl
"""The place of a ledger."""
