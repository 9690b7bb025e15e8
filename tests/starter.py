"""Processes of alertd that need not load it first: a process that has loaded it forks one for each command.

The process is as real as any: a number, a memory, descriptors and an end of its own. It lacks only the second that
Python takes to load some hundred modules, which was most of the time of the tests. What the load itself does is tested
by those that start `python -m alertd`, and by each process that another command is to run, or in whose environment is
more for Python than a path.
"""

import atexit
import gc
import json
import os
import select
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import IO

LOADED = [f"alertd.cli.{name}" for name in ("app", "check", "history", "plan", "recording", "run", "show", "status")]
LOADED += ["alertd.channels.apprise", "alertd.channels.webhook", "alertd.board"]
LONGEST = 1 << 17
"""Bytes of a command with its environment."""


class Started:
    """A process that was forked, with the methods of `Popen` that the tests use."""

    def __init__(self, starter: "Starter", pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._starter = starter
        self._handle = os.pidfd_open(pid)

    def poll(self) -> int | None:
        return self._ended(0)

    def wait(self, timeout: float) -> int:
        code = self._ended(timeout)
        if code is None:
            raise subprocess.TimeoutExpired(f"process {self.pid}", timeout)
        return code

    def _ended(self, seconds: float) -> int | None:
        if self.returncode is None and select.select([self._handle], [], [], seconds)[0]:
            os.close(self._handle)
            self.returncode = self._starter.ask({"ended": self.pid})
        return self.returncode


class Starter:
    """The process that forks, and the socket by which it is asked to."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-P", __file__, str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
            )

    def start(self, arguments: Sequence[str], env: Mapping[str, str], stdout: IO[bytes], stderr: IO[bytes]) -> Started:
        """Start alertd with these arguments in the folder of this process."""
        wanted = {"arguments": [*arguments], "environment": {**env}, "folder": str(Path.cwd())}
        return Started(self, self.ask(wanted, stdout.fileno(), stderr.fileno()))

    def ask(self, wanted: dict[str, object], *descriptors: int) -> int:
        with self._turn:
            socket.send_fds(self._socket, [json.dumps(wanted).encode()], descriptors)
            return int(self._socket.recv(LONGEST))

    def close(self) -> None:
        self._socket.close()
        self._process.wait()


def can_be_forked(within: Sequence[str], env: Mapping[str, str]) -> bool:
    """No command runs it, and its environment has nothing that counts only while a program starts."""
    return not within and not any(
        name.startswith(("PYTHON", "LC_", "LANG", "LD_")) for name in env if name != "PYTHONPATH"
    )


@cache
def starter() -> Starter:
    """The one of this process, which ends with it."""
    made = Starter()
    atexit.register(made.close)
    return made


def serve(asked: socket.socket) -> bool:
    """Fork for each command until nobody asks any more. True in a process that was forked."""
    gc.freeze()
    while True:
        text, descriptors, *_ = socket.recv_fds(asked, LONGEST, 2)
        if not text:
            return False
        wanted = json.loads(text)
        if "ended" in wanted:
            answer = os.waitstatus_to_exitcode(os.waitpid(wanted["ended"], 0)[1])
        else:
            answer = os.fork()
            if answer == 0:
                asked.close()
                become(wanted, descriptors)
                return True
            for descriptor in descriptors:
                os.close(descriptor)
        asked.send(str(answer).encode())


def become(wanted, descriptors: list[int]) -> None:
    """Take on what a new process is given."""
    for ours, theirs in zip(descriptors, (1, 2), strict=True):
        os.dup2(ours, theirs)
        os.close(ours)
    os.chdir(wanted["folder"])
    os.environ.clear()
    os.environ.update(wanted["environment"])
    time.tzset()
    sys.path[:0] = [path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path]
    sys.argv = ["alertd", *wanted["arguments"]]


if __name__ == "__main__":
    for module in LOADED:
        import_module(module)
    import_module("alertd.cli.app").app(["check", "--help"], standalone_mode=False)  # loads what a command line needs
    with socket.socket(fileno=int(sys.argv[1])) as asking:
        forked = serve(asking)
    if forked:
        import_module("alertd.cli").main()
