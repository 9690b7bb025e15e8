"""alertd as a service of the machine: its signals, and what systemd is told.

systemd is told what is true and no more: that the daemon is ready, and alive, only once a tick has reached the ledger.
"""

import signal
import socket
import time
from asyncio import AbstractEventLoop
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta


class Manager:
    """The service manager that started this process, told over its socket; without one nothing is sent.

    It is never waited for: what it cannot take at once is dropped, and said again by the next tick.
    """

    def __init__(self, address: str | None) -> None:
        self._address = address and (f"\0{address[1:]}" if address.startswith("@") else address)
        self._answered = False
        """True once it was told that we are ready, after the start and after the last reload."""
        self._status = ""

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> "Manager":
        """The one that the environment names, as systemd does for a unit of `Type=notify`."""
        return cls(environ.get("NOTIFY_SOCKET"))

    def starting(self, status: str, longest: timedelta) -> None:
        """Ask for time to start up."""
        self._tell(f"STATUS={status}", _extend(longest))

    def reloading(self) -> None:
        """A reload was asked for; the next tick that does it answers."""
        self._answered = False
        # Without the moment systemd cannot tell this from an answer to an earlier reload.
        self._tell("RELOADING=1", f"MONOTONIC_USEC={time.monotonic_ns() // 1000}", "STATUS=reading the truces again")
        self._status = ""

    def ticked(self, status: str, *, answers: bool = True) -> None:
        """A tick has reached the ledger: alive, and ready, where it answers the reload that was asked for last."""
        ready = answers and not self._answered
        lines = [
            "WATCHDOG=1",
            *(["READY=1"] if ready else []),
            *([f"STATUS={status}"] if status != self._status else []),
        ]
        if self._tell(*lines):
            self._answered = self._answered or ready
            self._status = status

    def stopping(self, longest: timedelta) -> None:
        """No more ticks: what is on its way is waited for."""
        self._tell("STOPPING=1", "STATUS=sending what is on its way", _extend(longest))

    def _tell(self, *assignments: str) -> bool:
        if not self._address:
            return True
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as to_manager:
            try:
                to_manager.sendto("\n".join(assignments).encode(), self._address)
            except OSError:  # its queue is full, or it is being replaced
                return False
        return True


def _extend(longest: timedelta) -> str:
    return f"EXTEND_TIMEOUT_USEC={longest // timedelta(microseconds=1)}"


@contextmanager
def signals(loop: AbstractEventLoop, *, stop: Callable[[], None], reload: Callable[[], None]) -> Iterator[None]:
    """Call `stop` on SIGTERM and SIGINT and `reload` on SIGHUP, in the loop, until the context ends."""
    callbacks = {signal.SIGTERM: stop, signal.SIGINT: stop, signal.SIGHUP: reload}
    for number, callback in callbacks.items():
        loop.add_signal_handler(number, callback)
    try:
        yield
    finally:
        for number in callbacks:
            loop.remove_signal_handler(number)
