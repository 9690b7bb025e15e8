"""`alertd confirm` and `alertd deny`: how a record stands from a moment on, as a time in its table."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import typer

from alertd.cli.context import Context
from alertd.cli.options import RecordChoice
from alertd.cli.recording import Subject, read_moment, record, require_answer, subject
from alertd.errors import TimeRefused
from alertd.message.wording import clean
from alertd.register.records import CLAIM, as_written
from alertd.times.end import ALWAYS
from alertd.toml.load import TomlTable
from alertd.toml.positions import KeyPath
from alertd.toml.validation import as_tuple

_SHOWN = 60
"""Characters of what somebody wrote, in a list of choices."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _RecordOption:
    """A table of the truce that can be confirmed or denied."""

    number: int
    path: KeyPath
    announced: datetime
    stated_by: tuple[str, ...]
    says: str
    confirmed: bool
    denied: bool

    @property
    def undecided(self) -> bool:
        return not (self.confirmed or self.denied)

    def __str__(self) -> str:
        standing = "denied" if self.denied else "confirmed" if self.confirmed else "unconfirmed"
        party = f", {clean(' and '.join(self.stated_by), _SHOWN)}" if self.stated_by else ""
        return f"{self.number}: {self.path[0]}, {clean(self.says, _SHOWN)}{party}, {standing}"


def confirm(context: Context, truce: str, choice: RecordChoice, *, yes: bool, json: bool) -> int:
    """Record that what somebody stated holds; returns the exit code."""
    return _decide(context, truce, "confirmed", choice, yes=yes, json=json)


def deny(context: Context, truce: str, choice: RecordChoice, *, yes: bool, json: bool) -> int:
    """Record that what somebody stated does not hold; returns the exit code."""
    return _decide(context, truce, "denied", choice, yes=yes, json=json)


def _decide(  # noqa: PLR0913  a verdict, and how to go about it
    context: Context, truce: str, key: str, choice: RecordChoice, *, yes: bool, json: bool
) -> int:
    require_answer(yes=yes)
    about = subject(context, truce)
    chosen = _chosen(list(_records(about, about.now)), key, choice)
    since = read_moment(about, choice.at, "--at")
    edited = about.lines.with_key(chosen.path, key, since.value)
    return record(context, about.edit(edited), yes=yes, json=json)


def _chosen(records: Sequence[_RecordOption], key: str, choice: RecordChoice) -> _RecordOption:
    if choice.record is not None:
        found = [one for one in records if one.number == choice.record]
        return found[0] if found else _refuse(f"there is no record {choice.record}", records)
    open_ones = [one for one in records if one.undecided]
    if choice.by is not None:
        wanted = choice.by.casefold()
        open_ones = [one for one in open_ones if any(wanted == party.casefold() for party in one.stated_by)]
    last = [one for one in open_ones if one.announced == max(other.announced for other in open_ones)]
    if len(last) == 1:
        return last[0]
    whose = f" of {choice.by}" if choice.by is not None else ""
    if last:
        return _refuse(f"several records{whose} were announced last: choose one with --record N", records)
    return _refuse(f"no record{whose} waits to be {key}: choose one with --record N", records)


def _refuse(why: str, records: Sequence[_RecordOption]) -> _RecordOption:
    choices = "".join(f"\n  {one}" for one in records) or "\n  none: this truce has no records yet"
    raise typer.BadParameter(f"{why}; its records are:{choices}", param_hint="--record")


def _records(about: Subject, now: datetime) -> Iterator[_RecordOption]:
    """Every record of the truce, numbered as they stand in its file: extensions, claims, the termination."""
    truce_announced = _since(about, about.lines.table.get("announced"))
    for number, (path, table) in enumerate(about.lines.records, start=1):
        announced = _since(about, table["announced"]) if "announced" in table else truce_announced
        parties = as_tuple(table.get("stated_by", ()))
        yield _RecordOption(
            number=number,
            path=path,
            announced=announced,
            stated_by=tuple(map(str, parties)) if isinstance(parties, tuple) else (),
            says=_says(table),
            confirmed=_holds(about, table.get("confirmed", path[0] != CLAIM), now),
            denied=_holds(about, table.get("denied", False), now),
        )


def _says(table: TomlTable) -> str:
    keys = ("until", "by", "open", "until_condition", "at")
    return " ".join(key if table[key] is True else f"{key} {as_written(table[key])}" for key in keys if key in table)


def _holds(about: Subject, value: object, now: datetime) -> bool:
    return value if isinstance(value, bool) else _since(about, value) <= now


def _since(about: Subject, value: object) -> datetime:
    """A moment of the file; ALWAYS for what is absent or cannot be read, which `check` tells."""
    try:
        return ALWAYS if value is None else about.hand.read(value)
    except TimeRefused:
        return ALWAYS
