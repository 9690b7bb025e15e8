"""An alert's facts in the reader's zone, ready for a template: what a message says, never how it looks.

Everything that a template prints is a string made here, and what people wrote in a truce file is one bounded line by
then. Zones come as arguments, for the zone of a truce and that of a reader are found elsewhere.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum

from alertd.domain.alert import BY_TIME, Change, Delivery, Kind
from alertd.domain.notice import Notice
from alertd.domain.truce import Record, Standing, Termination
from alertd.message.body import named_ends, other_statements, sentences
from alertd.message.headline import HEADLINE_LENGTH, Case, headline
from alertd.message.wording import NAME_LENGTH, SENTENCE_LENGTH, STANDINGS, clean, cut, end_in_words, parties, plural
from alertd.times.duration import span
from alertd.times.end import ALWAYS, End, EndKind
from alertd.times.formats import show, show_local, show_utc

ON_TIME = timedelta(seconds=5)
"""Within this of its moment an alert is told as of that moment: `in 6 h`, not `in 5 h 59 min`."""

LINEAGE_LENGTH = 12
"""Ends that a lineage shows; of a longer one it shows the first and the last."""

_SOURCE_LENGTH = 1000


class Mark(StrEnum):
    """A mark that sets a message apart from one that goes out once and on time."""

    TEST = "TEST"
    LATE = "LATE"
    POSSIBLE_REPEAT = "POSSIBLE REPEAT"
    CLOCK_IN_DOUBT = "CLOCK NOT SYNCHRONISED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One of the deliveries that a message carries."""

    delivery: Delivery
    title: str
    """Its own title, with the marks."""
    marked: frozenset[Mark] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message as a channel sends it: one text in the forms that channels understand."""

    title: str
    text: str
    markdown: str
    html: str = ""
    """A document that stands alone; empty: there is none, and a mail is the text."""
    message_id: str | None = None
    """Its id in the ledger; None for one that stands in no ledger."""
    items: tuple[Item, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """The zone of the people who read a channel."""

    zone_name: str
    zone: tzinfo


@dataclass(frozen=True, slots=True, kw_only=True)
class EndFacts:
    """One end in every zone that matters."""

    heading: str
    """Whose or which end, and how far off: `New end, in 1 d 13 h`."""
    lines: tuple[str, ...]
    """The same moment in the truce's zone and UTC, then in the reader's; empty for an end without a moment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFacts:
    """A source: the address or name at which something can be read again."""

    of: str
    """`Source`, or whose source it is where that is not the end that the alert is about."""
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementFacts:
    """The statement of somebody else about the end."""

    text: str
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All that the templates print about one alert; empty where there is nothing to say."""

    delivery: Delivery
    title: str
    """One line, with the marks."""
    alert_id: str
    marks: tuple[str, ...]
    """TEST, LATE and the others, each with what it means here."""
    marked: frozenset[Mark] = frozenset()
    """The same, for machines."""
    lines: tuple[str, ...]
    """Lines that do not come from the truce and stand first: an ops alert's text, whose place a fallback takes."""
    truce_id: str | None = None
    name: str = ""
    zone_name: str = ""
    area: str = ""
    parties: str = ""
    ends: tuple[EndFacts, ...] = ()
    sentences: tuple[str, ...] = ()
    """Sentences that explain the ends, or say what follows from them."""
    starts: str = ""
    stated: tuple[str, ...] = ()
    """Those who stated the end that the alert is about, and when."""
    sources: tuple[SourceFacts, ...] = ()
    statements: tuple[StatementFacts, ...] = ()
    lineage: str = ""
    earlier: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    others: tuple[str, ...] = ()


def title(notice: Notice, *, truce_zone: tzinfo | None) -> str:
    """The title of an alert when it goes out on time, without marks."""
    return _title(notice, _case(notice, truce_zone, notice.delivery.due_at))


def facts(  # noqa: PLR0913  an alert, whom it is for, and the rules of the moment
    notice: Notice,
    *,
    reader: Reader,
    truce_zone: tzinfo | None,
    now: datetime,
    late_after: timedelta,
    others: tuple[str, ...] = (),
    test: bool = False,
) -> Facts:
    """Everything there is to say about an alert that is sent now.

    `others` are the other channels that it goes to. A test is told as of the moment at which the real alert is due.
    """
    delivery = notice.delivery
    marks = tuple(_marks(notice, now=now, late_after=late_after, test=test))
    as_of = delivery.due_at if test or abs(now - delivery.due_at) <= ON_TIME else now
    case = _case(notice, truce_zone, as_of)
    bare = Facts(
        delivery=delivery,
        title=_marked(_title(notice, case), marks),
        alert_id=delivery.short_id,
        marks=tuple(f"{shown}: {meaning}" for _, shown, meaning in marks),
        marked=frozenset(mark for mark, _, _ in marks),
        lines=_lines(notice.text),
        others=others,
    )
    return bare if case is None else _with_truce(bare, case, notice.earlier, reader)


