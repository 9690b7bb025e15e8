"""The claims that count no longer after a change, in one sentence.

A claimed end that somebody else still stands by is not named, nor one that has passed: the change took neither away.
"""

from collections.abc import Iterator

from alertd.domain.statement import Record
from alertd.message.case import Case
from alertd.message.wording import condition, joined, parties
from alertd.times.end import EndKind


def fallen_claims(case: Case) -> Iterator[str]:
    """As in `The end 0000 Mon 2 May stated by Russian centre counts no longer`."""
    live = {stands.end for stands in case.status.live_ends}
    gone = [claim for claim in case.announced.fallen if claim.end.surely_over > case.as_of and claim.end not in live]
    if gone:
        what = joined([_named(claim, case) for claim in gone])
        yield f"{what[0].upper()}{what[1:]} {'counts' if len(gone) == 1 else 'count'} no longer."


def _named(claim: Record, case: Case) -> str:
    who = parties(claim.stated_by)
    if claim.end.kind is EndKind.OPEN:
        return f"the statement of {who} that no end is agreed"
    end = f"the condition {condition(claim.end)}" if claim.end.at is None else f"the end {case.short(claim.end)}"
    return f"{end} stated by {who}"
