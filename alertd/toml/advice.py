"""Advice on a line that TOML cannot read: what to write instead. What may be a secret is not quoted."""

import re
from calendar import monthrange
from textwrap import shorten

from alertd.times.vocabulary import MONTHS

SHOWN_AT_MOST = 60
"""Characters of a line that a message quotes."""

PLACE = re.compile(r"\(at line ([0-9]+), column [0-9]+\)$")
"""The place that tomllib names at the end of a reason."""

_COMMON: tuple[tuple[re.Pattern[str], str], ...] = (
    (
        re.compile(r"=[ \t]*([0-9]{4}-[0-9]{2}-[0-9]{2})[T ]24:00(:00)?"),
        'TOML has no hour 24: write "{0} 2400" in quotes for the end of that day',
    ),
    (
        re.compile(r"=[ \t]*([0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2})(?!:)"),
        "a TOML time has seconds: write {0}:00",
    ),
    (
        re.compile(r"=[ \t]*([0-9]{4})-(?:([0-9])-([0-9]{1,2})|([0-9]{2})-([0-9]))(?![0-9])"),
        "a TOML date has two digits for month and day, as in 2016-05-03",
    ),
)
_OTHER_QUOTES = (
    "\N{LEFT DOUBLE QUOTATION MARK}\N{RIGHT DOUBLE QUOTATION MARK}\N{DOUBLE LOW-9 QUOTATION MARK}"
    "\N{LEFT SINGLE QUOTATION MARK}\N{RIGHT SINGLE QUOTATION MARK}\N{SINGLE LOW-9 QUOTATION MARK}"
    "\N{LEFT-POINTING DOUBLE ANGLE QUOTATION MARK}\N{RIGHT-POINTING DOUBLE ANGLE QUOTATION MARK}"
)
_CURLY = re.compile(rf"""=[ \t]*[{_OTHER_QUOTES}](?P<text>[^"{_OTHER_QUOTES}]*)[{_OTHER_QUOTES}"']?[ \t\r]*(#.*)?$""")
_HEADER = re.compile(r"[ \t]*(?P<opened>\[{1,2})[ \t]*(?P<name>[A-Za-z0-9_.-]+)[ \t]*(?P<closed>\]{1,2})")
_LISTS = frozenset({"truce", "truce.extension", "truce.claim", "truce.termination", "truce.milestone"})
"""The tables of which there may be several, and which so stand in two brackets."""

_TIME = re.compile(
    r"=[ \t]*(?P<year>[0-9]{4})-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})"
    r"(?:[T ](?P<hour>[0-9]{2}):(?P<minute>[0-9]{2}))?"
)
_BARE = re.compile(r"""[ \t]*([^=]+?)[ \t]*=[ \t]*([^"'\[{#]+?)[ \t\r]*(#.*)?$""")


def advice(line: str, key: str | None, reason: str) -> str:
    """The text to write instead of a line that TOML cannot read; `key` is the one that stands in it, if any."""
    for pattern, advice in _COMMON:
        if match := pattern.search(line):
            return advice.format(*match.groups())
    if found := _of_header(line) or _of_quotes(line) or _of_time(line):
        return found
    if "overwrite" in reason or "twice" in reason:
        return f"{quoted(key or line.strip(), 'this')} stands twice here: keep one"
    if line.count('"') % 2:
        return 'a quote is missing: a text stands in double quotes on one line, or in """ on several'
    if "Invalid date" not in reason and (match := _BARE.match(line)) and _is_tellable(match):
        return f'a text needs quotes: write {match[1]} = "{match[2]}"'
    told = PLACE.sub("", reason).strip()
    return f"TOML cannot read this: {told if _is_plain(told) else 'check quotes and brackets'}"


def _of_header(line: str) -> str | None:
    """Advice on a header that is not closed as it was opened, or that stands in one bracket and is one of several."""
    header = _HEADER.match(line)
    if header is None:
        return None
    name, opened, closed = header["name"], len(header["opened"]), len(header["closed"])
    if opened != closed:
        what = "a closing" if opened > closed else "an opening"
        brackets = "[[{}]]" if name in _LISTS else "[{}]"
        return f"{what} bracket is missing: write {brackets.format(name)}"
    return f"write [[{name}]], with two brackets, at each of them: there may be several" if name in _LISTS else None


def _of_quotes(line: str) -> str | None:
    match = _CURLY.search(line)
    if match is None:
        return None
    told = f': write {line.partition("=")[0].strip()} = "{match["text"]}"' if _is_plain(match["text"]) else ""
    return f'TOML does not know curly quotes, it takes " alone{told}'


def _of_time(line: str) -> str | None:
    """Advice on a date or an hour that no calendar has."""
    match = _TIME.search(line)
    if match is None:
        return None
    year, month, day = int(match["year"]), int(match["month"]), int(match["day"])
    if not 1 <= month <= len(MONTHS):
        return f"there is no month {month}: write the year, the month and the day, as in 2016-05-03"
    last = monthrange(year, month)[1] if year else day
    if not 1 <= day <= last:
        return f"{MONTHS[month - 1]} {year} has no day {day}: its last is {last}"
    if match["hour"] is not None and (int(match["hour"]) > 23 or int(match["minute"]) > 59):  # noqa: PLR2004  of a day
        return f"there is no {match['hour']}:{match['minute']}: a day goes from 00:00 to 23:59"
    return None


_PLAIN_WORD = re.compile(r"[^\W\d_]{1,24}|[0-9][0-9T:.+-]*Z?|.{1,11}")
"""A word, a time, or something short; what is longer may be a password or a token."""

_SECRET_KEY = re.compile(r"token|pass|pwd|secret|key|auth|credential", re.IGNORECASE)


def _is_plain(text: str) -> bool:
    """True if no part of a text looks like a secret, so that it may be quoted."""
    words = re.split(r"[\s/_,.:=()'\"`-]+", text)
    return all(_PLAIN_WORD.fullmatch(word) for word in words if word)


def _is_tellable(pair: re.Match[str]) -> bool:
    """True if a key and its value may be quoted."""
    return len(pair[0]) <= SHOWN_AT_MOST and _is_plain(pair[0]) and _SECRET_KEY.search(pair[1]) is None


def quoted(text: str, otherwise: str) -> str:
    """A text in marks of code, as far as it may be shown; `otherwise` what stands in its place."""
    return f"`{shorten(text, SHOWN_AT_MOST)}`" if 0 < len(text) <= SHOWN_AT_MOST and _is_plain(text) else otherwise
