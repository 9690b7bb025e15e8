"""An alert's facts in the reader's zone, ready for a template: what a message says, never how it looks.

Everything that a template prints is a string made here, and what people wrote in a truce file is one bounded line by
then. Zones come as arguments, for the zone of a truce and that of a reader are found elsewhere.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta, tzinfo
from functools import partial

from alertd.domain.alert import TIMED, Change, Kind
from alertd.domain.notice import Notice
from alertd.domain.recording import Recording, announcement
from alertd.domain.statement import Confirmation, Record, Statement, Termination
from alertd.domain.truce import begins
from alertd.message.acknowledged import acknowledged
from alertd.message.body import NamedEnd, named_ends, other_statements, sentences
from alertd.message.case import Case
from alertd.message.consequence_line import change_in_words
from alertd.message.corrections import corrections
from alertd.message.escalated import unanswered_lines, unanswered_prefix
from alertd.message.follows import what_follows
from alertd.message.headline import HEADLINE_LENGTH, headline
from alertd.message.links import Links
from alertd.message.sms import sms
from alertd.message.sources import source_facts, sources_of
from alertd.message.start_headline import has_not_begun, is_about_start
from alertd.message.values import EndFacts, Facts, Mark, Reader, StatementFacts
from alertd.message.wording import (
    CONFIRMATIONS,
    NAME_LENGTH,
    SENTENCE_LENGTH,
    clean,
    cut,
    end_in_words,
    full_title,
    named,
    parties,
    plural,
)
from alertd.times.duration import span
from alertd.times.end import End, EndKind
from alertd.times.formats import show, show_local, show_utc
from alertd.times.wall import is_utc

ON_TIME = timedelta(seconds=5)
"""Within this of its moment an alert is told as of that moment: `in 6 h`, not `in 5 h 59 min`."""

LINEAGE_LENGTH = 12
"""Ends that a lineage shows; of a longer one it shows the first and the last."""

_SHIFT_LINE_LENGTH = 4000
"""Characters of a line of a shift digest, which names truces by the dozen, at most."""


_ShownMark = tuple[Mark, str, str]
"""A mark, what stands in the title for it, and what it means."""


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
    as_sms: bool = False,
    links: Links | None = None,
) -> Facts:
    """Everything there is to say about an alert that is sent now; `as_sms`: also what an SMS has room for.

    `others` are the other channels that it goes to, `links` makes the addresses of the board. A test is told as of the
    moment at which the real alert is due.
    """
    delivery = notice.delivery
    marks = tuple(_marks(notice, now=now, late_after=late_after, test=test))
    as_of = delivery.due_at if test or abs(now - delivery.due_at) <= ON_TIME else now
    case = _case(notice, truce_zone, as_of)
    shown = _title(notice, case)
    told = partial(
        Facts,
        delivery=delivery,
        title=_marked(shown, marks),
        sms=_sms(notice, case, shown, marks) if as_sms else "",
        alert_id=delivery.short_id,
        marks=tuple(f"{shown}: {meaning}" for _, shown, meaning in marks),
        marked=frozenset(mark for mark, _, _ in marks),
        lines=(
            *unanswered_lines(notice),
            *_acknowledged(notice),
            *_corrections(notice, case),
            *_lines(notice.text, _line_length(delivery.kind)),
        ),
        others=others,
        called=_called(notice, case),
        acknowledgement=notice.acknowledgement,
        page=_page(notice, links),
        answer=_answer(notice, links),
        in_place_of=notice.stands_in.channel if notice.stands_in else "",
        is_line=notice.stands_in is not None and notice.stands_in.is_line,
    )
    return told() if case is None else _with_truce(told, case, notice.earlier, reader)


def _sms(notice: Notice, case: Case | None, shown: str, marks: Iterable[_ShownMark]) -> str:
    is_unanswered = notice.delivery.follows is not None
    found = {mark for mark, _, _ in marks}
    return sms(case, shown, notice.delivery.short_id, found, is_unanswered=is_unanswered)


def _acknowledged(notice: Notice) -> Iterator[str]:
    if notice.acknowledgement is not None:
        told = acknowledged(notice.acknowledgement)
        yield f"{told[0].upper()}{told[1:]}."


def _page(notice: Notice, links: Links | None) -> str:
    """The address of the truce's page; a withdrawn truce has none."""
    if links is None or notice.truce is None or notice.delivery.kind is Kind.WITHDRAWN:
        return ""
    return links.page(notice.truce.id)


