"""Notices to ops about the problems of the register and the settings, and about their end."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from alertd.daemon.ops_notices import HELD, NONE_HELD, OpsNotices, held_text, refused_text
from alertd.daemon.truce_index import TruceIndex
from alertd.domain.plan import is_unreachable
from alertd.domain.policy import Subscription
from alertd.errors import Code, Level, Problem
from alertd.files.beneath import SETTINGS
from alertd.ledger import TruceStanding
from alertd.register import RegisterCache
from alertd.times.formats import iso_utc

TRUCE = "truce "
"""Stands before its id where a notice is about a truce."""


@dataclass(frozen=True, slots=True)
class _Wrong:
    """Something in the register that ops should know of."""

    text: str
    nags: bool
    """Ops is told again and again until it is mended."""


@dataclass(frozen=True, slots=True)
class _SentNotice:
    """A notice that ops was sent, and when."""

    text: str
    at: datetime


class ProblemNotices:
    """Tells ops of each problem once, or as often as it nags, and when it is mended."""

    def __init__(  # noqa: PLR0913  each is a part of its own
        self,
        ops: OpsNotices,
        cache: RegisterCache,
        index: TruceIndex,
        subscriptions: Iterable[Subscription],
        *,
        nag_every: timedelta | None,
        settings_trouble: str | None,
    ) -> None:
        """`nag_every` is how often ops is told again of what is refused; None: once.

        `settings_trouble` is why the settings of the file are not those in use; None where they are.
        """
        self._ops = ops
        self._cache = cache
        self._index = index
        self._subscriptions = tuple(subscriptions)
        self._nag_every = nag_every
        self._settings: dict[str, _Wrong] = (
            {} if settings_trouble is None else {SETTINGS: _Wrong(settings_trouble, nags=True)}
        )
        self._wrongs = self._settings
        """The problems, by their subject."""
        self._sent: dict[str, _SentNotice] = {}

    async def tell(self, now: datetime) -> None:
        """Send the notices that this moment asks for; raises `LedgerError`."""
        for about, wrong in self._wrongs.items():
            sent = self._sent.get(about)
            if sent is None or sent.text != wrong.text or self._nags_again(about, sent, now):
                await self._ops.tell(about, wrong.text, now)
                self._sent[about] = _SentNotice(wrong.text, now)
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
        truce_id = about.removeprefix(TRUCE)
        is_there = truce_id in self._cache if truce_id != about else self._cache.is_there(about)
        return f"{about}: mended." if is_there else f"{about} is gone."

    async def find(self, now: datetime) -> None:
        """Find the problems of the register as it stands: a text for each file and each truce concerned.

        Raises `LedgerError`.
        """
        missing = self._index.missing(self._cache, now)
        missing_of: dict[str, list[str]] = defaultdict(list)
        for truce_id, entry in missing.items():
            for place in entry.places:
                missing_of[place].append(truce_id)
        refused = await self._refused_lines()
        wrongs = {
            file: _Wrong(refused_text(lines, missing_of.get(file, ())), nags=True) for file, lines in refused.items()
        }
        wrongs.update(self._settings)
        held = {truce_id: entry.file for truce_id, entry in missing.items() if entry.standing is TruceStanding.HELD}
        if held:
            wrongs[HELD] = _Wrong(held_text(held), nags=False)
        self._wrongs = wrongs | self._unreachable()

    async def _refused_lines(self) -> dict[str, list[str]]:
        """The lines of each file's notice: its errors, and what is in force instead."""
        problems = [one for one in self._cache.problems if one.level is Level.ERROR or one.code is Code.SECRET]
        in_part = await self._watched_in_part(problems)
        lines_of: dict[str, list[str]] = {}
        for problem in problems:
            lines = lines_of.setdefault(problem.file, [])
            lines.append(f"{self._in_force(problem.truce, in_part)} {problem}".lstrip())
            lines.extend(
                f"{reading.local} = {iso_utc(reading.utc)}: write {reading.write}" for reading in problem.readings
            )
        return lines_of

    async def _watched_in_part(self, problems: Iterable[Problem]) -> set[str]:
        """The truces with problems that are watched by what can be read of them."""
        ids = {problem.truce for problem in problems if problem.truce is not None} & self._index.entries.keys()
        parts = self._index.in_parts(sorted(ids))
        return {known.truce.id async for part in parts for known in part if known.truce.left_out}

    def _in_force(self, truce_id: str | None, in_part: set[str]) -> str:
        if truce_id is None:
            return ""
        known = self._index.entries.get(truce_id)
        if known is None or not known.is_watched:
            return f"Truce {truce_id} is NOT WATCHED."
        if truce_id in in_part:
            return f"Truce {truce_id} is watched by what can be read of it."
        return f"Truce {truce_id} stays in force in its last good form."

    def _unreachable(self) -> dict[str, _Wrong]:
        """The truces that no channel takes."""
        return {
            f"{TRUCE}{entry.id}": _Wrong(
                f"Truce {entry.id} ({entry.file}:{entry.line}) has tags that no channel takes; "
                "its alerts come here until one does.",
                nags=False,
            )
            for entry in self._cache.readable()
            if (known := self._index.entries.get(entry.id)) is not None and is_unreachable(known, self._subscriptions)
        }
