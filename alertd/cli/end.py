"""`alertd end`: a truce that ends early, as a termination in its file."""

from alertd.cli.author import recorded
from alertd.cli.context import Context
from alertd.cli.options import NewTermination
from alertd.cli.preview import Edit
from alertd.cli.recording import listed, read_end, read_moment, record, require_answer, subject
from alertd.register.editing import Value
from alertd.register.terminations import TERMINATION


def end(context: Context, truce: str, new: NewTermination, *, yes: bool, json: bool) -> int:
    """Record that a truce ends early, beside what was recorded of that before; returns the exit code."""
    require_answer(yes=yes)
    return record(context, termination(context, truce, new), yes=yes, json=json)


def termination(context: Context, truce: str, new: NewTermination) -> Edit:
    """The edit that records it."""
    about = subject(context, truce)
    announced = read_moment(about, new.announced, "--announced")
    at = about.hand.now(about.now).value if new.at is None else read_end(about, new.at, announced.at, "--at")
    fields: dict[str, Value] = {"announced": announced.value, "at": at}
    if new.unconfirmed:
        fields["confirmed"] = False
    fields |= listed("stated_by", new.stated_by)
    if new.reason:
        fields["reason"] = new.reason
    fields |= listed("source", new.source) | recorded(about.hand, about.now, new.recorded_by)
    return about.edit(about.lines.with_record(TERMINATION, fields, "at"))
