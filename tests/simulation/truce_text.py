"""The text of a truce, as the people at the desk write it down in TOML."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from simulation.ends import A_DAY, Day, Hour
from simulation.expected import StatedEnd, StatedTermination, Truth
from simulation.obligations import StatedMilestone
from simulation.pauses import Daily, Hours

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def truce_text(truth: Truth) -> str:
    """A truce as TOML."""
    lines = [
        "[[truce]]",
        f'id = "{truth.id}"',
        f'title = "Calm of {truth.id}"',
        f'zone = "{truth.zone}"',
        f"tags = {list(truth.tags)}".replace("'", '"'),
        f"announced = {_moment(truth.announced)}",
        *_window_text(truth),
    ]
    for name, moments in (("checked", truth.checked), ("closed", truth.closed)):
        if moments:
            lines.append(f"{name} = [{', '.join(map(_moment, moments))}]")
    if truth.taken_out:
        lines.append(f"withdrawn = [{', '.join(_taken_out_text(*entry) for entry in truth.taken_out)}]")
    return "\n".join([*lines, *_records_text(truth)]) + "\n\n"


def _window_text(truth: Truth) -> Iterator[str]:
    pause = truth.first_end
    if not isinstance(pause, Daily):
        yield from (f"starts = {_moment(truth.starts)}", f"ends = {_end_text(pause)}")
        return
    yield from (f"daily = {_hours_text(pause.hours)}", f"starts = {pause.first}")
    yield "open = true" if pause.last is None else f"ends = {pause.last}"
    if pause.weekdays:
        yield f"days = {[WEEKDAYS[day] for day in pause.weekdays]}".replace("'", '"')
    if pause.exceptions:
        entries = (
            f"{{ date = {one.day}, daily = {_hours_text(one.hours)} }}" if one.hours else f"{one.day}"
            for one in pause.exceptions
        )
        yield f"except = [{', '.join(entries)}]"


def _hours_text(hours: Hours) -> str:
    return str([f"{opens:%H%M}-{closes:%H%M}" for opens, closes in hours]).replace("'", '"')


def _records_text(truth: Truth) -> Iterator[str]:
    for one in truth.said:
        yield from _said_text(one)
    for ended in truth.ended:
        yield from _ended_text(ended)
    for milestone in truth.milestones:
        yield from _milestone_text(milestone)


def _milestone_text(one: StatedMilestone) -> Iterator[str]:
    yield from ("[[truce.milestone]]", f'id = "{one.id}"', 'what = "what is owed"')
    if one.after is None:
        yield f"at = {_moment(one.at)}"
    else:
        yield from (f'after = "{one.after // timedelta(minutes=1)}m"', f'from = "{one.base}"')
    for name, moment in (("met", one.met), ("missed", one.missed)):
        if moment is not None:
            yield f"{name} = {_moment(moment)}"


def _said_text(one: StatedEnd) -> Iterator[str]:
    yield "[[truce.claim]]" if one.party is not None else "[[truce.extension]]"
    yield f'note = "{one.number}"'
    yield f"announced = {_moment(one.announced)}"
    if one.hours is not None:
        yield from (f"daily = {_hours_text(one.hours.hours)}", f"from = {one.hours.day}")
    elif isinstance(one.until, Daily):
        yield f"until = {one.until.last}"
    elif one.until is not None:
        yield f"until = {_end_text(one.until)}"
    elif one.by is not None:
        yield 'by = "1d"' if one.by == A_DAY else f'by = "{one.by // timedelta(hours=1)}h"'
    else:
        yield "open = true"
    if one.party is not None:
        yield f'stated_by = ["{one.party}"]'
    if one.confirmed is not None and one.confirmed != one.announced:
        yield f"confirmed = {_moment(one.confirmed)}"
    if one.denied is not None:
        yield f"denied = {_moment(one.denied)}"
    if one.void is not None:
        yield f"void = {_moment(one.void)}"


def _ended_text(ended: StatedTermination) -> Iterator[str]:
    yield "[[truce.termination]]"
    yield f'reason = "{ended.number}"'
    yield f"announced = {_moment(ended.announced)}"
    yield f"at = {_moment(ended.at)}"
    yield f'stated_by = "{ended.party}"'
    if not ended.confirmed:
        yield "confirmed = false"
    if ended.void is not None:
        yield f"void = {_moment(ended.void)}"


def _taken_out_text(at: datetime, undone: datetime | None) -> str:
    return f"{{ at = {_moment(at)} }}" if undone is None else f"{{ at = {_moment(at)}, void = {_moment(undone)} }}"


def _moment(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _end_text(end: Hour | Day) -> str:
    return _hour_text(end) if isinstance(end, Hour) else end.wall.strftime("%Y-%m-%d")


def _hour_text(hour: Hour) -> str:
    return hour.wall.strftime("%Y-%m-%dT%H:%M:%S") + ("+03:00" if hour.fixed else "")
