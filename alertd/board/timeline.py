"""The timeline as a picture: windows, the ladder, claims, milestones, lapses and now, as SVG made on the server.

Positions and marks; colours come from the stylesheet by class. Long windows are cut at the edges, and say so with an
open side, so that the hours around now stay legible however far an end lies.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import takewhile

from markupsafe import Markup

from alertd.board.rows import Row
from alertd.domain.daily import Window
from alertd.domain.pause import windows
from alertd.domain.plan import ladders
from alertd.domain.policy import Policy
from alertd.domain.truce import Truce
from alertd.message.wording import NAME_LENGTH, clean, cut, end_in_lineage, plural
from alertd.times.end import NEVER
from alertd.times.formats import day_text, short_local, show_utc
from alertd.times.instant import ZoneLookup

WIDTH = 1200
_LABEL = 290
_RIGHT = 16
_LAST_LABEL = 60
"""A label closer to the edge than this would be cut."""
_TOP = 46
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

_STEPS = tuple(timedelta(minutes=minutes) for minutes in (15, 60, 180, 360, 720, 1440, 2880, 10080, 43200))
_MOST_TICKS = 9
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


_STEP = 1000
"""So many steps now takes from one side of the picture to the other: between two of them the picture is the same."""


@dataclass(frozen=True, slots=True)
class _Axis:
    begins: datetime
    now: datetime
    ends: datetime

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


def timeline(rows: Sequence[Row], policy: Policy, zone_for: ZoneLookup, now: datetime) -> Markup:
    """The picture of these truces; empty without any."""
    if not rows:
        return Markup()
    axis = _axis(rows, now)
    height = _TOP + _ROW * len(rows) + 8
    described = "; ".join(
        f"{row.name}: {row.label}" + (f", {row.whose} {row.local} {row.place}" if row.local else "") for row in rows
    )
    rules = _Rules(policy, zone_for, axis.now)
    drawn = (
        part
        for index, row in enumerate(rows)
        for part in _row(row, _TOP + index * _ROW + (_ROW - _BAR) // 2, axis, rules)
    )
    body = Markup("").join((*_grid(axis, height), *drawn, *_now(axis, height)))
    return Markup(
        '<svg class="timeline" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" '
        'aria-labelledby="timeline-title timeline-desc">'
        '<title id="timeline-title">Timeline of {count}, from {begins} to {ends}</title>'
        '<desc id="timeline-desc">{described}</desc>{defs}{body}</svg>'
    ).format(
        width=WIDTH,
        height=height,
        count=plural(len(rows), "truce"),
        begins=show_utc(axis.begins),
        ends=show_utc(axis.ends),
        described=described,
        defs=_DEFS,
        body=body,
    )


_DEFS = Markup(
    '<defs><pattern id="lapse" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<line x1="0" y1="0" x2="0" y2="6" class="hatch" stroke-width="2.4"/></pattern></defs>'
)


def _axis(rows: Sequence[Row], now: datetime) -> _Axis:
    """As much of the time ahead as most ends need, and a third of that before."""
    ends = (row.leads_to if row.status.truce.daily is None else min(row.leads_to or NEVER, now + _DAYS) for row in rows)
    ahead = sorted(end - now for end in ends if end is not None and end > now)
    needed = ahead[int((len(ahead) - 1) * _COVERED)] if ahead else timedelta()
    span = next((span for span in _SPANS if span * (1 - _BEFORE) * 0.95 >= needed), _SPANS[-1])
    now -= (now - _EPOCH) % (span / _STEP)
    return _Axis(now - span * _BEFORE, now, now + span * (1 - _BEFORE))


def _grid(axis: _Axis, height: int) -> Iterator[Markup]:
    span = axis.ends - axis.begins
    step = next((step for step in _STEPS if span / step <= _MOST_TICKS), _STEPS[-1])
    moment = _EPOCH + ((axis.begins - _EPOCH) // step + 1) * step
    day_shown = None
    while moment < axis.ends:
        day = day_text(moment.date(), year=False)
        hour = f"{moment:%H%M}Z"
        x = axis.x(moment)
        yield Markup('<line class="grid" x1="{x}" x2="{x}" y1="{top}" y2="{bottom}"/>').format(
            x=x, top=_TOP - 6, bottom=height - 4
        )
        if day != day_shown:
            if x < WIDTH - _LAST_LABEL:
                yield Markup('<text class="axis day" x="{x}" y="14">{text}</text>').format(x=x + 3, text=day)
            day_shown = day
        if step < timedelta(days=1) and x < WIDTH - _LAST_LABEL:
            yield Markup('<text class="axis" x="{x}" y="31">{text}</text>').format(x=x + 3, text=hour)
        moment += step


def _now(axis: _Axis, height: int) -> Iterator[Markup]:
    yield Markup(
        '<line class="now" x1="{x}" x2="{x}" y1="{top}" y2="{bottom}"/>'
        '<text class="now" x="{text_x}" y="{text_y}" text-anchor="end">now</text>'
    ).format(x=axis.x(axis.now), top=_TOP - 12, bottom=height - 2, text_x=axis.x(axis.now) - 5, text_y=_TOP - 4)


def _row(row: Row, top: int, axis: _Axis, rules: _Rules) -> Iterator[Markup]:
    zone = rules.zone_for(row.status.truce.zone)
    yield Markup('<g class="{look}"><title>{title}</title>').format(look=row.urgency, title=_described(row))
    yield Markup('<text class="label" x="{x}" y="{y}" text-anchor="end">{name}</text>').format(
        x=_LABEL - 14, y=top + _BAR - 3, name=cut(row.name, _LABEL_LENGTH)
    )
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
    """Ends that somebody states and not all have agreed."""
    for live in row.status.live_ends[1:]:
        at = live.end.at
        if at is not None and axis.shows(at) and at != row.status.terminated_at:
            yield Markup('<path class="claim" d="M{x} {t}l6 {h}l-6 {h}l-6 -{h}z"><title>{text}</title></path>').format(
                x=axis.x(at), t=top - 1, h=_BAR // 2 + 1, text=end_in_lineage(live.end, zone=zone)
            )


def _milestones(row: Row, zone: tzinfo, axis: _Axis, top: int) -> Iterator[Markup]:
    """A flag at each milestone."""
    for milestone in row.status.truce.milestones:
        if axis.shows(milestone.at):
            text = f"{clean(milestone.what, NAME_LENGTH)}, {short_local(milestone.at, zone=zone)}, {milestone.state}"
            yield Markup(
                '<path class="milestone {state}" d="M{x} {b}v-{h}h9v6h-9"><title>{text}</title></path>'
            ).format(state=milestone.state.value, x=axis.x(milestone.at), b=top + _BAR, h=_BAR, text=text)
