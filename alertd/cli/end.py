"""`alertd end`: a truce that ends early, as the termination in its file."""

from alertd.cli.context import Context
from alertd.cli.options import NewTermination
from alertd.cli.recording import listed, read_moment, record, require_answer, subject
from alertd.errors import ConfigError
from alertd.register.editing import Value
from alertd.register.records import TERMINATION


def end(context: Context, truce: str, new: NewTermination, *, yes: bool, json: bool) -> int:
    """Record that a truce ends early; returns the exit code, raises `ConfigError` where it has ended so already."""
    require_answer(yes=yes)
    about = subject(context, truce)
    if TERMINATION in about.lines.table:
        raise ConfigError(
            f"truce {truce} ({about.place.file}:{about.read.line}) has a termination already: confirm or deny that "
            "one, or change it in the file"
        )
    at = read_moment(about, new.at, "--at")
    announced = read_moment(about, new.announced, "--announced")
    fields: dict[str, Value] = {"announced": announced.value, "at": at.value}
    if new.unconfirmed:
        fields["confirmed"] = False
    fields |= listed("stated_by", new.stated_by)
    if new.reason:
        fields["reason"] = new.reason
    fields |= listed("source", new.source)
    edited = about.lines.with_termination(fields)
    return record(context, about.edit(edited), yes=yes, json=json)
