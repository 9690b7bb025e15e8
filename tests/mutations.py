"""Texts after accidents, the same for the same seed: for tests that nothing which can stand in a file does harm."""

import random
import signal
from contextlib import contextmanager

SETTINGS = """\
state_dir = "state"
[policy]
lead_times = ["24h", "6h"]
catch_up = "24h"
[[channel]]
name = "desk"
kind = "apprise"
url = [{ env = "A" }, { file = "b" }, "c"]
zone = "Europe/Zurich"
alerts = ["reminder"]
fallback = "oncall"
[[channel]]
name = "oncall"
kind = "console"
[ops]
channel = "oncall"
heartbeat = { url = { credential = "x" }, every = "60s" }
shift_digest = ["07:00"]
"""

PIECES = (
    *"\"'[]{}=.,#\\\n\r\t\0\x7f-0é",
    *('"""', "'''", "[[", "]]", "\r\n", "\u202e", "\N{GRINNING FACE}", "\N{ARABIC-INDIC DIGIT ONE}"),
    *("9999999999", "1e999", "nan", "true", "2016-02-30", "0001-01-01", "9999-12-31T23:59:59", "24:00", "midnight"),
    *("[[truce]]", "[truce.extension]", "[[truce.claim]]\n", "999999w", "P1M"),
)


def mutated(text: str, chance: random.Random) -> str:
    """A text after one to four accidents."""
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(text) + 1)
        until = min(len(text), at + chance.choice((0, 0, 1, 3, 40)))
        text = chance.choice((_replaced, _cut, _shuffled, _with_a_line_twice, _without_a_line, _renumbered))(
            text, at, until, chance
        )
    return text


def _replaced(text: str, at: int, until: int, chance: random.Random) -> str:
    piece = chance.choice((*PIECES, chr(chance.randrange(1, 0xD800)), chr(chance.randrange(0xE000, 0x110000))))
    return text[:at] + piece + text[until:]


def _cut(text: str, at: int, until: int, chance: random.Random) -> str:
    """Cut out, or cut short, as by a full disk: at a byte, in the middle of a character if need be."""
    if chance.random() < 0.5:
        return text[:at] + text[until:]
    return text.encode()[:at].decode(errors="replace")


def _shuffled(text: str, _at: int, _until: int, chance: random.Random) -> str:
    lines = text.split("\n")
    if chance.random() < 0.3:
        return "\n".join(chance.sample(lines, len(lines)))
    at, other = chance.randrange(len(lines)), chance.randrange(len(lines))
    lines[at], lines[other] = lines[other], lines[at]
    return "\n".join(lines)


def _with_a_line_twice(text: str, at: int, _until: int, chance: random.Random) -> str:
    lines = text.split("\n")
    lines.insert(at % len(lines), chance.choice(lines))
    return "\n".join(lines)


def _without_a_line(text: str, at: int, _until: int, _chance: random.Random) -> str:
    lines = text.split("\n")
    del lines[at % len(lines)]
    return "\n".join(lines)


def _renumbered(text: str, _at: int, _until: int, chance: random.Random) -> str:
    """Another figure in place of one."""
    digits = [place for place, character in enumerate(text) if character in "0123456789"]
    if not digits:
        return text
    place = chance.choice(digits)
    return text[:place] + chance.choice("0123456789") + text[place + 1 :]


class Hung(BaseException):
    """It hangs; no Exception, as a reader may take any of those for a fault of the file."""


@contextmanager
def no_longer_than(seconds: int):
    """Stop what hangs, where it hangs; seconds of the processor, as others may want it too."""

    def stop(_number, _frame) -> None:
        raise Hung(f"still reading after {seconds} s of the processor")

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
