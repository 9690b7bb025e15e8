"""The forms by which people record on the board: their fields are named as the options of the commands are."""

from collections.abc import Mapping
from dataclasses import dataclass

from alertd.board.record_protocol import Act


@dataclass(frozen=True, slots=True)
class Field:
    """One line of text in a form."""

    name: str
    label: str
    needed: bool = False


@dataclass(frozen=True, slots=True)
class Form:
    """The form of an act."""

    title: str
    fields: tuple[Field, ...]
    has_records: bool = False
    """True if it is about a record of the truce, to be chosen."""
    may_be_unconfirmed: bool = False

    def field_of(self, option: str) -> str:
        """The name of the field that an option of the command is about; empty for the form as a whole."""
        names = {field.name for field in self.fields}
        if option in names or (option == "record" and self.has_records):
            return option
        return "end" if "end" in names and option in ("until", "by", "END") else ""


_SOURCE = Field("source", "Source")
_ANNOUNCED = Field("announced", "Announced, if not just now: a full date, as 1830 2 May 2016")
_STATED_BY = Field("stated_by", "Stated by")
_STATEMENT = (
    Field("end", "How much longer, or the new end: 6h, 0100 Fri, 0100 6 May 2016", needed=True),
    _STATED_BY,
    _SOURCE,
    Field("note", "Note"),
    _ANNOUNCED,
)
_SINCE = Field("at", "Since when, if not now: a full date, as 1830 2 May 2016")

FORMS: Mapping[Act, Form] = {
    Act.EXTEND: Form("Extend", _STATEMENT),
    Act.CLAIM: Form("Claim: a party states another end", _STATEMENT),
    Act.CONFIRM: Form("Confirm what somebody stated", (_SINCE,), has_records=True),
    Act.DENY: Form("Deny what somebody stated", (Field("by", "Denied by"), _SOURCE, _SINCE), has_records=True),
    Act.END: Form(
        "End: it ends early",
        (
            Field("at", "Over from, if not now: 1930, 1930 2 May 2016"),
            _STATED_BY,
            Field("reason", "Reason"),
            _SOURCE,
            _ANNOUNCED,
        ),
        may_be_unconfirmed=True,
    ),
    Act.CLOSE: Form(
        "Close: the desk is done with it", (Field("at", "When, if not now: a full date, as 1830 2 May 2016"), _SOURCE)
    ),
}
