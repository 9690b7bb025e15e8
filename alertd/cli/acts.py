"""`alertd checked` and `alertd close`: what the desk did about a truce, as an entry in its file."""

from datetime import datetime

from alertd.cli.author import author
from alertd.cli.context import Context
from alertd.cli.options import NewAct
from alertd.cli.preview import Edit
from alertd.cli.recording import Subject, listed, read_moment, record, require_answer, subject
from alertd.domain.known import as_known
from alertd.domain.truce import State, TruceStatus
from alertd.errors import ConfigError
from alertd.register.acts import CHECKED, CLOSED
from alertd.register.editing import Value


def checked(context: Context, truce: str, new: NewAct, *, yes: bool, json: bool) -> int:
    """Record that a truce still holds; returns the exit code, raises `ConfigError` where it is over for good."""
    require_answer(yes=yes)
    return record(context, _act(context, truce, CHECKED, new), yes=yes, json=json)


def close(context: Context, truce: str, new: NewAct, *, yes: bool, json: bool) -> int:
    """Record that the desk is done with a truce; returns the exit code, raises `ConfigError` before its lapse."""
    require_answer(yes=yes)
    return record(context, closing(context, truce, new), yes=yes, json=json)


def closing(context: Context, truce: str, new: NewAct) -> Edit:
    """The edit that records that the desk is done with a truce; raises `ConfigError` before its lapse."""
    return _act(context, truce, CLOSED, new)


def _act(context: Context, truce: str, key: str, new: NewAct) -> Edit:
    about = subject(context, truce)
    at = read_moment(about, new.at, "--at")
    _refuse_what_does_nothing(about, key, at.at)
    fields: dict[str, Value] = {"at": at.value, "by": author(new.recorded_by), **listed("source", new.source)}
    return about.edit(about.lines.with_record(key, fields, "at"))


def _refuse_what_does_nothing(about: Subject, key: str, at: datetime) -> None:
    """Raise `ConfigError` where the truce, as known at a moment, is over for good, or cannot be closed yet."""
    truce = about.read.truce
    known = None if truce is None else as_known(truce, at)
    place = f"truce {about.read.id} ({about.place.file}:{about.read.line})"
    if known is None:
        raise ConfigError(f"{place} was not announced by then: is the time right?")
    status = TruceStatus(known, at)
    if status.state in (State.TERMINATED, State.CLOSED):
        raise ConfigError(f"{place} is {status.state} already: nobody is asked about it any more")
    if key == CLOSED and status.state is not State.LAPSED:
        raise ConfigError(
            f"{place} has not lapsed, so there is nothing to close: `alertd end` records that it ends early, and "
            "`alertd withdraw` takes it out"
        )
