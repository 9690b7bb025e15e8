"""What any ledger must keep, in a file, in memory or on a server: it agrees with the model after any sequence of calls.

The machine edits ends there and back and withdraws truces, lets time pass, claims, hands over, settles in every way and
in batches, acknowledges, crashes, loses a channel, forgets what is old, and remembers what was read; after each step
every row, the next moment, and what is remembered must be what the model says. Another ledger is held to the same by a
subclass of `Agreement` that opens it.
"""

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import mkdtemp

import pytest
from factories import delivery, end, moment, truce
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from ledger.model import Model, alert_of
from ledger.steps import change, ladder, news, record, result_of, revision, row, send, take
from postgresql import Server
from profiles import examples

from alertd.domain.acknowledgement import Acknowledgement
from alertd.domain.agenda import Verdict
from alertd.domain.alert import Delivery, Kind
from alertd.domain.policy import Policy
from alertd.ledger import (
    CacheKey,
    DeliveryState,
    IllegalTransition,
    Ledger,
    RememberedFile,
    ServerUrl,
    TextDelivery,
    TruceStanding,
    acknowledging,
    acquisition,
    dispatch,
    planning,
    queries,
    restart_cache,
    retention,
    settlement,
)

MORNING = moment("2016-05-02T09:00")
TRUCES = ("eastern-ghouta", "latakia")
TARGETS = ("desk", "oncall")
ENDS = ("2016-05-02T16:30", "2016-05-02T17:00", "2016-05-03T09:00")
STAGES = ("6h", "1h", "15m")
POLICY = Policy(catch_up=timedelta(hours=8))
RETRY = timedelta(seconds=10)
FILES = ("truces/syria.toml", "truces/yemen.toml")
EVERY_ROW = 10_000


def in_memory(_folder: Path) -> Ledger:
    return Ledger.in_memory()


def in_file(folder: Path) -> Ledger:
    return Ledger.open(folder / "ledger.db")


