"""The mistakes of the desk, in sentences: what was written down and should not have been.

They are told as that alone: the party in whose name a record was entered has said nothing of the kind, and denies
nothing.
"""

from collections.abc import Iterator

from alertd.domain.statement import Record, Termination
from alertd.message.case import Case
from alertd.message.wording import NAME_LENGTH, SENTENCE_LENGTH, clean, parties
from alertd.times.formats import show


def sentences_of_mistake(case: Case) -> Iterator[str]:
    """Which records count as never made from now on, and which count again."""
    change = case.announced
    for record in change.voided:
        yield f"{_entry(record, case)} was recorded by mistake: it counts as never made.{_marked(record, case)}"
        if record.void is not None and record.void.reason:
            yield f"The mistake: {clean(record.void.reason, SENTENCE_LENGTH)}."
    for record in change.counts_again:
        yield f"{_entry(record, case)} counts again: it is no longer marked as recorded by mistake."
    if change.restored:
        yield "It had been taken out of the register. It stands there again, and alertd watches it."


def _entry(record: Record | Termination, case: Case) -> str:
    at = f"at {_moment(record, case)}" if isinstance(record, Termination) else record.written
    name = f", in the name of {parties(record.stated_by)}," if record.stated_by else ""
    return f"The entry “{clean(at, SENTENCE_LENGTH)}”{name}"


def _moment(termination: Termination, case: Case) -> str:
    return show(termination.at, zone=case.zone, zone_name=case.truce.zone)


def _marked(record: Record | Termination, case: Case) -> str:
    void = record.void
    if void is None or void.by is None:
        return ""
    at = show(void.at, zone=case.zone, zone_name=case.truce.zone)
    return f" So marked by {clean(void.by, NAME_LENGTH)}, {at}."
