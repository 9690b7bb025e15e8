"""What a reading of the register means for the truces that the ledger knows: a list of revisions, and nothing done yet.

Three rules stand behind every line. A truce that cannot be read keeps its last good form. What comes counts at once,
and what is gone counts only when the files have stood still. A file that is gone, or several truces gone at once, is
more likely an accident than a decision: such truces are held, and stay watched, until somebody confirms.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from alertd.domain.alert import Change
from alertd.domain.change import changes, recorded, takes_away, withdrawn
from alertd.domain.consequence import Consequence, consequence_of
from alertd.domain.plan import announce, is_unreachable, plan
from alertd.domain.policy import MASS_LOSS, Policy, Subscription
from alertd.domain.truce import Truce, as_known, is_over
from alertd.errors import Code
from alertd.ledger import KnownTruce, Revision, TruceStanding
from alertd.register import ReadTruce, Register


@dataclass(frozen=True, slots=True, kw_only=True)
class Judge:
    """Judges by one policy for one set of subscriptions."""

    subscriptions: tuple[Subscription, ...]
    policy: Policy
    future_counts: bool
    """Whether an `announced` later than now counts as now, as in life; in rehearsal it waits for its moment."""

    def replan(self, known: KnownTruce, now: datetime) -> Revision:
        """The same truce with its plan made anew: other channels, another policy, the next review."""
        return self._revision(known.truce, known.file, known.line, (), now, standing=known.standing)

    def prime(self, register: Register, now: datetime, before: datetime) -> list[Revision]:
        """What had become known by an earlier moment, taken in without a word about it."""
        known = ((read, self._hear(read, before)) for read in register.truces)
        return [self._revision(truce, read.file, read.line, (), now) for read, truce in known if truce is not None]

    def judge(
        self, ids: Iterable[str], register: Register, known: Mapping[str, KnownTruce], now: datetime, *, settled: bool
    ) -> list[Revision]:
        """The revisions that follow for these truces; `settled` tells whether the files have stood still."""
        read = {one.id: one for one in register.truces}
        revisions: list[Revision | None] = []
        gone: list[KnownTruce] = []
        for truce_id in sorted(ids):
            if truce_id in read:
                revisions.append(self._judge_read(read[truce_id], known.get(truce_id), now, settled=settled))
            elif not settled or _may_stand_in_what_is_broken(known[truce_id], register):
                continue
            elif truce_id in register.withdrawn:
                revisions.append(self._withdrawal(known[truce_id], now))
            else:
                gone.append(known[truce_id])
        revisions.extend(self._judge_gone(gone, register, now))
        return [revision for revision in revisions if revision is not None]

    def _hear(self, read: ReadTruce, now: datetime) -> Truce | None:
        return read.truce and as_known(read.truce, now, future_counts=self.future_counts)

    def _judge_read(
        self, read: ReadTruce, known: KnownTruce | None, now: datetime, *, settled: bool
    ) -> Revision | None:
        truce = self._hear(read, now)
        if truce is None:
            return None
        if known is None or known.standing is TruceStanding.WITHDRAWN:
            if (read.has_error or read.may_go_on) and not settled:
                return None
            return self._first_seen(truce, read, now)
        keeps_last_good_form = read.has_error and not known.truce.left_out
        may_be_half_written = not settled and (read.has_error or read.may_go_on or takes_away(known.truce, truce))
        unchanged = (truce, read.file, TruceStanding.WATCHED) == (known.truce, known.file, known.standing)
        if keeps_last_good_form or may_be_half_written or unchanged:
            return None
        return self._revision(truce, read.file, read.line, changes(known.truce, truce), now, replaces=known.truce)

    def _first_seen(self, truce: Truce, read: ReadTruce, now: datetime) -> Revision:
        """A truce first seen is recorded; one that is over by then says nothing at all."""
        if is_over(truce, now):
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

    def _judge_gone(self, gone: Sequence[KnownTruce], register: Register, now: datetime) -> list[Revision | None]:
        """What is held already stays held, whatever becomes of the rest of its file."""
        running = [known for known in gone if known.standing is TruceStanding.WATCHED and not is_over(known.truce, now)]
        with_truces = {read.file for read in register.truces}
        en_masse = len(running) >= MASS_LOSS
        return [
            self._hold(known, now) if en_masse or known.file not in with_truces else self._withdrawal(known, now)
            for known in running
        ]

    def _hold(self, known: KnownTruce, now: datetime) -> Revision:
        return self._revision(known.truce, known.file, known.line, (), now, standing=TruceStanding.HELD)

    def _withdrawal(self, known: KnownTruce, now: datetime) -> Revision | None:
        if not is_watched(known) or is_over(known.truce, now):
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
        """What follows from a revision that changes something."""
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
            else plan(truce, self.subscriptions, self.policy, reviews_until=now)
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


def is_watched(known: KnownTruce) -> bool:
    """Whether reminders of this truce still go out: it was not withdrawn."""
    return known.standing is not TruceStanding.WITHDRAWN


def not_watched(
    register: Register, known: Mapping[str, KnownTruce], subscriptions: Sequence[Subscription], now: datetime
) -> tuple[str, ...]:
    """The truces of which nobody is told: no end of theirs can be read, or no channel takes them."""
    on_watch = {truce_id: one for truce_id, one in known.items() if is_watched(one)}
    refused = {read.id for read in register.truces if read.truce is None} - on_watch.keys()
    unreachable = {
        truce_id
        for truce_id, one in on_watch.items()
        if not is_over(one.truce, now) and is_unreachable(one.truce, subscriptions)
    }
    return tuple(sorted(refused | unreachable))


def _may_stand_in_what_is_broken(known: KnownTruce, register: Register) -> bool:
    """Whether its file, or the folder, has a piece that cannot be read and does not tell whose it is."""
    return any(
        (problem.file == known.file or known.file.startswith(f"{problem.file}/"))
        and problem.code is Code.SYNTAX
        and problem.truce is None
        for problem in register.problems
    )
