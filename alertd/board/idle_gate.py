"""The order of work: the board's threads begin nothing while an alert falls due or is on its way.

They share one interpreter with what sends the alerts, so a page that is being made then is a page that an alert waits
for. Between two alerts there is time enough, as the work comes in pieces; all but the first calendar after a start are
shorter than `_BEFORE`.
"""

import time
from datetime import datetime, timedelta

from alertd.times.clock import Clock

_BEFORE = timedelta(seconds=0.15)
"""Work that has begun by then is over when the alert falls due."""

_AFTER = timedelta(seconds=0.3)
"""From a tick that had something to do until what it sent has been sent."""

_LATEST = timedelta(seconds=1)
"""A tick that is late by more than this is waited for no longer; nor is any gap between alerts."""

_NAP = timedelta(seconds=0.02)


class IdleGate:
    """Tells when it is free; the daemon's ticks say what they know of the next one."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._next_tick: datetime | None = None
        self._busy_since = float("-inf")
        """Monotonic seconds."""

    def ticked(self, next_tick: datetime | None) -> None:
        """Note that the daemon has ticked, and when it will have something to do again.

        Where that is when it was before, this tick found nothing to do.
        """
        if next_tick != self._next_tick:
            self._busy_since, self._next_tick = self._clock.monotonic(), next_tick

    @property
    def free(self) -> bool:
        """True if work may begin."""
        if self._clock.monotonic() - self._busy_since < _AFTER.total_seconds():
            return False
        if self._next_tick is None:
            return True
        late = self._clock.now() - self._next_tick
        return not -_BEFORE < late < _LATEST

    def wait(self) -> None:
        """Hold a thread until the way is free, a second at most."""
        for _ in range(_LATEST // _NAP):
            if self.free:
                return
            time.sleep(_NAP.total_seconds())
