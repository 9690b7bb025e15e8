"""`alertd withdraw` and `alertd restore`: a truce out of the register on purpose, its text kept, and back into it."""

from contextlib import closing
from pathlib import Path

from alertd.cli.author import author, recorded
from alertd.cli.context import Context
from alertd.cli.options import Removal, Restoration
from alertd.cli.preview import Draft, Edit
from alertd.cli.recording import (
    Subject,
    listed,
    locate,
    open_file,
    read_moment,
    read_with,
    record,
    require_answer,
)
from alertd.cli.times import Hand
from alertd.errors import ConfigError
from alertd.register import ReadTruce, Register
from alertd.register.editing import Fields, Value, add_withdrawn
from alertd.register.files import WITHDRAWN_FILE
from alertd.register.withdrawals import WITHDRAWN


def withdraw(context: Context, truce: str, removal: Removal, *, yes: bool, json: bool) -> int:
    """Take a truce out of the register; returns the exit code.

    Its text stays and says so; the id of one whose file is gone is put into the list of withdrawn truces.
    """
    require_answer(yes=yes)
    register = context.read_register(context.now)
    if truce not in {read.id for read in register.truces} and _is_held(context, truce):
        place = open_file(context, WITHDRAWN_FILE)
        edited = add_withdrawn(place.raw and place.text, WITHDRAWN_FILE, truce)
        edit = Edit(truce, WITHDRAWN_FILE, edited.line, (Draft(place, edited.text),), register, context.now)
        return record(context, edit, yes=yes, json=json)
    register, read, where = locate(context, register, truce)
    about = Subject(register, read, where, _hand(context, read), context.now)
    fields: dict[str, Value] = {"at": read_moment(about, removal.announced, "--announced").value}
    if removal.reason:
        fields["reason"] = removal.reason
    fields |= listed("source", removal.source) | recorded(about.hand, about.now, removal.recorded_by)
    return record(context, about.edit(about.lines.with_record(WITHDRAWN, fields, "at")), yes=yes, json=json)


def restore(context: Context, truce: str, back: Restoration, *, yes: bool, json: bool) -> int:
    """Bring a truce back that was taken out; returns the exit code.

    Raises `ConfigError` where its text stands nowhere, or does not say that it was taken out.
    """
    require_answer(yes=yes)
    register = context.require_truces()
    if truce in {read.id for read in register.truces}:
        raise ConfigError(f"truce {truce} stands in the register: there is nothing to bring back")
    about = _taken_out(context, register, truce)
    value = about.lines.table.get(WITHDRAWN)
    since = read_moment(about, back.announced, "--announced").value
    mark: dict[str, Value] = {"void": since}
    if back.reason:
        mark["void_reason"] = back.reason
    mark |= {"void_by": author(back.recorded_by)} | listed("void_source", back.source)
    edited = about.lines.with_keys(*_mark(value, mark))
    return record(context, about.edit(edited), yes=yes, json=json)


def _mark(value: object, mark: Fields) -> tuple[tuple[str | int, ...], Fields]:
    """The place of the mark that a withdrawal counts as never made; a bare time has no room for it."""
    if isinstance(value, dict):
        return (WITHDRAWN,), mark
    if isinstance(value, list):
        for index in reversed(range(len(value))):
            if isinstance(value[index], dict) and value[index].get("void") in (None, False):
                return (WITHDRAWN, index), mark
    return (), {WITHDRAWN: False}


def _taken_out(context: Context, register: Register, truce: str) -> Subject:
    found = next((read for read in register.taken_out if read.id == truce), None)
    if found is None:
        if truce in register.withdrawn:
            raise ConfigError(
                f"the text of truce {truce} stands nowhere any more, only its id in {WITHDRAWN_FILE}: put the text "
                "back into a truce file, or use `alertd add`"
            )
        taken = ", ".join(read.id for read in register.taken_out) or "none"
        raise ConfigError(f"no truce {truce} was taken out; those that can be brought back: {taken}")
    place = open_file(context, found.file)
    register = read_with(context, register, place)
    read = next((read for read in register.taken_out if (read.id, read.file) == (truce, found.file)), found)
    return Subject(register, read, place, _hand(context, read), context.now)


def _hand(context: Context, read: ReadTruce) -> Hand:
    zone = read.truce.zone if read.truce is not None else "UTC"
    return Hand(context.zones.find(zone), zone, context.zones.find)


def _is_held(context: Context, truce: str) -> bool:
    """True if the ledger knows a truce that stands in no file."""
    address = context.ledger_address
    if isinstance(address, Path) and not address.exists():
        return False
    from alertd.cli.ledger import open_ledger  # noqa: PLC0415  only a truce without a file needs it
    from alertd.ledger import queries  # noqa: PLC0415  likewise

    with closing(open_ledger(context)) as ledger:
        return truce in ledger.run(queries.truces)
