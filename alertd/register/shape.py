"""The tables of a truce file: the tables of one truce, as pydantic sees them.

Types alone are checked here, and every field may be absent; what belongs together, and what a time means, is
resolved in `truces`. Times and durations stay as TOML gives them, as only their zone and their reference make them
readable.
"""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field

from alertd.errors import Code
from alertd.toml.validation import STRICT, Lead, Leads, LeadsAndZero, Line, Texts, refusal

NAME_LENGTH = 24
"""Characters of a truce's name, at most."""


def checked_name(name: str) -> str:
    """A name that fits into a title; raises `PydanticCustomError` for any other, with what to write."""
    if len(name) > NAME_LENGTH:
        message = f"takes at most {NAME_LENGTH} characters, and this has {len(name)}: the rest belongs into `title`"
        raise refusal(Code.SYNTAX, message)
    if not name:
        raise refusal(Code.SYNTAX, "is empty: write a short name, or leave it out")
    return name


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
    denied_by: Texts = ()
    """Who denies it: one text, or a list."""
    denied_source: Texts = ()
    """Where that stands, as a link or in words: one text, or a list."""
    source: Texts = ()
    """The source, as a link or in words: one text, or a list."""
    recorded: object = None
    """The moment at which it was written down."""
    recorded_by: Line | None = None
    """The person who wrote it down."""
    decision_recorded: object = None
    """The moment at which its confirmation or denial was written down."""
    decision_recorded_by: Line | None = None
    """Who wrote that down."""
    void: object = None
    """The time from which it counts as never made, as it was written down by mistake; or true."""
    void_reason: Line | None = None
    """The mistake."""
    void_by: Line | None = None
    """The person who says that it was one."""
    void_source: Texts = ()
    """The source for that: one text, or a list."""


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
    daily: object = None
    """Of a daily pause: other hours, from the day `from` on."""
    base: object = Field(None, alias="from")
    """The moment from which `by` and `stated_duration` count. Without it: the expiry when this was announced."""
    stated_duration: object = None
    """The duration that was stated beside the end; `check` compares the two."""
    stated_until: object = None
    """The end that was stated beside a duration; `check` compares the two."""
    note: str | None = None
    """A remark that messages about it show."""


class TerminationTable(StatementTable):
    """A `[[truce.termination]]`."""

    at: object = None
    """The moment from which the truce is over: a full date."""
    reason: Line | None = None
    """The reason that is given."""


class ActTable(BaseModel):
    """An entry of `checked` or `closed`, where it says more than its time."""

    model_config = STRICT

    at: object = None
    """The time: a full date."""
    source: Texts = ()
    """The source, as a link or in words: one text, or a list."""
    by: Line | None = None
    """The person who did it."""


class WithdrawalTable(ActTable):
    """An entry of `withdrawn`."""

    reason: Line | None = None
    """The reason that is given."""
    recorded: object = None
    """The moment at which it was written down."""
    recorded_by: Line | None = None
    """The person who wrote it down."""
    void: object = None
    """The time from which it counts as never made: the truce is watched again."""
    void_reason: Line | None = None
    """The mistake."""
    void_by: Line | None = None
    """Who brought the truce back."""
    void_source: Texts = ()
    """The source for that: one text, or a list."""


class BeginningTable(BaseModel):
    """A `[[truce.begun]]`: the truce has begun, or begins at a moment that is known now."""

    model_config = STRICT

    at: object = None
    """The moment of its start: a full date."""
    announced: object = None
    """The moment at which that became known. Without it: `at`."""
    source: Texts = ()
    """The source, as a link or in words: one text, or a list."""
    recorded: object = None
    """The moment at which it was written down."""
    recorded_by: Line | None = None
    """The person who wrote it down."""
    void: object = None
    """The time from which it counts as never made, as it was written down by mistake; or true."""
    void_reason: Line | None = None
    """The mistake."""
    void_by: Line | None = None
    """The person who says that it was one."""
    void_source: Texts = ()
    """The source for that: one text, or a list."""


