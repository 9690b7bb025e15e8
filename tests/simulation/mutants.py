"""Bugs, each a small change of the real code, that the simulator must find: the proof that its checkers can see.

Those in what is planned of starts, daily pauses and milestones stand in `planned_mutants`, those in escalations and
acknowledgements in `escalation_mutants`, those in quiet hours in `quiet_mutants`, and those in duty lists in
`duty_mutants`. One is planted at a time.
The table in README.md says which seed found each, and by which checker; `run.py --plant` makes it anew.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from unittest.mock import patch
from weakref import WeakKeyDictionary

from simulation import duty_mutants as duty
from simulation import escalation_mutants as escalation
from simulation import planned_mutants as planned
from simulation import quiet_mutants as quiet
from sqlalchemy import exists, update

from alertd.daemon import clock_doubt, problem_notices, reconcile, route, settling, worker
from alertd.daemon.channel_health import Streak
from alertd.daemon.clock_doubt import ClockMonitor, never_told, why_in_doubt
from alertd.daemon.loop import DaemonLoop
from alertd.daemon.problem_notices import ProblemNotices
from alertd.daemon.revision_store import RevisionStore
from alertd.domain import agenda, alert, horizon, known, plan, policy, reviews
from alertd.domain.agenda import Verdict
from alertd.domain.truce import Owner
from alertd.ledger import DeliveryState, acquisition, dispatch, planning, rows, schema, settlement
from alertd.ledger.prepared import Prepared
from alertd.message import facts, follows
from alertd.register import RegisterCache
from alertd.times.zones import ZoneWatch

Planting = Callable[[], AbstractContextManager[object]]


@dataclass(frozen=True)
class Bug:
    """A bug, and the promise that it breaks."""

    name: str
    checker: str
    """The one that must find it; others may as well."""
    plant: Planting


@contextmanager
def settle_before_send() -> Iterator[None]:
    """What a worker is handed counts as delivered at once."""
    take, settle = dispatch.dispatch, settlement.settle

    def dispatch_and_settle(connection, target, now, policy, limit, **how):
        dispatched = take(connection, target, now, policy, limit, **how)
        rows.move(
            connection,
            [one.id for one in dispatched],
            DeliveryState.ACQUIRED,
            DeliveryState.DELIVERED,
            dispatched_at=None,
            settled_at=now,
        )
        return dispatched

    def keep_quiet(connection, settlements: Sequence[object], now, **said) -> None:
        settle(connection, [], now, **said)

    with patch.object(dispatch, "dispatch", dispatch_and_settle), patch.object(settlement, "settle", keep_quiet):
        yield


def failed_is_final() -> AbstractContextManager[object]:
    """What failed once is not tried again."""
    return patch.object(settling, "retry_at", lambda **_: None)


def key_without_the_end() -> AbstractContextManager[object]:
    """Two stages that differ in their end alone count as the same."""
    own_key = alert.Delivery._own_key

    def without_end(self):
        key = own_key(self)
        return key if self.ends_at is None else key.replace(alert.iso_utc(self.ends_at), "-")

    return patch.object(alert.Delivery, "_own_key", without_end)


def nothing_taken_back() -> AbstractContextManager[object]:
    """A start leaves alone what the last process had acquired."""
    return patch.object(settlement, "recover", lambda _connection, _targets, _now: 0)


@contextmanager
def one_success_counts_for_all() -> Iterator[None]:
    """What one target took is delivered for every target."""
    settle = settlement.settle
    table, other = schema.delivery, schema.delivery.alias("taken")

    def settle_all(connection, settlements, now, **said):
        settle(connection, settlements, now, **said)
        taken = [one.id for one in settlements if one.outcome is Verdict.ACCEPTED]
        same = exists().where(
            other.c.id.in_(taken),
            other.c.truce == table.c.truce,
            other.c.kind == table.c.kind,
            other.c.stage == table.c.stage,
            other.c.ends_at == table.c.ends_at,
        )
        waiting = table.c.state.in_([DeliveryState.PLANNED, DeliveryState.ACQUIRED]) & table.c.dispatched_at.is_(None)
        connection.execute(
            update(table).where(waiting, same).values(state=DeliveryState.DELIVERED, settled_at=now, reason=None)
        )

    with patch.object(settlement, "settle", settle_all):
        yield


def a_filter_hides_a_cancellation() -> AbstractContextManager[object]:
    """A channel's `alerts` leave out whatever they do not name."""
    return patch.object(policy.Subscription, "takes", lambda self, kind: not self.alerts or kind in self.alerts)


