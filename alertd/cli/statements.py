"""`alertd extend` and `alertd claim`: what was said of a truce's end, as a record in its file."""

from datetime import datetime

import typer

from alertd.cli.author import recorded
from alertd.cli.context import Context
from alertd.cli.options import NewRecord
from alertd.cli.preview import Edit
from alertd.cli.recording import Subject, listed, read_duration, read_end, read_moment, record, require_answer, subject
from alertd.cli.times import native
from alertd.register.editing import Value
from alertd.register.records import CLAIM, EXTENSION
from alertd.times.duration import is_meant_as_duration


def extend(context: Context, truce: str, new: NewRecord, *, yes: bool, json: bool) -> int:
    """Record a confirmed extension; returns the exit code."""
    require_answer(yes=yes)
    return record(context, extension(context, truce, new), yes=yes, json=json)


def claim(context: Context, truce: str, new: NewRecord, *, yes: bool, json: bool) -> int:
    """Record what a party states and nobody has confirmed; returns the exit code."""
    require_answer(yes=yes)
    return record(context, statement(context, truce, new), yes=yes, json=json)


def extension(context: Context, truce: str, new: NewRecord) -> Edit:
    """The edit that records a confirmed extension."""
    return _edit(context, truce, EXTENSION, new)


def statement(context: Context, truce: str, new: NewRecord) -> Edit:
    """The edit that records what a party states and nobody has confirmed."""
    return _edit(context, truce, CLAIM, new)


def _edit(context: Context, truce: str, kind: str, new: NewRecord) -> Edit:
    key, text = _given_end(new)
    about = subject(context, truce)
    announced = read_moment(about, new.announced, "--announced")
    fields: dict[str, Value] = {"announced": announced.value}
    if new.daily and new.base:
        fields |= {"daily": new.daily, "from": native(new.base)}
    else:
        fields[key] = _end(about, key, text, announced.at)
    fields |= listed("stated_by", new.stated_by) | listed("source", new.source)
    if new.note:
        fields["note"] = new.note
    fields |= recorded(about.hand, about.now, new.recorded_by)
    return about.edit(about.lines.with_record(kind, fields, key))


def _given_end(new: NewRecord) -> tuple[str, str]:
    """The key of the end, and what was written; an end that no option names is a duration, or else a time."""
    named = {key: getattr(new, key) for key in ("until", "by", "open", "until_condition", "daily")}
    given = [(key, str(value)) for key, value in named.items() if value not in (None, False, [])]
    if unnamed := " ".join(new.end or ()):
        given.append(("by" if is_meant_as_duration(unnamed) else "until", unnamed))
    if len(given) != 1:
        raise typer.BadParameter(
            'write exactly one end: 6h, "0100 Fri", --until, --by, --open or --until-condition; of a daily pause also '
            "--daily",
            param_hint="END",
        )
    if bool(new.daily) != bool(new.base):
        raise typer.BadParameter("write --daily and --from together: 0900-1900, 2025-08-04", param_hint="--daily")
    return given[0]


def _end(about: Subject, key: str, text: str, announced: datetime) -> Value:
    if key == "open":
        return True
    if key == "until_condition":
        return text
    if key == "by":
        return read_duration(text, "--by")
    return read_end(about, text, announced, "--until")
