"""The consequences of a loaded register for the truces of the ledger: a list of revisions, and nothing done yet.

Three rules stand behind every line. A truce that cannot be read keeps its last good form. What comes counts at once,
and what is gone counts only when the files have stood still. A file that is gone, or several truces gone at once, is
more likely an accident than a decision: such truces are held, and stay watched, until somebody confirms.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence, Sized
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum, auto

from alertd.domain.alert import Change, Delivery, Kind
from alertd.domain.change import changes, late, recorded, restored, takes_away, withdrawn
from alertd.domain.consequence import Consequence, consequence_of
from alertd.domain.horizon import reach
from alertd.domain.known import as_known
from alertd.domain.moved_start import begun_since
from alertd.domain.plan import ByChannel, announce, by_channel, days_from, deliveries, is_unreachable, unplanned
from alertd.domain.policy import HORIZON, MASS_LOSS, Policy, Subscription
from alertd.domain.reviews import is_asked_about
from alertd.domain.truce import Truce, TruceStatus
from alertd.errors import Code, Level, Problem
from alertd.ledger import KnownTruce, Revision, TruceIndexEntry, TruceStanding
from alertd.message.wording import named_with_id
from alertd.register import ReadTruce, RegisterProblems
from alertd.register.withdrawals import Withdrawal
from alertd.times.end import NEVER
from alertd.times.formats import show_utc


class _Wait(Enum):
    """A decision that is put off."""

    FOR_QUIET = auto()
    """Until the files have stood still."""


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """The revisions that follow from a loaded register."""

    revisions: list[Revision]
    waiting: set[str]
    """The truces that are to be judged again once the files have stood still."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A time in which no daemon watched."""

    since: datetime
    """The last tick of the daemon before, as far back as anything is made up for."""
    is_lost: bool
    """The ledger of that daemon is lost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """Truces that stand nowhere any more, by their ids."""

    withdrawn: list[str]
    """Taken out on purpose."""
    left: list[str]
    """Of which nobody has said so."""
    en_masse: bool
    """These are so many that an accident is likelier than a decision."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciler:
    """Reconciles by one policy for one set of subscriptions."""

    subscriptions: tuple[Subscription, ...]
    policy: Policy
    future_counts: bool
    """An `announced` later than now counts as now, as in a live daemon; in rehearsal it waits for its moment."""
    horizon: timedelta = HORIZON
    """The time ahead for which plans go on the agenda."""

    def replan(self, known: KnownTruce, now: datetime) -> Revision:
        """The same truce with its plan made anew: other channels, another policy, the next review, a later horizon.

        What has come due beyond the last horizon, while nobody watched, is told as late as it is.
        """
        revision = self._revision(known.truce, known.file, known.line, (), now, standing=known.standing)
        return replace(revision, overdue_since=known.rest_from)

    def asks_about(self, known: KnownTruce, now: datetime) -> bool:
        """Tell if a question about this truce lies ahead."""
        return is_watched(known) and is_asked_about(known.truce, self.policy, now)

    def see_again(self, known: KnownTruce, now: datetime) -> Revision:
        """A truce that seemed to be over when it was first seen, and is not: recorded as if it were seen now."""
        return self._revision(
            known.truce, known.file, known.line, (recorded(known.truce),), now, standing=known.standing
        )

    def prime(self, read: Iterable[ReadTruce], now: datetime, before: datetime) -> list[Revision]:
        """Everything that was known by an earlier moment, taken in without a word about it."""
        known = ((listed, self._hear(listed, before)) for listed in read)
        return [
            self._revision(truce, listed.file, listed.line, (), now) for listed, truce in known if truce is not None
        ]

    def reconcile(
        self,
        read: Iterable[ReadTruce],
        known: Mapping[str, KnownTruce],
        now: datetime,
        *,
        stood_still: bool,
        gap: Gap | None = None,
    ) -> Reconciliation:
        """The revisions of the truces just read; `stood_still` tells if the files have stood still.

        `gap` is the time before in which no daemon watched, where this is the first reading after it.
        """
        judged = Reconciliation([], set())
        for listed in sorted(read, key=lambda truce: truce.id):
            verdict = self._reconcile_read(listed, known.get(listed.id), now, stood_still=stood_still, gap=gap)
            if isinstance(verdict, Revision):
                judged.revisions.append(verdict)
            elif verdict is _Wait.FOR_QUIET:
                judged.waiting.add(listed.id)
        return judged

    def withdraw(self, known: Iterable[KnownTruce], now: datetime) -> list[Revision]:
        """The revisions of truces that were taken out on purpose."""
        found = (self._withdrawal(truce, now) for truce in known)
        return [revision for revision in found if revision is not None]

    def _hear(self, read: ReadTruce, now: datetime) -> Truce | None:
        return read.truce and as_known(read.truce, now, future_counts=self.future_counts)

    def _reconcile_read(
        self,
        read: ReadTruce,
        known: KnownTruce | None,
        now: datetime,
        *,
        stood_still: bool,
        gap: Gap | None,
    ) -> "Revision | _Wait | None":
        truce = self._hear(read, now)
        if truce is None:
            return None
        if known is None or known.standing is TruceStanding.WITHDRAWN:
            if (read.has_error or read.may_go_on) and not stood_still:
                return _Wait.FOR_QUIET
            return self._first_seen(truce, read, now, gap if known is None else None, is_back=known is not None)
        keeps_last_good_form = read.has_error and not known.truce.left_out
        unchanged = (truce, read.file, TruceStanding.WATCHED) == (known.truce, known.file, known.standing)
        if keeps_last_good_form or unchanged:
            return None
        may_be_half_written = not stood_still and (read.has_error or read.may_go_on or takes_away(known.truce, truce))
        if may_be_half_written:
            return _Wait.FOR_QUIET
        found = changes(known.truce, truce) or late(known.truce, truce)
        revision = self._revision(truce, read.file, read.line, found, now, replaces=known.truce)
        return replace(revision, overdue_since=begun_since(known.truce, truce))

    def _first_seen(self, truce: Truce, read: ReadTruce, now: datetime, gap: Gap | None, *, is_back: bool) -> Revision:
        """A truce first seen is recorded; one that is over by then says nothing at all.

        One that is back is asked about as any other that has lapsed. One that ended while no daemon watched would have
        been told of, had one watched, and is told of now. Where the ledger was lost, too, what came due since a daemon
        last watched was surely not said, and is said now.
        """
        is_over = TruceStatus(truce, now).is_over
        if gap is not None and (is_over or gap.is_lost) and not TruceStatus(truce, gap.since).is_over:
            news = () if is_over else (recorded(truce),)
            return self._revision(truce, read.file, read.line, news, now, known_since=gap.since)
        if is_over and is_back:
            return self._revision(truce, read.file, read.line, (), now)
        if is_over:
            return Revision(
                truce=truce,
                changes=(),
                wanted=(),
                announced=(),
                standing=TruceStanding.WATCHED,
                file=read.file,
                line=read.line,
            )
        change = restored(truce) if read.withdrawal is Withdrawal.RESTORED and is_back else recorded(truce)
        return self._revision(truce, read.file, read.line, (change,), now, known_since=None if is_back else now)

    def let_go(
        self, gone: Iterable[KnownTruce], files: Collection[str], now: datetime, *, en_masse: bool
    ) -> list[Revision]:
        """The revisions of truces that `gone` found left; `files` are those that hold a truce."""
        found = (
            self._hold(known, now) if en_masse or known.file not in files else self._withdrawal(known, now)
            for known in gone
        )
        return [revision for revision in found if revision is not None]

    def _hold(self, known: KnownTruce, now: datetime) -> Revision:
        return self._revision(known.truce, known.file, known.line, (), now, standing=TruceStanding.HELD)

    def _withdrawal(self, known: KnownTruce, now: datetime) -> Revision | None:
        """A truce that is taken out; where it has lapsed, nobody is told, and nobody is asked about it any more.

        What remains to be said of the lapse itself is still said.
        """
        is_over = TruceStatus(known.truce, now).is_over
        if not is_watched(known) or (is_over and not self.asks_about(known, now)):
            return None
        revision = self._revision(
            known.truce,
            known.file,
            known.line,
            () if is_over else (withdrawn(known.truce),),
            now,
            standing=TruceStanding.WITHDRAWN,
            replaces=known.truce,
        )
        return replace(revision, wanted=self._ladder(known.truce, now)) if is_over else revision

    def _ladder(self, truce: Truce, now: datetime) -> tuple[Delivery, ...]:
        """The alerts that time brings for a truce, but for the questions about it."""
        planned = deliveries(truce, self._planned(truce, now))
        return tuple(delivery for delivery in planned if delivery.kind is not Kind.REVIEW)

    def _planned(self, truce: Truce, now: datetime) -> ByChannel:
        """Everything that time brings for a truce, the days of a pause up to the horizon."""
        until = now + self.horizon
        return by_channel(truce, self.subscriptions, self.policy, reviews_until=now, now=now, days_until=until)

    def consequence(self, revision: Revision, now: datetime) -> Consequence:
        """The consequence of a revision that changes something."""
        truce = None if revision.standing is TruceStanding.WITHDRAWN else revision.truce
        is_new = revision.known_since is not None  # it holds a part of its plan alone
        return consequence_of(
            revision.changes,
            revision.replaces,
            truce,
            deliveries(revision.truce, self._planned(revision.truce, now)) if is_new else revision.wanted,
            subscriptions=self.subscriptions,
            policy=self.policy,
            now=now,
        )

    def _revision(  # noqa: PLR0913  a revision has this many parts
        self,
        truce: Truce,
        file: str,
        line: int,
        found: tuple[Change, ...],
        now: datetime,
        *,
        standing: TruceStanding = TruceStanding.WATCHED,
        replaces: Truce | None = None,
        known_since: datetime | None = None,
    ) -> Revision:
        """The revision of a truce; `known_since` is given for one first seen, of which no more is made than is kept."""
        planned = () if standing is TruceStanding.WITHDRAWN else self._planned(truce, now)
        days = days_from(truce, self.policy, now, now + self.horizon) if planned else None
        held = reach(planned, now, self.horizon, days)
        kept = () if known_since is None else (known_since, held.written_until or NEVER)
        return Revision(
            truce=truce,
            changes=found,
            wanted=deliveries(truce, planned, *kept),
            known_since=known_since,
            reach=held,
            announced=announce(truce, found, self.subscriptions, due_at=now),
            standing=standing,
            file=file,
            line=line,
            replaces=replaces,
        )


