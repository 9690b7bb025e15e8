"""The loop of a node: it takes a turn when the world lets it, and never lets time pass by itself."""

import threading
from asyncio import events
from collections.abc import Callable

from simulation.loop import Delay, Killed, VirtualLoop
from simulation.pair.server import Unanswered
from simulation.timeline import Timeline

LOOKS_EVERY = 900.0
"""Seconds after which a node that stands by looks although nothing was heard: others know by it when it last looked."""


def _nothing_comes(_: float | None = None) -> list[object]:
    """What comes from outside of the world."""
    return []


class NodeLoop(VirtualLoop):
    """One of several loops on a timeline."""

    is_standby = True
    """It may leave out its looks for the ledger, but not all of them."""

    def __init__(self, timeline: Timeline, delay: Delay) -> None:
        super().__init__(timeline, delay)
        self._selector.select = _nothing_comes  # the world lets time pass, for all of its loops

    def turn(self) -> None:
        """Do what is ready."""
        self._thread_id = threading.get_ident()
        events._set_running_loop(self)
        try:
            self._run_once()
        finally:
            self._thread_id = None
            events._set_running_loop(None)

    def next_turn(self) -> float | None:
        """When it has something to do next; None where only the world can give it that."""
        now = self.time()
        if self._ready:
            return now
        pulse = self._pulse
        whens = [timer.when() for timer in self._scheduled if timer is not pulse and not timer.cancelled()]
        if pulse is not None and not pulse.cancelled() and pulse in self._scheduled:
            if self.stirred:
                whens.append(float(pulse.when()))
            elif self.is_standby:
                whens.append(float(pulse.when()) + LOOKS_EVERY)
        return max(min(whens), now) if whens else None

    def _call(self, thread, function: Callable[[], object], future) -> None:
        try:
            result, error = function(), None
        except Unanswered as unanswered:
            self.call_at(unanswered.until, self._call, thread, function, future)
            return
        except Killed:
            raise
        except BaseException as raised:  # noqa: BLE001  handed to whoever waits, as a thread pool does
            result, error = None, raised
        self.call_later(self._delay(), self._answer, future, result, error)
        self._begin_next(thread)