def _case(notice: Notice, truce_zone: tzinfo | None, as_of: datetime) -> Case | None:
    if notice.truce is None or truce_zone is None:
        return None
    return Case(delivery=notice.delivery, truce=notice.truce, change=notice.change, zone=truce_zone, as_of=as_of)


def _title(notice: Notice, case: Case | None) -> str:
    return _truceless_title(notice) if case is None else headline(case)


def _truceless_title(notice: Notice) -> str:
    lines = _lines(notice.text)
    first = lines[0] if lines else notice.delivery.kind
    match notice.delivery.kind:
        case Kind.MISSED:
            what = f"{plural(len(lines), 'alert')} too old to be sent one by one: {first}"
        case Kind.SHIFT:
            what = f"shift digest: {first}"
        case _:
            what = first
    return cut(f"{notice.delivery.truce or 'alertd'}: {what}", HEADLINE_LENGTH)


def _lines(text: str | None) -> tuple[str, ...]:
    return tuple(line for raw in (text or "").splitlines() if (line := clean(raw, SENTENCE_LENGTH)))


_ShownMark = tuple[Mark, str, str]
"""A mark, what stands in the title for it, and what it means."""


def _marks(notice: Notice, *, now: datetime, late_after: timedelta, test: bool) -> Iterator[_ShownMark]:
    due_at = notice.delivery.due_at
    if test:
        ahead = f" The alert itself is due at {show_utc(due_at)}." if due_at > now else ""
        yield Mark.TEST, "TEST", f"nothing has happened.{ahead}"
    elif now - due_at > late_after:
        yield Mark.LATE, f"LATE by {span(now - due_at)}", f"this was due at {show_utc(due_at)}."
    if notice.possible_repeat:
        yield Mark.POSSIBLE_REPEAT, "POSSIBLE REPEAT", "an earlier try may have reached you."
    if notice.clock_doubt is not None and notice.delivery.kind in BY_TIME:
        yield Mark.CLOCK_IN_DOUBT, Mark.CLOCK_IN_DOUBT.value, f"the clock may be wrong: {notice.clock_doubt}."


def _marked(text: str, marks: Sequence[_ShownMark]) -> str:
    """A title with its marks: TEST in front, for a test taken for real does harm; the others behind what happens."""
    before = [f"[{name}]" for mark, name, _ in marks if mark is Mark.TEST]
    behind = [f"[{name}]" for mark, name, _ in marks if mark is not Mark.TEST]
    return " ".join([*before, text, *behind])


def _with_truce(bare: Facts, case: Case, earlier: tuple[Change, ...], reader: Reader) -> Facts:
    truce = case.truce
    return replace(
        bare,
        truce_id=truce.id,
        name=case.name,
        zone_name=truce.zone,
        area=clean(truce.area or "", NAME_LENGTH),
        parties=parties(truce.parties, SENTENCE_LENGTH) if truce.parties else "",
        ends=tuple(_end_facts(name, end, case, reader) for name, end in named_ends(case)),
        sentences=sentences(case),
        starts=_starts(case),
        stated=tuple(_stated(case)),
        sources=tuple(_source_facts(case)),
        statements=tuple(_statement_facts(statement, case) for statement in other_statements(case)),
        lineage=_lineage(case),
        earlier=tuple(_earlier(change, case) for change in earlier),
        left_out=tuple(clean(sentence, SENTENCE_LENGTH) for sentence in truce.left_out),
        notes=tuple(_notes(case)),
    )


def _end_facts(name: str, end: End, case: Case, reader: Reader) -> EndFacts:
    if end.at is None:
        what = "none agreed" if end.kind is EndKind.OPEN else _in_words(end, case)
        return EndFacts(heading=f"{name}: {what}", lines=())
    if end.kind is EndKind.DATE and end.over is not None:
        begins, over = _in_zones(end.at, case, reader), _in_zones(end.over, case, reader)
        return EndFacts(
            heading=f"{name}: {_in_words(end, case)}",
            lines=(
                f"the day {'begins' if end.at >= case.as_of else 'began'} {case.distance(end.at)}: {begins[0]}",
                begins[1],
                f"the day {'ends' if end.over >= case.as_of else 'ended'} {case.distance(end.over)}: {over[0]}",
                over[1],
            ),
        )
    return EndFacts(
        heading=f"{name}, {case.distance(end.at)}", lines=(*_in_zones(end.at, case, reader), *_twice(end, case))
    )


