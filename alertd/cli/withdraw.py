"""`alertd withdraw`: a truce out of its file, and into the list of those that were taken out on purpose."""

from contextlib import closing

from alertd.cli.context import LEDGER_NAME, Context
from alertd.cli.recording import Draft, Edit, locate, open_file, record, require_answer
from alertd.register.editing import TruceText, add_withdrawn
from alertd.register.files import WITHDRAWN_FILE


def withdraw(context: Context, truce: str, *, yes: bool, json: bool) -> int:
    """Take a truce out of the register, also one whose file is gone already; returns the exit code.

    The list is written first: an id that stands there and in its file too is still watched.
    """
    require_answer(yes=yes)
    listed = open_file(context, WITHDRAWN_FILE)
    edited = add_withdrawn(listed.raw and listed.text, WITHDRAWN_FILE, truce)
    drafts = [Draft(listed, edited.text)]
    register = context.read_register(context.now)
    if truce in {read.id for read in register.truces} or not _is_held(context, truce):
        register, read, place = locate(context, register, truce)
        drafts.append(Draft(place, TruceText(place.text, place.file, read.line).removed()))
    edit = Edit(truce, WITHDRAWN_FILE, edited.line, tuple(drafts), register, context.now)
    return record(context, edit, yes=yes, json=json)


def _is_held(context: Context, truce: str) -> bool:
    """True if the ledger knows a truce that stands in no file."""
    path = context.settings.state_dir / LEDGER_NAME
    if not path.exists():
        return False
    from alertd.ledger import Ledger, queries  # noqa: PLC0415  only a truce without a file needs it

    with closing(Ledger.open_reader(path)) as ledger:
        return truce in ledger.run(queries.truces)