def _answer(notice: Notice, links: Links | None) -> str:
    """The address at which an alert of a truce is acknowledged, unless it is; an escalation may ask for more people."""
    given, asks = notice.acknowledgement, notice.delivery.kind is Kind.ESCALATED
    if links is None or notice.truce is None or (given is not None and not given.is_void and not asks):
        return ""
    return links.answer(notice.delivery.key)


def _corrections(notice: Notice, case: Case | None) -> Iterator[str]:
    return iter(()) if case is None else corrections(case, notice.corrects)


def _line_length(kind: Kind) -> int:
    return _SHIFT_LINE_LENGTH if kind is Kind.SHIFT else SENTENCE_LENGTH


def _called(notice: Notice, case: Case | None) -> str:
    if case is not None:
        return case.name
    truce = notice.truce or (notice.stands_in and notice.stands_in.truce)
    return named(truce) if truce else ""


def _case(notice: Notice, truce_zone: tzinfo | None, as_of: datetime) -> Case | None:
    if notice.truce is None or truce_zone is None:
        return None
    return Case(
        delivery=notice.delivery.told,
        truce=notice.truce,
        change=notice.change,
        zone=truce_zone,
        as_of=as_of,
        says_again=notice.says_again,
        ahead=notice.ahead,
    )


def _title(notice: Notice, case: Case | None) -> str:
    return _truceless_title(notice) if case is None else f"{unanswered_prefix(notice)}{headline(case)}"


def _truceless_title(notice: Notice) -> str:
    lines = _lines(notice.text)
    first = lines[0] if lines else notice.delivery.kind
    if notice.stands_in is not None and notice.stands_in.is_line:
        return first
    match notice.delivery.kind:
        case Kind.MISSED:
            what = f"{plural(len(lines), 'alert')} too old to be sent one by one: {first}"
        case Kind.SHIFT if notice.delivery.about is None:
            what = f"shift digest: {first}"
        case _:
            what = first
    return cut(f"{notice.delivery.truce or 'alertd'}: {what}", HEADLINE_LENGTH)


def _lines(text: str | None, limit: int = SENTENCE_LENGTH) -> tuple[str, ...]:
    return tuple(line for raw in (text or "").splitlines() if (line := clean(raw, limit)))


def _marks(notice: Notice, *, now: datetime, late_after: timedelta, test: bool) -> Iterator[_ShownMark]:
    due_at = notice.delivery.due_at
    if test:
        ahead = f" The alert itself is due at {show_utc(due_at)}." if due_at > now else ""
        yield Mark.TEST, "TEST", f"nothing has happened.{ahead}"
    elif now - due_at > late_after:
        quiet = "; it waited for the end of the quiet hours of this channel" if notice.quiet_until is not None else ""
        yield Mark.LATE, f"LATE by {span(now - due_at)}", f"this was due at {show_utc(due_at)}{quiet}."
    if notice.possible_repeat:
        yield Mark.POSSIBLE_REPEAT, "POSSIBLE REPEAT", "an earlier try may have reached you."
    if notice.clock_doubt is not None and notice.delivery.kind in TIMED:
        yield Mark.CLOCK_IN_DOUBT, Mark.CLOCK_IN_DOUBT.value, f"the clock may be wrong: {notice.clock_doubt}."


