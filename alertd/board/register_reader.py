"""The problems of the register as the truce files have them: read where they have changed, like the daemon does."""

from datetime import datetime
from pathlib import Path

from alertd.daemon.cache_key import reading_key
from alertd.daemon.stale_files import with_stale_files
from alertd.domain.policy import CHORES_EVERY, QUIET_BEFORE_LOSS
from alertd.ledger import FileContents, Ledger, restart_cache
from alertd.register import RegisterCache, RegisterProblems
from alertd.times.clock import Clock
from alertd.times.zones import ZoneWatch


class RegisterReader:
    """Reads truce files, again and again, on one thread; what the daemon has read without a problem is passed over."""

    def __init__(self, config: Path, zones: ZoneWatch, clock: Clock, node: str) -> None:
        """`node` is the name by which the ledger knows this machine."""
        self._node = node
        self._contents: dict[str, str] = {}
        """The fingerprints of the files that were opened."""
        self._zones = zones
        self._clock = clock
        self._cache = RegisterCache(config, lambda: zones.zones.find)
        self._zones_at: datetime | None = None
        """The moment at which newer zone data was last looked for."""
        self._changed_at: datetime | None = None
        """The moment of the last change of the files, until they have stood still for a while."""
        self._found = RegisterProblems()

    def problems(self, ledger: Ledger) -> RegisterProblems:
        """The problems of now; raises `LedgerError` where the ledger cannot be read."""
        self._look(ledger)
        return with_stale_files(self._found, ledger, FileContents(node=self._node, of=self._contents))

    def _look(self, ledger: Ledger) -> None:
        now = self._clock.now()
        if self._zones_at is None:
            self._pass_over_known(ledger)
        if self._zones_at is None or abs(now - self._zones_at) >= CHORES_EVERY:
            self._zones_at = now
            if self._zones.renew():
                self._cache.forget()
        stood_still = self._changed_at is not None and abs(now - self._changed_at) >= QUIET_BEFORE_LOSS
        if self._cache.has_changed():
            self._changed_at = now
        elif stood_still:
            self._changed_at = None
        else:
            return
        self._cache.read(now, once_more=stood_still)
        opened = self._contents | self._cache.opened
        self._contents = {name: content for name, content in opened.items() if self._cache.is_there(name)}
        self._found = self._cache.register_problems

    def _pass_over_known(self, ledger: Ledger) -> None:
        rests_on, files = ledger.run(restart_cache.remembered)
        if rests_on.reading is not None and rests_on.reading == reading_key(self._zones.zones):
            for file in files:
                self._cache.remember(file.name, file.traits, file.blocks)