def _in_words(end: End, case: Case) -> str:
    return end_in_words(end, zone=case.zone, zone_name=case.truce.zone)


def _in_zones(moment: datetime, case: Case, reader: Reader) -> tuple[str, str]:
    """A moment where the truce is and in UTC, then where its reader is."""
    theirs = show_local(moment, zone=reader.zone, zone_name=reader.zone_name)
    return _show(moment, case), f"your time: {theirs}"


def _show(moment: datetime, case: Case) -> str:
    return show(moment, zone=case.zone, zone_name=case.truce.zone)


def _twice(end: End, case: Case) -> Iterator[str]:
    if end.second is not None:
        yield f"this hour comes twice that day, and the earlier one counts; the later one is {_show(end.second, case)}"


def _starts(case: Case) -> str:
    """The start, where it lies ahead or the truce is new."""
    starts = case.truce.starts
    if starts <= case.as_of and case.delivery.kind is not Kind.RECORDED:
        return ""
    return f"{'Started' if starts <= case.as_of else 'Starts'} {case.distance(starts)}: {_show(starts, case)}"


def _stated(case: Case) -> Iterator[str]:
    """Those who stated the end that the alert is about, when, and since when it has counted."""
    if not case.statements and case.truce.announced != ALWAYS:
        yield f"Announced {_show(case.truce.announced, case)}"
    for statement in case.statements:
        parts = [f"stated by {parties(statement.stated_by)}"] if statement.stated_by else []
        if statement.announced != ALWAYS:
            parts.append(f"announced {_show(statement.announced, case)}")
        if statement.confirmed_at is not None and statement.confirmed_at != statement.announced:
            parts.append(f"confirmed {_show(statement.confirmed_at, case)}")
        if parts:
            line = ", ".join(parts)
            yield line[0].upper() + line[1:]


def _source_facts(case: Case) -> Iterator[SourceFacts]:
    """The sources of what the alert is about, of the agreed end, and of the truce, each once."""
    agreed = case.chain[-1].statement
    by_name = {
        "Source": [source for statement in case.statements for source in statement.sources],
        "Source of the agreed end": agreed.sources if agreed else (),
        "First statement" if case.statements else "Source": case.truce.sources,
    }
    seen: set[str] = set()
    for name, sources in by_name.items():
        for source in _sources(sources):
            if source not in seen:
                seen.add(source)
                yield SourceFacts(of=name, source=source)


def _sources(sources: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(clean(source, _SOURCE_LENGTH) for source in sources))


def _statement_facts(statement: Record | Termination, case: Case) -> StatementFacts:
    standing = STANDINGS[statement.standing]
    if isinstance(statement, Termination):
        reason = f" ({clean(statement.reason, SENTENCE_LENGTH)})" if statement.reason else ""
        what = f"early end by termination{reason}, {_show(statement.at, case)}"
    else:
        what = _stated_end(statement.end, case)
        if statement.standing is Standing.CONFIRMED:
            standing = "confirmed as well, but the earliest end counts"
    return StatementFacts(
        text=f"{parties(statement.stated_by)}: {what}; {standing}", sources=_sources(statement.sources)
    )


def _stated_end(end: End, case: Case) -> str:
    words = _in_words(end, case)
    if end.at is None:
        return words if end.kind is EndKind.OPEN else f"ends {words}"
    twice = f" or {_show(end.second, case)}" if end.second is not None else ""
    agreed = case.status.expiry.at
    if agreed is None or agreed == end.at:
        return f"{words}{twice}"
    return f"{words}{twice}, {span(end.at - agreed)} {'earlier' if end.at < agreed else 'later'} than agreed"


def _lineage(case: Case) -> str:
    """Every agreed end from the first to the one that counts, in the truce's zone."""
    ends = [case.short(live.end) for live in case.chain]
    left_out = len(ends) - LINEAGE_LENGTH
    if left_out > 0:
        ends[1 : left_out + 1] = [f"({left_out} more)"]
    return " -> ".join(ends)


def _earlier(change: Change, case: Case) -> str:
    """A change that this reader was never told of."""
    ends = " -> ".join(case.short(end) for end in (change.old, change.new) if end is not None)
    by = change.statement.stated_by if change.statement else ()
    return f"{change.kind}: {ends}{f', by {parties(by)}' if by else ''}"


def _notes(case: Case) -> Iterator[str]:
    """The notes that the people who keep the register wrote for whoever reads the alert."""
    written = [case.truce.note, *(statement.note for statement in case.statements if isinstance(statement, Record))]
    yield from (clean(note, SENTENCE_LENGTH) for note in written if note)
