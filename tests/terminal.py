"""A person at a real terminal: a command in a pseudo-terminal, read and answered word by word."""

import os
import pty
import select
import sys
import time
from pathlib import Path

PATIENCE = 30.0


class Terminal:
    """One command, its keyboard and its screen."""

    def __init__(self, config: Path, *arguments: str) -> None:
        self._process, self._handle = pty.fork()
        if self._process == 0:
            os.environ.update(COLUMNS="200", TERM="dumb", NO_COLOR="1")
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

    def leave(self, key: bytes = b"") -> int:
        """Wait for its end, and give the exit code; a key to leave by is pressed until it counts.

        Python loses one that comes while a prompt is being put up.
        """
        end = time.monotonic() + PATIENCE
        os.write(self._handle, key)
        while self._take():
            if key and not self._has_said():
                os.write(self._handle, key)
            assert time.monotonic() < end, "it does not end"
        os.close(self._handle)
        return os.waitstatus_to_exitcode(os.waitpid(self._process, 0)[1])

    def _has_said(self, within: float = 1.0) -> bool:
        return bool(select.select([self._handle], [], [], within)[0])

    def _take(self) -> bool:
        """Read what has come; whether there may be more."""
        assert self._has_said(within=PATIENCE), f"nothing more came: {self.screen[self._read :]!r}"
        try:
            data = os.read(self._handle, 4096)
        except OSError:  # the other side is closed
            return False
        self.screen += data.decode(errors="replace")
        return bool(data)
