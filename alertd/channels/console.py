"""The console channel: messages as readable blocks on a text stream, for trying out and for rehearsals."""

import sys
from datetime import timedelta
from functools import partial
from typing import TextIO

from alertd.channels import Opening, Outcome
from alertd.channels.blocking import BlockingSender
from alertd.domain.agenda import Verdict
from alertd.domain.policy import SEND_TIMEOUT
from alertd.message.printable import without_controls
from alertd.message.values import Message
from alertd.message.wording import clean


def open_channel(opening: Opening) -> "tuple[ConsoleTarget, ...]":
    """Open a console as the channel's target."""
    return tuple(ConsoleTarget(name) for name in opening.targets)


class ConsoleTarget:
    """Writes to a stream; without one to whatever stdout is when a message is sent."""

    def __init__(self, name: str, stream: TextIO | None = None, *, timeout: timedelta = SEND_TIMEOUT) -> None:
        self.name = name
        self._stream = stream
        # A pipe whose reader sleeps blocks a write for good.
        self._sender = BlockingSender(name, timeout)

    async def send(self, message: Message) -> Outcome:
        """Write the title, the text and an empty line."""
        return await self._sender.run(partial(_write, self._stream or sys.stdout, self._block(message)))

    async def aclose(self) -> None:
        """Leave the stream open: it belongs to whoever brought it."""

    def _block(self, message: Message) -> str:
        """The message as it is written, in one piece: other targets write to the same stream."""
        title = "" if message.is_sms else f"{clean(message.title)}\n"
        return f"{title}{without_controls(message.text).rstrip()}\n\n"


def _write(stream: TextIO, block: str) -> Outcome:
    try:
        stream.write(_writable(block, stream.encoding))
        stream.flush()
    except (OSError, ValueError) as error:  # ValueError: the stream was closed
        return Outcome(Verdict.FAILED, f"cannot write to the console: {clean(str(error))}")
    return Outcome(Verdict.ACCEPTED)


def _writable(block: str, encoding: str | None) -> str:
    """Spell out what the stream's encoding lacks: an alert that looks odd is better than none."""
    return block.encode(encoding or "utf-8", "backslashreplace").decode(encoding or "utf-8")
