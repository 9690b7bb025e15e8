"""The phrases that messages are made of: people, ends, distances in time, and what others wrote made fit to print.

Neutral throughout: alertd says what is recorded and what is not, never what it makes of it. Nothing here knows of
alerts or kinds; `headline` and `body` put the phrases together.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta, tzinfo
from functools import lru_cache

from alertd.domain.statement import Confirmation
from alertd.domain.truce import Truce
from alertd.message.printable import without_controls
from alertd.times.duration import span
from alertd.times.end import End, EndKind
from alertd.times.formats import short_local, show_end

NAME_LENGTH = 80
"""Characters of a truce's title where it is told in full, at most."""

SHORT_NAME_LENGTH = 40
"""Characters of the name by which a truce is called, at most."""

PARTY_LENGTH = 60
"""Characters of who states something, at most."""

CONDITION_LENGTH = 200
"""Characters of a condition, at most; a title takes less."""

SENTENCE_LENGTH = 500
"""Characters of a line that somebody wrote, at most."""

NO_END = "no agreed end"
"""An end that is open."""


def clean(text: str, limit: int | None = None) -> str:
    """One bounded line of what somebody wrote, without characters that steer a screen or turn the text around."""
    line = " ".join(text.split())
    if not line.isprintable():
        line = " ".join(without_controls(line).split())
    return line if limit is None else cut(line, limit)


def one_line(title: str) -> str:
    """The title of a message, on one line, with its isolates and without other characters that steer a screen."""
    return " ".join(without_controls(" ".join(title.split()), isolates=True).split())


def cut(text: str, limit: int) -> str:
    """The text, or as much of it as fits, with an ellipsis."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def cut_at_word(text: str, limit: int) -> str:
    """The text, or as many of its words as fit, with an ellipsis; a first word that is too long is cut."""
    if len(text) <= limit:
        return text
    words = text[:limit].rpartition(" ")[0].rstrip(" ,;:.-\N{EN DASH}\N{EM DASH}")
    return f"{words}…" if words else cut(text, limit)


def full_title(truce: Truce) -> str:
    """The truce's title, fit to print; its id where the title is empty."""
    return clean(truce.title, NAME_LENGTH) or truce.id


def named(truce: Truce) -> str:
    """The one name by which a truce is called, wherever room is short: its `name`, else its title cut at a word.

    It depends on the truce alone, so that two messages about one truce never call it two names.
    """
    return cut_at_word((truce.name and clean(truce.name)) or clean(truce.title) or truce.id, SHORT_NAME_LENGTH)


def named_with_id(truce: Truce) -> str:
    """The same with the id that commands take: `Eastern Ghouta [eastern-ghouta]`."""
    name = named(truce)
    return name if name == truce.id else f"{name} [{truce.id}]"


def parties(stated_by: Sequence[str], limit: int = PARTY_LENGTH) -> str:
    """Those who state something, as one noun: `A`, `A and B`, `A, B and C`."""
    names = [name for party in stated_by if (name := clean(party, limit))]
    return cut(joined(names), limit) if names else "an unnamed party"


def joined(nouns: Sequence[str]) -> str:
    """Nouns as one: `A`, `A and B`, `A, B and C`."""
    *first, last = nouns
    return f"{', '.join(first)} and {last}" if first else last


def states(stated_by: Sequence[str]) -> str:
    """The verb that goes with those who state something: `A states`, `A and B state`."""
    several = len(stated_by) > 1 or (len(stated_by) == 1 and _is_several(stated_by[0]))
    return "state" if several else "states"


def _is_several(name: str) -> bool:
    """True for parties in one text, as in `US and Russia`, unlike the Ministry of Foreign Affairs and Expatriates."""
    first, _, second = name.partition(" and ")
    return bool(second) and " of " not in first


def plural(count: int, noun: str) -> str:
    """A number of things: `1 alert`, `3 alerts`."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


@lru_cache(maxsize=64)
def distance(moment: datetime, as_of: datetime) -> str:
    """The distance to a moment: `in 6 h`, `now`, `15 min ago`."""
    away = moment - as_of
    if abs(away) < timedelta(seconds=1):
        return "now"
    return f"in {span(away)}" if away > timedelta() else f"{span(away)} ago"


def place(zone_name: str) -> str:
    """The zone as a headline names it: `Damascus` for `Asia/Damascus`; an offset stays as it is."""
    return zone_name.rpartition("/")[2].replace("_", " ")


def end_in_words(end: End, *, zone: tzinfo, zone_name: str) -> str:
    """An end in full, whatever its kind: a moment, `some time on` a day, `on the condition` so and so, or none."""
    if end.at is None:
        return NO_END if end.kind is EndKind.OPEN else f"on the condition {condition(end)}"
    return f"{'some time on ' if end.kind is EndKind.DATE else ''}{show_end(end, zone=zone, zone_name=zone_name)}"


def end_in_lineage(end: End, *, zone: tzinfo) -> str:
    """An end as short as can be: `0100 Wed 4 May`, `Tue 18 Feb`, `open`."""
    if end.at is None:
        return "open" if end.kind is EndKind.OPEN else condition(end, PARTY_LENGTH)
    hour_and_day = short_local(end.at, zone=zone)
    return hour_and_day.partition(" ")[2] if end.kind is EndKind.DATE else hour_and_day


def condition(end: End, limit: int = CONDITION_LENGTH) -> str:
    """The condition of an end, in quotes."""
    return f"“{clean(end.condition or '', limit)}”"


def condition_of_start(truce: Truce, limit: int = CONDITION_LENGTH) -> str:
    """The event that a truce waits for to begin, in quotes; empty for one that has begun or has a moment."""
    if not truce.waits_to_begin or truce.open_start is None:
        return ""
    return f"“{clean(truce.open_start.condition, limit)}”"


CONFIRMATIONS = {
    Confirmation.CONFIRMED: "confirmed",
    Confirmation.CLAIMED: "unconfirmed",
    Confirmation.DENIED: "denied",
    Confirmation.VOID: "recorded by mistake",
}
"""The confirmation of a statement in words."""
