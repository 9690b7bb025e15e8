"""Notices to ops about the clock: that it has stepped, that it is in doubt, and that it no longer is."""

from datetime import datetime, timedelta

from alertd.daemon.clock_doubt import ClockDoubt
from alertd.daemon.ops_notices import OpsNotices
from alertd.logs.lines import get_logger
from alertd.times.duration import span
from alertd.times.formats import show_utc

log = get_logger(__name__)


class ClockNotices:
    """Tells ops of the clock, of each doubt once."""

    def __init__(self, ops: OpsNotices, patience: timedelta) -> None:
        """`patience` is the time for which a clock stays in doubt at most."""
        self._ops = ops
        self._patience = patience
        self.doubted = False
        """The clock was in doubt when ops was last told of it."""

    async def tell_jump(self, before: datetime, now: datetime) -> None:
        """Tell ops of a step of the clock between two ticks; raises `LedgerError`."""
        why = "the clock was set back" if now < before else "alertd was down or suspended, or the clock was set"
        went = f"The clock went from {show_utc(before, year=True)} to {show_utc(now, year=True)} between two ticks"
        text = f"{went}: {why}. If it is wrong, so is what is told next: set it right."
        log.warning("clock.jumped", before=before, now=now)
        await self._ops.tell("clock", text, now)

    async def tell_doubt(self, doubt: ClockDoubt | None, now: datetime) -> None:
        """Tell ops where the clock has come into doubt, and where it is believed again; raises `LedgerError`."""
        if (doubt is not None) == self.doubted:
            return
        if doubt is None:
            log.info("clock.believed")
            text = "The wait for the clock is over: what had waited goes out now."
        else:
            log.warning("clock.doubted", reason=doubt.reason)
            text = (
                f"The clock may be wrong: {doubt.reason}. What has lapsed or was missed waits until it is right, "
                f"{span(self._patience)} at most; reminders go out, marked. Set it right."
            )
        await self._ops.tell("the clock in doubt", text, now)
        self.doubted = doubt is not None