@contextmanager
def overtaken_picks_the_wrong_stage() -> Iterator[None]:
    """Of several missed stages the first is sent, and the tighter ones are overtaken by it."""
    table, other = schema.delivery, acquisition._other

    looser = (
        exists()
        .where(
            table.c.kind.in_(sorted(acquisition.LADDER)),
            other.c.truce == table.c.truce,
            other.c.ends_at == table.c.ends_at,
            other.c.target == table.c.target,
            other.c.kind.in_(sorted(acquisition.LADDER)),
            other.c.due_at < table.c.due_at,
            other.c.state == DeliveryState.PLANNED,
        )
        .correlate(table)
        .label("tighter")
    )
    due = Prepared(acquisition._DUE.statement.with_only_columns(table, looser))
    waiting = tuple(
        Prepared(part.statement.with_only_columns(table, looser, dispatch._SAID)) for part in dispatch._WAITING
    )
    with patch.object(acquisition, "_DUE", due), patch.object(dispatch, "_WAITING", waiting):
        yield


def a_claim_silences() -> AbstractContextManager[object]:
    """While somebody claims an earlier end, the agreed one has no ladder."""
    watched_ends = plan.watched_ends

    def claimed_alone(truce):
        ends = watched_ends(truce)
        claims = tuple(one for one in ends if one.owner is Owner.CLAIM)
        return claims or ends

    return patch.object(plan, "watched_ends", claimed_alone)


def superseded_is_final() -> AbstractContextManager[object]:
    """An end that is back finds its old ladder superseded, and leaves it so."""
    keep = planning._keep

    def keep_superseded(agenda, row, wanted, now):
        if row.state != DeliveryState.SUPERSEDED:
            keep(agenda, row, wanted, now)

    return patch.object(planning, "_keep", keep_superseded)


def a_late_one_is_unmarked() -> AbstractContextManager[object]:
    """What goes out late does not say so."""
    marks = facts._marks

    def without_late(*args, **rest):
        return (mark for mark in marks(*args, **rest) if not mark[0].startswith("LATE"))

    return patch.object(facts, "_marks", without_late)


@contextmanager
def a_tick_takes_what_comes_next() -> Iterator[None]:
    """What is due within five minutes goes out with what is due now."""
    acquire, dispatch_rows = acquisition.acquire, dispatch.dispatch
    ahead = timedelta(minutes=5)

    def acquire_ahead(connection, now, *how, **rest):
        return acquire(connection, now + ahead, *how, **rest)

    def dispatch_ahead(connection, target, now, *how, **rest):
        return dispatch_rows(connection, target, now + ahead, *how, **rest)

    with patch.object(acquisition, "acquire", acquire_ahead), patch.object(dispatch, "dispatch", dispatch_ahead):
        yield


def no_pulse() -> AbstractContextManager[object]:
    """The loop sleeps until its timer rings, whatever the clock does meanwhile."""

    async def sleep_on(self):
        await self._wake.wait()
        self._wake.clear()

    return patch.object(DaemonLoop, "_sleep", sleep_on)


def one_line_for_all() -> AbstractContextManager[object]:
    """Every target waits until the one before it has answered."""
    send = worker.send
    lines: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = WeakKeyDictionary()

    async def send_in_turn(*what, **how):
        async with lines.setdefault(asyncio.get_running_loop(), asyncio.Lock()):
            return await send(*what, **how)

    return patch.object(worker, "send", send_in_turn)


def what_is_refused_is_not_told() -> AbstractContextManager[object]:
    """Nobody hears of what is wrong with the register."""

    async def find_nothing(_self, _now):
        return None

    return patch.object(ProblemNotices, "find", find_nothing)


def an_edit_is_read_once() -> AbstractContextManager[object]:
    """The files are read at start, and never again."""
    return patch.object(RegisterCache, "has_changed", lambda self: self._seen is None)


