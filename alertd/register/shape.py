"""The tables of a truce file: the tables of one truce, as pydantic sees them.

Types alone are checked here, and every field may be absent; what belongs together, and what a time means, is
resolved in `truces`. Times and durations stay as TOML gives them, as only their zone and their reference make them
readable.
"""

from pydantic import BaseModel, Field

from alertd.toml.validation import STRICT, Leads, Line, Texts


class StatementTable(BaseModel):
    """The keys that extensions, claims and terminations have in common."""

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
