"""`alertd rehearse`: the sample plays as history went; machines read lines of JSON, people watch it go by."""

import asyncio
import fcntl
import io
import json
import os
import pty
import signal
import struct
import subprocess
import sys
import termios
from datetime import UTC, datetime
from itertools import groupby

import pytest
from cli.commands import AFTER_ALL, BEFORE_ALL, DELIVERY_KEYS, read_as_a_person, tree
from process import alertd, truce_text, write_truces
from terminal import needs_terminals

from alertd.cli.rehearse import RehearsalConsole
from alertd.daemon.rehearsal import VirtualClock
from alertd.message.values import Message

GHOUTA, LATAKIA = "eastern-ghouta", "latakia"
FIRST, SECOND, LAST = "2016-04-30T22:00:00Z", "2016-05-01T22:00:00Z", "2016-05-03T22:00:00Z"
LATAKIA_ENDS = "2016-05-02T22:00:00Z"

WHOLE_SAMPLE = [
    ("2016-04-29T21:00:00Z", GHOUTA, "start", "1h", None),
    ("2016-04-29T21:00:00Z", LATAKIA, "start", "1h", None),
    ("2016-04-29T22:00:00Z", GHOUTA, "start", "0", None),
    ("2016-04-29T22:00:00Z", LATAKIA, "start", "0", None),
    ("2016-04-30T16:00:00Z", GHOUTA, "reminder", "6h", FIRST),
    ("2016-04-30T21:00:00Z", GHOUTA, "extended", None, SECOND),
    ("2016-04-30T22:00:00Z", GHOUTA, "reminder", "24h", SECOND),
    ("2016-05-01T16:00:00Z", GHOUTA, "reminder", "6h", SECOND),
    ("2016-05-01T21:00:00Z", GHOUTA, "extended", None, LAST),
    ("2016-05-01T22:00:00Z", LATAKIA, "reminder", "24h", LATAKIA_ENDS),
    ("2016-05-02T16:00:00Z", LATAKIA, "reminder", "6h", LATAKIA_ENDS),
    ("2016-05-02T21:00:00Z", LATAKIA, "reminder", "1h", LATAKIA_ENDS),
    ("2016-05-02T21:45:00Z", LATAKIA, "reminder", "15m", LATAKIA_ENDS),
    ("2016-05-02T22:00:00Z", LATAKIA, "lapsed", "0", LATAKIA_ENDS),
    ("2016-05-02T22:00:00Z", GHOUTA, "reminder", "24h", LAST),
    ("2016-05-02T22:15:00Z", LATAKIA, "lapsed", "+15m", LATAKIA_ENDS),
    ("2016-05-03T16:00:00Z", GHOUTA, "reminder", "6h", LAST),
    ("2016-05-03T21:00:00Z", GHOUTA, "reminder", "1h", LAST),
    ("2016-05-03T21:45:00Z", GHOUTA, "reminder", "15m", LAST),
    ("2016-05-03T22:00:00Z", GHOUTA, "lapsed", "0", LAST),
    ("2016-05-03T22:00:00Z", LATAKIA, "review", None, LATAKIA_ENDS),
    ("2016-05-03T22:15:00Z", GHOUTA, "lapsed", "+15m", LAST),
]
"""What alertd says of spring 2016; of the ends that were moved no 1 h and 15 min reminders, as at 2100Z it knew, and
none 24 h before the first end, as that is the start."""

CALM = ("--from", "2016-05-02T21:30Z", "--to", "2016-05-02T22:15Z")
"""45 minutes with three messages: 15 minutes before the end in Latakia, at the end, and 15 minutes after it."""


