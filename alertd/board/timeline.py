"""The timeline as a picture: windows, the ladder, claims, milestones, lapses and now, as SVG made on the server.

Positions and marks; colours come from the stylesheet by class. Long windows are cut at the edges, and say so with an
open side, so that the hours around now stay legible however far an end lies.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import takewhile
from urllib.parse import quote

from markupsafe import Markup

from alertd.board.rows import Row
from alertd.domain.daily import Window
from alertd.domain.pause import windows
from alertd.domain.plan import ladders
from alertd.domain.policy import Policy
from alertd.domain.truce import Truce
from alertd.message.wording import NAME_LENGTH, clean, cut_at_word, end_in_lineage, plural
from alertd.times.end import NEVER
from alertd.times.formats import day_text, short_local, show_utc
from alertd.times.instant import ZoneLookup
from alertd.times.vocabulary import SHORT_WEEKDAYS

WIDTH = 1200
_LABEL = 290
_RIGHT = 16
_LAST_LABEL = 60
"""A label closer to the edge than this would be cut."""
_TOP = 63
_LINE = 17
_ROW = 34
_BAR = 16
_LABEL_LENGTH = 30

_BEFORE = 0.25
"""The share of the picture that lies before now."""

_SPANS = tuple(timedelta(hours=hours) for hours in (2, 6, 12, 24, 48, 96, 7 * 24, 14 * 24, 31 * 24, 92 * 24, 366 * 24))
_DAYS = timedelta(days=3)
"""As much of a daily pause the picture should reach, however far its end lies: else its windows are hairlines."""
_COVERED = 0.8
"""The share of the ends ahead that the picture should reach."""

_HOURS = (0.25, 1, 3, 6, 12, 24, 48, 7 * 24, 30 * 24, 91 * 24, 365 * 24, 730 * 24, 1826 * 24)
_STEPS = tuple(timedelta(hours=hours) for hours in _HOURS)
_MOST_TICKS = 9
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_YEAR_FROM = timedelta(days=30)
"""From such steps on a day is told with its year."""

_FARTHEST = timedelta(days=20 * 366)
"""A moment farther off stands for one that nobody knows."""

_STEP = 1000
"""So many steps now takes from one side of the picture to the other: between two of them the picture is the same."""


@dataclass(frozen=True, slots=True)
class _Axis:
    begins: datetime
    now: datetime
    ends: datetime
    zone: tzinfo | None
    """The zone of all its truces, whose hours stand below those in UTC; None where they have several."""

    def x(self, moment: datetime) -> float:
        """The place of a moment, at the edge where it lies beyond."""
        share = (moment - self.begins) / (self.ends - self.begins)
        return round(_LABEL + min(max(share, 0.0), 1.0) * (WIDTH - _LABEL - _RIGHT), 1)

    def shows(self, moment: datetime) -> bool:
        return self.begins <= moment <= self.ends


@dataclass(frozen=True, slots=True)
class _Rules:
    policy: Policy
    zone_for: ZoneLookup
    now: datetime


def timeline(  # noqa: PLR0913  it comes from as many places
    rows: Sequence[Row], policy: Policy, zone_for: ZoneLookup, now: datetime, *, base: str = "", whole: bool = False
) -> Markup:
    """The picture of these truces; empty without any. Each leads to its page below `base`; a whole one has all ends."""
    if not rows:
        return Markup()
    places = {row.status.truce.zone for row in rows}
    place = places.pop() if len(places) == 1 else ""
    axis = _axis(rows, now, zone_for(place) if place else None, whole=whole)
    above = 0 if place else _LINE
    height = _ROW * len(rows) + 8
    described = "; ".join(
        f"{row.name}: {row.label}" + (f", {row.whose} {row.local} {row.place}" if row.local else "") for row in rows
    )
    rules = _Rules(policy, zone_for, axis.now)
    drawn = (
        part
        for index, row in enumerate(rows)
        for part in _row(row, _TOP + index * _ROW + (_ROW - _BAR) // 2, axis, rules, f"{base}/truces/{quote(row.id)}")
    )
    return Markup(
        '<svg class="timeline hours" viewBox="0 {above} {width} {over}" width="{width}" height="{over}" '
        'aria-hidden="true">{hours}</svg>'
        '<svg class="timeline" viewBox="0 {top} {width} {height}" width="{width}" height="{height}" role="group" '
        'aria-labelledby="{name}-title {name}-desc">'
        '<title id="{name}-title">Timeline of {count}, from {begins} to {ends}</title>'
        '<desc id="{name}-desc">{described}</desc>{body}</svg>'
    ).format(
        name="chain" if whole else "timeline",
        width=WIDTH,
        top=_TOP,
        above=above,
        over=_TOP - above,
        height=height,
        count=plural(len(rows), "truce"),
        begins=show_utc(axis.begins),
        ends=show_utc(axis.ends),
        described=described,
        hours=Markup("").join(_hours(axis, place)),
        body=Markup("").join((*_grid(axis, height), *drawn, _now(axis, height))),
    )


def is_whole(row: Row, now: datetime) -> bool:
    """True if every moment of a truce's chain is in its common picture."""
    axis = _axis([row], now, None, whole=False)
    return row.status.truce.daily is not None or all(axis.shows(moment) for moment in _moments(row))


