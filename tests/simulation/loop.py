"""An asyncio loop whose time is virtual: where nothing is ready it jumps to the next timer or happening of the world.

Nothing here waits, and nothing runs beside the loop. What the code under test gives to a thread is called in the loop
after a while that the seed chooses, one call after another for each executor, and answered after another while; so two
tasks interleave around a slow disk as they do in life, and always in the same way for the same seed.
"""

import asyncio
import selectors
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from simulation.timeline import Timeline

Delay = Callable[[], float]
"""How long a call on a thread takes to begin, and then to be answered, in seconds."""


class Killed(SystemExit):
    """The process ends here, without another word: asyncio lets a SystemExit through at once."""


class Pulse(float):
    """The seconds of a pulse, which stay known as such in whatever asyncio computes from them."""

    def __radd__(self, other: float) -> "Pulse":
        return Pulse(float(self) + other)

    def __add__(self, other: float) -> "Pulse":
        return Pulse(float(self) + other)

    @staticmethod
    def total_seconds() -> "Pulse":
        """One second, as a timedelta would give it."""
        return Pulse(1.0)


class _Jump(selectors.SelectSelector):
    """Waits for nothing: asks its loop to jump instead."""

    loop: "VirtualLoop"

    def select(self, timeout: float | None = None) -> list[Any]:
        if timeout is None or timeout > 0:
            self.loop.jump(timeout)
        return super().select(0)


@dataclass
class _Thread:
    """The calls that wait for one executor."""

    waiting: deque[tuple[Callable[[], object], asyncio.Future[object]]] = field(default_factory=deque)
    busy: bool = False


class VirtualLoop(asyncio.SelectorEventLoop):
    """A loop on a timeline."""

    def __init__(self, timeline: Timeline, delay: Delay) -> None:
        """`delay` also chooses how long after a happening the next pulse comes."""
        jump = _Jump()
        super().__init__(jump)
        jump.loop = self
        self._timeline = timeline
        self._delay = delay
        self._threads: dict[object, _Thread] = {}
        self._pulse: asyncio.TimerHandle | None = None
        self.stirred = True
        """Whether something may have happened since the last tick looked; until then the next pulses find nothing."""
        self.moved = False
        """Whether the world has moved since the last tick began: that tick may have looked before it did."""
        self.saw_files = False
        """Whether the last tick looked at the files."""

    def time(self) -> float:
        return self._timeline.seconds

    def call_at(self, when, callback, *args, context=None):
        timer = super().call_at(when, callback, *args, context=context)
        if isinstance(when, Pulse):
            self._pulse = timer
        return timer

    def jump(self, timeout: float | None) -> None:
        """Let time pass to the next timer or happening; the pulses of a quiet stretch are left out.

        Where nothing was stirred since the last tick, a pulse could find nothing new before another timer fires or the
        world moves. So time jumps there, and the pulse that was waiting comes then.
        """
        timeline, pulse = self._timeline, self._pulse
        if pulse is not None and not pulse.cancelled() and pulse.when() > self.time() and not self.stirred:
            timeout = self._until_next_but(pulse)
        goal = timeline.next_happening() if timeout is None else self.time() + timeout
        assert goal is not None, "the process waits for ever, and nothing lies ahead in its world"
        if timeline.pass_until(goal):
            self.stirred = self.moved = True

    def _until_next_but(self, pulse: asyncio.TimerHandle) -> float | None:
        others = (timer.when() for timer in self._scheduled if timer is not pulse and not timer.cancelled())
        when = min(others, default=None)
        return None if when is None else max(when - self.time(), 0.0)

    def run_in_executor(self, executor, func, *args):
        """Call a function as if on a thread: later, in order, and answered later still."""
        future = self.create_future()
        thread = self._threads.setdefault(executor, _Thread())
        thread.waiting.append((lambda: func(*args), future))
        if not thread.busy:
            self._begin_next(thread)
        return future

    def abandon(self) -> None:
        """Let go of everything as a process that dies does: no task says another word that counts."""
        self.set_exception_handler(lambda _loop, _context: None)
        for task in asyncio.all_tasks(self):
            task._log_destroy_pending = False
            try:
                task.get_coro().close()
            except (RuntimeError, Killed):  # whatever it still wanted to do
                continue
        self.close()

    def _begin_next(self, thread: _Thread) -> None:
        thread.busy = bool(thread.waiting)
        if thread.busy:
            self.call_later(self._delay(), self._call, thread, *thread.waiting.popleft())

    def _call(self, thread: _Thread, function: Callable[[], object], future: asyncio.Future[object]) -> None:
        try:
            result, error = function(), None
        except Killed:
            raise
        except BaseException as raised:  # noqa: BLE001  handed to whoever waits, as a thread pool does
            result, error = None, raised
        self.call_later(self._delay(), self._answer, future, result, error)
        self._begin_next(thread)

    @staticmethod
    def _answer(future: asyncio.Future[object], result: object, error: BaseException | None) -> None:
        if future.cancelled():
            return
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(result)