def rehearsed(config, start, to):
    done = alertd(config, "rehearse", "--from", start, "--to", to, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    return [json.loads(line) for line in done.stdout.splitlines()]


def said(lines):
    return [(line["due_at"], line["truce"], line["kind"], line["stage"], line["ends_at"]) for line in lines]


def test_the_sample_says_all_that_had_to_be_said_in_spring_2016_and_nothing_else(sample):
    before = tree(sample.parent)
    done = alertd(
        sample, "rehearse", "--from", BEFORE_ALL, "--to", AFTER_ALL, "--speed", "max", "--json"
    )  # as the README has it
    assert (done.returncode, done.stderr) == (0, "")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert said(lines) == WHOLE_SAMPLE
    assert [list(line) for line in lines] == [[*DELIVERY_KEYS, "sent_at", "message_id", "body"]] * len(lines)
    assert [line["sent_at"] for line in lines] == [line["due_at"] for line in lines]
    assert {(line["channel"], line["target"]) for line in lines} == {("console", "console")}
    assert all(line["truce"] in line["title"] + line["body"] for line in lines)
    messages = [list(group) for _, group in groupby(lines, key=lambda line: line["message_id"])]
    assert len({line["message_id"] for line in lines}) == len(messages)
    assert [[line["truce"] for line in message] for message in messages if len(message) > 1] == [
        [GHOUTA, LATAKIA],
        [GHOUTA, LATAKIA],
        [LATAKIA, GHOUTA],
        [GHOUTA, LATAKIA],
    ]
    assert all(len({line["body"] for line in message}) == 1 for message in messages)
    assert tree(sample.parent) == before


def test_both_ends_of_a_rehearsal_belong_to_it(sample):
    assert said(rehearsed(sample, "2016-05-02T21:00:00Z", "2016-05-02T21:45:00Z")) == WHOLE_SAMPLE[11:13]


def test_every_channel_takes_part_and_none_is_really_sent_to(sample):
    (sample / "alertd.toml").write_text(
        '[[channel]]\nname = "desk"\nkind = "apprise"\nurl = "json://127.0.0.1:9/planted"\n'
        '[[channel]]\nname = "mail"\nkind = "apprise"\nurl = ["json://127.0.0.1:9/a", "json://127.0.0.1:9/b"]\n'
        'alerts = ["lapsed"]\n'
    )
    lines = rehearsed(sample, "2016-05-02T21:45:00Z", "2016-05-02T22:15:00Z")
    kinds = {
        target: [line["kind"] for line in lines if line["target"] == target] for target in ("desk", "mail", "mail#2")
    }
    assert kinds == {
        "desk": ["reminder", "lapsed", "reminder", "lapsed"],
        "mail": ["lapsed", "lapsed"],
        "mail#2": ["lapsed", "lapsed"],
    }
    assert {line["target"]: line["channel"] for line in lines} == {"desk": "desk", "mail": "mail", "mail#2": "mail"}


def test_an_extension_at_the_last_minute_or_after_it_is_said_and_no_stage_before_it(tmp_path):
    day = ("announced = 2016-05-01T00:00:00", "starts = 2016-05-01T00:00:00", 'lasts = "24h"')
    write_truces(
        tmp_path,
        truce_text("before", *day),
        '[[truce.extension]]\nannounced = 2016-05-01T23:30:00\nby = "2h"\n',
        truce_text("after", *day),
        '[[truce.extension]]\nannounced = 2016-05-02T00:10:00\nby = "2h"\n',
    )
    lines = said(rehearsed(tmp_path, "2016-05-01T20:00Z", "2016-05-02T01:50Z"))
    old, new = "2016-05-02T00:00:00Z", "2016-05-02T02:00:00Z"
    assert [line for line in lines if line[1] == "before"] == [
        ("2016-05-01T23:00:00Z", "before", "reminder", "1h", old),
        ("2016-05-01T23:30:00Z", "before", "extended", None, new),
        ("2016-05-02T01:00:00Z", "before", "reminder", "1h", new),
        ("2016-05-02T01:45:00Z", "before", "reminder", "15m", new),
    ]
    assert [line for line in lines if line[1] == "after"] == [
        ("2016-05-01T23:00:00Z", "after", "reminder", "1h", old),
        ("2016-05-01T23:45:00Z", "after", "reminder", "15m", old),
        ("2016-05-02T00:00:00Z", "after", "lapsed", "0", old),
        ("2016-05-02T00:10:00Z", "after", "extended", None, new),
        ("2016-05-02T01:00:00Z", "after", "reminder", "1h", new),
        ("2016-05-02T01:45:00Z", "after", "reminder", "15m", new),
    ]


def test_a_rehearsal_in_which_nothing_happens_prints_nothing(sample):
    assert rehearsed(sample, "2015-01-01T00:00Z", "2015-06-01T00:00Z") == []


def test_as_text_each_message_tells_its_virtual_time_and_its_channel(sample):
    done = alertd(sample, "rehearse", *CALM)
    assert (done.returncode, done.stderr) == (0, "")
    assert [line for line in done.stdout.splitlines() if line.startswith("--- ")] == [
        "--- 2145Z Mon 2 May 2016, to console",
        "--- 2200Z Mon 2 May 2016, to console",
        "--- 2215Z Mon 2 May 2016, to console",
    ]
    assert "0100 Tue 3 May 2016 Asia/Damascus (+03:00) = 2200Z Mon 2 May" in done.stdout
    assert "\x1b" not in done.stdout


THREE_CHANNELS = """
[[channel]]
name = "desk"
kind = "console"
[[channel]]
name = "field"
kind = "console"
[[channel]]
name = "phone"
kind = "console"
alerts = ["reminder"]
[ops]
channel = "desk"
shift_digest = ["07:00"]
"""


def test_as_text_each_message_is_printed_whole_however_many_channels_get_one_at_once(monkeypatch):
    written = []

    class Screen(io.StringIO):
        def write(self, text):
            written.append(text)
            return super().write(text)

    monkeypatch.setattr(sys, "stdout", Screen())
    clock = VirtualClock(datetime(2016, 5, 2, 21, tzinfo=UTC))
    targets = [RehearsalConsole(name, clock) for name in ("desk", "field", "phone")]
    message = Message(title="Ghouta: ends in 1 h", text="End, in 1 h\n", markdown="")

    async def send_at_once():
        await asyncio.gather(*(target.send(message) for target in targets))

    asyncio.run(send_at_once())
    assert sorted(written) == [
        f"--- 2100Z Mon 2 May 2016, to {target.name}\nGhouta: ends in 1 h\nEnd, in 1 h\n\n" for target in targets
    ], "what is written in pieces can be mixed with another's"


REPORT = """\
Regime of calm, Damascus and Eastern… [eastern-ghouta]: running at the end
WHEN                    KNOWN ● OR TOLD ├                                                    TO
2000Z Sun 1 May 2016 ● known, ends 0100 Mon 2 May
2100Z Sun 1 May 2016 ● extended: 0100 Mon 2 May -> 0100 Wed 4 May
2100Z Sun 1 May 2016 ├ extended to 0100 Wed 4 May Damascus (2200Z Tue 3 May), was 0100 Mon 2 May desk, field, phone

Regime of calm, northern Latakia [latakia]: running at the end
WHEN KNOWN ● OR TOLD ├ TO
2000Z Sun 1 May 2016 ● known, ends 0100 Tue 3 May
2200Z Sun 1 May 2016 ├ ends in 24 h, 0100 Tue 3 May Damascus (2200Z Mon 2 May) desk, field, phone
"""


def test_a_report_is_a_table_a_truce_of_what_was_known_when_and_who_was_told_when(command, sample):
    (sample / "alertd.toml").write_text(THREE_CHANNELS)
    done = command(sample, "rehearse", "--from", "2016-05-01T20:00Z", "--to", "2016-05-02T07:00Z", "--report")
    assert (done.returncode, done.stderr) == (0, "")
    truces, _, itself = done.stdout.partition("alertd itself\n")
    assert [" ".join(line.split()) for line in truces.splitlines()] == [
        *(" ".join(line.split()) for line in REPORT.splitlines()),
        "",
    ]
    assert "0700Z Mon 2 May 2016  ├  shift digest: " in itself


def test_a_report_and_json_are_not_asked_for_together(command, sample):
    done = command(sample, "rehearse", *CALM, "--report", "--json")
    assert (done.returncode, done.stdout) == (2, "")
    assert "--report: it is for reading; --json alone has each message" in read_as_a_person(done)


@pytest.mark.parametrize("speed", ["0", "-1", "nan", "inf", "fast", ""])
def test_a_speed_that_is_none_is_a_usage_error_that_says_what_to_write(command, sample, speed):
    done = command(sample, "rehearse", *CALM, "--speed", speed)
    assert (done.returncode, done.stdout) == (2, "")
    assert "--speed" in done.stderr
    assert "a number above 0 of virtual seconds in a second, or max" in read_as_a_person(done)


def test_settings_that_cannot_be_used_leave_no_ledger_open(command, sample, ledgers_in_memory):
    (sample / "alertd.toml").write_text("nonsense = 1\n")
    assert command(sample, "rehearse", "--from", BEFORE_ALL, "--to", AFTER_ALL).returncode == 1
    assert ledgers_in_memory.closed == ledgers_in_memory.opened != []


def test_an_end_before_the_beginning_is_a_usage_error(command, sample):
    done = command(sample, "rehearse", "--from", AFTER_ALL, "--to", BEFORE_ALL)
    assert (done.returncode, done.stdout) == (2, "")
    assert "--to: it lies before --from" in read_as_a_person(done)


def test_a_rehearsal_cannot_begin_or_end_at_a_time_that_is_not_given(command, sample):
    for given, missing in (("--from", "--to"), ("--to", "--from")):
        done = command(sample, "rehearse", given, BEFORE_ALL)
        assert (done.returncode, done.stdout) == (2, "")
        assert missing in read_as_a_person(done)


def on_a_terminal(config, *arguments, stdout=None):
    """Run a command with a terminal for its streams; gives its exit code and what the terminal got."""
    needs_terminals()
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 120, 0, 0))
    process = subprocess.Popen(
        [sys.executable, "-m", "alertd", "--config", str(config), *arguments],
        stdin=theirs,
        stdout=theirs if stdout is None else stdout,
        stderr=theirs,
        env=os.environ | {"TERM": "xterm-256color"},
    )
    os.close(theirs)
    got = b"".join(iter(lambda: _read_terminal(ours), b""))
    os.close(ours)
    return process.wait(30), got.decode()


