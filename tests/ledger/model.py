"""A ledger as a few lines of plain Python: what any real one must agree with, whatever it stores its rows in.

It knows ladders, news and words of alertd's own, and leaves out what is there for people: reasons, messages, health. It
is written from the design, and asks nothing of the code it is compared with but values.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from alertd.domain.agenda import Verdict
from alertd.domain.alert import CHANGES, LADDER, Delivery, Kind
from alertd.domain.policy import FRESH_END
from alertd.ledger import CacheKey, DeliveryState, RememberedFile

PLANNED, ACQUIRED, SUPERSEDED = DeliveryState.PLANNED, DeliveryState.ACQUIRED, DeliveryState.SUPERSEDED
EARLY = (DeliveryState.DELIVERED, DeliveryState.FAILED, DeliveryState.OVERTAKEN, DeliveryState.MISSED)
"""Settled in a way that a clock which was ahead can bring about before the moment of the delivery."""


@dataclass
class ModelRow:
    """One delivery, and what became of it."""

    delivery: Delivery
    state: DeliveryState = PLANNED
    attempts: int = 0
    possible_repeat: bool = False
    not_before: datetime | None = None
    dispatched: bool = False
    replaced: bool = False
    settled_at: datetime | None = None
    """When it came to where it stands, unless that is planned or acquired."""

    @property
    def name(self) -> str:
        """The key; a summary, whose key is the ledger's own affair, is named by its moment."""
        delivery = self.delivery
        return f"summary {delivery.target} {delivery.due_at}" if delivery.kind is Kind.MISSED else delivery.key

    @property
    def untouched(self) -> bool:
        """Planned, or acquired and in nobody's hands."""
        return self.state is PLANNED or (self.state is ACQUIRED and not self.dispatched)

    def is_early(self, now: datetime) -> bool:
        """Of a ladder, and only a clock that was ahead has shown its moment."""
        return self.delivery.kind in LADDER and self.delivery.due_at > now

    def end(self, state: DeliveryState, now: datetime) -> None:
        """Nothing more is to become of it, as things stand."""
        self.state, self.settled_at = state, now