def gone(
    missing: Mapping[str, TruceIndexEntry],
    withdrawn: Collection[str],
    problems: Iterable[Problem],
    now: datetime,
    *,
    stale: Collection[str] = (),
) -> Gone:
    """Sort truces that stand nowhere any more; `withdrawn` are the ids that were taken out on purpose.

    A file with a line that TOML cannot read may have been cut short, or hold them where nobody can tell whose a piece
    is, and so may a folder that cannot be listed: they stay in force, and so do those that a `stale` file lacks. What
    is held already stays held, whatever becomes of the rest of its file.
    """
    broken = [problem for problem in problems if problem.code is Code.SYNTAX]
    nameless = {problem.file for problem in broken if problem.truce is None}
    unsafe = {problem.file for problem in broken}.union(stale)
    left = [
        truce_id
        for truce_id, entry in sorted(missing.items())
        if truce_id not in withdrawn and entry.standing is TruceStanding.WATCHED and unsafe.isdisjoint(entry.places)
    ]
    return Gone(
        withdrawn=[
            truce_id
            for truce_id, entry in sorted(missing.items())
            if truce_id in withdrawn and nameless.isdisjoint(entry.places)
        ],
        left=left,
        en_masse=sum(not missing[truce_id].is_over(now) for truce_id in left) >= MASS_LOSS,
    )