def _marked(text: str, marks: Sequence[_ShownMark]) -> str:
    """A title with its marks: TEST in front, for a test taken for real does harm; the others behind what happens."""
    if not marks:
        return text
    before = [f"[{name}]" for mark, name, _ in marks if mark is Mark.TEST]
    behind = [f"[{name}]" for mark, name, _ in marks if mark is not Mark.TEST]
    return " ".join([*before, text, *behind])


def _with_truce(told: Callable[..., Facts], case: Case, earlier: tuple[Change, ...], reader: Reader) -> Facts:
    """The facts, together with all that there is to say about a truce."""
    truce, follows = case.truce, what_follows(case)
    return told(
        truce_id=truce.id,
        name=full_title(truce),
        zone_name=truce.zone,
        area=clean(truce.area, NAME_LENGTH) if truce.area else "",
        parties=parties(truce.parties, SENTENCE_LENGTH) if truce.parties else "",
        ends=tuple(_end_facts(named, case, reader) for named in named_ends(case)),
        sentences=tuple(sentences(case, follows)),
        follows=follows,
        starts=_starts(case),
        stated=tuple(_stated(case)),
        sources=tuple(source_facts(case)),
        statements=tuple(_statement_facts(statement, case) for statement in other_statements(case)),
        lineage=_lineage(case),
        earlier=tuple(change_in_words(change, zone=case.zone) for change in earlier),
        left_out=tuple(clean(sentence, SENTENCE_LENGTH) for sentence in truce.left_out),
        notes=tuple(_notes(case)),
    )


def _end_facts(named: NamedEnd, case: Case, reader: Reader) -> EndFacts:
    name, end = named.name, named.end
    if end.at is None:
        shown = f"{name}: none agreed" if end.kind is EndKind.OPEN else f"{_name_of(named)}: {_in_words(end, case)}"
        return EndFacts(heading=shown, lines=())
    if end.kind is EndKind.DATE and end.over is not None:
        (begins, *your_begins), (over, *your_over) = (_in_zones(moment, case, reader) for moment in (end.at, end.over))
        return EndFacts(
            heading=f"{_name_of(named)}: {_in_words(end, case)}",
            lines=(
                f"{_bound('begins', 'began', end.at, named, case)}: {begins}",
                *your_begins,
                f"{_bound('ends', 'ended', end.over, named, case)}: {over}",
                *your_over,
            ),
        )
    is_to_come = named.counts or end.at <= case.as_of
    heading = f"{name}, {case.distance(end.at)}" if is_to_come else _name_of(named)
    return EndFacts(heading=heading, lines=(*_in_zones(end.at, case, reader), *_twice(end, case)))


def _name_of(named: NamedEnd) -> str:
    """An end's name; of one that counts no longer with that, as it might read as still to come."""
    return named.name if named.counts else f"{named.name}, counts no longer"


def _bound(ahead: str, passed: str, moment: datetime, named: NamedEnd, case: Case) -> str:
    """`the day begins in 6 h`; without the distance where the end counts no longer."""
    verb = ahead if moment >= case.as_of else passed
    return f"the day {verb} {case.distance(moment)}" if named.counts else f"the day {verb}"


def _in_words(end: End, case: Case) -> str:
    return end_in_words(end, zone=case.zone, zone_name=case.truce.zone)


def _in_zones(moment: datetime, case: Case, reader: Reader) -> tuple[str, ...]:
    """A moment where the truce is and in UTC, then where its reader is, if that is a third zone."""
    if is_utc(reader.zone_name) or reader.zone_name == case.truce.zone:
        return (_show(moment, case),)
    theirs = show_local(moment, zone=reader.zone, zone_name=reader.zone_name)
    return _show(moment, case), f"your time: {theirs}"


def _show(moment: datetime, case: Case) -> str:
    return show(moment, zone=case.zone, zone_name=case.truce.zone)


def _twice(end: End, case: Case) -> Iterator[str]:
    if end.second is not None:
        yield f"this hour comes twice that day, and the earlier one counts; the later one is {_show(end.second, case)}"


