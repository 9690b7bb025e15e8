"""The records of a truce as its file has them: numbered, and in the words by which a person knows each again."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import typer

from alertd.cli.preview import end_stated
from alertd.cli.recording import Subject
from alertd.domain.milestone import MilestoneState
from alertd.errors import TimeRefused
from alertd.message.wording import clean
from alertd.register.beginnings import BEGUN
from alertd.register.milestones import MILESTONE
from alertd.register.records import CLAIM, as_written
from alertd.times.end import ALWAYS
from alertd.toml.load import TomlTable, tables_at
from alertd.toml.positions import KeyPath
from alertd.toml.validation import as_tuple

SHOWN = 60
"""Characters of what somebody wrote, in a list of choices."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordOption:
    """A table of the truce that a command can be about."""

    number: int
    path: KeyPath
    announced: datetime
    stated_by: tuple[str, ...]
    says: str
    confirmed: bool
    denied: bool
    void: bool
    recorded: datetime
    """The moment at which it was written down; where nobody says, that of its announcement."""
    recorded_by: str
    end: str
    """The end that it states, in full; empty where that cannot be read."""

    @property
    def is_statement(self) -> bool:
        """True for what a party states of an end, and others confirm or deny."""
        return self.path[0] not in (BEGUN, MILESTONE)

    @property
    def undecided(self) -> bool:
        """True if it is neither confirmed nor denied, nor a mistake."""
        return not (self.confirmed or self.denied or self.void)

    def is_stated_by(self, party: str) -> bool:
        """True if this party states it."""
        return any(party.casefold() == each.casefold() for each in self.stated_by)

    @property
    def named(self) -> str:
        """The words by which it is known again: `2: claim, by 24h, One party; its end: 0100 Fri 6 May 2016 …`."""
        party = f", {clean(' and '.join(self.stated_by), SHOWN)}" if self.stated_by else ""
        return f"{self.number}: {self.path[0]}, {clean(self.says, SHOWN)}{party}{self._told_end}"

    @property
    def _told_end(self) -> str:
        return f"; its end: {self.end}" if self.end else ""

    def __str__(self) -> str:
        decided = "denied" if self.denied else "confirmed" if self.confirmed else "unconfirmed"
        confirmation = ", marked as a mistake" if self.void else f", {decided}" if self.is_statement else ""
        party = f", {clean(' and '.join(self.stated_by), SHOWN)}" if self.stated_by else ""
        by = f", recorded by {clean(self.recorded_by, SHOWN)}" if self.recorded_by else ""
        return f"{self.number}: {self.path[0]}, {clean(self.says, SHOWN)}{party}{confirmation}{by}{self._told_end}"


def no_such_record(why: str, records: Sequence[RecordOption]) -> typer.BadParameter:
    """The error of a choice that is none, with all that can be chosen."""
    choices = "".join(f"\n  {record}" for record in records) or "\n  none: this truce has no records yet"
    return typer.BadParameter(f"{why}; its records are:{choices}", param_hint="--record")


def records_of(about: Subject) -> Iterator[RecordOption]:
    """Every record of the truce, numbered as they stand in its file: extensions, claims, terminations, starts."""
    truce_announced = _since(about, about.lines.table.get("announced"))
    statements = dict(about.read.statements)
    for number, (path, table) in enumerate(about.lines.records, start=1):
        announced = _since(about, table["announced"]) if "announced" in table else truce_announced
        parties = as_tuple(table.get("stated_by", ()))
        yield RecordOption(
            number=number,
            path=path,
            announced=announced,
            stated_by=tuple(map(str, parties)) if isinstance(parties, tuple) else (),
            says=_says(table),
            confirmed=_holds(about, table.get("confirmed", path[0] != CLAIM), about.now),
            denied=_holds(about, table.get("denied", False), about.now),
            void=_holds(about, table.get("void", False), about.now),
            recorded=_since(about, table["recorded"]) if "recorded" in table else announced,
            recorded_by=str(table.get("recorded_by", "")),
            end=end_stated(statements[path], about.hand.zone, about.hand.zone_name) if path in statements else "",
        )
    yield from _outcomes(about, len(about.lines.records) + 1)


def _outcomes(about: Subject, first: int) -> Iterator[RecordOption]:
    """The outcome that is recorded of each milestone, numbered from a number on."""
    milestones = {each.id: each for each in about.read.truce.milestones} if about.read.truce else {}
    ids = [str(table.get("id")) for table in tables_at(about.lines.table, MILESTONE)]
    found = [(index, milestones[name]) for index, name in enumerate(ids) if name in milestones]
    answered = [(index, each) for index, each in found if each.recorded_state is not MilestoneState.OPEN]
    for number, (index, each) in enumerate(answered, start=first):
        at = each.met if each.recorded_state is MilestoneState.MET else each.missed
        decision = each.decision_recording
        yield RecordOption(
            number=number,
            path=(MILESTONE, index),
            announced=at or ALWAYS,
            stated_by=(),
            says=f"{each.id} {each.recorded_state} {as_written(about.hand.now(at).value)}" if at else each.id,
            confirmed=True,
            denied=False,
            void=each.void is not None,
            recorded=(decision.at if decision else None) or at or ALWAYS,
            recorded_by=(decision.by if decision else None) or "",
            end="",
        )


def _says(table: TomlTable) -> str:
    keys = ("until", "by", "open", "until_condition", "daily", "at")
    return " ".join(key if table[key] is True else f"{key} {as_written(table[key])}" for key in keys if key in table)


def _holds(about: Subject, value: object, now: datetime) -> bool:
    return value if isinstance(value, bool) else _since(about, value) <= now


def _since(about: Subject, value: object) -> datetime:
    """A moment of the file; ALWAYS for what is absent or cannot be read, which `check` tells."""
    try:
        return ALWAYS if value is None else about.hand.read(value)
    except TimeRefused:
        return ALWAYS
