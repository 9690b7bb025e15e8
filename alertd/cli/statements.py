"""`alertd extend` and `alertd claim`: what was said of a truce's end, as a record in its file."""

from datetime import datetime

import typer

from alertd.cli.context import Context, bad_time
from alertd.cli.options import NewRecord
from alertd.cli.recording import Subject, listed, read_duration, read_moment, record, require_answer, subject
from alertd.errors import TimeRefused
from alertd.register.editing import Value
from alertd.register.records import CLAIM, EXTENSION


def extend(context: Context, truce: str, new: NewRecord, *, yes: bool, json: bool) -> int:
    """Record a confirmed extension; returns the exit code."""
    return _record(context, truce, EXTENSION, new, yes=yes, json=json)


def claim(context: Context, truce: str, new: NewRecord, *, yes: bool, json: bool) -> int:
    """Record what a party states and nobody has confirmed; returns the exit code."""
    return _record(context, truce, CLAIM, new, yes=yes, json=json)


def _record(  # noqa: PLR0913  a record, and how to go about it
    context: Context, truce: str, kind: str, new: NewRecord, *, yes: bool, json: bool
) -> int:
    key = _end_key(new)
    require_answer(yes=yes)
    about = subject(context, truce)
    announced = read_moment(about, new.announced, "--announced")
    fields: dict[str, Value] = {"announced": announced.value, key: _end(about, key, new, announced.at)}
    fields |= listed("stated_by", new.stated_by) | listed("source", new.source)
    if new.note:
        fields["note"] = new.note
    edited = about.lines.with_record(kind, fields, key)
    return record(context, about.edit(edited), yes=yes, json=json)


def _end_key(new: NewRecord) -> str:
    given = [key for key in ("until", "by", "open", "until_condition") if getattr(new, key) not in (None, False)]
    if len(given) != 1:
        raise typer.BadParameter(
            "write exactly one of --until, --by, --open and --until-condition", param_hint="--until"
        )
    return given[0]


def _end(about: Subject, key: str, new: NewRecord, announced: datetime) -> Value:
    if key == "open":
        return True
    if key == "until_condition":
        return new.until_condition or ""
    if key == "by":
        return read_duration(new.by or "", "--by")
    try:
        return about.hand.end(new.until or "", announced)
    except TimeRefused as refused:
        raise bad_time(refused, "--until") from None
