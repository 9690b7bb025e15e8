"""The alerts that are owed of a truce as it stands, to whom and when: each stage of its ends, and its questions."""

from collections.abc import Iterator
from datetime import datetime
from itertools import count

from simulation.ends import A_DAY, NEVER, Ending
from simulation.expected import ExpectedState, Truth, stage_name
from simulation.world import Channel, SimulationRules

REVIEW = "review"
START = "start"
REMINDER = "reminder"
MILESTONE = "milestone"
LADDER = frozenset({REMINDER, "lapsed", START, MILESTONE})

Rung = tuple[str, str, datetime | None]
"""Kind, stage and end.

A start, a milestone, or a closing that is not the last has its moment beside the stage, and no end. A review has its
moment in the place of a stage, and may have no end.
"""


def takers(truth: Truth, kind: str | None, rules: SimulationRules) -> tuple[Channel, ...]:
    """The channels that are told of a truce; with a kind, those that do not leave it out."""
    of_tags = tuple(one for one in rules.channels if not one.tags or set(one.tags) & set(truth.tags))
    if not of_tags:
        return tuple(one for one in rules.channels if one.ops) or rules.channels
    return tuple(one for one in of_tags if kind is None or not one.alerts or kind in one.alerts)


def rungs(at: ExpectedState, rules: SimulationRules) -> dict[Rung, datetime]:
    """Every stage of every end that is watched, and its moment."""
    found: dict[Rung, datetime] = {}
    stop = at.stopped or NEVER
    for end in at.watched():
        is_expiry = end == at.expiry and end.at != stop
        for kind, stage, due in _ladder(end, rules, is_expiry=is_expiry):
            if due < stop or end.at == stop:
                found[kind, stage, end.at] = due
    for end in at.outliving() if at.expiry is not None else ():
        for kind, stage, due in _ladder(end, rules, is_expiry=False):
            if at.expiry.over < due < stop:
                found[kind, stage, end.at] = due
    for one in at.milestones:
        for stage, due in _of_milestone(one.at, rules) if one.is_open else ():
            if due < min(stop, at.closed or NEVER):
                found[MILESTONE, counted_to(stage, one.at, None, one.id), None] = due
    return found | _of_windows(at, rules)


def _of_windows(at: ExpectedState, rules: SimulationRules) -> dict[Rung, datetime]:
    """What leads to each beginning, and to each closing but the last."""
    return {
        (kind, counted_to(stage_name(lead), moment, None), None): moment - lead
        for kind, moments, leads in ((START, at.begins, rules.start_leads), (REMINDER, at.closes, rules.daily_leads))
        for moment in moments
        for lead in leads
    }


def _of_milestone(owed: datetime, rules: SimulationRules) -> Iterator[tuple[str, datetime]]:
    for lead in rules.milestone_leads:
        yield stage_name(lead), owed - lead
    for after in rules.after:
        yield f"+{stage_name(after)}", owed + after


def questions(at: ExpectedState, rules: SimulationRules, now: datetime) -> dict[Rung, datetime]:
    """The reviews of a truce that has lapsed, or has no end, up to the first that lies ahead."""
    found: dict[Rung, datetime] = {}
    every = rules.review_every if at.expiry is None else rules.unresolved_every
    last = NEVER if at.expiry is None else at.expiry.over + rules.unresolved_for
    for number in count(1) if at.asked_since is not None else ():
        due = at.asked_since + number * every
        if due > last or due >= (at.stopped or NEVER):
            break
        found[REVIEW, due.isoformat(), at.expiry and at.expiry.at] = due
        if due > now:
            break
    return found


def _ladder(end: Ending, rules: SimulationRules, *, is_expiry: bool) -> Iterator[tuple[str, str, datetime]]:
    """Of a day the long stages lead to its beginning, and the short ones to its end."""
    is_day = end.over > end.at
    if is_day:
        for lead in rules.date_leads:
            yield REMINDER, stage_name(lead), end.at - lead
    for lead in rules.leads:
        if not is_day or lead < A_DAY:
            yield REMINDER, counted_to(stage_name(lead), end.over, end.at), end.over - lead
    if is_day or not is_expiry:
        yield REMINDER, "0", end.at
    if is_expiry:
        yield "lapsed", counted_to("0", end.over, end.at), end.over
        if end.second is not None:
            yield "lapsed", counted_to("0", end.second, end.at), end.second
        for after in rules.after:
            yield "lapsed", counted_to(f"+{stage_name(after)}", end.over, end.at), end.over + after


def subject(rung: Rung) -> object:
    """What its stage leads to, whatever the stage: an end; else a start, a closing or a milestone by its moment."""
    kind, stage, end = rung
    return end or (kind, stage.partition(" to ")[2])


def counted_to(stage: str, at: datetime | None, ends_at: datetime | None, milestone: str | None = None) -> str:
    """A stage with the moment to which it counts, where that is not the end of which it speaks, and its milestone."""
    counted = stage if at is None or at == ends_at else f"{stage} to {at.isoformat()}"
    return counted if milestone is None else f"{counted} of {milestone}"


def kind_and_stage(rung: Rung) -> tuple[str, str | None]:
    """The kind, and the stage alone; a review has none."""
    kind, stage, _ = rung
    return kind, None if kind == REVIEW else stage.partition(" ")[0]