def _read_terminal(descriptor):
    try:
        return os.read(descriptor, 65536)
    except OSError:  # Linux tells the end of a terminal as an error
        return b""


def test_a_person_at_a_terminal_sees_a_bar_and_the_virtual_time_move(sample):
    code, seen = on_a_terminal(sample, "rehearse", *CALM, "--speed", "1350")
    assert code == 0
    bars = [piece for piece in seen.replace("\r", "\n").split("\n") if "━" in piece]
    assert any("2130Z Mon 2 May 2016" in bar and "  0%" in bar for bar in bars)
    assert any("2200Z Mon 2 May 2016" in bar and " 67%" in bar for bar in bars)
    assert any("2215Z Mon 2 May 2016" in bar and "100%" in bar for bar in bars)
    assert seen.count("--- 2200Z Mon 2 May 2016, to console") == 1


def test_what_is_kept_in_a_file_misses_nothing_while_a_person_watches_the_bar(sample, tmp_path):
    with (tmp_path / "kept").open("wb") as kept:
        code, seen = on_a_terminal(sample, "rehearse", *CALM, "--json", stdout=kept)
    assert code == 0
    lines = [json.loads(line) for line in (tmp_path / "kept").read_text().splitlines()]
    assert said(lines) == WHOLE_SAMPLE[12:16]
    assert "100%" in seen
    assert "due_at" not in seen


def test_whoever_stops_reading_ends_a_rehearsal_quietly(sample):
    process = subprocess.Popen(
        [sys.executable, "-m", "alertd", "--config", str(sample), "rehearse", *CALM, "--speed", "1350"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout.readline().startswith(b"--- 2145Z")
    process.stdout.close()  # as `head -n 1` does, with two messages still to come
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait(30) == -signal.SIGPIPE
