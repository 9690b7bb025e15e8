"""The console channel: a readable block a message, and never an exception."""

import io
import os
import subprocess
import sys
import threading
from contextlib import suppress
from datetime import timedelta

from factories import opening

from alertd.channels import open_targets
from alertd.channels.console import ConsoleTarget
from alertd.domain.agenda import Verdict
from alertd.message.values import Message


async def test_a_message_is_its_title_its_text_and_an_empty_line(message):
    stream = io.StringIO()

    outcome = await ConsoleTarget("console", stream).send(message)

    assert outcome.verdict is Verdict.ACCEPTED
    assert stream.getvalue() == f"{message.title}\n{message.text}\n\n"


async def test_the_factory_writes_to_whatever_stdout_is(message, capsys):
    (target,) = open_targets("console", opening())

    await target.send(message)

    assert target.name == "desk"
    assert message.title in capsys.readouterr().out


async def test_what_a_title_carries_cannot_move_the_cursor_or_forge_a_line():
    stream = io.StringIO()
    title = "Homs\n\x1b[2J\x1b]0;gotcha\x07\x1b[31mall\x9b1m quiet\u202e\x00\u2028"

    await ConsoleTarget("console", stream).send(Message(title=title, text="one\r\n\x1b[1;1Htwo", markdown=""))

    assert stream.getvalue() == "Homs all quiet\none\ntwo\n\n"


async def test_a_broken_pipe_is_an_outcome(message):
    reader, writer = os.pipe()
    os.close(reader)
    stream = os.fdopen(writer, "w")

    outcome = await ConsoleTarget("console", stream).send(message)

    assert outcome.verdict is Verdict.FAILED
    assert "Broken pipe" in outcome.detail
    with suppress(BrokenPipeError):
        stream.close()


async def test_a_closed_stream_is_an_outcome(message):
    stream = io.StringIO()
    stream.close()

    assert (await ConsoleTarget("console", stream).send(message)).verdict is Verdict.FAILED


async def test_what_the_terminal_cannot_show_is_spelled_out_rather_than_lost():
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")

    outcome = await ConsoleTarget("console", stream).send(Message(title="Zürich", text="→", markdown=""))

    assert outcome.verdict is Verdict.ACCEPTED
    assert raw.getvalue() == b"Z\\xfcrich\n\\u2192\n\n"


async def test_a_reader_that_sleeps_holds_up_nobody(message):
    class Asleep(io.StringIO):
        awake = threading.Event()

        def write(self, text: str) -> int:
            self.awake.wait(30)
            return super().write(text)

    stream = Asleep()
    target = ConsoleTarget("console", stream, timeout=timedelta(seconds=0.2))

    assert (await target.send(message)).verdict is Verdict.UNSURE
    assert (await target.send(message)).verdict is Verdict.FAILED
    stream.awake.set()


def test_importing_channels_does_not_load_apprise():
    code = "import sys, alertd.channels, alertd.channels.console; sys.exit('apprise' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