def is_watched(known: KnownTruce) -> bool:
    """Tell if reminders of this truce still go out: it was not withdrawn."""
    return known.standing is not TruceStanding.WITHDRAWN


def waits_for_first(known: Sized, register_problems: RegisterProblems) -> bool:
    """Tell if the first truce is still to come: none is known, and no truce file has a mistake."""
    return not known and not register_problems.problems


def nothing_ahead(
    known: Iterable[KnownTruce],
    planned: Mapping[str, Collection[datetime]],
    subscriptions: Sequence[Subscription],
    policy: Policy,
    now: datetime,
) -> Iterator[Problem]:
    """The ends of truces on watch that lie ahead, and of which nobody will be told, each an error.

    `planned` holds the ends, by truce, for which something is planned after `surely_ahead(now)`.
    """
    for known_truce in filter(is_watched, known):
        ends = planned.get(known_truce.truce.id, ())
        for end in unplanned(known_truce.truce, ends, subscriptions, policy, surely_ahead(now)):
            name, at = named_with_id(known_truce.truce), show_utc(end.ends_at, year=True)
            about = f"nobody will be told of the end of {name} at {at}"
            why = (
                "nothing is planned for it. Restart alertd, which puts right what a wrong clock or other settings have "
                "cost. If this stays, change the truce's `note`, which plans it anew, and report the fault"
                if end.is_wanted
                else 'no channel takes its reminders. Give one that takes it `alerts` with "reminder" and "lapsed", '
                "then restart alertd"
            )
            yield Problem(
                file=known_truce.file,
                line=known_truce.line,
                truce=known_truce.truce.id,
                level=Level.ERROR,
                code=Code.NOTHING_AHEAD,
                message=f"{about}: {why}",
            )


def surely_ahead(now: datetime) -> datetime:
    """From when on what is due is surely not on its way yet, however long the ledger takes to be read."""
    return now + timedelta(minutes=1)


def not_watched(
    refused: Iterable[str], known: Mapping[str, TruceIndexEntry], subscriptions: Sequence[Subscription], now: datetime
) -> tuple[str, ...]:
    """The truces of which nobody is told: no end of theirs can be read, or no channel takes them."""
    on_watch = {truce_id: entry for truce_id, entry in known.items() if entry.is_watched}
    unreachable = {
        truce_id
        for truce_id, entry in on_watch.items()
        if not entry.is_over(now) and is_unreachable(entry, subscriptions)
    }
    return tuple(sorted({*refused} - on_watch.keys() | unreachable))