@dataclass
class Model:
    """The rows in the order in which they came, and the last revision of each truce."""

    catch_up: timedelta
    rows: list[ModelRow] = field(default_factory=list)
    revisions: dict[str, int] = field(default_factory=dict)
    cache_key: CacheKey = field(default_factory=CacheKey)
    files: dict[str, RememberedFile] = field(default_factory=dict)
    ends: dict[str | None, datetime | None] = field(default_factory=dict)
    """The end of each truce, as it was known last."""
    acknowledged: dict[tuple[object, ...], datetime] = field(default_factory=dict)
    """When each alert was acknowledged."""

    def record(
        self, truce: str, wanted: Sequence[Delivery], announced: Sequence[Delivery], now: datetime, *, changed: bool
    ) -> None:
        """The whole ladder of a truce, and the news of this revision."""
        number = self.revisions.get(truce, 0) + changed
        self.revisions[truce] = number
        mine = [row for row in self.rows if row.delivery.truce == truce]
        told = {delivery.target for delivery in announced}
        for row in mine:
            if row.delivery.kind in CHANGES and row.delivery.target in told:
                self._drop(row, now)
        keys = {delivery.key for delivery in wanted}
        for row in mine:
            if row.delivery.kind not in LADDER:
                continue
            if row.delivery.key not in keys:
                self._drop(row, now)
            elif row.state is ACQUIRED:
                row.replaced = False
            elif row.state is SUPERSEDED and row.delivery.due_at >= now:
                row.state, row.replaced, row.not_before, row.settled_at = PLANNED, False, None, None
            elif row.state in EARLY and row.delivery.due_at > now:
                row.possible_repeat = row.possible_repeat or row.state is DeliveryState.DELIVERED
                row.state, row.replaced, row.not_before, row.settled_at, row.dispatched = (
                    PLANNED,
                    False,
                    None,
                    None,
                    False,
                )
        self._insert(
            [*(replace(delivery, revision=number) for delivery in announced), *(o for o in wanted if o.due_at >= now)]
        )

    def enqueue(self, said: Iterable[Delivery]) -> None:
        """What brings its own text."""
        self._insert(said)

    def acquire(self, now: datetime) -> tuple[str, ...]:
        """What is due goes to its target, is overtaken, or becomes a line of its target's summary."""
        due = [row for row in self.rows if row.state is PLANNED and row.delivery.due_at <= now and _may_go(row, now)]
        verdicts = [(row, self._is_overtaken(row, now), now - row.delivery.due_at > self.catch_up) for row in due]
        for row, overtaken, missed in verdicts:
            if overtaken or missed:
                row.end(DeliveryState.OVERTAKEN if overtaken else DeliveryState.MISSED, now)
            else:
                row.state, row.not_before = ACQUIRED, None
        grows = {row.delivery.target for row in self.rows if _may_grow(row, now)}
        for target in dict.fromkeys(row.delivery.target for row, overtaken, missed in verdicts if missed > overtaken):
            if target in grows:
                continue
            summary = Delivery(
                due_at=now, truce=None, kind=Kind.MISSED, stage=None, ends_at=None, channel=target, target=target
            )
            self.rows.append(ModelRow(summary, ACQUIRED))
        return tuple(sorted({row.delivery.target for row in self.rows if row.state is ACQUIRED and not row.dispatched}))

    def dispatch(self, target: str, now: datetime, limit: int, *, apart: bool) -> list[str]:
        """What a worker is given, soonest end first; `apart`: one alert of each truce that has none on its way."""
        while found := sorted(self._waiting(target, now, apart=apart), key=lambda row: _urgency(row, now))[:limit]:
            overtaken = [row for row in found if self._is_overtaken(row, now)]
            for row in overtaken:
                row.end(DeliveryState.OVERTAKEN, now)
            going = [row for row in found if row not in overtaken]
            if apart:
                firsts = {row.delivery.truce or row.name: row for row in reversed(going)}
                going = [row for row in going if row in firsts.values()]
            for row in going:
                row.dispatched, row.attempts = True, row.attempts + 1
            if going:
                return [row.name for row in going]
        return []

    def settle(self, name: str, outcome: Verdict, now: datetime, not_before: datetime) -> None:
        """What became of a send."""
        row = self.row(name)
        row.dispatched = False
        row.possible_repeat |= outcome is Verdict.UNSURE
        match outcome:
            case Verdict.ACCEPTED | Verdict.REFUSED if row.is_early(now) and not row.replaced:
                row.state, row.not_before = PLANNED, None
                row.possible_repeat |= outcome is Verdict.ACCEPTED
            case Verdict.ACCEPTED:
                row.end(DeliveryState.DELIVERED, now)
            case Verdict.REFUSED:
                row.end(DeliveryState.FAILED, now)
            case _ if row.replaced:
                row.end(SUPERSEDED, now)
            case _:
                row.state, row.not_before = PLANNED, not_before

    def recover(self, targets: Iterable[str], now: datetime) -> None:
        """What was acquired is planned again, and marked where a worker had it; what nobody can send is superseded."""
        for row in self.rows:
            lost = row.delivery.target not in targets
            if row.state is ACQUIRED:
                row.possible_repeat, row.dispatched = row.possible_repeat or row.dispatched, False
                if lost or row.replaced:
                    row.end(SUPERSEDED, now)
                else:
                    row.state = PLANNED
            elif row.state is PLANNED and lost:
                row.end(SUPERSEDED, now)

    def prune(self, before: datetime) -> int:
        """What was settled before a moment, and lies before it, is forgotten; gives how much that is."""
        old = [row for row in self.rows if row.settled_at and max(row.settled_at, row.delivery.due_at) < before]
        self.rows = [row for row in self.rows if row not in old]
        self.acknowledged = {alert: at for alert, at in self.acknowledged.items() if at >= before}
        return len(old)

    def acknowledge(self, row: ModelRow, now: datetime) -> bool:
        """Whether the alert of a row can be acknowledged; from then on it is, on each of its targets."""
        alike = [other for other in self.rows if alert_of(other) == alert_of(row)]
        moments = [moment for each in alike for moment in (each.delivery.due_at, each.settled_at) if moment]
        last = max([*moments, row.delivery.ends_at or moments[0]])
        may = (
            any(each.attempts for each in alike)
            and not self.is_void(row)
            and now <= last + timedelta(days=1)
            and alert_of(row) not in self.acknowledged
        )
        if may:
            self.acknowledged[alert_of(row)] = now
        return may

    def is_void(self, row: ModelRow) -> bool:
        """Whether the end of a row has moved."""
        return row.delivery.ends_at is not None and row.delivery.ends_at != self.ends[row.delivery.truce]

    def remember(self, file: RememberedFile) -> None:
        """What the next start may take as read."""
        self.files[file.name] = file
        if file.traits is None and not file.blocks:
            del self.files[file.name]

    def store_cache_key(self, cache_key: CacheKey) -> None:
        """What was read by other rules is read again."""
        if cache_key.reading is None or cache_key.reading != self.cache_key.reading:
            self.files.clear()
        self.cache_key = cache_key

    def next_due(self) -> datetime | None:
        """When something planned may go."""
        moments = (max(r.delivery.due_at, r.not_before or r.delivery.due_at) for r in self.rows if r.state is PLANNED)
        return min(moments, default=None)

    def row(self, name: str) -> ModelRow:
        return next(row for row in self.rows if row.name == name)

    def _insert(self, deliveries: Iterable[Delivery]) -> None:
        known = {row.name for row in self.rows}
        self.rows.extend(ModelRow(delivery) for delivery in deliveries if delivery.key not in known)

    @staticmethod
    def _drop(row: ModelRow, now: datetime) -> None:
        if row.untouched:
            row.end(SUPERSEDED, now)
            row.replaced = True
        elif row.state is ACQUIRED:
            row.replaced = True

    def _waiting(self, target: str, now: datetime, *, apart: bool) -> list[ModelRow]:
        acquired = [row for row in self.rows if row.state is ACQUIRED and row.delivery.target == target]
        busy = {row.delivery.truce for row in acquired if apart and row.dispatched} - {None}
        return [
            row for row in acquired if not row.dispatched and not row.is_early(now) and row.delivery.truce not in busy
        ]

    def _is_overtaken(self, row: ModelRow, now: datetime) -> bool:
        mine = row.delivery
        return mine.kind in LADDER and any(
            theirs.kind in LADDER
            and (theirs.truce, theirs.ends_at, theirs.target) == (mine.truce, mine.ends_at, mine.target)
            and mine.due_at < theirs.due_at <= now
            and other.state is not SUPERSEDED
            for other in self.rows
            for theirs in (other.delivery,)
        )


def alert_of(row: ModelRow) -> tuple[object, ...]:
    """What makes two rows the same alert to two targets."""
    it = row.delivery
    return it.truce, it.kind, it.stage, it.ends_at, it.revision, it.about, it.due_at if it.ends_at is None else None


def _may_go(row: ModelRow, now: datetime) -> bool:
    return row.not_before is None or row.not_before <= now


def _may_grow(row: ModelRow, now: datetime) -> bool:
    """A summary that nobody was given yet, and that is due."""
    waits = row.state is ACQUIRED or row.delivery.due_at <= now
    return row.delivery.kind is Kind.MISSED and row.untouched and waits and row.attempts == 0


def _urgency(row: ModelRow, now: datetime) -> tuple[int, datetime, datetime]:
    delivery = row.delivery
    if delivery.ends_at is None:
        return 3 if delivery.kind is Kind.MISSED else 2, delivery.due_at, delivery.due_at
    return int((delivery.at or delivery.ends_at) < now - FRESH_END), delivery.ends_at, delivery.due_at
