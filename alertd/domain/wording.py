"""The phrases that messages are made of: people, ends, distances in time, and what others wrote made fit to print.

Neutral throughout: alertd says what is recorded and what is not, never what it makes of it. Nothing here knows of
alerts or kinds; `headline` and `message` put the phrases together.
"""

import unicodedata
from collections.abc import Sequence
from datetime import datetime, timedelta, tzinfo

from alertd.domain.instant import short_local, show_day, show_utc, words
from alertd.domain.truce import End, EndKind, Standing

NAME_LENGTH = 80
"""Characters of a truce's title, at most."""

PARTY_LENGTH = 60
"""Characters of who states something, at most."""

CONDITION_LENGTH = 200
"""Characters of a condition, at most; a title takes less."""

SENTENCE_LENGTH = 500
"""Characters of a line that somebody wrote, at most."""

_JOINERS = "\N{ZERO WIDTH NON-JOINER}\N{ZERO WIDTH JOINER}"
"""Invisible characters that Persian and other scripts need in order to be spelled."""

_ROUND_BELOW = timedelta(minutes=2)
"""From here on a distance is told in whole minutes."""


def clean(text: str, limit: int) -> str:
    """One bounded line of what somebody wrote, without characters that control a screen or turn the reading direction."""
    printable = "".join(" " if char.isspace() else char for char in text if char.isspace() or _is_printable(char))
    return cut(" ".join(printable.split()), limit)


def _is_printable(char: str) -> bool:
    return char in _JOINERS or not unicodedata.category(char).startswith("C")


def cut(text: str, limit: int) -> str:
    """The text, or as much of it as fits, with an ellipsis."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def parties(stated_by: Sequence[str], limit: int = PARTY_LENGTH) -> str:
    """Those who state something, as one noun: `A`, `A and B`, `A, B and C`."""
    names = [name for one in stated_by if (name := clean(one, limit))]
    if not names:
        return "an unnamed party"
    *first, last = names
    return cut(f"{', '.join(first)} and {last}" if first else last, limit)


def plural(count: int, noun: str) -> str:
    """A number of things: `1 alert`, `3 alerts`."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def span(duration: timedelta) -> str:
    """How long: in whole minutes, cut and not rounded up, so that nobody is promised more time than there is."""
    size = abs(duration)
    unit = timedelta(minutes=1) if size >= _ROUND_BELOW else timedelta(seconds=1)
    return words(size - size % unit)


def distance(moment: datetime, as_of: datetime) -> str:
    """How far off a moment is: `in 6 h`, `now`, `15 min ago`."""
    away = moment - as_of
    if abs(away) < timedelta(seconds=1):
        return "now"
    return f"in {span(away)}" if away > timedelta() else f"{span(away)} ago"


def place(zone_name: str) -> str:
    """The zone as a headline names it: `Damascus` for `Asia/Damascus`; an offset stays as it is."""
    return zone_name.rpartition("/")[2].replace("_", " ")


def moment_in_title(moment: datetime, *, zone: tzinfo, zone_name: str) -> str:
    """A moment as a headline gives it: `0100 Wed 4 May 2016 Damascus (2200Z Tue 3 May)`."""
    year = moment.astimezone(zone).year
    return f"{short_local(moment, zone=zone)} {year} {place(zone_name)} ({show_utc(moment)})"


def end_in_title(end: End, *, zone: tzinfo, zone_name: str) -> str:
    """An end as a headline gives it, as what follows `extended to`."""
    if end.at is None:
        return "no agreed end" if end.kind is EndKind.OPEN else f"the condition {condition(end, PARTY_LENGTH)}"
    if end.kind is EndKind.DATE:
        return f"some time on {show_day(end, zone=zone, zone_name=place(zone_name))} (from {show_utc(end.at)})"
    return moment_in_title(end.at, zone=zone, zone_name=zone_name)


def end_in_lineage(end: End, *, zone: tzinfo) -> str:
    """An end as short as can be: `0100 Wed 4 May`, `Tue 18 Feb`, `open`."""
    if end.at is None:
        return "open" if end.kind is EndKind.OPEN else condition(end, PARTY_LENGTH)
    hour_and_day = short_local(end.at, zone=zone)
    return hour_and_day.partition(" ")[2] if end.kind is EndKind.DATE else hour_and_day


def condition(end: End, limit: int = CONDITION_LENGTH) -> str:
    """The condition of an end, in quotes."""
    return f"“{clean(end.condition or '', limit)}”"


STANDINGS = {
    Standing.CONFIRMED: "confirmed",
    Standing.CLAIMED: "unconfirmed",
    Standing.DENIED: "denied",
}
"""How a statement stands, as messages say it."""
