"""2. A clock that is wrong for a while silences nothing: once it is right, every live end has its ladder again."""

from collections.abc import Iterator
from datetime import timedelta

from simulation.events import Arrived, Began, Called, Looked, Stepped
from simulation.evidence import Evidence, longest_call
from simulation.expected import standing
from simulation.ladders import questions, rungs, takers
from simulation.oracle import Owed

STORED = timedelta(milliseconds=1)
"""Moments are kept in whole milliseconds."""

PULSE = timedelta(seconds=1)

PATIENCE = 300.0
"""Seconds for which a clock that may be wrong is waited for."""

SLACK = 30.0
"""What a tick that waits for channels takes, and the one after it."""

SETTLED_OTHERWISE = frozenset({"failed", "missed"})


def check(evidence: Evidence) -> Iterator[str]:
    """What was seen to lie ahead is told after that; and in the end each stage that lies ahead is on the agenda."""
    told = _last_told(evidence)
    for owed in evidence.owed:
        if owed.ahead_at is not None and not _is_told_since(evidence, owed, owed.ahead_at, told):
            row = evidence.row_of(owed)
            was = "has no row" if row is None else f"is {row.state} in the end ({row.reason})"
            yield f"{owed} lay ahead when the daemon looked, was not told since, and {was}"
    for handed in evidence.reading.handed:
        if handed.overdue < -STORED:
            yield f"{handed.what} was handed over by a clock that showed {-handed.overdue} to go"
    yield from _doubts(evidence)
    yield from _ladders(evidence)


def _doubts(evidence: Evidence) -> Iterator[str]:
    """A clock is in doubt for a while after a start or a step alone, whatever nobody has put right."""
    patience = PATIENCE + SLACK + 20 * longest_call(evidence.run).total_seconds()
    since = 0.0
    for event in evidence.run.log.of(Began, Stepped, Called):
        if not isinstance(event, Called):
            since = event.at
        elif event.call == "acquire" and event.detail == "in doubt" and event.at > since + patience:
            yield f"the clock is in doubt {event.at - since:.0f} s after anything happened to it"
            return


def _last_told(evidence: Evidence) -> dict[str, float]:
    """When what arrived last of each key had been given to its channel."""
    return {line.key: event.sent.at for event in evidence.run.log.of(Arrived) for line in event.sent.lines}


def _is_told_since(evidence: Evidence, owed: Owed, since: float, told: dict[str, float]) -> bool:
    """True if the stage, or a later one of its end, reached the target, or is known to have failed there.

    So has a later one that was tried before the quiet hours came for whose end it waits.
    """
    row = evidence.row_of(owed)
    if row is None:
        return False
    later = evidence.tighter(row)
    if any(other.attempts and evidence.waits_on(other) for other in later):
        return True
    rows = [row, *(other for other in later if other.state != "planned")]
    return any(told.get(one.key, -1.0) > since or one.state in SETTLED_OTHERWISE for one in rows)


def _ladders(evidence: Evidence) -> Iterator[str]:
    """Each live end of the files as they stand in the end has a planned row for each moment that is still to come.

    The days of a daily pause are planned up to the horizon alone.
    """
    log, rules = evidence.run.log, evidence.run.rules
    looks, calls = log.of(Looked), [event for event in log.of(Called) if event.call != "prune"]
    if not looks or not calls:
        return
    now = calls[-1].moment
    for truth in evidence.reading.files_in_the_end:
        stands = standing(truth, now, old_zones=looks[-1].old_zones)
        asked = questions(stands, rules, now - PULSE)  # the tick plans the next question after one was sent
        for (kind, stage, end), due in (rungs(stands, rules) | asked).items():
            is_far = truth.is_pause and due > now + evidence.run.swarm.horizon
            if due <= now or stands.end <= now or is_far:
                continue
            for channel in takers(truth, kind, rules):
                for target in channel.targets:
                    row = evidence.find(truth.id, kind, stage, end, target)
                    if row is None or row.state != "planned":
                        was = "has no row" if row is None else f"is {row.state} ({row.reason})"
                        yield f"{kind} {stage} of {truth.id} (end {end}) for {target} lies ahead, and {was}"
