"""The headline of an alert about a truce: which truce, what happens, and when.

One function a kind. A headline is a pure function of the alert, the truce and a moment: `plan` shows it as of the
moment at which the alert is due, a message as of the moment at which it is sent.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from alertd.domain.alert import Change, Delivery, Kind
from alertd.domain.pause import hours_in_words
from alertd.domain.statement import Confirmation, Record, Termination
from alertd.message.case import Case
from alertd.message.ladder_headline import is_about_lapse, lapsed, reminder, unresolved
from alertd.message.milestones import milestone_headline, moved_headline, reopened_headline
from alertd.message.start_headline import has_not_begun, opens_or_closes_start, start, start_moved
from alertd.message.when import CONDITION_LENGTH, moment_in, when
from alertd.message.wording import NO_END, condition, parties, place
from alertd.times.duration import span
from alertd.times.end import End, EndKind
from alertd.times.formats import short_local

HEADLINE_LENGTH = 120
"""Within this a headline says which truce, what happens and when."""


def headline(case: Case) -> str:
    """Which truce, what happens, and when, in one line; what is said again says so first."""
    again = "Said again: " if case.says_again and _is_repetition(case.delivery) else ""
    return f"{again}{case.name}: {_TITLES[case.delivery.kind](case)}{_yet_to_begin(case)}"


def _yet_to_begin(case: Case) -> str:
    """The words that the truce has not begun, where nothing else in the headline says so."""
    says_so = case.delivery.kind in _TELLS_IF_BEGUN or case.announced.starts is not None
    return "; has not begun" if case.truce.waits_to_begin and not says_so and not case.status.is_over else ""


def _is_repetition(delivery: Delivery) -> bool:
    """True for a stage of `after`: the expiry was told when it came."""
    return delivery.kind is Kind.LAPSED and delivery.stage is not None and delivery.stage.offset > timedelta()


def _ends(case: Case, end: End) -> str:
    if end.at is not None:
        return f"ends {when(case, end)}"
    return NO_END if end.kind is EndKind.OPEN else f"ends on {when(case, end)}"


def _recorded(case: Case) -> str:
    return f"recorded, {_ends(case, _new(case))}"


def _new(case: Case) -> End:
    """The end after the change; the expiry where the change left none."""
    return case.announced.new or case.chain[-1].end


def _was(case: Case) -> str:
    return f", was {case.short(case.announced.old)}" if case.announced.old is not None else ""


def _extended(case: Case) -> str:
    if case.gap is not None:
        what = "extended" if case.is_announcement_known else "extension recorded"
        return f"{what} {span(case.gap)} after it expired, to {when(case, _new(case))}"
    return f"{_hours(case)}extended to {when(case, _new(case))}{_was(case)}"


def _shortened(case: Case) -> str:
    return f"{_hours(case)}shortened to {when(case, _new(case))}{_was(case)}"


def _hours(case: Case) -> str:
    """Of an end that moves because a daily pause has other hours, those first."""
    statement = case.announced.statement
    words = hours_in_words(case.truce, statement) if isinstance(statement, Record) else ""
    return f"{words}; " if words else ""


def _dated(case: Case) -> str:
    return f"now has an end: {when(case, _new(case))}{_was(case)}"


def _opened(case: Case) -> str:
    end = _new(case)
    what = "no agreed end any more" if end.kind is EndKind.OPEN else f"now {_ends(case, end)}"
    return f"{what}{_was(case)}"


def _claimed(case: Case) -> str:
    gone = gone_statement(case)
    if gone is not None:
        return _gone(case, gone)
    early = "early " if isinstance(case.announced.statement, Termination) else ""
    new = _new(case)
    if new.kind is EndKind.OPEN:
        return f"{case.party_states} that no end is agreed, unconfirmed"
    if new.kind is EndKind.CONDITIONAL:
        return f"{case.party_states} that it ends on {when(case, new)}, unconfirmed"
    return f"{case.party_states} the {early}end {when(case, new)}, unconfirmed"


def _corrected(case: Case) -> str:
    if case.announced.is_of_the_desk:
        return _mistake(case)
    gone, change = gone_statement(case), case.announced
    if gone is not None:
        return _gone(case, gone)
    if (stated := late_statement(case)) is not None:
        return f"{_fate_of_end_in_force(case, stated)}; {_stated_end(case, stated)} recorded late"
    if change.old == change.new or (opens_or_closes_start(change) and change.statement is None):
        return _beside_the_end(case, change)
    if change.statement is None:
        return f"end corrected to {when(case, _new(case))}{_was(case)}"
    early = "early " if isinstance(change.statement, Termination) else ""
    return f"{early}end stated by {case.party} is corrected to {when(case, _new(case))}{_was(case)}"


def _beside_the_end(case: Case, change: Change) -> str:
    """The move of a start or of milestones while the end stays; an older ledger does not know how far a start moved."""
    if change.reopened and not (change.moved or change.starts):
        return reopened_headline(case)
    if change.starts is not None and not (change.moved and change.reason is None):
        return start_moved(case, change.starts)
    if change.moved and change.reason is None:
        return moved_headline(case)
    if case.truce.daily is not None and change.reason is not None:
        return f"{change.reason}; the last closing stays"
    return f"start corrected, the end stays {when(case, _new(case))}"


def gone_statement(case: Case) -> Record | Termination | None:
    """The statement that does not count, or no longer, where the alert says so; None where it says something else."""
    if case.delivery.kind not in (Kind.CLAIMED, Kind.CORRECTED):
        return None
    change, statement = case.announced, case.announced.statement
    if change.is_of_the_desk or not isinstance(statement, Record | Termination):
        return None
    gives_way = isinstance(statement, Termination) and change.ends_at != statement.at
    return statement if statement.confirmation is Confirmation.DENIED or change.new is None or gives_way else None


def late_statement(case: Case) -> Record | Termination | None:
    """The statement that came too late to move an end, where the alert says so."""
    statement = case.announced.statement
    return statement if case.announced.is_late and isinstance(statement, Record | Termination) else None


def _gone(case: Case, gone: Record | Termination) -> str:
    """The end that stands first, as people plan by it; then what does not count, and who says so."""
    if gone.confirmation is Confirmation.DENIED and gone.denied_by:
        fate = f"{_difference(case, gone)} denied by {parties(gone.denied_by, case.party_length)}"
    else:
        fate = f"{_stated_end(case, gone)} stated by {case.party} is {what_became_of(case, gone)}"
    return f"{_fate_of_end_in_force(case, gone)}; {fate}"


def what_became_of(case: Case, gone: Record | Termination) -> str:
    """`denied`, `taken out of the register`, or `no longer confirmed`."""
    if gone.confirmation is Confirmation.DENIED:
        return "denied"
    return "taken out of the register" if case.announced.new is None else "no longer confirmed"


def _fate_of_end_in_force(case: Case, gone: Record | Termination) -> str:
    """`ends 0100 Wed 4 May …, stands`; or `… again` where what is gone had taken its place."""
    status, end = case.status, case.status.end
    is_early = end.at is not None and end.at == status.terminated_at
    if status.is_over:
        verb = "ended early" if is_early else "expired"
        return f"{verb} {case.distance(end.surely_over)}, {when(case, end)}"
    replaced = case.announced.old is not None and case.announced.new is not None
    is_back = replaced and (gone.confirmed_at is not None or gone.confirmation is Confirmation.CLAIMED)
    what = f"ends early {when(case, end)}" if is_early else _ends(case, end)
    return f"{what} again" if is_back else f"{what}{' as before' if end.kind is EndKind.OPEN else ', stands'}"


def _difference(case: Case, gone: Record | Termination) -> str:
    """A stated end as seen from the one that stands: `48 h more`; where there is no such distance, as it is."""
    status, end = case.status, case.status.expiry
    stands = not status.is_over and status.end == end
    if stands and isinstance(gone, Record) and gone.end.kind is end.kind is EndKind.INSTANT and gone.end.at and end.at:
        if gone.end.at > end.at:
            return f"{_longer(case, end.at, gone.end.at)} more"
        if gone.end.at < end.at:
            return f"end {span(end.at - gone.end.at)} earlier"
    return _stated_end(case, gone)


def _longer(case: Case, earlier: datetime, later: datetime) -> str:
    """The time between two ends, as people say it: `one month` to the same hour of the same day of the next month."""
    first, last = (moment.astimezone(case.zone) for moment in (earlier, later))
    months = (last.year - first.year) * 12 + last.month - first.month
    if months and (first.day, first.time()) == (last.day, last.time()):
        return "one month" if months == 1 else f"{months} months"
    return span(later - earlier)


def _stated_end(case: Case, stated: Record | Termination) -> str:
    if isinstance(stated, Termination):
        return f"early end {case.short(End.instant(stated.at))}"
    if stated.end.at is None:
        is_open = stated.end.kind is EndKind.OPEN
        return "open end" if is_open else f"condition {condition(stated.end, CONDITION_LENGTH)}"
    return f"end {case.short(stated.end)}"


def _mistake(case: Case) -> str:
    """A mistake of the desk: never told as something that a party has said."""
    change = case.announced
    now = _stands(case, _new(case))
    if change.restored:
        return f"back in the register, watched again; {now}"
    records = change.voided or change.counts_again
    what = _stated_end(case, records[0]) if len(records) == 1 else f"{len(records)} records"
    if not change.voided:
        return f"{now}; {what} {'counts' if len(records) == 1 else 'count'} again"
    return f"{now}; {what} recorded by mistake"


def _stands(case: Case, end: End) -> str:
    """The end that counts, in words that are true before it and after it."""
    if end.surely_over > case.as_of:
        return _ends(case, end)
    how = "ended early" if case.status.terminated_at == end.at else "expired"
    return f"{how} {when(case, end)}"


def _terminated(case: Case) -> str:
    old = case.announced.old
    was = _was(case) if old not in (_new(case), case.chain[-1].end) else ""
    return f"terminated by {case.party} from {when(case, _new(case))}{was}"


def _was_to_end(case: Case, end: End) -> str:
    return "it had no agreed end" if end.kind is EndKind.OPEN else f"its end was {when(case, end)}"


def _withdrawn(case: Case) -> str:
    end = case.announced.old or case.chain[-1].end
    return f"taken out of the register, no longer watched; {_was_to_end(case, end)}"


def _review(case: Case) -> str:
    if is_about_lapse(case):
        return unresolved(case)
    if case.truce.waits_to_begin:
        return f"{has_not_begun(case.truce, CONDITION_LENGTH)}. Has it begun?"
    end = case.chain[-1].end
    if end.kind is EndKind.CONDITIONAL:
        since = f"{short_local(case.since, zone=case.zone)} {place(case.truce.zone)}"
        return f"still in force until {condition(end, CONDITION_LENGTH)}? Since {since}"
    return f"open since {moment_in(case, case.since)}: still in force?"


_TELLS_IF_BEGUN = frozenset({Kind.START, Kind.LAPSED, Kind.REVIEW, Kind.TERMINATED, Kind.WITHDRAWN})

_TITLES: dict[Kind, Callable[[Case], str]] = {
    Kind.REMINDER: reminder,
    Kind.LAPSED: lapsed,
    Kind.RECORDED: _recorded,
    Kind.START: start,
    Kind.EXTENDED: _extended,
    Kind.CLAIMED: _claimed,
    Kind.SHORTENED: _shortened,
    Kind.DATED: _dated,
    Kind.CORRECTED: _corrected,
    Kind.OPENED: _opened,
    Kind.TERMINATED: _terminated,
    Kind.WITHDRAWN: _withdrawn,
    Kind.REVIEW: _review,
    Kind.MILESTONE: milestone_headline,
}
