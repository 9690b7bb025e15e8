"""The acts that people record on the board, each as the edit of the command of that name.

Where two persons are needed, what one alone says of an end is a claim, until another confirms it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import typer

from alertd.board.record_protocol import Act
from alertd.cli.acts import closing
from alertd.cli.confirm import decision
from alertd.cli.context import Context
from alertd.cli.end import termination
from alertd.cli.options import ConfirmationChoice, Denial, NewAct, NewRecord, NewTermination
from alertd.cli.preview import Edit
from alertd.cli.recording import subject
from alertd.cli.records import RecordOption, records_of
from alertd.cli.statements import extension, statement
from alertd.errors import ConfigError
from alertd.message.wording import clean


@dataclass(frozen=True, slots=True)
class Given:
    """The fields of a form, as the commands take them, and who sent it."""

    fields: Mapping[str, str]
    by: str
    two_persons: bool

    def text(self, name: str) -> str | None:
        """A field; None where it is empty."""
        return clean(self.fields.get(name, "")) or None

    def texts(self, name: str) -> list[str] | None:
        """The same for an option that a command takes several times."""
        text = self.text(name)
        return None if text is None else [text]

    def needed(self, name: str, example: str) -> str:
        """A field; raises `BadParameter` where it is empty."""
        text = self.text(name)
        if text is None:
            raise typer.BadParameter(f"this is needed: {example}", param_hint=name)
        return text

    @property
    def record(self) -> int:
        """The number of a record; raises `BadParameter` for what is none."""
        number = self.needed("record", "choose one")
        if not (number.isascii() and number.isdigit() and len(number) <= _LONGEST_NUMBER):
            raise typer.BadParameter("choose one of these", param_hint="record")
        return int(number)


_LONGEST_NUMBER = 6


def edit_of(context: Context, truce: str, act: Act, given: Given) -> Edit:
    """The edit that records an act; raises as its command does."""
    return _EDITS[act](context, truce, given)


def _extend(context: Context, truce: str, given: Given) -> Edit:
    return (statement if given.two_persons else extension)(context, truce, _record(given))


def _claim(context: Context, truce: str, given: Given) -> Edit:
    return statement(context, truce, _record(given))


def _record(given: Given) -> NewRecord:
    return NewRecord(
        end=[given.needed("end", "how much longer, or the new end, as 6h or 0100 Fri")],
        announced=given.text("announced"),
        stated_by=given.texts("stated_by"),
        source=given.texts("source"),
        note=given.text("note"),
        recorded_by=given.by,
    )


def _confirm(context: Context, truce: str, given: Given) -> Edit:
    if given.two_persons and _chosen(context, truce, given).recorded_by.casefold() == given.by.casefold():
        raise ConfigError("you recorded this yourself: another person must confirm it")
    choice = ConfirmationChoice(record=given.record, at=given.text("at"), recorded_by=given.by)
    return decision(context, truce, choice)


def _deny(context: Context, truce: str, given: Given) -> Edit:
    if given.two_persons and not _chosen(context, truce, given).undecided:
        raise ConfigError("what is confirmed is not denied by one person alone: use `alertd deny`")
    choice = Denial(
        record=given.record,
        by=given.texts("by"),
        source=given.texts("source"),
        at=given.text("at"),
        recorded_by=given.by,
    )
    return decision(context, truce, choice)


def _chosen(context: Context, truce: str, given: Given) -> RecordOption:
    for option in records_of(subject(context, truce)):
        if option.number == given.record:
            return option
    raise typer.BadParameter("there is no such record any more: choose another", param_hint="record")


def _end(context: Context, truce: str, given: Given) -> Edit:
    new = NewTermination(
        at=given.text("at"),
        announced=given.text("announced"),
        unconfirmed=given.two_persons or given.text("unconfirmed") is not None,
        stated_by=given.texts("stated_by"),
        reason=given.text("reason"),
        source=given.texts("source"),
        recorded_by=given.by,
    )
    return termination(context, truce, new)


def _close(context: Context, truce: str, given: Given) -> Edit:
    if given.two_persons:
        raise ConfigError("nobody can confirm a close, and here two persons are needed: use `alertd close`")
    return closing(context, truce, NewAct(at=given.text("at"), source=given.texts("source"), recorded_by=given.by))


_EDITS: Mapping[Act, Callable[[Context, str, Given], Edit]] = {
    Act.EXTEND: _extend,
    Act.CLAIM: _claim,
    Act.CONFIRM: _confirm,
    Act.DENY: _deny,
    Act.END: _end,
    Act.CLOSE: _close,
}
