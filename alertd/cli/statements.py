"""`alertd extend` and `alertd claim`: what was said of a truce's end, as a record in its file."""

from dataclasses import dataclass
from datetime import datetime

import typer

from alertd.cli.context import Context, bad_time
from alertd.cli.recording import Subject, listed, read_duration, read_moment, record, require_answer, subject
from alertd.errors import TimeRefused
from alertd.register.editing import Value
from alertd.register.records import CLAIM, EXTENSION


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementOptions:
    """The options of the command line for a record; exactly one of the first four is the end."""

    until: str | None
    by: str | None
    open: bool
    until_condition: str | None
    announced: str | None
    stated_by: list[str] | None
    source: list[str] | None
    note: str | None


def extend(context: Context, truce: str, said: StatementOptions, *, yes: bool, json: bool) -> int:
    """Record a confirmed extension; returns the exit code."""
    return _record(context, truce, EXTENSION, said, yes=yes, json=json)


def claim(context: Context, truce: str, said: StatementOptions, *, yes: bool, json: bool) -> int:
    """Record what a party states and nobody has confirmed; returns the exit code."""
    return _record(context, truce, CLAIM, said, yes=yes, json=json)


def _record(  # noqa: PLR0913  a record, and how to go about it
    context: Context, truce: str, kind: str, said: StatementOptions, *, yes: bool, json: bool
) -> int:
    key = _end_key(said)
    require_answer(yes=yes)
    about = subject(context, truce)
    announced = read_moment(about, said.announced, "--announced")
    fields: dict[str, Value] = {"announced": announced.value, key: _end(about, key, said, announced.at)}
    fields |= listed("stated_by", said.stated_by) | listed("source", said.source)
    if said.note:
        fields["note"] = said.note
    edited = about.lines.with_record(kind, fields, key)
    return record(context, about.edit(edited), yes=yes, json=json)


def _end_key(said: StatementOptions) -> str:
    given = [key for key in ("until", "by", "open", "until_condition") if getattr(said, key) not in (None, False)]
    if len(given) != 1:
        raise typer.BadParameter(
            "write exactly one of --until, --by, --open and --until-condition", param_hint="--until"
        )
    return given[0]


def _end(about: Subject, key: str, said: StatementOptions, announced: datetime) -> Value:
    if key == "open":
        return True
    if key == "until_condition":
        return said.until_condition or ""
    if key == "by":
        return read_duration(said.by or "", "--by")
    try:
        return about.hand.end(said.until or "", announced)
    except TimeRefused as refused:
        raise bad_time(refused, "--until") from None
