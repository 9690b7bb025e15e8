"""What a truce file may say: the tables of one truce, as pydantic sees them.

Types alone are checked here, and every field may be absent; what belongs together, and what a time means, is
resolved in `truces`. Times and durations stay as TOML gives them, as only their zone and their reference make them
readable.
"""

from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field

from alertd.domain.instant import parse_lead
from alertd.errors import TimeRefused
from alertd.tables import STRICT, Line, Texts, as_tuple, refusal


def _lead(value: object) -> timedelta:
    try:
        return parse_lead(value)
    except TimeRefused as refused:
        raise refusal(refused.code, f"cannot be read: {refused.message}") from refused


def _once_each(leads: tuple[timedelta, ...]) -> tuple[timedelta, ...]:
    return tuple(dict.fromkeys(leads))


Leads = Annotated[
    tuple[Annotated[timedelta, BeforeValidator(_lead)], ...], BeforeValidator(as_tuple), AfterValidator(_once_each)
]


class StatementTable(BaseModel):
    """What extensions, claims and terminations have in common."""

    model_config = STRICT

    announced: object = None
    stated_by: Texts = ()
    confirmed: object = None
    denied: object = None
    source: Texts = ()


class RecordTable(StatementTable):
    """A `[[truce.extension]]` or a `[[truce.claim]]`."""

    until: object = None
    by: object = None
    open: bool = False
    until_condition: Line | None = None
    base: object = Field(None, alias="from")
    note: str | None = None


class TerminationTable(StatementTable):
    """A `[truce.termination]`."""

    at: object = None
    reason: Line | None = None


class TruceTable(BaseModel):
    """A `[[truce]]`."""

    model_config = STRICT

    id: str | None = None
    title: Line | None = None
    area: Line | None = None
    zone: str | None = None
    parties: Texts = ()
    tags: Texts = ()
    announced: object = None
    starts: object = None
    ends: object = None
    lasts: object = None
    open: bool = False
    until_condition: Line | None = None
    stated_duration: object = None
    source: Texts = ()
    lead_times: Leads | None = None
    after: Leads | None = None
    note: str | None = None
    extension: list[RecordTable] = []
    claim: list[RecordTable] = []
    termination: TerminationTable | None = None
