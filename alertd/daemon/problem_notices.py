"""Notices to ops about the problems of the register and the settings, and about their end."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Container, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain

from alertd.daemon.belated_records import belated_problems
from alertd.daemon.ops_notices import HELD, NONE_HELD, OpsNotices, first_named, held_text, refused_text
from alertd.daemon.stale_files import StaleFiles
from alertd.daemon.truce_index import TruceIndex
from alertd.domain.plan import is_unreachable
from alertd.domain.policy import Subscription
from alertd.errors import Code, Level, Problem
from alertd.files.beneath import SETTINGS
from alertd.ledger import BelatedRecord, TruceStanding
from alertd.message.moments import reading_in_words
from alertd.message.wording import named_with_id
from alertd.register import RegisterCache

_FOR_OPS = frozenset({Code.SECRET, Code.PASSED_OVER})
"""The warnings of the register of which ops is told, as of every error."""

_PROBLEMS_A_STEP = 100
"""Problems that are put in words before the workers have their turn: about a millisecond."""

TRUCE = "truce "
"""Stands before its id where a notice is about a truce."""


@dataclass(frozen=True, slots=True)
class _Wrong:
    """Something in the register that ops should know of."""

    text: str
    nags: bool
    """Ops is told again and again until it is mended."""
    called: str | None = None
    """The subject in the words of the notice, where that is a truce."""


@dataclass(frozen=True, slots=True)
class _SentNotice:
    """A notice that ops was sent, and when."""

    text: str
    at: datetime
    called: str


class ProblemNotices:
    """Tells ops of each problem once, or as often as it nags, and when it is mended."""

    def __init__(  # noqa: PLR0913  each is a part of its own
        self,
        ops: OpsNotices,
        cache: RegisterCache,
        index: TruceIndex,
        subscriptions: Iterable[Subscription],
        stale_files: StaleFiles,
        *,
        nag_every: timedelta | None,
        settings_trouble: str | None,
    ) -> None:
        """`nag_every` is how often ops is told again of what is refused; None: once.

        `settings_trouble` is why the settings of the file are not, or not all, in use; None where they are.
        """
        self._ops = ops
        self._cache = cache
        self._index = index
        self._subscriptions = tuple(subscriptions)
        self._stale_files = stale_files
        self._nag_every = nag_every
        self._settings: dict[str, _Wrong] = (
            {} if settings_trouble is None else {SETTINGS: _Wrong(settings_trouble, nags=True)}
        )
        self._wrongs = self._settings
        """The problems, by their subject."""
        self._sent: dict[str, _SentNotice] = {}
        self._belated: set[BelatedRecord] = set()
        """The records that came long after their announcement since the daemon began."""

    def note_belated(self, truce: str, announced: Iterable[datetime], now: datetime) -> None:
        """Have ops told of the records that an edit brings long after their announcement."""
        self._belated |= {BelatedRecord(truce=truce, announced=moment, seen_at=now) for moment in announced}

    async def tell(self, now: datetime) -> None:
        """Send the notices that this moment asks for; raises `LedgerError`."""
        for about, wrong in self._wrongs.items():
            sent = self._sent.get(about)
            if sent is None or sent.text != wrong.text or self._nags_again(about, sent, now):
                await self._ops.tell(about, wrong.text, now)
                self._sent[about] = _SentNotice(wrong.text, now, wrong.called or about)
        for about in sorted(self._sent.keys() - self._wrongs.keys()):
            await self._ops.tell(about, NONE_HELD if about == HELD else self._over(about), now)
            del self._sent[about]

    @property
    def next_nag(self) -> datetime | None:
        """The moment at which ops is told again of something."""
        if self._nag_every is None:
            return None
        return min((sent.at + self._nag_every for about, sent in self._sent.items() if self._nags(about)), default=None)

    def _nags_again(self, about: str, sent: _SentNotice, now: datetime) -> bool:
        return self._nag_every is not None and self._nags(about) and abs(now - sent.at) >= self._nag_every

    def _nags(self, about: str) -> bool:
        return about in self._wrongs and self._wrongs[about].nags

    def _over(self, about: str) -> str:
        """The way in which something wrong is over: mended, or no longer there."""
        truce_id, called = about.removeprefix(TRUCE), self._sent[about].called
        is_there = truce_id in self._cache if truce_id != about else self._cache.is_there(about)
        return f"{called}: mended." if is_there else f"{called} is gone."

    async def find(self, now: datetime) -> None:
        """Find the problems of the register as it stands: a text for each file and each truce concerned.

        Raises `LedgerError`.
        """
        missing = self._index.missing(self._cache, now)
        missing_of: dict[str, list[str]] = defaultdict(list)
        for truce_id, entry in missing.items():
            for place in entry.places:
                missing_of[place].append(truce_id)
        held = {truce_id: entry.file for truce_id, entry in missing.items() if entry.standing is TruceStanding.HELD}
        unreachable = self._unreachable()
        shown = chain(first_named(held), *map(first_named, missing_of.values()), unreachable)
        problems = [
            problem for problem in self._cache.problems if problem.level is Level.ERROR or problem.code in _FOR_OPS
        ]
        concerned = (problem.truce for problem in problems if problem.truce is not None)
        names, in_part = await self._known_of([*shown, *concerned])
        passed_over = {problem.file for problem in problems if problem.code is Code.PASSED_OVER}
        refused = await self._refused_lines(problems, names, in_part)
        for problem in self._stale_files.problems():
            refused.setdefault(problem.file, []).append(str(problem))
        nagging = refused.keys() - passed_over
        async for problem in self._questioned():
            refused.setdefault(problem.file, []).append(str(problem))
        wrongs = {
            file: _Wrong(refused_text(lines, missing_of.get(file, ()), names), nags=file in nagging)
            for file, lines in refused.items()
        }
        wrongs.update(self._settings)
        if held:
            wrongs[HELD] = _Wrong(held_text(held, names), nags=False)
        self._wrongs = wrongs | {
            f"{TRUCE}{truce_id}": _Wrong(
                f"{names.get(truce_id, f'Truce {truce_id}')} ({place}) has tags that no channel takes; "
                "its alerts come here until one does.",
                nags=False,
                called=names.get(truce_id),
            )
            for truce_id, place in unreachable.items()
        }

    async def _refused_lines(
        self, problems: Iterable[Problem], names: Mapping[str, str], in_part: Container[str]
    ) -> dict[str, list[str]]:
        """The lines of each file's notice: what is wrong, and what is in force instead."""
        lines_of: dict[str, list[str]] = {}
        for number, problem in enumerate(problems):
            if number % _PROBLEMS_A_STEP == 0:
                await asyncio.sleep(0)  # for the workers
            lines = lines_of.setdefault(problem.file, [])
            lines.append(f"{self._in_force(problem.truce, names, in_part)} {problem}".lstrip())
            lines.extend(map(reading_in_words, problem.readings))
        return lines_of

    async def _questioned(self) -> AsyncIterator[Problem]:
        """The problems of the records that came long after their announcement and still say so."""
        ids = sorted({record.truce for record in self._belated} & self._index.entries.keys())
        async for part in self._index.in_parts(ids):
            for problem in belated_problems(part, sorted(self._belated, key=lambda record: record.announced)):
                yield problem

    async def _known_of(self, ids: Iterable[str]) -> tuple[dict[str, str], set[str]]:
        """The names of these truces, by id, and those of them that are watched by what can be read of them.

        A truce that the ledger does not know has no name.
        """
        names, in_part = dict[str, str](), set[str]()
        async for part in self._index.in_parts(sorted({*ids} & self._index.entries.keys())):
            for known in part:
                names[known.truce.id] = named_with_id(known.truce)
                if known.truce.left_out:
                    in_part.add(known.truce.id)
        return names, in_part

    def _in_force(self, truce_id: str | None, names: Mapping[str, str], in_part: Container[str]) -> str:
        if truce_id is None:
            return ""
        known, name = self._index.entries.get(truce_id), names.get(truce_id, f"Truce {truce_id}")
        if known is None or not known.is_watched:
            return f"{name} is NOT WATCHED."
        if truce_id in in_part:
            return f"{name} is watched by what can be read of it."
        return f"{name} stays in force in its last good form."

    def _unreachable(self) -> dict[str, str]:
        """The truces that no channel takes, each with its place."""
        if any(not subscription.tags for subscription in self._subscriptions):
            return {}
        return {
            entry.id: f"{entry.file}:{entry.line}"
            for entry in self._cache.readable()
            if (known := self._index.entries.get(entry.id)) is not None and is_unreachable(known, self._subscriptions)
        }
