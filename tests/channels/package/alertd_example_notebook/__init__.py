"""A channel that writes the title of each message into the file whose path is its `url`; without one, to stderr."""

import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from alertd.channels import Opening, Outcome, Target
from alertd.channels.blocking import BlockingSender
from alertd.domain.agenda import Verdict
from alertd.domain.policy import SEND_TIMEOUT
from alertd.message.values import Message


def open_channel(opening: Opening) -> Sequence[Target]:
    """Open a notebook for each URL."""
    if not opening.urls:
        return [Notebook(name, None) for name in opening.targets]
    pairs = zip(opening.targets, opening.urls, strict=True)
    return [Notebook(name, Path(url.get_secret_value())) for name, url in pairs]


class Notebook:
    """One file."""

    def __init__(self, name: str, path: Path | None) -> None:
        self.name = name
        self._path = path
        self._sender = BlockingSender(name, SEND_TIMEOUT)

    async def send(self, message: Message) -> Outcome:
        """Write one line."""
        return await self._sender.run(partial(self._write, message.title))

    async def aclose(self) -> None:
        """Nothing is held."""

    def _write(self, line: str) -> Outcome:
        if self._path is None:
            sys.stderr.write(line + "\n")
            return Outcome(Verdict.ACCEPTED)
        try:
            with self._path.open("a") as notebook:
                notebook.write(line + "\n")
        except OSError as error:
            return Outcome(Verdict.FAILED, f"cannot write: {error.strerror}")
        return Outcome(Verdict.ACCEPTED)
