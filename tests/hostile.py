"""Truce files made to break whoever reads them: too deep, too long, too large, out of every range."""

GOOD = """\
[[truce]]
id = "{}"
title = "Good"
zone = "Asia/Damascus"
starts = 2016-04-30T01:00:00
ends = 2016-05-04T01:00:00
"""


def with_key(line: str) -> bytes:
    """A truce with one line more."""
    return f"{GOOD.format('hostile')}{line}\n".encode()


def with_end(end: str, start: str = "2016-04-30T01:00:00") -> bytes:
    """A truce with another end."""
    text = GOOD.format("hostile").replace("2016-05-04T01:00:00", end).replace("2016-04-30T01:00:00", start)
    return text.encode()


MANY = 100_000
MANY_KEYS = 20_000
HOSTILE = {
    "a header of 500 parts": f"[{'.'.join('a' * 500)}]\nb = 1\n".encode(),
    "an array header of 500 parts": f"[[truce.{'.'.join('a' * 500)}]]\nb = 1\n".encode(),
    "a dotted key of 500 parts": with_key(f"{'.'.join('a' * 500)} = 1"),
    "a dotted key of many parts": with_key(f"{'.'.join('a' * MANY)} = 1"),
    "a quoted key of many parts": with_key(".".join(['"a b"'] * MANY) + " = 1"),
    "dotted keys within inline tables": with_key("x = {" + ".".join("a" * 500) + " = 1}"),
    "nested arrays": with_key(f"note = {'[' * 5000}{']' * 5000}"),
    "nested arrays on many lines": with_key("note = " + "[\n" * 5000 + "]\n" * 5000),
    "nested arrays, just possible": with_key(f"note = {'[' * 150}{']' * 150}"),
    "nested arrays without an end": with_key("note = " + "[" * MANY),
    "nested inline tables": with_key("note = " + "{a = " * 2000 + "1" + "}" * 2000),
    "nested arrays in withdrawn ids": b"withdrawn = " + b"[" * 300 + b"]" * 300 + b"\n",
    "a number of 5,000 digits": with_key(f"note = {'9' * 5000}"),
    "a hexadecimal number of 40,000 digits": with_key(f"note = 0x{'f' * 40_000}"),
    "an end of 40,000 hexadecimal digits": with_end(f"0x{'f' * 40_000}"),
    "a float out of range": with_key("note = 1e999"),
    "no number": with_key("lead_times = [nan, inf, -inf]"),
    "the year 0": with_end("0000-01-01T00:00:00Z"),
    "the year 1, east": with_end("0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00+14:00"),
    "the year 9999, west": with_end("9999-12-31T23:59:59-14:00", "9999-12-31T23:59:58-14:00"),
    "the last day": with_end("9999-12-31", "9999-12-30"),
    "the first day": with_end("0001-01-01", "0001-01-01"),
    "an offset of a day": with_end("2016-05-04T01:00:00+23:59"),
    "durations without end": with_key(f'stated_duration = "{"9" * 5000}h"'),
    "an extension without end": with_key('[[truce.extension]]\nannounced = 2016-05-01\nby = "99999999999999w"'),
    "not UTF-8": with_key("note = ") + b"\xff\xfe\x80" * 100,
    "half of a surrogate pair": with_key("note = ") + b'"\xed\xa0\x80"\n',
    "an escaped surrogate": with_key('note = "\\ud800"'),
    "NUL characters": with_key("note = 1") + b"\0" * 100,
    "a line of five million characters": with_key(f"note = {'x' * 5_000_000}"),
    "as many keys": with_key("\n".join(f"k{number} = 1" for number in range(MANY_KEYS))),
    "as many broken keys": with_key("\n".join(f"k{number} = x" for number in range(MANY_KEYS))),
    "as many open strings": with_key('k = """x\n' * 20_000),
    "as many broken records": with_key("[[truce.extension]]\nby = x\n" * 20_000),
    "as many open arrays": with_key("k = [\n" * 20_000),
    "as many broken truces": b"[[truce]]\nid = x\n" * 6_000,
    "more of them than a file may hold": b"[[truce]]\nid = x\n" * 21_000,
    "as many truces of one id": b'[[truce]]\nid = "x"\n' * 3_000,
    "as many empty truces": b"[[truce]]\n" * 3_000,
    "more of them in one list": b"truce = [" + b"{}, " * 21_000 + b"]\n",
    "long truces, each broken at its end": with_key(("note = 1\n" * 9000).replace("note", "n{}") + 'k = "') * 12,
    "as many empty tables": with_key("\n".join(f"[t{number}]" for number in range(20_000))),
}