class Agreement(RuleBasedStateMachine):
    """A real ledger and the model, told the same."""

    opener: Callable[[Path], Ledger]
    reopens: bool

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(mkdtemp())
        self.ledger = type(self).opener(self.folder)
        self.model = Model(POLICY.catch_up)
        self.now = MORNING
        self.ends: dict[str, str] = {}
        self.in_hands = []
        """What workers were given and have not settled."""

    def teardown(self) -> None:
        self.ledger.close()
        shutil.rmtree(self.folder)

    @initialize()
    def first_truces(self) -> None:
        for truce_id in TRUCES:
            self.edit(truce_id, ENDS[0])

    @rule(truce_id=st.sampled_from(TRUCES), ends=st.sampled_from(ENDS))
    def edit(self, truce_id: str, ends: str) -> None:
        """The end moves, there and back, or stays where it is."""
        changed = self.ends.get(truce_id) != ends
        self.ends[truce_id] = ends
        self.model.ends[truce_id] = moment(ends)
        wanted = tuple(part for target in TARGETS for part in _ladder(truce_id, ends, target))
        kind = Kind.EXTENDED if changed else None
        announced = tuple(
            delivery(kind, truce=truce_id, ends_at=ends, due_at=self.now, target=target) for target in TARGETS if kind
        )
        told = revision(
            of=truce(id=truce_id, first_end=end(ends)),
            changes=(change(new=end(ends)),) if changed else (),
            wanted=wanted,
            announced=announced,
        )
        self.ledger.run(planning.store, [told], self.now)
        self.model.record(truce_id, wanted, announced, self.now, changed=changed)

    @rule(truce_id=st.sampled_from(TRUCES))
    def withdraw(self, truce_id: str) -> None:
        """The truce is taken out; an edit may bring it back."""
        if (ends := self.ends.pop(truce_id, None)) is None:
            return
        announced = tuple(
            delivery(Kind.WITHDRAWN, truce=truce_id, ends_at=ends, due_at=self.now, target=target) for target in TARGETS
        )
        told = revision(
            of=truce(id=truce_id, first_end=end(ends)),
            changes=(change(Kind.WITHDRAWN),),
            announced=announced,
            standing=TruceStanding.WITHDRAWN,
        )
        self.ledger.run(planning.store, [told], self.now)
        self.model.record(truce_id, (), announced, self.now, changed=True)

    @rule(minutes=st.sampled_from((1, 15, 45, 120, 600)))
    def wait(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @rule()
    def wait_for_the_next(self) -> None:
        """Something comes to be due, perhaps beside what was acquired before and nobody took."""
        self.now = max(self.now, self.ledger.run(acquisition.next_due) or self.now)
        self.acquire()

    @rule(minutes=st.sampled_from((1, 90)))
    def step_back(self, minutes: int) -> None:
        """Somebody sets the clock back."""
        self.now -= timedelta(minutes=minutes, seconds=1)

    @rule(to=st.sampled_from(TARGETS), about=st.sampled_from(("clock", "channel desk")))
    def enqueue(self, to: str, about: str) -> None:
        said = _ops(to, about, self.now)
        self.ledger.run(acquisition.enqueue, [_said(said)], self.now)
        self.model.enqueue([said])

    @rule()
    def acquire(self) -> None:
        self.now += timedelta(seconds=1)  # two summaries of one target in one moment have one name in the model
        assert self.ledger.run(acquisition.acquire, self.now, POLICY).targets == self.model.acquire(self.now)

    @rule(to=st.sampled_from(TARGETS), limit=st.sampled_from((1, 2, 20)), apart=st.booleans(), at_once=st.booleans())
    def dispatch(self, to: str, limit: int, *, apart: bool, at_once: bool) -> None:
        """A worker takes what was acquired for it, just now or some time ago."""
        if at_once:
            self.acquire()
        busy = {sent.delivery.truce for sent in self.in_hands if sent.delivery.target == to}
        dispatched = self.ledger.run(dispatch.dispatch, to, self.now, POLICY, limit, apart_from=busy if apart else None)
        assert [_name(sent.delivery) for sent in dispatched] == self.model.dispatch(to, self.now, limit, apart=apart)
        for sent in dispatched:
            expected = self.model.row(_name(sent.delivery))
            assert (sent.attempts, sent.notice.possible_repeat) == (expected.attempts, expected.possible_repeat)
        self.in_hands += dispatched

    @rule(outcomes=st.lists(st.sampled_from(Verdict), min_size=1, max_size=4), data=st.data(), failed=st.booleans())
    def settle(self, outcomes: list[Verdict], data, *, failed: bool) -> None:
        """Some of what is in hands comes to its end together, and perhaps something is said of it."""
        ended = data.draw(st.permutations(self.in_hands))[: len(outcomes)]
        self.in_hands = [sent for sent in self.in_hands if sent not in ended]
        again_at = self.now + RETRY
        settlements = [
            result_of(sent, outcome, not_before=again_at if outcome in (Verdict.FAILED, Verdict.UNSURE) else None)
            for sent, outcome in zip(ended, outcomes, strict=False)
        ]
        said = [_ops("oncall", "channel desk", self.now)] if failed else []
        self.ledger.run(settlement.settle, settlements, self.now, notices=[_said(delivery) for delivery in said])
        for sent, outcome in zip(ended, outcomes, strict=False):
            self.model.settle(_name(sent.delivery), outcome, self.now, again_at)
        self.model.enqueue(said)

    @rule(data=st.data())
    def acknowledge(self, data) -> None:
        """Somebody acknowledges an alert, of which perhaps nobody was told, or whose end has moved."""
        rows = [row for row in self.model.rows if row.delivery.kind is not Kind.MISSED]
        if not rows:
            return
        row = data.draw(st.sampled_from(rows))
        given = Acknowledgement(at=self.now, by="lena", way="command", note=None)
        judged = self.ledger.run(acknowledging.acknowledge, row.delivery.key, given, str)
        assert (judged.refusal is None) == self.model.acknowledge(row, self.now)

    @rule(hours=st.sampled_from((0, 6, 24)))
    def prune(self, hours: int) -> None:
        """What was settled long ago is forgotten."""
        before = self.now - timedelta(hours=hours)
        assert self.ledger.run(retention.prune, before, EVERY_ROW) == self.model.prune(before)

    @rule(
        name=st.sampled_from(FILES),
        traits=st.sampled_from((None, "[1, 2]")),
        blocks=st.sampled_from(("", "a 1 b")),
        cache_key=st.builds(CacheKey, reading=st.sampled_from((None, "2026a", "2026b")), planning=st.just("one")),
    )
    def read(self, name: str, traits: str | None, blocks: str, cache_key: CacheKey) -> None:
        """A file is read by the rules of the day, with no news in it; what is over is only listed anew."""
        self.ledger.run(restart_cache.store_cache_key, cache_key)
        self.model.store_cache_key(cache_key)
        file = RememberedFile(name, traits, blocks)
        self.ledger.run(planning.store, (), self.now, [file])
        self.model.remember(file)
        listed = self.ledger.run(restart_cache.reindex, self.ledger.run(queries.truces, TRUCES).values())
        assert listed == {truce_id: self.ledger.run(restart_cache.index)[truce_id] for truce_id in listed}

    @rule(left=st.sampled_from((TARGETS, TARGETS, TARGETS[:1])))
    def crash(self, left: tuple[str, ...]) -> None:
        """The process dies and comes back, perhaps with a channel less; what its workers held is nobody's."""
        self.in_hands.clear()
        if self.reopens:
            self.ledger.close()
            self.ledger = type(self).opener(self.folder)
        self.ledger.run(settlement.recover, left, self.now)
        self.model.recover(left, self.now)

    @invariant()
    def every_row_is_what_the_model_says(self) -> None:
        real = {
            _row_name(found): (found.state, found.attempts, found.possible_repeat)
            for found in self.ledger.run(queries.history)
        }
        assert real == {row.name: (row.state, row.attempts, row.possible_repeat) for row in self.model.rows}

    @invariant()
    def what_is_acknowledged_is_what_the_model_says(self) -> None:
        real = {
            _row_name(found): (found.acknowledgement.at, found.acknowledgement.is_void)
            for found in self.ledger.run(queries.history)
            if found.acknowledgement is not None
        }
        assert real == {
            row.name: (self.model.acknowledged[alert_of(row)], self.model.is_void(row))
            for row in self.model.rows
            if alert_of(row) in self.model.acknowledged
        }

    @invariant()
    def the_next_moment_is_what_the_model_says(self) -> None:
        assert self.ledger.run(acquisition.next_due) == self.model.next_due()

    @invariant()
    def what_is_remembered_is_what_the_model_says(self) -> None:
        cache_key, files = self.ledger.run(restart_cache.remembered)
        assert (cache_key, {file.name: file for file in files}) == (self.model.cache_key, self.model.files)

    @invariant()
    def the_list_tells_when_each_truce_is_over(self) -> None:
        listed = {
            truce_id: entry.over_at
            for truce_id, entry in self.ledger.run(restart_cache.index).items()
            if entry.is_watched
        }
        assert listed == {truce_id: moment(ends) for truce_id, ends in self.ends.items()}


class InMemory(Agreement):
    opener = staticmethod(in_memory)
    reopens = False


class InFile(Agreement):
    opener = staticmethod(in_file)
    reopens = True


def on_server(postgresql: Server) -> type[Agreement]:
    urls: dict[Path, ServerUrl] = {}

    def opened(folder: Path) -> Ledger:
        if folder not in urls:
            urls[folder] = postgresql.new()
        ledger = Ledger.open(urls[folder])
        assert ledger.become_active("one")
        return ledger

    class OnServer(Agreement):
        opener = staticmethod(opened)
        reopens = True

    return OnServer


def _ladder(truce_id: str, ends: str, target: str) -> list[Delivery]:
    reminders = [delivery(stage=stage, ends_at=ends, truce=truce_id, target=target) for stage in STAGES]
    return [*reminders, delivery(Kind.LAPSED, stage="+15m", ends_at=ends, truce=truce_id, target=target)]


def _ops(to: str, about: str, now: datetime) -> Delivery:
    return Delivery(due_at=now, truce=None, kind=Kind.OPS, stage=None, ends_at=None, channel=to, target=to, about=about)


def _said(about: Delivery) -> TextDelivery:
    return TextDelivery(delivery=about, text="what is to be said")


def _name(delivery: Delivery) -> str:
    return f"summary {delivery.target} {delivery.due_at}" if delivery.kind is Kind.MISSED else delivery.key


def _row_name(found) -> str:
    return f"summary {found.target} {found.due_at}" if found.kind == Kind.MISSED else found.key


def test_a_ledger_in_memory_agrees_with_the_model():
    run_state_machine_as_test(InMemory, settings=settings(examples(40), stateful_step_count=40))


def test_a_ledger_in_a_file_agrees_with_the_model():
    run_state_machine_as_test(InFile, settings=settings(examples(6), stateful_step_count=40))


def test_a_ledger_on_a_server_agrees_with_the_model(postgresql):
    run_state_machine_as_test(on_server(postgresql), settings=settings(examples(6), stateful_step_count=40))


@pytest.mark.long
def test_a_ledger_on_a_server_agrees_with_the_model_for_long(postgresql):
    run_state_machine_as_test(on_server(postgresql), settings=settings(max_examples=200, stateful_step_count=60))


@pytest.mark.long
def test_a_ledger_agrees_with_the_model_for_long():
    run_state_machine_as_test(InMemory, settings=settings(max_examples=2000, stateful_step_count=60))


# What a sequence of calls that succeed cannot show: a call that fails leaves nothing behind.


def test_a_recording_that_fails_halfway_leaves_nothing(ledger):
    before, (late,) = ladder(), ladder(stages=("24h",), truce="latakia")
    record(ledger, wanted=before)
    good = revision(wanted=ladder(ends_at="2016-05-04T22:00"))
    naive = replace(late, ends_at=late.ends_at.replace(tzinfo=None), at=None)
    with pytest.raises(Exception, match="needs its zone"):
        ledger.run(planning.store, [good, revision(of=truce(id="latakia"), wanted=[naive])], MORNING)
    assert {found.key for found in ledger.run(queries.history)} == {found.key for found in before}
    assert list(ledger.run(queries.truces)) == ["eastern-ghouta"]


def test_a_settlement_that_is_not_legal_settles_nothing_of_its_batch(ledger):
    first, second = ladder(stages=("24h",), truce="eastern-ghouta"), ladder(stages=("24h",), truce="latakia")
    record(ledger, wanted=first)
    record(ledger, of=truce(id="latakia"), wanted=second)
    ledger.run(acquisition.acquire, first[0].due_at, POLICY)
    settled, other = take(ledger, first[0].due_at)
    ledger.run(settlement.settle, [result_of(settled)], first[0].due_at)
    with pytest.raises(IllegalTransition):
        ledger.run(settlement.settle, [result_of(other), result_of(settled)], first[0].due_at)
    assert row(ledger, other.delivery).state is DeliveryState.ACQUIRED


def test_an_alert_is_put_on_the_agenda_once_whatever_becomes_of_it(ledger):
    told = news()
    record(ledger, changes=[change()], announced=[told])
    send(ledger, MORNING)
    ledger.run(acquisition.enqueue, [_said(replace(told, revision=1))], MORNING)
    assert [found.state for found in ledger.run(queries.history)] == [DeliveryState.DELIVERED]
