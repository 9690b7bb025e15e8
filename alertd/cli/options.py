"""The options of the commands that record, and those that several commands share, each with its help and completion."""

import inspect
from collections.abc import Callable, Iterator
from dataclasses import MISSING, dataclass, fields, is_dataclass
from pathlib import Path
from typing import Annotated

import typer

from alertd.cli.completion import complete_channel, complete_file, complete_truce

Json = Annotated[bool, typer.Option("--json", help="Print JSON alone on standard output.")]
At = Annotated[
    str | None,
    typer.Option(
        "--at", metavar="T", help='As of this time: a full date with a zone, "2016-05-02 1800 Asia/Damascus".'
    ),
]
TruceId = Annotated[
    str | None, typer.Option("--truce", metavar="ID", help="This truce alone.", autocompletion=complete_truce)
]
ChannelOption = Annotated[
    str | None, typer.Option("--channel", metavar="NAME", help="This channel alone.", autocompletion=complete_channel)
]

# What the commands that record have in common.

TruceArg = Annotated[str, typer.Argument(metavar="ID", help="The truce.", autocompletion=complete_truce)]
MilestoneArg = Annotated[str, typer.Argument(metavar="MILESTONE", help="The id of one of its milestones.")]
TakenOut = Annotated[str, typer.Argument(metavar="ID", help="The truce.")]
Until = Annotated[
    str | None,
    typer.Option("--until", metavar="T", help='The new end in the truce\'s zone: "0100 Fri", "0100 Fri 6 May 2016".'),
]
NewEnd = Annotated[
    list[str] | None,
    typer.Argument(metavar="END", help='How much longer, or the new end: 6h, "0100 Fri".', show_default=False),
]
Lasting = Annotated[str | None, typer.Option("--by", metavar="D", help="How much longer: 24h, 90m, 2d.")]
Open = Annotated[bool, typer.Option("--open", help="No end was agreed.")]
Condition = Annotated[
    str | None, typer.Option("--until-condition", metavar="TEXT", help="It ends when something happens.")
]
Announced = Annotated[
    str | None,
    typer.Option("--announced", metavar="T", help="When it became known: a full date (default: now)."),
]
StatedBy = Annotated[list[str] | None, typer.Option("--stated-by", metavar="PARTY", help="Who states it; repeatable.")]
Source = Annotated[list[str] | None, typer.Option("--source", metavar="TEXT", help="Where it stands; repeatable.")]
Note = Annotated[str | None, typer.Option("--note", metavar="TEXT", help="For whoever reads the alert.")]
Since = Annotated[str | None, typer.Option("--at", metavar="T", help="Since when: a full date (default: now).")]
RecordNumber = Annotated[
    int | None, typer.Option("--record", metavar="N", help="This record, by its number in the list of choices.")
]
_LAST_OF = "The last one that this party states."
OfParty = Annotated[str | None, typer.Option("--of", metavar="PARTY", help=_LAST_OF)]
OfOrByParty = Annotated[str | None, typer.Option("--of", "--by", metavar="PARTY", help=_LAST_OF)]
DeniedBy = Annotated[list[str] | None, typer.Option("--by", metavar="PARTY", help="Who denies it; repeatable.")]
RecordedBy = Annotated[str | None, typer.Option("--as", metavar="NAME", help="Who records this (default: the login).")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Write without asking.")]
InFile = Annotated[
    Path | None,
    typer.Option(
        "--file",
        metavar="FILE",
        help="A truce file, new or not (default: truces/ID.toml).",
        autocompletion=complete_file,
    ),
]


# The options that a command gets as one value: a dataclass whose fields are its options, in their order.


@dataclass(frozen=True, slots=True)
class Column:
    """The help of a column of a sheet, for a key that `import` reads too."""

    help: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTruce:
    """The keys of a truce as `add` and `import` take them, in their order; what is None may be asked for."""

    id: Annotated[
        str | None, typer.Option("--id", metavar="ID", help="Unique: a-z, 0-9 and -."), Column("unique: a-z, 0-9 and -")
    ] = None
    title: Annotated[
        str | None,
        typer.Option("--title", metavar="TEXT", help="As people will read it."),
        Column("as people will read it"),
    ] = None
    name: Annotated[
        str | None,
        typer.Option("--name", metavar="TEXT", help="Short, for titles: at most 24 characters."),
        Column("short, for titles: at most 24 characters"),
    ] = None
    area: Annotated[
        str | None, typer.Option("--area", metavar="TEXT", help="Where it holds."), Column("where it holds")
    ] = None
    zone: Annotated[
        str | None,
        typer.Option("--zone", metavar="ZONE", help="Asia/Damascus, or +03:00."),
        Column("Asia/Damascus, or +03:00"),
    ] = None
    parties: Annotated[
        list[str] | None,
        typer.Option("--party", metavar="TEXT", help="Who agreed; repeatable."),
        Column("several with ; between them"),
    ] = None
    tags: Annotated[
        list[str] | None,
        typer.Option("--tag", metavar="TAG", help="For channels; repeatable."),
        Column("several with ; between them"),
    ] = None
    announced: Annotated[Announced, Column("2016-04-29T18:00:00, wall time in the zone")] = None
    starts: Annotated[
        str | None,
        typer.Option("--starts", metavar="T", help="A full date (default: as announced)."),
        Column("2016-04-30T01:00:00"),
    ] = None
    starts_condition: Annotated[
        str | None,
        typer.Option("--starts-condition", metavar="TEXT", help="It starts when something happens."),
        Column("what it waits for to begin, instead of starts"),
    ] = None
    ends: Annotated[
        str | None,
        typer.Option("--ends", metavar="T", help='"0100 Wed", or a full date.'),
        Column("2016-05-04T01:00:00, 2016-05-04, or 0100 Wed 4 May 2016"),
    ] = None
    lasts: Annotated[
        str | None, typer.Option("--lasts", metavar="D", help="How long: 24h, 2d."), Column("48h, instead of ends")
    ] = None
    open: Annotated[Open, Column("true, instead of ends")] = False
    until_condition: Annotated[Condition, Column("what ends it, instead of ends")] = None
    stated_duration: Annotated[
        str | None,
        typer.Option("--stated-duration", metavar="D", help="As stated, to be checked against the window."),
        Column("48h, checked against the window"),
    ] = None
    source: Annotated[Source, Column("several each on a line of the cell")] = None
    lead_times: Annotated[
        list[str] | None,
        typer.Option("--lead-time", metavar="D", help="Reminders of its own; repeatable."),
        Column("24h;6h"),
    ] = None
    date_lead_times: Annotated[
        list[str] | None,
        typer.Option("--date-lead-time", metavar="D", help="Reminders of the start of its last day; repeatable."),
        Column("those of the start of its last day, such as 24h"),
    ] = None
    daily: Annotated[
        list[str] | None,
        typer.Option("--daily", metavar="HOURS", help="Of a daily pause: 1000-2000; repeatable."),
        Column("of a daily pause its hours, such as 0600-1000;1400-1800; its starts and ends are dates"),
    ] = None
    days: Annotated[
        list[str] | None,
        typer.Option("--day", metavar="DAY", help="Of a daily pause: Mon, and not each day; repeatable."),
        Column("its days of the week, such as Mon;Tue"),
    ] = None
    except_: Annotated[
        list[str] | None,
        typer.Option("--except", metavar="DATE", help='Closed on that date, or "DATE 1200-1600"; repeatable.'),
        Column("its dates without a window, or with other hours: 2025-08-03;2025-08-04 1200-1600"),
    ] = None
    daily_lead_times: Annotated[
        list[str] | None,
        typer.Option("--daily-lead-time", metavar="D", help="Reminders of each closing; repeatable."),
        Column("those of each closing of a daily pause, such as 1h;15m"),
    ] = None
    start_lead_times: Annotated[
        list[str] | None,
        typer.Option("--start-lead-time", metavar="D", help="Alerts before it begins, 0 as it begins; repeatable."),
        Column("those of its start, such as 1h;0"),
    ] = None
    milestone_lead_times: Annotated[
        list[str] | None,
        typer.Option("--milestone-lead-time", metavar="D", help="Reminders of its milestones; repeatable."),
        Column("those of its milestones, such as 24h;1h;0"),
    ] = None
    after: Annotated[
        list[str] | None,
        typer.Option("--after", metavar="D", help="Said again after its end; repeatable."),
        Column("15m"),
    ] = None
    unresolved_every: Annotated[
        str | None,
        typer.Option("--unresolved-every", metavar="D", help="How often it is asked about after its end."),
        Column("24h"),
    ] = None
    unresolved_for: Annotated[
        str | None,
        typer.Option("--unresolved-for", metavar="D", help="How long it is asked about after its end."),
        Column("7d"),
    ] = None
    note: Annotated[Note, Column("for whoever reads the alert")] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRecord:
    """An extension or a claim; exactly one of the first six is the end, or the other hours."""

    end: NewEnd = None
    until: Until = None
    by: Lasting = None
    open: Open = False
    until_condition: Condition = None
    daily: Annotated[
        list[str] | None,
        typer.Option("--daily", metavar="HOURS", help="Other hours of a daily pause: 0900-1900; repeatable."),
    ] = None
    base: Annotated[
        str | None, typer.Option("--from", metavar="DATE", help="With --daily: the day from which they hold.")
    ] = None
    announced: Announced = None
    stated_by: StatedBy = None
    source: Source = None
    note: Note = None
    recorded_by: RecordedBy = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTermination:
    """A termination."""

    at: Annotated[
        str | None,
        typer.Option("--at", metavar="T", help='The moment from which it is over: "1930", a full date (default: now).'),
    ] = None
    announced: Announced = None
    unconfirmed: Annotated[bool, typer.Option("--unconfirmed", help="Stated, and not confirmed by others.")] = False
    stated_by: StatedBy = None
    reason: Annotated[str | None, typer.Option("--reason", metavar="TEXT", help="The reason that is given.")] = None
    source: Source = None
    recorded_by: RecordedBy = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmationChoice:
    """The record to confirm; without its number or party, the last that is neither confirmed nor denied."""

    record: RecordNumber = None
    of: OfOrByParty = None
    at: Since = None
    recorded_by: RecordedBy = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Denial:
    """The record to deny, chosen likewise, and who denies it."""

    record: RecordNumber = None
    of: OfParty = None
    by: DeniedBy = None
    source: Source = None
    at: Since = None
    recorded_by: RecordedBy = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Undo:
    """The record that was a mistake; without its number the one that was made last."""

    record: RecordNumber = None
    reason: Annotated[str | None, typer.Option("--reason", metavar="TEXT", help="The mistake.")] = None
    announced: Annotated[
        str | None,
        typer.Option("--announced", metavar="T", help="From when on it counts as never made (default: now)."),
    ] = None
    source: Source = None
    recorded_by: RecordedBy = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAct:
    """Something that the desk did about a truce."""

    at: Annotated[
        str | None, typer.Option("--at", "--announced", metavar="T", help="When: a full date (default: now).")
    ] = None
    source: Source = None
    recorded_by: RecordedBy = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewBeginning:
    """A start that was open, and has come."""

    at: Annotated[
        str | None, typer.Option("--at", metavar="T", help="When it begins: a full date (default: when announced).")
    ] = None
    announced: Announced = None
    source: Source = None
    recorded_by: RecordedBy = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    """A truce that is taken out of the register on purpose."""

    reason: Annotated[str | None, typer.Option("--reason", metavar="TEXT", help="The reason.")] = None
    announced: Annotated[
        str | None, typer.Option("--announced", metavar="T", help="Since when: a full date (default: now).")
    ] = None
    source: Source = None
    recorded_by: RecordedBy = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Restoration(Removal):
    """A truce that is brought back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAcknowledgement:
    """An acknowledgement as it is asked for: its author and a note."""

    by: Annotated[str | None, typer.Option("--as", metavar="NAME", help="Who sees to it (default: the login).")] = None
    note: Annotated[str | None, typer.Option("--note", metavar="TEXT", help="For whoever reads the history.")] = None


def spread(command: Callable[..., None]) -> Callable[..., None]:
    """A command that takes the fields of its dataclass as options: typer knows functions with parameters alone."""
    signature = inspect.signature(command)
    parameters = signature.parameters.values()
    (grouped,) = (
        parameter
        for parameter in parameters
        if isinstance(parameter.annotation, type) and is_dataclass(parameter.annotation)
    )
    options = [*_options(grouped.annotation)]

    def spread_out(**given: object) -> None:
        values = {option.name: given.pop(option.name) for option in options}
        command(**given, **{grouped.name: grouped.annotation(**values)})

    shared = [parameter.replace(kind=parameter.KEYWORD_ONLY) for parameter in parameters if parameter is not grouped]
    place = list(parameters).index(grouped)
    # typer and inspect read it
    spread_out.__dict__["__signature__"] = signature.replace(parameters=[*shared[:place], *options, *shared[place:]])
    spread_out.__name__, spread_out.__doc__ = command.__name__, command.__doc__
    return spread_out


def _options(group: type) -> Iterator[inspect.Parameter]:
    for field in fields(group):
        default = inspect.Parameter.empty if field.default is MISSING else field.default
        yield inspect.Parameter(field.name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=field.type)
