"""Truces and changes as text, and back: what the ledger keeps whole because it never asks into it.

pydantic does the work here, at the edge, so that the domain's dataclasses need to know nothing of JSON.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Annotated

from pydantic import Field, TypeAdapter

from alertd.domain.alert import Change, Kind
from alertd.domain.truce import Record, Statement, Termination, Truce
from alertd.times.end import End

AnyStatement = Annotated[Record | Termination | Statement, Field(union_mode="left_to_right")]
"""From the one with most fields of its own to the bare one, so that none is read as less than it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _ChangeDocument:
    """A change whose statement says which of its forms it has; `Change` itself does not care."""

    kind: Kind
    old: End | None
    new: End | None
    statement: AnyStatement | None
    reason: str | None


_truce = TypeAdapter(Truce)
_changes = TypeAdapter(tuple[_ChangeDocument, ...])


def dump_truce(truce: Truce) -> str:
    """The document of a truce."""
    return _truce.dump_json(truce).decode()


def load_truce(document: str) -> Truce:
    """The truce that a document holds."""
    return _truce.validate_json(document)


def digest(document: str) -> str:
    """The digest that tells one document from another."""
    return sha256(document.encode()).hexdigest()


def dump_changes(changes: Sequence[Change]) -> str:
    """Changes as one document."""
    return _changes.dump_json(
        tuple(
            _ChangeDocument(
                kind=change.kind, old=change.old, new=change.new, statement=change.statement, reason=change.reason
            )
            for change in changes
        )
    ).decode()


def load_changes(document: str) -> tuple[Change, ...]:
    """The changes that a document holds."""
    return tuple(
        Change(kind=change.kind, old=change.old, new=change.new, statement=change.statement, reason=change.reason)
        for change in _changes.validate_json(document)
    )
