"""The consequences of a loaded register for the truces of the ledger: a list of revisions, and nothing done yet.

Three rules stand behind every line. A truce that cannot be read keeps its last good form. What comes counts at once,
and what is gone counts only when the files have stood still. A file that is gone, or several truces gone at once, is
more likely an accident than a decision: such truces are held, and stay watched, until somebody confirms.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence, Sized
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum, auto

from alertd.domain.alert import Change
from alertd.domain.change import changes, recorded, takes_away, withdrawn
from alertd.domain.consequence import Consequence, consequence_of
from alertd.domain.plan import announce, is_unreachable, plan, unplanned
from alertd.domain.policy import MASS_LOSS, Policy, Subscription
from alertd.domain.truce import Truce, TruceStatus, as_known
from alertd.errors import Code, Level, Problem
from alertd.ledger import KnownTruce, Revision, TruceIndexEntry, TruceStanding
from alertd.register import ReadTruce, RegisterProblems
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

    def replan(self, known: KnownTruce, now: datetime) -> Revision:
        """The same truce with its plan made anew: other channels, another policy, the next review."""
        return self._revision(known.truce, known.file, known.line, (), now, standing=known.standing)

    def see_again(self, known: KnownTruce, now: datetime) -> Revision:
        """A truce that seemed to be over when it was first seen, and is not: recorded as if it were seen now."""
        return self._revision(
            known.truce, known.file, known.line, (recorded(known.truce),), now, standing=known.standing
        )

    def prime(self, read: Iterable[ReadTruce], now: datetime, before: datetime) -> list[Revision]:
        """Everything that was known by an earlier moment, taken in without a word about it."""
        known = ((one, self._hear(one, before)) for one in read)
        return [self._revision(truce, one.file, one.line, (), now) for one, truce in known if truce is not None]

    def reconcile(
        self,
        read: Iterable[ReadTruce],
        known: Mapping[str, KnownTruce],
        now: datetime,
        *,
        settled: bool,
        watched_since: datetime | None = None,
    ) -> Reconciliation:
        """The revisions of the truces just read; `settled` tells whether the files have stood still.

        `watched_since` is when a daemon last watched truces of which the ledger does not know any more.
        """
        judged = Reconciliation([], set())
        for one in sorted(read, key=lambda truce: truce.id):
            verdict = self._reconcile_read(one, known.get(one.id), now, settled=settled, watched_since=watched_since)
            if isinstance(verdict, Revision):
                judged.revisions.append(verdict)
            elif verdict is _Wait.FOR_QUIET:
                judged.waiting.add(one.id)
        return judged

    def withdraw(self, known: Iterable[KnownTruce], now: datetime) -> list[Revision]:
        """The revisions of truces that were taken out on purpose."""
        found = (self._withdrawal(one, now) for one in known)
        return [revision for revision in found if revision is not None]

    def _hear(self, read: ReadTruce, now: datetime) -> Truce | None:
        return read.truce and as_known(read.truce, now, future_counts=self.future_counts)

    def _reconcile_read(
        self,
        read: ReadTruce,
        known: KnownTruce | None,
        now: datetime,
        *,
        settled: bool,
        watched_since: datetime | None,
    ) -> "Revision | _Wait | None":
        truce = self._hear(read, now)
        if truce is None:
            return None
        if known is None or known.standing is TruceStanding.WITHDRAWN:
            if (read.has_error or read.may_go_on) and not settled:
                return _Wait.FOR_QUIET
            return self._first_seen(truce, read, now, watched_since if known is None else None)
        keeps_last_good_form = read.has_error and not known.truce.left_out
        unchanged = (truce, read.file, TruceStanding.WATCHED) == (known.truce, known.file, known.standing)
        if keeps_last_good_form or unchanged:
            return None
        may_be_half_written = not settled and (read.has_error or read.may_go_on or takes_away(known.truce, truce))
        if may_be_half_written:
            return _Wait.FOR_QUIET
        return self._revision(truce, read.file, read.line, changes(known.truce, truce), now, replaces=known.truce)

    def _first_seen(self, truce: Truce, read: ReadTruce, now: datetime, watched_since: datetime | None) -> Revision:
        """A truce first seen is recorded; one that is over by then says nothing at all.

        Where the ledger was lost, what came due since a daemon last watched was surely not said, and is said now.
        """
        if watched_since is not None and not TruceStatus(truce, watched_since).is_over:
            news = () if TruceStatus(truce, now).is_over else (recorded(truce),)
            return replace(self._revision(truce, read.file, read.line, news, now), known_since=watched_since)
        if TruceStatus(truce, now).is_over:
            return Revision(
                truce=truce,
                changes=(),
                wanted=(),
                announced=(),
                standing=TruceStanding.WATCHED,
                file=read.file,
                line=read.line,
            )
        return self._revision(truce, read.file, read.line, (recorded(truce),), now)

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
        if not is_watched(known) or TruceStatus(known.truce, now).is_over:
            return None
        return self._revision(
            known.truce,
            known.file,
            known.line,
            (withdrawn(known.truce),),
            now,
            standing=TruceStanding.WITHDRAWN,
            replaces=known.truce,
        )

    def consequence(self, revision: Revision, now: datetime) -> Consequence:
        """The consequence of a revision that changes something."""
        truce = None if revision.standing is TruceStanding.WITHDRAWN else revision.truce
        return consequence_of(
            revision.changes,
            revision.replaces,
            truce,
            revision.wanted,
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
    ) -> Revision:
        wanted = (
            ()
            if standing is TruceStanding.WITHDRAWN
            else plan(truce, self.subscriptions, self.policy, reviews_until=now, now=now)
        )
        return Revision(
            truce=truce,
            changes=found,
            wanted=wanted,
            announced=announce(truce, found, self.subscriptions, due_at=now),
            standing=standing,
            file=file,
            line=line,
            replaces=replaces,
        )


def gone(missing: Mapping[str, TruceIndexEntry], withdrawn: Collection[str], problems: Iterable[Problem]) -> Gone:
    """Sort truces that stand nowhere any more; `withdrawn` are the ids that were taken out on purpose.

    A file with a line that TOML cannot read may have been cut short, or hold them where nobody can tell whose a piece
    is, and so may a folder that cannot be listed: they stay in force. What is held already stays held, whatever becomes
    of the rest of its file.
    """
    broken = [problem for problem in problems if problem.code is Code.SYNTAX]
    nameless = {problem.file for problem in broken if problem.truce is None}
    unsafe = {problem.file for problem in broken}
    left = [
        truce_id
        for truce_id, one in sorted(missing.items())
        if truce_id not in withdrawn and one.standing is TruceStanding.WATCHED and unsafe.isdisjoint(one.places)
    ]
    return Gone(
        withdrawn=[
            truce_id
            for truce_id, one in sorted(missing.items())
            if truce_id in withdrawn and nameless.isdisjoint(one.places)
        ],
        left=left,
        en_masse=len(left) >= MASS_LOSS,
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
    for one in filter(is_watched, known):
        ends = planned.get(one.truce.id, ())
        for end in unplanned(one.truce, ends, subscriptions, policy, surely_ahead(now)):
            about = f"nobody will be told of the end of {one.truce.id} at {show_utc(end.ends_at, year=True)}"
            why = (
                "nothing is planned for it. Restart alertd, which puts right what a wrong clock or other settings have "
                "cost. If this stays, change the truce's `note`, which plans it anew, and report the fault"
                if end.is_wanted
                else 'no channel takes its reminders. Give one that takes it `alerts` with "reminder" and "lapsed", '
                "then restart alertd"
            )
            yield Problem(
                file=one.file,
                line=one.line,
                truce=one.truce.id,
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
    on_watch = {truce_id: one for truce_id, one in known.items() if one.is_watched}
    unreachable = {
        truce_id for truce_id, one in on_watch.items() if not one.is_over(now) and is_unreachable(one, subscriptions)
    }
    return tuple(sorted({*refused} - on_watch.keys() | unreachable))
