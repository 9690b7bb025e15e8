"""An acknowledgement: somebody has seen an alert and sees to it."""

from dataclasses import dataclass
from datetime import datetime

from alertd.domain.alert import Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledgement:
    """The first acknowledgement of one alert; it stands for all targets of that alert."""

    at: datetime
    by: str
    way: str
    """`command`, `link` or `api`."""
    note: str | None
    with_others: tuple[str, ...] = ()
    """Those who acknowledged it after them."""
    is_void: bool = False
    """The end, the start or the milestone that the alert speaks of is in force no more."""
    subject: str = "end"
    """The subject of the alert: `end`, `start` or `milestone`."""

    @property
    def people(self) -> tuple[str, ...]:
        """All who acknowledged it, in their order."""
        return (self.by, *self.with_others)


def subject_of(kind: Kind) -> str:
    """The subject of an alert of a kind."""
    return kind if kind in (Kind.START, Kind.MILESTONE) else "end"
