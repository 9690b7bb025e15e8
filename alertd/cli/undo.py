"""`alertd undo`: a record that was written down by mistake, marked so that it counts as never made."""

from alertd.cli.author import author
from alertd.cli.context import Context
from alertd.cli.options import Undo
from alertd.cli.recording import listed, read_moment, record, require_answer, subject
from alertd.cli.records import RecordOption, no_such_record, records_of
from alertd.errors import ConfigError
from alertd.register.editing import Value
from alertd.register.milestones import MILESTONE


def undo(context: Context, truce: str, choice: Undo, *, yes: bool, json: bool) -> int:
    """Mark the record of a truce that was made last, or the one that is named; returns the exit code.

    Raises `ConfigError` where none is left that counts.
    """
    require_answer(yes=yes)
    about = subject(context, truce)
    records = list(records_of(about))
    chosen = _named(records, choice.record) if choice.record is not None else _last(records, about.read.id)
    since = read_moment(about, choice.announced, "--announced")
    void = "decision_void" if chosen.path[0] == MILESTONE else "void"
    fields: dict[str, Value] = {void: since.value}
    if choice.reason:
        fields[f"{void}_reason"] = choice.reason
    fields |= {f"{void}_by": author(choice.recorded_by)} | listed(f"{void}_source", choice.source)
    edited = about.lines.with_keys(chosen.path, fields)
    return record(context, about.edit(edited, f"counts as never made: record {chosen}"), yes=yes, json=json)


def _named(records: list[RecordOption], number: int) -> RecordOption:
    for option in records:
        if option.number == number:
            if option.void:
                raise no_such_record(f"record {number} is marked as a mistake already", records)
            return option
    raise no_such_record(f"there is no record {number}", records)


def _last(records: list[RecordOption], truce: str) -> RecordOption:
    """The record that was made last: of those made at one moment the one that stands last in the file."""
    counting = [record for record in records if not record.void]
    if not counting:
        raise ConfigError(
            f"truce {truce} has no record that could be undone; if the truce itself was a mistake, write "
            f"`alertd withdraw {truce}`"
        )
    return max(counting, key=lambda record: (record.recorded, record.announced, record.number))
