"""An acknowledgement: somebody has seen an alert and sees to it."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledgement:
    """The acknowledgement of one alert; it stands for all targets of that alert."""

    at: datetime
    by: str
    way: str
    """`command`."""
    note: str | None
    is_void: bool = False
    """The end that the alert speaks of is in force no more."""