def _moments(row: Row) -> Iterator[datetime]:
    """Start and ends, agreed and stated, as far as they are known."""
    status = row.status
    ends = (live.end.at for live in (*status.chain, *status.live_ends))
    for moment in (status.truce.starts, status.terminated_at, *ends):
        if moment is not None and abs(moment - status.at) < _FARTHEST:
            yield moment


def _axis(rows: Sequence[Row], now: datetime, zone: tzinfo | None, *, whole: bool) -> _Axis:
    """As much of the time ahead as most ends need, and a third of that before; or all that is known."""
    if whole:
        first, *_, last = sorted((now, now + _SPANS[0], *(moment for row in rows for moment in _moments(row))))
        margin = (last - first) / 50
        return _Axis(first - margin, now, last + margin, zone)
    ends = (row.leads_to if row.status.truce.daily is None else min(row.leads_to or NEVER, now + _DAYS) for row in rows)
    ahead = sorted(end - now for end in ends if end is not None and end > now)
    needed = ahead[int((len(ahead) - 1) * _COVERED)] if ahead else timedelta()
    span = next((span for span in _SPANS if span * (1 - _BEFORE) * 0.95 >= needed), _SPANS[-1])
    now -= (now - _EPOCH) % (span / _STEP)
    return _Axis(now - span * _BEFORE, now, now + span * (1 - _BEFORE), zone)


