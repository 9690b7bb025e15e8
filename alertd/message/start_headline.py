"""The headline of a start: a truce that is about to begin, or has begun as announced."""

from datetime import datetime
from typing import TYPE_CHECKING

from alertd.message.when import moment_in

if TYPE_CHECKING:
    from alertd.message.headline import Case


def start(case: "Case") -> str:
    """`starts in 1 h, 0100 …`, then `in force since 0100 …, as announced`: alertd never says that it holds."""
    starts = moment_of_start(case)
    if case.as_of < starts:
        return f"starts {case.distance(starts)}, {moment_in(case, starts)}"
    if case.status.is_over:
        return f"was in force from {moment_in(case, starts)}, as announced; it is over"
    return f"in force since {moment_in(case, starts)}, as announced"


def moment_of_start(case: "Case") -> datetime:
    """The start that the alert counts to."""
    return case.delivery.at or case.truce.starts
