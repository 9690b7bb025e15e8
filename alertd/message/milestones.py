"""The sentences about milestones: the obligation, its party and moment, and that it is not recorded as met."""

from collections.abc import Iterator

from alertd.domain.milestone import Milestone, MilestoneState, by_moment
from alertd.message.case import Case
from alertd.message.when import moment_in
from alertd.message.wording import NAME_LENGTH, SENTENCE_LENGTH, clean, cut_at_word
from alertd.times.formats import short_local, show

_WHAT_LENGTH = 44
"""Characters of an obligation, in a headline, at most."""

_NAME_AND_WHAT = 64
"""Characters of the truce's name and of the obligation together: with more the hour would not fit."""


def milestone_headline(case: Case) -> str:
    """`withdrawal to the yellow line due in 1 h, 1200 Fri 10 Oct Gaza (0900Z)`; from its moment on what is missing."""
    milestone = case.milestone
    what, away, at = _what(case, milestone), case.distance(milestone.at), moment_in(case, milestone.at)
    if milestone.at > case.as_of and away != "now":
        return f"{what} due {away}, {at}"
    return f"{what} {'due' if away == 'now' else 'was due'} {away}, {at}; not recorded as met"


def moved_headline(case: Case) -> str:
    """`withdrawal now due 1500 Fri 10 Oct …, was 1200 Fri 10 Oct`; of several the number alone."""
    first, *others = case.announced.moved
    if others:
        return f"{len(others) + 1} milestones moved"
    was = short_local(first.old.at, zone=case.zone) if first.old.has_moment else first.old.waits_for
    if not first.new.has_moment:
        return f"{_what(case, first.new)} now due {first.new.waits_for}, was {was}"
    return f"{_what(case, first.new)} now due {moment_in(case, first.new.at)}, was {was}"


def reopened_headline(case: Case) -> str:
    """`withdrawal is owed again, due in 2 h, 1200 Fri 10 Oct …; it was recorded as met`."""
    first, *others = case.announced.reopened
    if others:
        return f"{len(others) + 1} milestones are owed again"
    recorded = "" if first.recorded_state is MilestoneState.OPEN else f"; not {first.recorded_state}, as was recorded"
    if not first.has_moment:
        return f"{_what(case, first)} is owed again, {first.waits_for}{recorded}"
    is_past = first.at <= case.as_of
    when = f"{'was ' if is_past else ''}due {case.distance(first.at)}, {moment_in(case, first.at)}"
    return f"{_what(case, first)} is owed again, {when}{recorded}"


def milestone_sentences(case: Case) -> Iterator[str]:
    """The obligation, and the command to run once its outcome is known."""
    milestone = case.milestone
    yield _owed(milestone)
    if milestone.at > case.as_of:
        return
    yield "It is not recorded as met, and the end of the truce stays as it is. Please find out, and record it."
    named = f"{case.truce.id} {milestone.id}"
    yield f"If it was met, run alertd met {named}; if it was not, run alertd missed {named}."


def moves(case: Case) -> Iterator[str]:
    """Each milestone that a change moves, and each that is owed again."""
    for milestone in case.announced.reopened:
        yield f"Owed again: {clean(milestone.what, SENTENCE_LENGTH)}, {_show(case, milestone)}."
    for move in case.announced.moved:
        what = clean(move.new.what, SENTENCE_LENGTH)
        yield f"Milestone moved: {what}, from {_show(case, move.old)} to {_show(case, move.new)}."


def milestones_ahead(case: Case) -> Iterator[str]:
    """Each milestone that lies ahead, the first one first."""
    ahead = (each for each in case.truce.milestones if each.is_open and each.at > case.as_of)
    for milestone in by_moment(ahead):
        if not milestone.has_moment:
            yield f"Milestone {milestone.waits_for}. {_owed(milestone)}"
            continue
        yield f"Milestone {case.distance(milestone.at)}, {_show(case, milestone)}. {_owed(milestone)}"


def _what(case: Case, milestone: Milestone) -> str:
    return cut_at_word(clean(milestone.what), min(_WHAT_LENGTH, _NAME_AND_WHAT - len(case.name)))


def _owed(milestone: Milestone) -> str:
    by = f" by {clean(milestone.by, NAME_LENGTH)}" if milestone.by else ""
    return f"Owed{by}: {clean(milestone.what, SENTENCE_LENGTH)}."


def _show(case: Case, milestone: Milestone) -> str:
    if not milestone.has_moment:
        return milestone.waits_for or ""
    return show(milestone.at, zone=case.zone, zone_name=case.truce.zone)
