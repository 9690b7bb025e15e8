"""Isolates: names and times in a text of the other direction keep their own order, and so does the text around them.

A screen sorts letters by their direction. An Arabic name before "0100 Wed 4 May (+03:00)" can pull the hour apart, and
a line that begins with it reads from the right. What stands in an isolate is sorted for itself.
"""

import re
import unicodedata
from collections.abc import Iterable

_BEGIN, _END = "\N{FIRST STRONG ISOLATE}", "\N{POP DIRECTIONAL ISOLATE}"
_STANDING = "[\u2066-\u2068][^\u2069\n]*\u2069?"
_LINK = r"https?://[^\s<>]+"
_LETTERS = re.compile(rf"{_STANDING}|{_LINK}")
_LETTERS_AND_TAGS = re.compile(rf"{_STANDING}|{_LINK}|<[^>]*>")

_LEFT, _RIGHT, _NUMBER, _ON_A_LETTER = (
    frozenset({"L"}),
    frozenset({"R", "AL"}),
    frozenset({"EN"}),
    frozenset({"NSM", "BN"}),
)
_PAIRS = {"(": ")", "[": "]"}


def is_right_to_left(text: str) -> bool:
    """True for a text whose letters are most of them written from the right."""
    return _has(text, _RIGHT) and _count(text, _RIGHT) > _count(text, _LEFT)


def isolated(text: str, names: Iterable[str] = (), *, right_to_left: bool, has_tags: bool = False) -> str:
    """The text with each name, and else each run of the other direction, in an isolate; links and tags stay.

    A name that is known stands in one as a whole, also if it has words of both directions.
    """
    if not (right_to_left or _has(text, _RIGHT)):
        return text
    whole = sorted({name for name in names if _has(name, _RIGHT)}, key=len, reverse=True)
    kept = re.compile("|".join([(_LETTERS_AND_TAGS if has_tags else _LETTERS).pattern, *map(re.escape, whole)]))
    parts, at = [], 0
    for found in kept.finditer(text):
        known = f"{_BEGIN}{found[0]}{_END}" if found[0] in whole else found[0]
        parts += [_runs(text[at : found.start()], right_to_left=right_to_left), known]
        at = found.end()
    return "".join([*parts, _runs(text[at:], right_to_left=right_to_left)])


def _runs(text: str, *, right_to_left: bool) -> str:
    """A text with its runs of the other direction in isolates, each line for itself."""
    theirs = _LEFT | _NUMBER if right_to_left else _RIGHT
    ours = _RIGHT if right_to_left else _LEFT
    parts, begin, end, at = [], None, 0, 0
    for place, letter in enumerate([*text, "\n"]):
        direction = unicodedata.bidirectional(letter)
        if direction in theirs or (begin is not None and end == place and direction in _ON_A_LETTER):
            begin, end = place if begin is None else begin, place + 1
        elif begin is not None and (direction in ours or letter == "\n"):
            end = _with_bracket(text, begin, end)
            parts += [text[at:begin], _BEGIN, text[begin:end], _END]
            begin, at = None, end
    return "".join([*parts, text[at:]])


def _with_bracket(text: str, begin: int, end: int) -> int:
    """The end of a run, behind the bracket that closes one within."""
    for opening, closing in _PAIRS.items():
        if text[end : end + 1] == closing and text.count(opening, begin, end) > text.count(closing, begin, end):
            return end + 1
    return end


def _has(text: str, directions: frozenset[str]) -> bool:
    return not text.isascii() and any(unicodedata.bidirectional(letter) in directions for letter in set(text))


def _count(text: str, directions: frozenset[str]) -> int:
    return sum(unicodedata.bidirectional(letter) in directions for letter in text)
