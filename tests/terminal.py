"""A person at a real terminal: a command in a pseudo-terminal, read and answered word by word."""

import os
import pty
import select
import signal
import sys
import time
from pathlib import Path

from rights import lacking

PATIENCE = 90.0


def needs_terminals() -> None:
    """Go on only where there are pseudo-terminals, as there are none without /dev/pts."""
    try:
        ends = pty.openpty()
    except OSError as error:
        lacking(f"needs a pseudo-terminal, and there is none ({error}): mount devpts at /dev/pts")
    for end in ends:
        os.close(end)


class Terminal:
    """One command, its keyboard and its screen."""

    def __init__(self, config: Path, *arguments: str, columns: int = 200) -> None:
        needs_terminals()
        self._process, self._handle = pty.fork()
        if self._process == 0:
            signal.signal(signal.SIGINT, signal.SIG_DFL)  # a job in the background, as tests can be, ignores it
            os.environ.update(COLUMNS=str(columns), TERM="dumb", NO_COLOR="1")
            os.execv(sys.executable, [sys.executable, "-m", "alertd", "--config", str(config), *arguments])  # noqa: S606
        self.screen = ""
        self._read = 0

    def expect(self, text: str) -> str:
        """Wait until a text stands on the screen below what was seen before; gives all that came until then."""
        end = time.monotonic() + PATIENCE
        while text not in self.screen[self._read :]:
            assert time.monotonic() < end, f"not seen: {text!r}, but {self.screen[self._read :]!r}"
            assert self._take(), f"ended without {text!r}: {self.screen[self._read :]!r}"
        seen = self.screen[self._read :]
        self._read = len(self.screen)
        return seen

    def type(self, line: str) -> None:
        os.write(self._handle, line.encode() + b"\n")

    def press(self, key: bytes) -> None:
        os.write(self._handle, key)

    def leave(self) -> int:
        """Wait for its end, and give the exit code."""
        while self._take():
            pass
        os.close(self._handle)
        return os.waitstatus_to_exitcode(os.waitpid(self._process, 0)[1])

    def _take(self) -> bool:
        """Read what has come; whether there may be more."""
        ready, _, _ = select.select([self._handle], [], [], PATIENCE)
        assert ready, f"nothing more came: {self.screen[self._read :]!r}"
        try:
            data = os.read(self._handle, 4096)
        except OSError:  # the other side is closed
            return False
        self.screen += data.decode(errors="replace")
        return bool(data)
