"""Truces and changes as text, and back: what the ledger keeps whole because it never asks into it.

pydantic does the work here, at the edge, so that the domain's dataclasses need to know nothing of JSON.
"""

import json
from collections.abc import Sequence
from hashlib import sha256

from pydantic import TypeAdapter

from alertd.domain.alert import Change
from alertd.domain.truce import Truce

_truce = TypeAdapter(Truce)
_ONE_TERMINATION = '"termination":'
"""Stands in the documents of an older alertd, which knew one termination at most, and in no other."""

_changes = TypeAdapter(tuple[Change, ...])


def dump_truce(truce: Truce) -> str:
    """The document of a truce."""
    return _truce.dump_json(truce).decode()


def load_truce(document: str) -> Truce:
    """The truce that a document holds, also one of an older alertd."""
    if _ONE_TERMINATION not in document:
        return _truce.validate_json(document)
    known = json.loads(document)
    termination = known.pop("termination", None)
    known["terminations"] = [termination] if termination is not None else []
    return _truce.validate_json(json.dumps(known))


def fingerprint(document: str) -> str:
    """The fingerprint that tells one document from another."""
    return sha256(document.encode()).hexdigest()


def dump_changes(changes: Sequence[Change]) -> str:
    """Changes as one document."""
    return _changes.dump_json(tuple(changes)).decode()


def load_changes(document: str) -> tuple[Change, ...]:
    """The changes that a document holds."""
    return _changes.validate_json(document)