def zone_data_are_looked_for_once() -> AbstractContextManager[object]:
    """A running daemon does not look for newer zone data."""
    return patch.object(ZoneWatch, "renew", lambda _self: False)


def nothing_is_overtaken() -> AbstractContextManager[object]:
    """Of several stages that are due all are sent."""

    def never_overtaken(*due, is_overtaken, in_doubt):
        return agenda.next_step(*due, is_overtaken=False, in_doubt=in_doubt)

    return patch.object(acquisition, "next_step", never_overtaken)


def nothing_is_too_old() -> AbstractContextManager[object]:
    """What is overdue by days goes out by itself."""

    def next_step(kind, due_at, now, policy, **how):
        return agenda.next_step(kind, due_at, now, replace(policy, catch_up=timedelta(days=9999)), **how)

    return patch.object(acquisition, "next_step", next_step)


def a_repeat_is_unmarked() -> AbstractContextManager[object]:
    """What may be a repeat does not say so."""
    marks = facts._marks

    def without_repeat(*args, **rest):
        return (mark for mark in marks(*args, **rest) if mark[1] != "POSSIBLE REPEAT")

    return patch.object(facts, "_marks", without_repeat)


def a_replaced_end_stays() -> AbstractContextManager[object]:
    """The ladder of an end that was replaced is left as it is."""
    return patch.object(planning, "_drop", lambda _agenda, _row, _number: None)


def a_dead_channel_is_not_told() -> AbstractContextManager[object]:
    """Nobody hears that a channel fails."""
    return patch.object(worker, "streak_notices", lambda *_: ())


def a_streak_is_forgotten() -> AbstractContextManager[object]:
    """A process does not ask what the last one told of a channel."""

    async def nothing_told(_ledger, _target):
        return Streak()

    return patch.object(worker, "last_streak", nothing_told)


def nobody_stands_in() -> AbstractContextManager[object]:
    """A channel's fallback hears of nothing."""
    return patch.object(settling, "copies", lambda *_: ())