class MilestoneTable(BaseModel):
    """A `[[truce.milestone]]`."""

    model_config = STRICT

    id: str | None = None
    """The name by which commands call it: a-z, 0-9 and -; once in its truce, and not `start`."""
    what: Line | None = None
    """The obligation, in a few words."""
    by: Line | None = None
    """The party that owes it."""
    at: object = None
    """The moment by which it is owed: a full date."""
    after: object = None
    """Instead of `at`: the duration after `from` at which it is owed."""
    base: str = Field("start", alias="from")
    """The moment from which `after` counts: `"start"`, that of the truce, or the id of another milestone."""
    met: object = None
    """The time at which it was met."""
    missed: object = None
    """The time from which it counts as missed."""
    source: Texts = ()
    """The source, as a link or in words: one text, or a list."""
    announced: object = None
    """The moment at which it became known. Without it: that of the truce."""
    recorded: object = None
    """The moment at which it was written down."""
    recorded_by: Line | None = None
    """The person who wrote it down."""
    decision_recorded: object = None
    """The moment at which it was written down what became of it."""
    decision_recorded_by: Line | None = None
    """Who wrote that down."""
    decision_void: object = None
    """The time from which `met` and `missed` count as never made, unless `decision_recorded` is later; or true."""
    decision_void_reason: Line | None = None
    """The mistake."""
    decision_void_by: Line | None = None
    """The person who says that it was one."""
    decision_void_source: Texts = ()
    """The source for that: one text, or a list."""


class TruceTable(BaseModel):
    """A `[[truce]]`."""

    model_config = STRICT

    id: str | None = None
    """The name by which everything calls the truce: a-z, 0-9 and -; once in all files."""
    title: Line | None = None
    """The title that people read."""
    name: Annotated[Line, AfterValidator(checked_name)] | None = None
    """The short name, of at most 24 characters, that stands in titles. Without it: the title, cut at a word."""
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
    starts_condition: Line | None = None
    """Instead of `starts`: the event at which it begins, where no moment is agreed."""
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
    date_lead_times: Leads | None = None
    """Its own reminders before the day of an end, where only the day is known, instead of those of `[policy]`."""
    daily: object = None
    """Of a daily pause: its hours on each day, such as `"1000-2000"`, or a list of such."""
    days: Texts = ()
    """The days of the week on which it has windows: `["Mon", "Tue"]`. Without it: every day."""
    except_: object = Field(None, alias="except")
    """Its dates without a window, or with other hours: `{ date = 2025-08-04, daily = "1200-1600" }`; or a list."""
    daily_lead_times: Leads | None = None
    """Its own reminders before each closing but the last, instead of those of `[policy]`."""
    start_lead_times: LeadsAndZero | None = None
    """Its own alerts before it begins, instead of those of `[policy]`; `"0"` is the moment itself."""
    milestone_lead_times: LeadsAndZero | None = None
    """Its own reminders before a milestone, instead of those of `[policy]`."""
    after: Leads | None = None
    """Its own repeats after its end, and after a milestone, instead of those of `[policy]`."""
    unresolved_every: Lead | None = None
    """Its own time between two questions after its lapse, instead of that of `[policy]`."""
    unresolved_for: Lead | None = None
    """Its own time for which they are asked, instead of that of `[policy]`."""
    note: str | None = None
    """A remark that each of its messages shows."""
    checked: object = None
    """The time at which somebody checked that it still holds; or a list of times, or of tables with `at`."""
    closed: object = None
    """The time from which the desk is done with it after its lapse; likewise."""
    recorded: object = None
    """The moment at which the truce was written down."""
    recorded_by: Line | None = None
    """The person who wrote it down."""
    withdrawn: object = None
    """The time at which it was taken out of the register on purpose; or a table with `at` and `reason`; likewise."""
    extension: list[RecordTable] = Field(default_factory=list)
    """`[[truce.extension]]`, as often as needed."""
    claim: list[RecordTable] = Field(default_factory=list)
    """`[[truce.claim]]`, as often as needed."""
    termination: list[TerminationTable] = Field(default_factory=list)
    """`[[truce.termination]]`, as often as needed; `[truce.termination]` is one."""
    begun: list[BeginningTable] = Field(default_factory=list)
    """`[[truce.begun]]`, where the start is open: it has begun. The last one counts."""
    milestone: list[MilestoneTable] = Field(default_factory=list)
    """`[[truce.milestone]]`, as often as needed."""
