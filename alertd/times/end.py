"""When a truce runs out, as far as that can be said."""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Self

ALWAYS = datetime.min.replace(tzinfo=UTC)
"""`announced` of what has been known for as long as anyone asks."""

NEVER = datetime.max.replace(tzinfo=UTC)
"""The place of an end without a moment in the order of ends."""


class EndKind(StrEnum):
    """The kinds of end."""

    INSTANT = "instant"
    DATE = "date"
    OPEN = "open"
    CONDITIONAL = "conditional"


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """When a truce runs out, as far as that can be said."""

    kind: EndKind
    at: datetime | None = None
    """The first moment at which it may end; for a date the instant that day begins; None without a moment."""
    over: datetime | None = None
    """The moment by which it has surely ended; differs from `at` for a date alone, where the day ends."""
    second: datetime | None = None
    """The later reading of a wall time that happens twice; `at` is the earlier one."""
    condition: str | None = None

    @classmethod
    def instant(cls, at: datetime, second: datetime | None = None) -> Self:
        """End at one moment."""
        return cls(kind=EndKind.INSTANT, at=at, over=at, second=second)

    @classmethod
    def of_day(cls, begins: datetime, over: datetime) -> Self:
        """End at an unknown hour of the day [begins, over)."""
        return cls(kind=EndKind.DATE, at=begins, over=over)

    @classmethod
    def open(cls) -> Self:
        """No end was agreed."""
        return cls(kind=EndKind.OPEN)

    @classmethod
    def conditional(cls, condition: str) -> Self:
        """End when something happens."""
        return cls(kind=EndKind.CONDITIONAL, condition=condition)

    @property
    def order(self) -> datetime:
        """The moment that ranks this end among others; an end without a moment comes last."""
        return self.at or NEVER

    @property
    def surely_over(self) -> datetime:
        """The moment from which the truce has surely ended; NEVER without one."""
        return self.over or NEVER

    def is_same(self, other: Self) -> bool:
        """True if both mean the same, in whatever words: of an hour that happens twice the earlier reading counts."""
        return (self.kind, self.at, self.over, self.condition) == (other.kind, other.at, other.over, other.condition)
