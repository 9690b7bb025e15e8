"""Where nobody answers, each step goes out, up to the word to ops that nobody did: over crashes, failures and edits."""

from collections.abc import Iterator, Mapping

from simulation.chains import seen_as
from simulation.escalations import Follows, is_left_out
from simulation.evidence import LAST_WORD, Evidence

from alertd.ledger import HistoryRow

SLACK = 600.0
"""Seconds that may pass between the moment of a step and its settlement."""

_Step = tuple[str, str, int]
"""The name of a chain, the alert that it follows, and the number of a step."""


def check(evidence: Evidence) -> Iterator[str]:
    """What allows a step makes a row of it for each target, unless enough people had answered or the end had moved."""
    found: dict[_Step, list[HistoryRow]] = {}
    for key, places in evidence.escalations.places.items():
        for place in places:
            found.setdefault((place.chain.name, place.alert, place.number), []).append(evidence.rows[key])
    for follows in evidence.escalations.follows:
        if follows.was_answered or not evidence.is_wanted(follows.place.alert):
            continue
        step = (follows.place.chain.name, follows.place.alert, follows.place.number + 1)
        rows = found.get(step, [])
        expected = evidence.escalations.targets(follows.place.chain, step[2])
        for target in sorted(expected - {row.target for row in rows}):
            yield f"step {step[2]} of {step[0]} for {target} was not planned, and nobody had acknowledged {step[1]}"
        are_left = {row.key for row in rows if is_left_out(row)}
        if are_left and len(are_left) == len(rows):
            yield f"step {step[2]} of {step[0]} for {step[1]} was left out for everyone"
        if not _goes_along_another_word(step, found):
            for row in rows:
                if row.key not in are_left:
                    yield from _judge(evidence, follows, row)


def _goes_along_another_word(step: _Step, found: Mapping[_Step, list[HistoryRow]]) -> bool:
    """True for a step after one word of a lapse which goes out after another one.

    A clock that was ahead told the later word alone; once it was right, the chain began with the first.
    """
    name, alert, number = step
    return any(
        (chain, seen_as(other), place) == (name, seen_as(alert), number)
        and other != alert
        and any(row.state != "superseded" for row in rows)
        for (chain, other, place), rows in found.items()
    )


def _judge(evidence: Evidence, follows: Follows, row: HistoryRow) -> Iterator[str]:
    people = evidence.escalations.people[seen_as(follows.place.alert)]
    wait = follows.wait.total_seconds()
    match row.state:
        case "acknowledged" if len(people) < follows.place.chain.people:
            yield f"{row.key} was called off, and too few have acknowledged it: {', '.join(sorted(people)) or 'nobody'}"
        case "planned" if follows.since.at + wait + SLACK < LAST_WORD and not evidence.waits_on(row):
            yield f"{row.key} is planned in the end, for {row.due_at:%d %H:%M:%S} ({row.reason})"
        case "superseded" | "overtaken" if len(people) < follows.place.chain.people:
            yield f"{row.key} is {row.state} in the end ({row.reason}), and its alert is in force"
        case "failed" if not evidence.was_refused(row) and not evidence.given_up(row):
            yield f"{row.key} was given up ({row.reason})"
