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
    """The moment at which it became known."""
    stated_by: Texts = ()
    """The party or parties that state it."""
    confirmed: object = None
    """The time from which it is confirmed, or true or false."""
    denied: object = None
    """The time from which it is denied, or true or false."""
    source: Texts = ()
    """The source, as a link or in words: one text, or a list."""


class RecordTable(StatementTable):
    """A `[[truce.extension]]` or a `[[truce.claim]]`."""

    until: object = None
    """The end, as a time."""
    by: object = None
    """The duration by which the end moves."""
    open: bool = False
    """`true`: from now on no end is agreed."""
    until_condition: Line | None = None
    """The event that ends the truce."""
    base: object = Field(None, alias="from")
    """The moment that `by` counts from. Without it: the expiry as it was when this was announced."""
    note: str | None = None
    """A remark that messages about it show."""


class TerminationTable(StatementTable):
    """A `[truce.termination]`."""

    at: object = None
    """The moment from which the truce is over: a full date."""
    reason: Line | None = None
    """The reason that is given."""


class TruceTable(BaseModel):
    """A `[[truce]]`."""

    model_config = STRICT

    id: str | None = None
    """The name by which everything calls the truce: a-z, 0-9 and -; once in all files."""
    title: Line | None = None
    """The name that people read."""
    area: Line | None = None
    """The area in which it holds."""
    zone: str | None = None
    """The zone in which its hours are announced: `"Asia/Damascus"`, or an offset such as `"+03:00"`."""
    parties: Texts = ()
    """The parties that agreed on it."""
    tags: Texts = ()
    """By these a channel picks the truces that it takes."""
    announced: object = None
    """The moment at which the truce became known. Without it, it was always known."""
    starts: object = None
    """The moment at which it begins. Without it: `announced`; but `lasts` needs it."""
    ends: object = None
    """The end, as a time."""
    lasts: object = None
    """The duration from `starts` to the end."""
    open: bool = False
    """`true`: no end is agreed."""
    until_condition: Line | None = None
    """The event that ends it."""
    stated_duration: object = None
    """The duration that was stated beside the end; `check` compares the two."""
    source: Texts = ()
    """The source, as a link or in words: one text, or a list."""
    lead_times: Leads | None = None
    """Its own reminders before an end, instead of those of `[policy]`."""
    after: Leads | None = None
    """Its own repeats after its end, instead of those of `[policy]`."""
    note: str | None = None
    """A remark that each of its messages shows."""
    extension: list[RecordTable] = []
    """`[[truce.extension]]`, as often as needed."""
    claim: list[RecordTable] = []
    """`[[truce.claim]]`, as often as needed."""
    termination: TerminationTable | None = None
    """`[truce.termination]`, once."""
