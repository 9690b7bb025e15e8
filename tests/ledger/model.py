"""A ledger as a few lines of plain Python: what any real one must agree with, whatever it stores its rows in.

It knows ladders, news and words of alertd's own, and forgets everything that is there for speed or for people: batches,
reasons, messages. It is written from the design, and asks nothing of the code it is compared with but values.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from alertd.domain.agenda import Verdict
from alertd.domain.alert import CHANGES, LADDER, Delivery, Kind
from alertd.ledger import DeliveryState

PLANNED, CLAIMED, SUPERSEDED = DeliveryState.PLANNED, DeliveryState.CLAIMED, DeliveryState.SUPERSEDED


@dataclass
class Row:
    """One delivery, and what became of it."""

    delivery: Delivery
    state: DeliveryState = PLANNED
    attempts: int = 0
    possible_repeat: bool = False
    not_before: datetime | None = None
    handed: bool = False
    replaced: bool = False

    @property
    def name(self) -> str:
        """The key; a summary, whose key is the ledger's own affair, is named by its moment."""
        one = self.delivery
        return f"summary {one.target} {one.due_at}" if one.kind is Kind.MISSED else one.key

    @property
    def untouched(self) -> bool:
        """Planned, or claimed and in nobody's hands."""
        return self.state is PLANNED or (self.state is CLAIMED and not self.handed)


@dataclass
class Model:
    """The rows in the order in which they came, and the last revision of each truce."""

    catch_up: timedelta
    rows: list[Row] = field(default_factory=list)
    revisions: dict[str, int] = field(default_factory=dict)

    def record(
        self, truce: str, wanted: Sequence[Delivery], announced: Sequence[Delivery], now: datetime, *, changed: bool
    ) -> None:
        """The whole ladder of a truce, and the news of this revision."""
        number = self.revisions.get(truce, 0) + changed
        self.revisions[truce] = number
        mine = [row for row in self.rows if row.delivery.truce == truce]
        told = {one.target for one in announced}
        for row in mine:
            if row.delivery.kind in CHANGES and row.delivery.target in told:
                self._drop(row)
        keys = {one.key for one in wanted}
        for row in mine:
            if row.delivery.kind not in LADDER:
                continue
            if row.delivery.key not in keys:
                self._drop(row)
            elif row.state is CLAIMED:
                row.replaced = False
            elif row.state is SUPERSEDED and row.delivery.due_at >= now:
                row.state, row.replaced, row.not_before = PLANNED, False, None
        self._insert([*(replace(one, revision=number) for one in announced), *(o for o in wanted if o.due_at >= now)])

    def say(self, said: Iterable[Delivery]) -> None:
        """What brings its own text."""
        self._insert(said)

    def claim(self, now: datetime) -> tuple[str, ...]:
        """What is due goes to its target, is overtaken, or becomes a line of its target's summary."""
        due = [row for row in self.rows if row.state is PLANNED and row.delivery.due_at <= now and _may_go(row, now)]
        verdicts = [(row, self._is_overtaken(row, now), now - row.delivery.due_at > self.catch_up) for row in due]
        for row, overtaken, missed in verdicts:
            row.not_before = None if not overtaken and not missed else row.not_before
            row.state = DeliveryState.OVERTAKEN if overtaken else DeliveryState.MISSED if missed else CLAIMED
        for target in dict.fromkeys(row.delivery.target for row, overtaken, missed in verdicts if missed > overtaken):
            summary = Delivery(
                due_at=now, truce=None, kind=Kind.MISSED, stage=None, ends_at=None, channel=target, target=target
            )
            self.rows.append(Row(summary, CLAIMED))
        return tuple(sorted({row.delivery.target for row in self.rows if row.state is CLAIMED and not row.handed}))

    def hand(self, target: str, now: datetime, limit: int) -> list[str]:
        """What a worker is given, soonest end first."""
        while found := sorted(self._waiting(target), key=_soonest_end)[:limit]:
            overtaken = [row for row in found if self._is_overtaken(row, now)]
            for row in overtaken:
                row.state = DeliveryState.OVERTAKEN
            going = [row for row in found if row not in overtaken]
            for row in going:
                row.handed, row.attempts = True, row.attempts + 1
            if going:
                return [row.name for row in going]
        return []

    def settle(self, name: str, outcome: Verdict, not_before: datetime) -> None:
        """What became of a send."""
        row = self.row(name)
        row.handed = False
        row.possible_repeat |= outcome is Verdict.UNSURE
        match outcome:
            case Verdict.ACCEPTED:
                row.state = DeliveryState.DELIVERED
            case Verdict.REFUSED:
                row.state = DeliveryState.FAILED
            case _ if row.replaced:
                row.state = SUPERSEDED
            case _:
                row.state, row.not_before = PLANNED, not_before

    def take_back(self, targets: Iterable[str]) -> None:
        """What was claimed is planned again, and marked where a worker had it; what nobody can send is superseded."""
        for row in self.rows:
            lost = row.delivery.target not in targets
            if row.state is CLAIMED:
                row.state = SUPERSEDED if lost or row.replaced else PLANNED
                row.possible_repeat, row.handed = row.possible_repeat or row.handed, False
            elif row.state is PLANNED and lost:
                row.state = SUPERSEDED

    def next_due(self) -> datetime | None:
        """When something planned may go."""
        moments = (max(r.delivery.due_at, r.not_before or r.delivery.due_at) for r in self.rows if r.state is PLANNED)
        return min(moments, default=None)

    def row(self, name: str) -> Row:
        return next(row for row in self.rows if row.name == name)

    def _insert(self, deliveries: Iterable[Delivery]) -> None:
        known = {row.name for row in self.rows}
        self.rows.extend(Row(one) for one in deliveries if one.key not in known)

    @staticmethod
    def _drop(row: Row) -> None:
        if row.untouched:
            row.state, row.replaced = SUPERSEDED, True
        elif row.state is CLAIMED:
            row.replaced = True

    def _waiting(self, target: str) -> list[Row]:
        return [row for row in self.rows if row.state is CLAIMED and not row.handed and row.delivery.target == target]

    def _is_overtaken(self, row: Row, now: datetime) -> bool:
        mine = row.delivery
        return mine.kind in LADDER and any(
            one.kind in LADDER
            and (one.truce, one.ends_at, one.target) == (mine.truce, mine.ends_at, mine.target)
            and mine.due_at < one.due_at <= now
            and other.state is not SUPERSEDED
            for other in self.rows
            for one in (other.delivery,)
        )


def _may_go(row: Row, now: datetime) -> bool:
    return row.not_before is None or row.not_before <= now


def _soonest_end(row: Row) -> tuple[bool, datetime, datetime]:
    one = row.delivery
    return one.ends_at is None, one.ends_at or one.due_at, one.due_at
