"""The only place that asks for the time; everything else is told.

Tests, rehearsals and simulations bring a clock of their own.
"""

import ctypes
import errno
import subprocess
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Protocol


class Clock(Protocol):
    """The clock that tells the time."""

    def now(self) -> datetime:
        """The wall time, as an aware UTC moment; it may step forward and back."""
        ...

    def monotonic(self) -> float:
        """Seconds since a moment that means nothing; never steps back."""
        ...


class SystemClock:
    """The clock of this machine."""

    def now(self) -> datetime:
        """The wall time, as an aware UTC moment."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds since a moment that means nothing, for measuring how long something takes."""
        return time.monotonic()


_TIMEX_BYTES = 256
"""Room for the kernel's `struct timex`; zeros ask and set nothing."""
_STATUS_AT = 5 * ctypes.sizeof(ctypes.c_long)
_UNSYNCHRONISED = 0x40
"""STA_UNSYNC."""

_TIMEDATED_EVERY = 10.0
"""Seconds."""

_TIMESYNC = Path("/run/systemd/timesync")
_SERVICES = (
    _TIMESYNC,
    *map(Path, ("/run/chrony", "/run/chronyd", "/run/chronyd.pid", "/run/ntpd.pid", "/run/ntpd", "/run/ntpsec")),
)
"""Files and folders that the time services of Linux have while they run."""


class Timedated:
    """systemd's timedated, which may ask the kernel for whoever may not."""

    def __init__(self) -> None:
        self._answer: bool | None = None
        self._asked_at = -_TIMEDATED_EVERY

    def says(self) -> bool | None:
        """Tell if it takes the clock for synchronised; None where it does not answer within a second.

        It is asked every ten seconds at most, and no more once it has said yes: who asks waits for the answer.
        """
        now = time.monotonic()
        if not self._answer and now - self._asked_at >= _TIMEDATED_EVERY:
            self._asked_at = now
            self._answer = _ask_timedated()
        return self._answer


def _ask_timedated() -> bool | None:
    try:
        answer = subprocess.run(
            ["timedatectl", "show", "--property=NTPSynchronized", "--value"],  # noqa: S607  wherever systemd has it
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=1,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):  # no systemd, or no bus to reach it by
        return None
    return {"yes": True, "no": False}.get(answer.stdout.strip())


_timedated = Timedated()


def is_synchronised(
    services: Iterable[Path] = _SERVICES, timesync: Path = _TIMESYNC, timedated: Timedated = _timedated
) -> bool | None:
    """Tell whether a time service of this machine has set its clock; None where there is none, or nobody tells.

    The kernel of a machine without one, such as most containers and many virtual machines, says no for ever: that is
    nothing to wait for. Where it must not be asked, as in the unit, timesyncd tells by a file, and of any other time
    service systemd's timedated passes on what the kernel says.
    """
    if not any(service.exists() for service in services):
        return None
    if (timesync / "synchronized").exists():
        return True
    synchronised = kernel_says()
    if synchronised is None and timesync.exists():
        return False
    if synchronised is None:
        synchronised = timedated.says()
    if synchronised is None:
        _tell_that_nobody_says()
    return synchronised


@cache
def _tell_that_nobody_says() -> None:
    """Say once a process that the clock is believed because nobody can be asked, and not because it is right."""
    from alertd.logs.lines import get_logger  # noqa: PLC0415  a tenth of a second that only a daemon needs

    get_logger(__name__).warning(
        "clock.not_told",
        hint="the kernel does not tell this process whether a time service has set the clock, as the unit denies it "
        "adjtimex and timedated does not answer: see that the wait for the clock is enabled, as chrony-wait.service",
    )


def kernel_says() -> bool | None:
    """Ask the kernel if it takes its clock for synchronised; None where it does not tell."""
    timex = ctypes.create_string_buffer(_TIMEX_BYTES)
    try:
        answer = ctypes.CDLL(None, use_errno=True).adjtimex(timex)
    except (OSError, AttributeError):  # no C library that has it
        return None
    if answer == -1 and ctypes.get_errno() in (errno.EPERM, errno.EACCES, errno.ENOSYS):
        return None
    return not ctypes.c_int.from_buffer(timex, _STATUS_AT).value & _UNSYNCHRONISED