def what_is_refused_is_too_much() -> AbstractContextManager[object]:
    """A file with a mistake breaks the tick that tells of it."""
    return patch.object(problem_notices, "refused_text", lambda *_: 1 // 0)


def a_failure_tells_the_url() -> AbstractContextManager[object]:
    """What a channel says of its failure is kept as it stands."""
    return patch.object(route, "redact", str)


@contextmanager
def a_truce_overtakes_itself() -> Iterator[None]:
    """A program is sent all that is due at once, be it of one truce."""
    take = dispatch.dispatch

    def dispatch_all(connection, target, now, policy, limit, *, apart_from, **how):
        return take(connection, target, now, policy, limit, apart_from=None, **how)

    with patch.object(dispatch, "dispatch", dispatch_all):
        yield


def nothing_is_held() -> AbstractContextManager[object]:
    """Truces that vanish together count as withdrawn."""
    return patch.object(reconcile, "MASS_LOSS", 1_000)


def each_alert_returns_alone() -> AbstractContextManager[object]:
    """Each alert of a failed message draws the moment of its next try by itself."""

    def settle_each(sent, route, context):
        return [
            pair
            for one in sent.dispatched
            for pair in settling.settlements(replace(sent, dispatched=[one]), route, context)
        ]

    return patch.object(worker, "settlements", settle_each)


def nothing_is_judged_anew() -> AbstractContextManager[object]:
    """What a clock that was ahead has settled stays as it is once the clock is right."""

    async def leave(_self, _now):
        return None

    return patch.object(RevisionStore, "replan_after_clock_error", leave)


def what_seemed_over_stays_so() -> AbstractContextManager[object]:
    """A truce that was over by a clock that was ahead gets no row once the clock is right."""
    see_again = reconcile.Reconciler.see_again

    def see_nothing(self, known, now):
        return replace(see_again(self, known, now), wanted=(), announced=())

    return patch.object(reconcile.Reconciler, "see_again", see_nothing)


def a_doubt_never_ends() -> AbstractContextManager[object]:
    """The wait for a clock that may be wrong has no end."""
    begin = ClockMonitor.begin

    def begin_for_ever(self, last_tick):
        self._patience = timedelta(days=99).total_seconds()
        begin(self, last_tick)

    return patch.object(ClockMonitor, "begin", begin_for_ever)


def nobody_asks_the_kernel() -> AbstractContextManager[object]:
    """A clock is believed that the kernel says is not synchronised."""

    def believe_the_kernel(now, last_tick, not_before, _is_synchronised):
        return why_in_doubt(now, last_tick, not_before, never_told)

    return patch.object(clock_doubt, "why_in_doubt", believe_the_kernel)


@contextmanager
def what_has_passed_still_follows() -> Iterator[None]:
    """What follows is said from the ladder alone, whatever of it has gone out."""

    def whole_ladders(_connection, _target, _found, truces):
        everyone = policy.Subscription(channel="all", targets=("all",))
        now = datetime(2000, 1, 1, tzinfo=UTC)
        return {
            name: plan.plan(truce, [everyone], policy.Policy(), reviews_until=truce.starts, now=now)
            for name, truce in truces.items()
        }

    passed = patch.object(follows, "_later", lambda _case, deliveries: tuple(deliveries))
    with patch.object(dispatch, "ahead_of", whole_ladders), passed:
        yield


def nothing_seems_to_follow() -> AbstractContextManager[object]:
    """Nobody asks what lies ahead, and that counts as nothing."""
    return patch.object(dispatch, "ahead_of", lambda _connection, _target, _found, truces: dict.fromkeys(truces, ()))


def a_later_claim_is_forgotten() -> AbstractContextManager[object]:
    """Nothing is said of a claim that outlives the expiry."""
    return patch.object(plan, "later_claims", lambda _: ())


def a_lapse_is_asked_about_once() -> AbstractContextManager[object]:
    """Of a lapse one review is planned, and no other follows."""
    return patch.object(plan, "review_moments", lambda *how: islice(reviews.review_moments(*how), 1))


def a_check_answers_nothing() -> AbstractContextManager[object]:
    """Reviews go on as if nobody had found that a truce holds."""

    def unanswered(truce, *how):
        return reviews.review_moments(replace(truce, checked=()), *how)

    return patch.object(plan, "review_moments", unanswered)


def a_closing_ends_nothing() -> AbstractContextManager[object]:
    """Reviews of a lapse go on although the desk is done with it."""
    return patch.object(reviews, "is_closed", lambda _: False)


def a_mistake_still_counts() -> AbstractContextManager[object]:
    """A record that is marked as a mistake of recording counts as before."""
    heard = known._heard

    def unmarked(statements, at, **how):
        return [replace(one, void=None) for one in heard(statements, at, **how)]

    return patch.object(known, "_heard", unmarked)


def a_mistake_is_not_told() -> AbstractContextManager[object]:
    """An end that people believed by a mistake of recording is put right without a word."""
    changes = reconcile.changes

    def of_parties(old, new):
        return tuple(change for change in changes(old, new) if not change.is_of_the_desk)

    return patch.object(reconcile, "changes", of_parties)


def what_was_taken_out_stays_out() -> AbstractContextManager[object]:
    """A truce that was taken out and is back counts as over."""
    first_seen = reconcile.Reconciler._first_seen

    def seen_once(self, known, *rest, is_back):
        return None if is_back else first_seen(self, known, *rest, is_back=is_back)

    return patch.object(reconcile.Reconciler, "_first_seen", seen_once)


def a_day_ends_as_it_begins() -> AbstractContextManager[object]:
    """Of an end of which only the day is known, all is said of its first moment."""
    ladder = plan._ladder

    def of_the_beginning(live, *rest):
        return ladder(replace(live, end=replace(live.end, over=live.end.at)), *rest)

    return patch.object(plan, "_ladder", of_the_beginning)


def an_hour_happens_once() -> AbstractContextManager[object]:
    """Of an end that happens twice, the later reading is passed over."""
    ladder = plan._ladder

    def of_the_first(live, *rest):
        return ladder(replace(live, end=replace(live.end, second=None)), *rest)

    return patch.object(plan, "_ladder", of_the_first)


def the_horizon_stays() -> AbstractContextManager[object]:
    """What lies beyond the horizon is left out, and nobody looks again."""
    reach = horizon.reach

    def reach_once(planned, now, ahead, days_from):
        whole = reach(planned, now, timedelta(days=9999), days_from)
        return replace(reach(planned, now, ahead, days_from), look_at=whole.look_at)

    return patch.object(reconcile, "reach", reach_once)


def a_long_downtime_hides_what_came_due() -> AbstractContextManager[object]:
    """What came due beyond the horizon while no process ran counts as not known in time."""
    replan = reconcile.Reconciler.replan

    def replan_from_now(self, known, now):
        return replan(self, replace(known, rest_from=None), now)

    return patch.object(reconcile.Reconciler, "replan", replan_from_now)


BUGS = (
    Bug("settle before send", "each_target_on_its_own", settle_before_send),
    Bug("failed is final", "never_lost", failed_is_final),
    Bug("key without the end", "a_moved_end_rearms", key_without_the_end),
    Bug("nothing taken back at start", "every_row_says_why", nothing_taken_back),
    Bug("one success counts for all", "each_target_on_its_own", one_success_counts_for_all),
    Bug("a filter hides a cancellation", "a_moved_end_reaches_every_channel", a_filter_hides_a_cancellation),
    Bug("overtaken picks the wrong stage", "only_the_tightest", overtaken_picks_the_wrong_stage),
    Bug("a claim silences", "a_claim_silences_nothing", a_claim_silences),
    Bug("a later claim is forgotten", "never_lost", a_later_claim_is_forgotten),
    Bug("a lapse is asked about once", "never_lost", a_lapse_is_asked_about_once),
    Bug("a check answers nothing", "a_replaced_end_is_silent", a_check_answers_nothing),
    Bug("a closing ends nothing", "a_replaced_end_is_silent", a_closing_ends_nothing),
    Bug("a mistake still counts", "a_moved_end_reaches_every_channel", a_mistake_still_counts),
    Bug("a mistake is not told", "a_moved_end_reaches_every_channel", a_mistake_is_not_told),
    Bug("what was taken out stays out", "a_moved_end_reaches_every_channel", what_was_taken_out_stays_out),
    Bug("a day ends as it begins", "never_lost", a_day_ends_as_it_begins),
    Bug("an hour happens once", "never_lost", an_hour_happens_once),
    Bug("a start that slips is the same", "a_moved_end_rearms", planned.a_start_that_slips_is_the_same),
    Bug("what never begins is in force", "a_replaced_end_is_silent", planned.what_never_begins_is_in_force),
    Bug("a slip is not told", "a_moved_end_reaches_every_channel", planned.a_slip_is_not_told),
    Bug("a doubtful clock begins a truce", "a_doubtful_clock_says_so", planned.a_doubtful_clock_begins_a_truce),
    Bug("other hours change nothing", "never_lost", planned.other_hours_change_nothing),
    Bug("a pause has no last day", "a_replaced_end_is_silent", planned.a_pause_has_no_last_day),
    Bug("an opening happens once", "a_replaced_end_is_silent", planned.an_opening_happens_once),
    Bug("a moved milestone is not told", "a_moved_end_reaches_every_channel", planned.a_moved_milestone_is_not_told),
    Bug("superseded is final", "a_moved_end_rearms", superseded_is_final),
    Bug("a late one is unmarked", "late_says_so", a_late_one_is_unmarked),
    Bug("a tick takes what comes next", "never_early", a_tick_takes_what_comes_next),
    Bug("no pulse", "in_time_whatever_the_clock", no_pulse),
    Bug("nothing is judged anew", "a_wrong_clock_silences_nothing", nothing_is_judged_anew),
    Bug("what seemed over stays so", "a_wrong_clock_silences_nothing", what_seemed_over_stays_so),
    Bug("a doubt never ends", "a_wrong_clock_silences_nothing", a_doubt_never_ends),
    Bug("nobody asks the kernel", "a_doubtful_clock_says_so", nobody_asks_the_kernel),
    Bug("one line for all", "a_dead_channel_delays_no_other", one_line_for_all),
    Bug("what is refused is not told", "a_bad_edit_is_told", what_is_refused_is_not_told),
    Bug("an edit is read once", "an_edit_is_seen", an_edit_is_read_once),
    Bug("zone data are looked for once", "an_edit_is_seen", zone_data_are_looked_for_once),
    Bug("nothing is overtaken", "only_the_tightest", nothing_is_overtaken),
    Bug("nothing is too old", "too_old_is_summed_up", nothing_is_too_old),
    Bug("a repeat is unmarked", "a_repeat_is_marked", a_repeat_is_unmarked),
    Bug("a replaced end stays", "a_replaced_end_is_silent", a_replaced_end_stays),
    Bug("a dead channel is not told", "a_dead_channel_is_told_elsewhere", a_dead_channel_is_not_told),
    Bug("a streak is forgotten", "a_dead_channel_is_told_elsewhere", a_streak_is_forgotten),
    Bug("nobody stands in", "a_fallback_stands_in", nobody_stands_in),
    Bug("what is refused is too much", "nothing_takes_it_down", what_is_refused_is_too_much),
    Bug("a failure tells the URL", "no_secret_is_shown", a_failure_tells_the_url),
    Bug("a truce overtakes itself", "nothing_overtakes", a_truce_overtakes_itself),
    Bug("nothing is held", "never_lost", nothing_is_held),
    Bug("what has passed still follows", "what_follows_is_planned", what_has_passed_still_follows),
    Bug("nothing seems to follow", "what_follows_is_planned", nothing_seems_to_follow),
    Bug("the horizon stays", "never_lost", the_horizon_stays),
    Bug("a long downtime hides what came due", "never_lost", a_long_downtime_hides_what_came_due),
    Bug("each alert returns alone", "a_failed_message_comes_back_whole", each_alert_returns_alone),
    Bug("an answer calls nothing off", "an_answer_stops_a_chain", escalation.an_answer_calls_nothing_off),
    Bug("an early answer is forgotten", "an_answer_stops_a_chain", escalation.an_early_answer_is_forgotten),
    Bug("one answer is enough", "a_chain_goes_on", escalation.one_answer_is_enough),
    Bug("nobody is told of the answer", "an_answer_stops_a_chain", escalation.nobody_is_told_of_the_answer),
    Bug("one failure starts the wait", "a_step_waits", escalation.one_failure_starts_the_wait),
    Bug("nobody waits for an answer", "a_step_waits", escalation.nobody_waits_for_an_answer),
    Bug("a channel that fails ends a chain", "a_chain_goes_on", escalation.a_channel_that_fails_ends_a_chain),
    Bug("a start calls off all steps", "a_chain_goes_on", escalation.a_start_calls_off_all_steps),
    Bug("the last step is left out", "a_chain_goes_on", escalation.the_last_step_is_left_out),
    Bug("a moved end goes on escalating", "a_replaced_end_is_silent", escalation.a_moved_end_goes_on_escalating),
    Bug("quiet by UTC", "quiet_hours_are_kept", quiet.quiet_by_utc),
    Bug("a lapse never passes", "quiet_hours_are_kept", quiet.a_lapse_never_passes),
    Bug("a night is as long as its hours", "quiet_hours_are_kept", quiet.a_night_is_as_long_as_its_hours),
    Bug("what waited is dropped", "never_lost", quiet.what_waited_is_dropped),
    Bug("what waited comes one by one", "what_waited_comes_merged", quiet.what_waited_comes_one_by_one),
    Bug("superseded in the quiet", "a_replaced_end_is_silent", quiet.what_was_superseded_in_the_quiet_is_sent),
    Bug("on duty when planned", "a_step_goes_to_whoever_is_on_duty", duty.on_duty_when_planned),
    Bug("a gap reaches one person", "a_step_goes_to_whoever_is_on_duty", duty.a_gap_reaches_one_person),
    Bug("a shift outlasts its end", "a_gap_is_told", duty.a_shift_outlasts_its_end),
    Bug("a list that is gone counts", "a_gap_is_told", duty.a_list_that_is_gone_counts),
    Bug("a gap is not told", "a_gap_is_told", duty.a_gap_is_not_told),
    Bug("a start hands over again", "a_hand_over_comes_once", duty.a_start_hands_over_again),
)

SEEDS = range(1, 201)
"""Among these each must be found."""


@dataclass(frozen=True)
class Caught:
    """How a bug was found."""

    seed: int
    finding: str
