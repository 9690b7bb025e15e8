"""Messages in pieces, where a service takes no message as long: split between alerts, else lines, never in a link."""

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence

from alertd.channels.limits import Room

_CUTS = (
    re.compile(r"\n+[-*_=\N{EN DASH}\N{EM DASH}\N{BOX DRAWINGS LIGHT HORIZONTAL}]{3,}\n+"),  # between two alerts
    re.compile(r"\n+(?=\S)"),  # before a line that is none of the line above
    re.compile(r"\n+"),
    re.compile(r"\s+"),
)
"""The places to split at, the best first."""

_LINK = re.compile(r"[<(\[\"'\u00ab]*[a-z][a-z0-9+.-]*://[^\s\u2066-\u2069]*", re.IGNORECASE)
"""A link, with the bracket or quotation mark before it, up to a space or a sign of direction."""

_JOINERS = frozenset("\N{ZERO WIDTH JOINER}\N{VARIATION SELECTOR-15}\N{VARIATION SELECTOR-16}")

_WINDOW = 128
"""The characters in which the first place to split is looked for: the whole of a long text takes too long."""

_WIDEST_MARK = "(999/999)"

_TITLE_SHARE = 0.25
"""The part of the room that a title may take in each piece; one that takes more opens the text instead."""

_SMALLEST = 140
"""Characters; a text of so few is not made shorter: it is refused for another reason."""

_TOO_LARGE = re.compile(
    r"error=413\d*\b|too (long|large|big)|too_(long|large)|longer than|max(imum)? length|attachments? not allowed"
    r"|Bad Request - Unsupported Parameters",
    re.IGNORECASE,
)
"""A refusal for the size. Of most services Apprise tells no more of an answer 400 than its own words for it."""

_SMALLEST_SHARE = 1 / 16
"""The same as a part of the room."""


class Pieces:
    """The pieces of one message that are still to be sent: one, where it fits."""

    def __init__(self, room: Room, title: str, text: str, share: float | None = None) -> None:
        """`share` is the part of the room that an earlier try was left with; None: nothing was refused."""
        self.share = share
        self._room = room
        self._title = title
        self._sent = 0
        self._left = [(text, text)]
        filled = share or 1.0
        if room.filled(title, text) > filled:
            if room.filled(title, "") > _TITLE_SHARE * filled:
                self._title, text = "", f"{title}\n{text}"
            self._left = list(self._parts(text))

    def __bool__(self) -> bool:
        return bool(self._left)

    @property
    def next(self) -> tuple[str, str]:
        """Title and text of the next piece, the title with its place among all: `(2/3) Regime of calm`."""
        total = self._sent + len(self._left)
        mark = f"({self._sent + 1}/{total})" if total > 1 else ""
        return self._marked(mark), self._left[0][0]

    def accept(self) -> None:
        """Go on to the piece after the next one, which was taken."""
        self._sent += 1
        del self._left[0]

    def shorten(self) -> bool:
        """Split what is left into pieces of half the size of the next one, which was refused; False: that is too small.

        One that is larger than its room, as it holds a link that is, gives up the link instead.
        """
        filled = self._room.filled(*self.next)
        share = 1.0 if filled > 1 else filled / 2
        smallest = max(_SMALLEST_SHARE, _SMALLEST / self._room.most, 2 * self._room.filled(self._title, ""))
        if share < min(smallest, 1.0):
            return False
        self.share = share
        self._left = list(self._parts(self._left[0][1]))
        return True

    def _marked(self, mark: str) -> str:
        return f"{mark} {self._title}".strip()

    def _parts(self, text: str) -> Iterator[tuple[str, str]]:
        """The parts of a text, each with what is left of it where that part begins."""
        title, filled = self._marked(_WIDEST_MARK), self.share or 1.0
        keeps_links = self.share is None and not self._room.is_known

        def fits(part: str) -> bool:
            return self._room.filled(title, part) <= filled

        while text.strip():
            part, rest = _first(text, fits, keeps_links=keeps_links)
            yield part, text
            text = rest


def _first(text: str, fits: Callable[[str], bool], *, keeps_links: bool) -> tuple[str, str]:
    """The longest beginning of a text that fits, split at the best place, and the rest."""
    window = _WINDOW
    while window < len(text) and fits(text[:window]):
        window *= 2
    window += _WINDOW
    for places in _CUTS:
        cuts = [cut.span() for cut in places.finditer(text, 0, window) if cut.start() > 0 and cut.end() < len(text)]
        if window >= len(text):
            cuts.append((len(text), len(text)))
        beginnings = [start for start, _ in cuts]
        if number := _most(beginnings, lambda start: fits(text[:start])):
            start, end = cuts[number - 1]
            return text[:start], text[end:]
    return _within_word(text, fits, keeps_links=keeps_links)


def _most(lengths: Sequence[int], fits: Callable[[int], bool]) -> int:
    """The number of lengths that fit, of some that grow; few are asked for that are far too large."""
    high = 1
    while high <= len(lengths) and fits(lengths[high - 1]):
        high *= 2
    low, high = high // 2, min(high - 1, len(lengths))
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if fits(lengths[middle - 1]) else (low, middle - 1)
    return low


def _within_word(text: str, fits: Callable[[str], bool], *, keeps_links: bool) -> tuple[str, str]:
    """The same where not even the first word fits."""
    longest = _most(range(1, len(text) + 1), lambda length: fits(text[:length]))
    for link in _LINK.finditer(text):
        if link.start() > longest:
            break
        if link.start() == 0 and keeps_links:
            return link.group(), text[link.end() :].lstrip()
        if link.start() == 0 and longest < link.end():
            note = f"(a link of {len(link.group())} characters is too long for this service)"
            return _first(note + text[link.end() :], fits, keeps_links=keeps_links)
        if link.start() < longest < link.end():
            longest = link.start()
    while longest > 1 and not _parts_letters(text, longest):
        longest -= 1
    longest = max(longest, 1)
    return text[:longest], text[longest:]


def _parts_letters(text: str, at: int) -> bool:
    """True if a place is between two letters as people see them, with their accents and signs."""
    before, after = text[at - 1 : at], text[at : at + 1]
    return not (before == "\N{ZERO WIDTH JOINER}" or after in _JOINERS or unicodedata.combining(after))


def is_too_large(reasons: Sequence[str]) -> bool:
    """True if a service refused a message for its size, or in words of Apprise's own, which keep the reason from us."""
    return any(_TOO_LARGE.search(reason) for reason in reasons)
