"""The watch over duty lists: reads each again and again beside the ticks, keeps it, and tells ops of its gaps."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from alertd.daemon.duty_words import is_well, wrong
from alertd.daemon.ops_notices import OpsNotices
from alertd.daemon.tasks import end
from alertd.domain.alert import Delivery
from alertd.domain.duty import READ_AGAIN, READ_EVERY, Duties, Present, Roster
from alertd.domain.policy import FALLBACK_AFTER
from alertd.duty import CalendarReader, FileTraits, Kept, KeptList, ListRefused, Source, digest_of, traits_of
from alertd.logs import register_url
from alertd.logs.lines import get_logger
from alertd.times.instant import ZoneLookup

log = get_logger(__name__)


@dataclass(slots=True)
class _Watched:
    """A duty list, and how its reading goes."""

    source: Source
    told: str | None
    reader: CalendarReader = field(default_factory=CalendarReader)
    reading: "asyncio.Task[Roster] | None" = None
    tried_at: datetime | None = None
    traits: FileTraits | None = None
    failures: int = 0
    why: str | None = None
    """Why it could not be read; None where it was."""


class DutyWatch:
    """Knows who is on duty."""

    def __init__(  # noqa: PLR0913  each is a part of its own
        self,
        duties: Duties,
        sources: Mapping[str, Source],
        ops: OpsNotices,
        *,
        config_dir: Path,
        kept: Kept | None,
        zone_for: ZoneLookup,
    ) -> None:
        """`sources` are those that are read, `kept` where that is kept; a rehearsal has neither."""
        self.duties = duties
        self.wake: Callable[[], None] = _nothing
        """Called when a list has been read."""
        self.present: dict[str, Present] = {}
        """Those who were last told that they are on duty, by list."""
        self.changing: dict[str, Present] = {}
        """Those who are to be told so next, by list, as long as it may not stand in the ledger yet."""
        self._ops = ops
        self._config_dir = config_dir
        self._kept = kept
        self._zone_for = zone_for
        known = kept.load() if kept is not None and sources else {}
        self._watched = {
            name: _Watched(source, known[name].told if name in known else None) for name, source in sources.items()
        }
        for name, source in sources.items():
            if source.url is not None:
                register_url(source.url.get_secret_value())
            if name in known and known[name].source == digest_of(source):
                duties.rosters[name] = known[name].roster
            if name in known and (present := known[name].present) is not None:
                self.present[name] = present
            if name in known and (changing := known[name].changing) is not None:
                self.changing[name] = changing

    def is_off(self, delivery: Delivery, now: datetime) -> bool:
        """True for a step to somebody who is not on duty."""
        return self.duties.is_off(delivery, now)

    def next(self, after: datetime) -> datetime | None:
        """The moment of the next change of duty; None where none is known."""
        moments = [self.duties.at(name, after).until for name in self.duties.lists]
        return min((moment for moment in moments if moment is not None), default=None)

    async def look(self, now: datetime) -> None:
        """Take in what was read, read again what is to be, and tell ops of what is wrong; raises `LedgerError`."""
        changed = [self._take_in(name, watched) for name, watched in self._watched.items()]
        for name, watched in self._watched.items():
            if watched.reading is None and self._is_due(watched, now):
                self._begin(name, watched, now)
        changed += [await self._tell(name, watched, now) for name, watched in self._watched.items()]
        if any(changed):
            await self.keep()

    def is_reading(self, name: str) -> bool:
        """True while a list is being read."""
        return name in self._watched and self._watched[name].reading is not None

    def reread(self) -> None:
        """Have the next look read every list."""
        for watched in self._watched.values():
            watched.tried_at = None

    async def aclose(self) -> None:
        """End what is being read."""
        for watched in self._watched.values():
            watched.reader.close()
        await end(*(watched.reading for watched in self._watched.values()))

    def _is_due(self, watched: _Watched, now: datetime) -> bool:
        if watched.tried_at is None or watched.traits != traits_of(watched.source, self._config_dir):
            return True
        again = READ_AGAIN if 0 < watched.failures < FALLBACK_AFTER else READ_EVERY
        return abs(now - watched.tried_at) >= again

    def _begin(self, name: str, watched: _Watched, now: datetime) -> None:
        watched.tried_at, watched.traits = now, traits_of(watched.source, self._config_dir)
        zone = self.duties.lists[name].zone
        watched.reading = asyncio.create_task(self._read(watched, zone, now))
        watched.reading.add_done_callback(lambda _: self.wake())

    async def _read(self, watched: _Watched, zone: str, now: datetime) -> Roster:
        text = await watched.source.text(self._config_dir)
        return await asyncio.to_thread(watched.reader.read, text, zone, now)

    def _take_in(self, name: str, watched: _Watched) -> bool:
        """Take in what was read, if it is; a file that cannot be read leaves its list unknown. Tells if it has."""
        if watched.reading is None or not watched.reading.done():
            return False
        reading, watched.reading = watched.reading, None
        try:
            self.duties.rosters[name] = reading.result()
        except ListRefused as refused:
            watched.failures += 1
            watched.why = str(refused)
            log.warning("duty.not_read", duty=name, why=watched.why)
            if watched.source.file is not None:
                self.duties.rosters[name] = None
        else:
            watched.failures, watched.why = 0, None
        return True

    async def _tell(self, name: str, watched: _Watched, now: datetime) -> bool:
        """Tell ops of what is wrong with a list once, and when it is well; tells if anything was said."""
        if watched.reading is not None:
            return False  # what comes of it may be another thing
        why = watched.why if watched.failures >= FALLBACK_AFTER or self.duties.rosters.get(name) is None else None
        duty, roster = self.duties.lists[name], self.duties.rosters.get(name)
        found = wrong(duty, roster, why, now, self._zone_for)
        key = None if found is None else found.key
        if key == watched.told:
            return False
        text = is_well(duty, roster, now, self._zone_for) if found is None else found.text
        await self._ops.tell(f"duty {name}", text, now)
        watched.told = key
        return True

    async def keep(self) -> None:
        """Keep what is known, for the next start and for other programs."""
        if self._kept is None:
            return
        lists = {
            name: KeptList(
                self.duties.rosters.get(name),
                digest_of(watched.source),
                watched.told,
                self.present.get(name),
                self.changing.get(name),
            )
            for name, watched in self._watched.items()
        }
        try:
            await asyncio.to_thread(self._kept.save, lists)
        except OSError as error:
            log.warning("duty.not_kept", error=error.strerror)


def _nothing() -> None:
    """Nobody waits."""
