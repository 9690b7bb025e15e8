"""`withdrawn`: that a truce was taken out of the register on purpose, as its own text says.

It is a time, a table with its time in `at`, a list of these, or true. One that is marked as a mistake (`void`) counts
as never made: the truce is watched again. What cannot be read withdraws nothing.
"""

from enum import Enum, auto

from alertd.errors import Code
from alertd.register.problems import ProblemCollector
from alertd.register.shape import WithdrawalTable
from alertd.register.times import Times
from alertd.toml.load import TomlTable
from alertd.toml.positions import KeyPath
from alertd.toml.validation import validate_partial

WITHDRAWN = "withdrawn"


class Withdrawal(Enum):
    """A truce's place in the register, as its own text says."""

    NONE = auto()
    HOLDS = auto()
    """It was taken out on purpose."""
    RESTORED = auto()
    """It was taken out, and that counts as never done."""


def read_withdrawal(times: Times, collector: ProblemCollector, table: TomlTable) -> Withdrawal:
    """The withdrawal that the text of a truce holds; whatever cannot be read is reported at its key."""
    value = table.get(WITHDRAWN)
    if value is None or value is False:
        return Withdrawal.NONE if value is None else Withdrawal.RESTORED
    if value is True:
        return Withdrawal.HOLDS
    items = value if isinstance(value, list) else [value]
    found = [
        _read(times, collector, (WITHDRAWN, index) if isinstance(value, list) else (WITHDRAWN,), item)
        for index, item in enumerate(items)
    ]
    if Withdrawal.HOLDS in found:
        return Withdrawal.HOLDS
    return Withdrawal.RESTORED if Withdrawal.RESTORED in found else Withdrawal.NONE


def _read(times: Times, collector: ProblemCollector, path: KeyPath, item: object) -> Withdrawal:
    if not isinstance(item, dict):
        return Withdrawal.NONE if times.moment(path, item) is None else Withdrawal.HOLDS
    table, field_errors = validate_partial(WithdrawalTable, item)
    for field_error in field_errors:
        collector.report((*path, *field_error.path), field_error.code, field_error.message)
    if times.moment((*path, "at"), table.at) is None and not collector.spoiled(path):
        collector.report(path, Code.MISSING, f"an entry of `{WITHDRAWN}` needs `at`, its time")
    is_void = table.void not in (None, False)
    if is_void and table.void is not True:
        times.moment((*path, "void"), table.void)
    if collector.spoiled(path):
        return Withdrawal.NONE
    return Withdrawal.RESTORED if is_void else Withdrawal.HOLDS
