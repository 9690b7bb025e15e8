"""Blocking sends: each on a thread of its own, for no longer than a hard limit.

A blocking send can be abandoned but not stopped. So its thread is a daemon that nobody waits for. While as many hang as
a target allows, no other is started for it: no pool runs dry, and one dead channel never delays another.
"""

from collections.abc import Callable
from concurrent.futures import Future
from contextvars import copy_context
from datetime import timedelta
from threading import Thread

from alertd.channels import Outcome
from alertd.domain.agenda import Verdict
from alertd.message.printable import where


class BlockingSender:
    """Runs the blocking sends of one target."""

    def __init__(self, name: str, timeout: timedelta, *, hanging_at_most: int = 1) -> None:
        """`hanging_at_most` sends may hang at a time; where one that hangs must not be overtaken, that is one."""
        self._name = name
        self._timeout_seconds = timeout.total_seconds()
        self._hanging_at_most = hanging_at_most
        self._unfinished: list[Future[Outcome]] = []
        self._given_up: list[Future[Outcome]] = []

    @property
    def is_busy(self) -> bool:
        """True if a send has not ended, be it awaited or given up."""
        return not all(send.done() for send in self._unfinished)

    @property
    def hanging(self) -> int:
        """Sends that were given up and have not ended."""
        return sum(not send.done() for send in self._given_up)

    async def run(self, send: Callable[[], Outcome]) -> Outcome:
        """Run a blocking send: its outcome, UNSURE when the limit comes first, FAILED at once behind what hangs."""
        hanging = self.hanging
        if hanging >= self._hanging_at_most:
            many = "an earlier send still hangs" if hanging == 1 else f"{hanging} earlier sends still hang"
            return Outcome(Verdict.FAILED, many)
        sent = self._start(send)
        self._unfinished = [earlier for earlier in (*self._unfinished, sent) if not earlier.done()]
        import asyncio  # noqa: PLC0415  `check` opens channels too, without a loop

        try:
            async with asyncio.timeout(self._timeout_seconds):
                return await asyncio.wrap_future(sent)
        except TimeoutError:
            return Outcome(Verdict.UNSURE, f"no answer within {self._timeout_seconds:g} s")
        finally:
            self._given_up = [given_up for given_up in (*self._given_up, sent) if not given_up.done()]

    def _start(self, send: Callable[[], Outcome]) -> Future[Outcome]:
        sent: Future[Outcome] = Future()
        sent.set_running_or_notify_cancel()  # from here on giving up the wait cannot cancel it
        Thread(target=copy_context().run, args=(_carry_out, send, sent), name=f"send-{self._name}", daemon=True).start()
        return sent


def _carry_out(send: Callable[[], Outcome], sent: Future[Outcome]) -> None:
    """Run a send to its end, whatever that is: a thread that died without an outcome would look like one that hangs."""
    try:
        outcome = send()
    except BaseException as error:  # noqa: BLE001  a bug in one of a hundred services, and nobody knows how far it got
        outcome = Outcome(Verdict.UNSURE, where(error))
    sent.set_result(outcome)
