"""Truces and changes as text, and back: what the ledger keeps whole because it never asks into it.

pydantic does the work here, at the edge, so that the domain's dataclasses need to know nothing of JSON.
"""

from collections.abc import Sequence
from hashlib import sha256

from pydantic import TypeAdapter

from alertd.domain.alert import Change
from alertd.domain.truce import Truce

_truce = TypeAdapter(Truce)
_changes = TypeAdapter(tuple[Change, ...])


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
    return _changes.dump_json(tuple(changes)).decode()


def load_changes(document: str) -> tuple[Change, ...]:
    """The changes that a document holds."""
    return _changes.validate_json(document)
