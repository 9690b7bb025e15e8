"""The talk between the board and `alertd record-helper`, which writes the truce files for it.

Each connection to the helper's socket carries one packet of JSON there and one back. A request without an act asks for
the records of the truce, one without `seen` for a preview, and one with the `seen` of a preview has it written.
"""

import socket
from enum import StrEnum
from typing import Annotated

from pydantic import Field, TypeAdapter
from pydantic.dataclasses import dataclass

LONGEST_REQUEST = 16_384
"""Bytes."""
LONGEST_ANSWER = 262_144
"""Bytes."""

_SECONDS = 20.0

Text = Annotated[str, Field(max_length=2000)]


class Act(StrEnum):
    """The acts that can be recorded on the board, named as the commands are."""

    EXTEND = "extend"
    CLAIM = "claim"
    CONFIRM = "confirm"
    DENY = "deny"
    END = "end"
    CLOSE = "close"


class Status(StrEnum):
    """The kinds of answer."""

    RECORDS = "records"
    """The person's name, the truce as it is known, and its records."""
    PREVIEW = "preview"
    """A preview of an act; nothing is written."""
    WRITTEN = "written"
    REFUSED = "refused"
    """Nothing is written; `message` says why."""
    NO_TOKEN = "no_token"  # noqa: S105  a status
    """Nobody has this personal token."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordRequest:
    """A request of somebody with a personal token."""

    token: Text
    truce: Text
    act: Act | None = None
    given: Annotated[dict[Text, Text], Field(max_length=16)] = Field(default_factory=dict)
    """The fields of the form."""
    seen: Text = ""
    """That of the preview which the person agreed to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordChoice:
    """A record of the truce that can be confirmed or denied."""

    number: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeReading:
    """One thing that an unclear time can mean."""

    write: str
    """Text that says so without doubt."""
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordAnswer:
    """The answer; what it has nothing to say of is empty."""

    status: Status
    by: str = ""
    """The name that the token was given to."""
    records: tuple[RecordChoice, ...] = ()
    lines: tuple[str, ...] = ()
    """The consequence, as the commands show it; or the truce as it is known."""
    warnings: tuple[str, ...] = ()
    question: str = ""
    seen: str = ""
    """To be sent back by whoever agrees."""
    message: str = ""
    field: str = ""
    """The field of the form that `message` is about."""
    readings: tuple[TimeReading, ...] = ()


REQUEST = TypeAdapter(RecordRequest)
ANSWER = TypeAdapter(RecordAnswer)


def ask(path: str, request: RecordRequest) -> RecordAnswer:
    """The helper's answer; raises OSError where there is none."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as connection:
        connection.settimeout(_SECONDS)
        connection.connect(path)
        connection.send(REQUEST.dump_json(request))
        data = connection.recv(LONGEST_ANSWER)
    if not data:
        raise ConnectionError("the helper gave no answer")
    return ANSWER.validate_json(data)
