"""`alertd end`: a truce that ends early, as the termination in its file."""

from dataclasses import dataclass

from alertd.cli.context import Context
from alertd.cli.recording import listed, read_moment, record, require_answer, subject
from alertd.errors import ConfigError
from alertd.register.editing import Value
from alertd.register.records import TERMINATION


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """The options of the command line for a termination."""

    at: str
    announced: str | None
    unconfirmed: bool
    stated_by: list[str] | None
    reason: str | None
    source: list[str] | None


def end(context: Context, truce: str, said: Ending, *, yes: bool, json: bool) -> int:
    """Record that a truce ends early; returns the exit code."""
    require_answer(yes=yes)
    about = subject(context, truce)
    if TERMINATION in about.lines.table:
        raise ConfigError(
            f"truce {truce} ({about.place.file}:{about.read.line}) has a termination already: confirm or deny that "
            "one, or change it in the file"
        )
    at = read_moment(about, said.at, "--at")
    announced = read_moment(about, said.announced, "--announced")
    fields: dict[str, Value] = {"announced": announced.value, "at": at.value}
    if said.unconfirmed:
        fields["confirmed"] = False
    fields |= listed("stated_by", said.stated_by)
    if said.reason:
        fields["reason"] = said.reason
    fields |= listed("source", said.source)
    edited = about.lines.with_termination(fields)
    return record(context, about.edit(edited), yes=yes, json=json)
