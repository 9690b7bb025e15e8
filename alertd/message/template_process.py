"""The process in which templates of the config folder run: whatever they do ends within limits of time and memory.

A template is a program. Jinja's sandbox keeps it from the files and objects of alertd; nothing within one interpreter
keeps it from looping, or from asking for more memory than there is. A process of its own can be ended. Here stand both
of its sides: `TemplateProcess` is what alertd asks, `serve` what answers. What is asked is for others to know.
"""

import os
import pickle
import resource
import signal
import struct
import subprocess
import sys
import weakref
from collections.abc import Callable
from select import select
from typing import IO

SECONDS_AT_MOST = 2.0
"""Of the processor, for one rendering; a digest of a hundred alerts takes some hundredths of a second."""

WAITED_AT_MOST = 30.0
"""Seconds for an answer by the clock on the wall: a busy machine is no fault of a template."""

START_SECONDS_AT_MOST = 60.0
"""Until the process can be asked: a busy machine takes its time to load a program."""

BYTES_AT_MOST = 512 << 20
"""Memory of the process, of which the program itself takes a fifth."""

TOO_LONG = f"it takes more than {SECONDS_AT_MOST:g} s"
TOO_MUCH_MEMORY = f"it takes more than {BYTES_AT_MOST >> 20} MiB of memory"

CHARACTERS_AT_MOST = 200_000
"""Of one rendering: no message is as long."""

_LENGTH = struct.Struct("!I")
_PASSED_ON = ("PATH", "PYTHONPATH", "LANG", "LC_ALL")
"""Variables of the environment that the process gets: there may be secrets in others."""


class LimitExceeded(Exception):
    """A rendering that took too long, or too much memory."""


class TemplateProcess:
    """Runs a module as `python -m MODULE ARGUMENTS` and asks it, one question after the other; starts it when asked."""

    def __init__(self, module: str, *arguments: str) -> None:
        self._command = [sys.executable, "-m", module, *arguments]
        self._process: subprocess.Popen[bytes] | None = None
        self._end: Callable[[], object] = _nothing

    def ask(self, question: object) -> object:
        """The answer to a question, both of which can be pickled.

        Raises LimitExceeded where there is none in time; the next question starts a new process.
        """
        if self._process is None:
            self._start()
        process = self._process
        assert process is not None  # noqa: S101  made above
        assert process.stdin is not None  # noqa: S101  a pipe
        assert process.stdout is not None  # noqa: S101  a pipe
        try:
            _write(process.stdin, pickle.dumps(question))
            return pickle.loads(_read(process.stdout, WAITED_AT_MOST))  # noqa: S301  from our own code
        except (OSError, EOFError) as error:
            self.close()
            ran_out_of_time = isinstance(error, TimeoutError) or process.returncode == -signal.SIGPROF
            raise LimitExceeded(TOO_LONG if ran_out_of_time else TOO_MUCH_MEMORY) from None

    def close(self) -> None:
        """End the process, whatever it does."""
        self._end()
        self._process = None

    def _start(self) -> None:
        environ = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        process = subprocess.Popen(  # noqa: S603  our own interpreter and module
            self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environ, start_new_session=True
        )
        self._process = process
        self._end = weakref.finalize(self, _kill, process)
        assert process.stdout is not None  # noqa: S101  a pipe
        try:
            _read(process.stdout, START_SECONDS_AT_MOST)
        except (OSError, EOFError) as error:
            self.close()
            raise LimitExceeded("its process does not start: see the log") from error


def serve(answer: Callable[[object], object], seconds: float = SECONDS_AT_MOST) -> None:
    """Answer questions on standard input until it ends: the side of the process itself.

    One that takes more of the processor than so many seconds ends it.
    """
    resource.setrlimit(resource.RLIMIT_AS, (BYTES_AT_MOST, BYTES_AT_MOST))
    _write(sys.stdout.buffer, b"ready")
    while True:
        try:
            question = pickle.loads(_read(sys.stdin.buffer, None))  # noqa: S301  from alertd
        except EOFError:
            return
        signal.setitimer(signal.ITIMER_PROF, seconds)  # its signal ends a process that does not handle it
        answered = answer(question)
        signal.setitimer(signal.ITIMER_PROF, 0)
        _write(sys.stdout.buffer, pickle.dumps(answered))


def _nothing() -> None:
    """There is nothing to end yet."""


def _kill(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            try:
                pipe.close()
            except BrokenPipeError:  # what it was not told any more
                continue


def _write(pipe: IO[bytes], data: bytes) -> None:
    pipe.write(_LENGTH.pack(len(data)) + data)
    pipe.flush()


def _read(pipe: IO[bytes], seconds: float | None) -> bytes:
    """One piece of data. Raises EOFError where the other side has ended, TimeoutError where it takes too long."""
    if seconds is not None and not select([pipe], [], [], seconds)[0]:
        raise TimeoutError
    head = pipe.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        raise EOFError
    (length,) = _LENGTH.unpack(head)
    return pipe.read(length)