def _starts(case: Case) -> str:
    """The start, where it lies ahead or the truce is new; an alert that is about it has it among its ends."""
    starts = begins(case.truce)
    if case.truce.waits_to_begin:
        waits = has_not_begun(case.truce)
        return "" if case.status.is_over else f"{waits[0].upper()}{waits[1:]}"
    if is_about_start(case) or (starts <= case.as_of and case.delivery.kind is not Kind.RECORDED):
        return ""
    return f"{'Started' if starts <= case.as_of else 'Starts'} {case.distance(starts)}: {_show(starts, case)}"


def _stated(case: Case) -> Iterator[str]:
    """Those who stated the end that the alert is about, when, and since when it has counted."""
    if not case.statements:
        of = case.milestone if case.delivery.kind is Kind.MILESTONE else case.beginning or case.truce
        parts = [*_known_from(of.announced, of.recording, case)]
        if parts:
            yield _sentence(parts)
    for statement in case.statements:
        parts = [f"stated by {parties(statement.stated_by)}"] if statement.stated_by else []
        parts += _known_from(statement.announced, statement.recording, case)
        if statement.confirmed_at is not None and statement.confirmed_at != statement.announced:
            parts.append(f"confirmed {_show(statement.confirmed_at, case)}")
        if statement.confirmation is Confirmation.DENIED:
            parts.append(_denied(statement, case))
        decision = "denial" if statement.confirmation is Confirmation.DENIED else "confirmation"
        parts += _recorded(statement.decision_recording, case, of=f"its {decision} ")
        if parts:
            yield _sentence(parts)


def _known_from(announced: datetime, recording: Recording | None, case: Case) -> Iterator[str]:
    """When something was announced, and when and by whom it was written down: two moments, never told as one."""
    told = announcement(announced, recording)
    if told is not None:
        yield f"announced {_show(told, case)}"
    yield from _recorded(recording, case)


def _recorded(recording: Recording | None, case: Case, *, of: str = "") -> Iterator[str]:
    if recording is not None:
        at = f" {_show(recording.at, case)}" if recording.at else ""
        by = f" by {clean(recording.by, NAME_LENGTH)}" if recording.by else ""
        yield f"{of}recorded{at}{by}"


def _sentence(parts: Sequence[str]) -> str:
    line = ", ".join(parts)
    return line[0].upper() + line[1:]


def _denied(statement: Statement, case: Case) -> str:
    by = f" by {parties(statement.denied_by)}" if statement.denied_by else ""
    when = f" {_show(statement.denied_at, case)}" if statement.denied_at not in (None, statement.announced) else ""
    return f"denied{by}{when}"


def _statement_facts(statement: Record | Termination, case: Case) -> StatementFacts:
    confirmation = CONFIRMATIONS[statement.confirmation]
    if statement.confirmation is Confirmation.DENIED and statement.denied_by:
        confirmation = f"denied by {parties(statement.denied_by)}"
    if isinstance(statement, Termination):
        reason = f" ({clean(statement.reason, SENTENCE_LENGTH)})" if statement.reason else ""
        what = f"early end by termination{reason}, {_show(statement.at, case)}"
        if statement.is_confirmed and statement.at != case.status.terminated_at:
            confirmation = "confirmed as well, but another termination counts"
    else:
        what = _stated_end(statement.end, case)
        if statement.is_confirmed:
            confirmation = "confirmed as well, but the earliest end counts"
    return StatementFacts(
        text=f"{parties(statement.stated_by)}: {what}; {confirmation}",
        sources=sources_of((*statement.sources, *statement.denied_sources)),
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


def _notes(case: Case) -> Iterator[str]:
    """The notes that the people who keep the register wrote for whoever reads the alert."""
    written = [case.truce.note, *(statement.note for statement in case.statements if isinstance(statement, Record))]
    yield from (clean(note, SENTENCE_LENGTH) for note in written if note)