def _ticks(axis: _Axis) -> tuple[timedelta, list[datetime]]:
    """The moments that are marked, and the step between two of them."""
    span = axis.ends - axis.begins
    step = next((step for step in _STEPS if span / step <= _MOST_TICKS), _STEPS[-1])
    moment = _EPOCH + ((axis.begins - _EPOCH) // step + 1) * step
    ticks = []
    while moment < axis.ends:
        ticks.append(moment)
        moment += step
    return step, ticks


def _grid(axis: _Axis, height: int) -> Iterator[Markup]:
    for moment in _ticks(axis)[1]:
        yield Markup('<line class="grid" x1="{x}" x2="{x}" y1="{top}" y2="{bottom}"/>').format(
            x=axis.x(moment), top=_TOP, bottom=_TOP + height - 4
        )


def _hours(axis: _Axis, place: str) -> Iterator[Markup]:
    """The days and hours in UTC, and below them those where the truces are."""
    step, ticks = _ticks(axis)
    hour, day_shown = (31 if place else 48), None
    if place and step < _YEAR_FROM:
        yield _word("axis", _LABEL - 14, hour, "UTC", end=True)
        yield _word("axis", _LABEL - 14, hour + _LINE, place, end=True)
    for moment in ticks:
        x = axis.x(moment)
        if x >= WIDTH - _LAST_LABEL:
            break
        day = day_text(moment.date(), year=step >= _YEAR_FROM)
        if day != day_shown:
            yield _word("axis day", x + 3, hour - _LINE, day)
            day_shown = day
        if step < timedelta(days=1):
            yield _word("axis", x + 3, hour, f"{moment:%H%M}Z")
        if axis.zone is not None and step < _YEAR_FROM:
            local = moment.astimezone(axis.zone)
            other_day = f" {SHORT_WEEKDAYS[local.weekday()]}" if local.date() != moment.date() else ""
            yield _word("axis", x + 3, hour + _LINE, f"{local:%H%M}{other_day}")
    yield _word("now", axis.x(axis.now) - 5, _TOP - 2, "now", end=True)


def _word(kind: str, x: float, y: int, text: str, *, end: bool = False) -> Markup:
    anchor = Markup(' text-anchor="end"') if end else ""
    return Markup('<text class="{kind}" x="{x}" y="{y}"{anchor}>{text}</text>').format(
        kind=kind, x=x, y=y, anchor=anchor, text=text
    )


def _now(axis: _Axis, height: int) -> Markup:
    return Markup('<line class="now" x1="{x}" x2="{x}" y1="{top}" y2="{bottom}"/>').format(
        x=axis.x(axis.now), top=_TOP, bottom=_TOP + height - 2
    )


def _row(row: Row, top: int, axis: _Axis, rules: _Rules, page: str) -> Iterator[Markup]:
    zone = rules.zone_for(row.status.truce.zone)
    yield Markup('<g class="{look}"><title>{title}</title>').format(look=row.urgency, title=_described(row))
    label = _word("label", _LABEL - 14, top + _BAR - 3, cut_at_word(row.name, _LABEL_LENGTH), end=True)
    yield Markup('<a href="{page}">{label}</a>').format(page=page, label=label)
    yield from _windows(row, zone, axis, rules.now, top)
    yield from _ladder(row, rules.policy, axis, top)
    yield from _stated(row, zone, axis, top)
    yield from _milestones(row, zone, axis, top)
    yield Markup("</g>")


def _described(row: Row) -> str:
    parts = (
        row.name,
        row.label,
        " ".join(filter(None, (row.whose, row.local and f"{row.local} {row.place}"))),
        *row.others,
    )
    return "; ".join(part for part in parts if part)


def _windows(row: Row, zone: tzinfo, axis: _Axis, now: datetime, top: int) -> Iterator[Markup]:
    """The first window and what each confirmation added, with the time before it in which no end was recorded."""
    stop = row.status.terminated_at or NEVER
    begins = row.status.truce.starts
    for number, live in enumerate(row.status.chain):
        statement = live.statement
        if number and statement is not None and begins < statement.announced < live.end.order:
            yield _bar(axis, "gap", begins, statement.announced, top)
            begins = statement.announced
        over = min(live.end.surely_over, stop)
        if over > begins:
            kind = f"window {'more' if number else 'first'}{' odd' if number % 2 else ''}"
            if row.status.truce.daily is None:
                yield _bar(axis, kind, begins, over, top)
            else:
                yield _pieces(axis, kind, row.status.truce, Window(begins, over), top)
            begins = over
        if live.end.at is None and axis.shows(now):
            yield Markup('<text class="open" x="{x}" y="{y}" text-anchor="end">no agreed end</text>').format(
                x=WIDTH - _RIGHT - 6, y=top + _BAR - 4
            )
        elif live.end.at is not None and live.end.at < stop and axis.shows(live.end.at):
            yield Markup('<line class="end" x1="{x}" x2="{x}" y1="{y1}" y2="{y2}"><title>{text}</title></line>').format(
                x=axis.x(live.end.at), y1=top - 4, y2=top + _BAR + 4, text=end_in_lineage(live.end, zone=zone)
            )
    if begins < now and stop > now:
        yield _bar(axis, "gap", begins, now, top)
    if stop is not NEVER and axis.shows(stop):
        yield _cross(axis.x(stop), top)


def _bar(axis: _Axis, kind: str, begins: datetime, ends: datetime, top: int) -> Markup:
    """A stretch of time; nothing where it lies beyond the picture."""
    if ends <= axis.begins or begins >= axis.ends:
        return Markup()
    left, right = axis.x(begins), axis.x(ends)
    fill = Markup(' fill="url(#lapse)"') if kind == "gap" else Markup()
    return Markup('<rect class="{kind}" x="{x}" y="{y}" width="{width}" height="{height}"{fill}/>').format(
        kind=kind, x=left, y=top, width=max(round(right - left, 1), 1), height=_BAR, fill=fill
    )


def _pieces(axis: _Axis, kind: str, truce: Truce, within: Window, top: int) -> Markup:
    """The windows of a daily pause within a stretch of time; nothing where it lies beyond the picture."""
    until = min(within.closes, axis.ends)
    shown = takewhile(lambda window: window.opens < until, windows(truce, max(within.opens, axis.begins)))
    drawn = ((axis.x(window.opens), axis.x(min(window.closes, until))) for window in shown)
    lines = "".join(f"M{left} {top}H{right}v{_BAR}H{left}z" for left, right in drawn)
    return Markup('<path class="{kind}" d="{lines}"/>').format(kind=kind, lines=lines) if lines else Markup()


def _cross(x: float, top: int) -> Markup:
    return Markup('<path class="cross" d="M{a} {t}L{b} {u}M{b} {t}L{a} {u}"><title>termination</title></path>').format(
        a=x - 6, b=x + 6, t=top + 2, u=top + _BAR - 2
    )


def _ladder(row: Row, policy: Policy, axis: _Axis, top: int) -> Iterator[Markup]:
    """A small mark at each stage of each watched end, but for the end itself."""
    for rung in ladders(row.status.truce, policy):
        if rung.stage is not None and rung.stage.offset and axis.shows(rung.due_at):
            x = axis.x(rung.due_at)
            yield Markup('<path class="rung" d="M{a} {t}h6l-3 5z"/>').format(a=x - 3, t=top - 7)


def _stated(row: Row, zone: tzinfo, axis: _Axis, top: int) -> Iterator[Markup]:
    """Ends that somebody states and not all have agreed; at the edge, with an arrow and its hour, what lies beyond."""
    for live in row.status.live_ends[1:]:
        at = live.end.at
        if at is None or at == row.status.terminated_at or at < axis.begins:
            continue
        text, x, middle = end_in_lineage(live.end, zone=zone), axis.x(at), _BAR // 2 + 1
        shape = "l6 {h}l-6 {h}l-6 -{h}z" if axis.shows(at) else "h5l7 {h}l-7 {h}h-5z"
        yield Markup('<path class="claim" d="M{x} {t}{shape}"><title>{text}</title></path>').format(
            x=x, t=top - 1, shape=shape.format(h=middle), text=text
        )
        if not axis.shows(at):
            yield _word("beyond", x - 5, top + _BAR - 4, text, end=True)


def _milestones(row: Row, zone: tzinfo, axis: _Axis, top: int) -> Iterator[Markup]:
    """A flag at each milestone."""
    for milestone in row.status.truce.milestones:
        if axis.shows(milestone.at):
            text = f"{clean(milestone.what, NAME_LENGTH)}, {short_local(milestone.at, zone=zone)}, {milestone.state}"
            yield Markup(
                '<path class="milestone {state}" d="M{x} {b}v-{h}h9v6h-9"><title>{text}</title></path>'
            ).format(state=milestone.state.value, x=axis.x(milestone.at), b=top + _BAR, h=_BAR, text=text)
