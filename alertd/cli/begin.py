"""`alertd begin`: a truce of which the start was open has begun, as a record in its file."""

from alertd.cli.author import recorded
from alertd.cli.context import Context
from alertd.cli.options import NewBeginning
from alertd.cli.recording import Subject, listed, read_moment, record, require_answer, subject
from alertd.errors import ConfigError
from alertd.register.beginnings import BEGUN, CONDITION
from alertd.register.editing import Value


def begin(context: Context, truce: str, new: NewBeginning, *, yes: bool, json: bool) -> int:
    """Record that a truce has begun, or at which moment it begins; returns the exit code.

    Raises `ConfigError` for a truce of which the start is no open one.
    """
    require_answer(yes=yes)
    about = subject(context, truce)
    if CONDITION not in about.lines.table:
        raise ConfigError(_has_a_start(about))
    announced = read_moment(about, new.announced, "--announced")
    at = announced if new.at is None else read_moment(about, new.at, "--at")
    fields: dict[str, Value] = {"announced": announced.value, "at": at.value}
    fields |= listed("source", new.source) | recorded(about.hand, about.now, new.recorded_by)
    edited = about.lines.with_record(BEGUN, fields, "at")
    return record(context, about.edit(edited, f"begins {about.hand.full(at.at)}"), yes=yes, json=json)


def _has_a_start(about: Subject) -> str:
    where = f"{about.place.file}:{about.read.line}"
    if "starts" in about.lines.table:
        return f"truce {about.read.id} has a start already: if that has moved, change `starts` in {where}"
    return f"truce {about.read.id} begins with its announcement: if that is not so, write `starts` in {where}"
