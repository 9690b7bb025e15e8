"""The moments at which alertd asks about a truce: one without an agreed moment to end at, or one that has lapsed.

A check answers the question before it, and the next one counts from there. A closing answers all of them.
"""

from collections.abc import Iterator
from datetime import datetime
from itertools import count

from alertd.domain.policy import Policy
from alertd.domain.truce import Truce, chain_end, is_closed, terminated_at
from alertd.times.end import NEVER


def review_moments(truce: Truce, policy: Policy, until: datetime) -> Iterator[datetime]:
    """The moments of the reviews of a truce as known, up to the first that lies after a moment.

    Where no moment is agreed they count from its start, or from the confirmation that left it so; else from its lapse.
    As long as the start is open they count from the announcement.
    """
    current = chain_end(truce)
    lapse = current.end.over
    if lapse is None:
        confirmed_at = current.statement.confirmed_at if current.statement else None
        begins = truce.announced if truce.waits_to_begin else truce.starts
        since, every = max(begins, confirmed_at or begins), policy.review_every
    elif is_closed(truce):
        return
    else:
        since, every = lapse, policy.unresolved_every_of(truce)
    since = max([since, *(act.at for act in truce.checked[-1:])])
    stop = terminated_at(truce) or NEVER
    for number in count(1):
        try:
            due_at = since + number * every
        except OverflowError:  # beyond the years that a calendar has, where nobody waits
            return
        if due_at >= stop or (lapse is not None and due_at - lapse > policy.unresolved_for_of(truce)):
            return
        yield due_at
        if due_at > until:
            return


def is_asked_about(truce: Truce, policy: Policy, now: datetime) -> bool:
    """Tell if a review of a truce as known lies ahead."""
    return any(due_at > now for due_at in review_moments(truce, policy, now))
