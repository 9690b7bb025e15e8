"""A truce as an event of a calendar, the same in every feed and file.

The event is the window of the truce, ends where alertd holds that it ends, and rings at the stages of its ladder. Its
UID is made of the truce's id alone, so that a calendar that gets it again moves it and keeps no second one.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta, tzinfo

from icalendar import Alarm, Calendar, Event

from alertd.domain.instant import show, show_day
from alertd.domain.policy import Policy
from alertd.domain.truce import (
    End,
    EndKind,
    Owner,
    Truce,
    confirmed_chain,
    effective_end,
    live_ends,
    moments_of_knowledge,
    state,
)
from alertd.domain.wording import NAME_LENGTH, SENTENCE_LENGTH, clean, condition, end_in_lineage, parties

_PRODUCT = "-//alertd//alertd//EN"


def calendar(events: Iterable[Event]) -> bytes:
    """A calendar of events, as it goes into a file or over the wire."""
    feed = Calendar()
    feed.add("prodid", _PRODUCT)
    feed.add("version", "2.0")
    feed.add("x-wr-calname", "Truces")
    for event in events:
        feed.add_component(event)
    return bytes(feed.to_ical())


def event(truce: Truce, *, zone: tzinfo, policy: Policy, now: datetime, sequence: int | None = None) -> Event:
    """The event of a truce as known now.

    `sequence` has to grow with every change of it, as the number of its revision does; without one the things that are
    known of it are counted.
    """
    end = effective_end(truce, now)
    shown = Event()
    shown.add("uid", f"{truce.id}@alertd")
    shown.add("sequence", len(moments_of_knowledge(truce)) if sequence is None else sequence)
    shown.add("dtstamp", now)
    shown.add("summary", _summary(truce, end, zone))
    if end.kind is EndKind.DATE and end.over is not None and end.over > truce.starts:
        shown.add("dtstart", truce.starts)
        shown.add("dtend", end.over)
    else:
        shown.add("dtstart", truce.starts)
        if end.at is not None and end.at > truce.starts:
            shown.add("dtend", end.at)
    shown.add("status", "CANCELLED" if end.at is not None and end.at <= truce.starts else "CONFIRMED")
    shown.add("transp", "TRANSPARENT")
    if truce.area:
        shown.add("location", clean(truce.area, NAME_LENGTH))
    if truce.tags:
        shown.add("categories", [clean(tag, NAME_LENGTH) for tag in truce.tags])
    shown.add("description", "\n".join(_description(truce, end, zone, now)))
    for alarm in _alarms(truce, end, policy, now):
        shown.add_component(alarm)
    return shown


def _summary(truce: Truce, end: End, zone: tzinfo) -> str:
    name = clean(truce.title, NAME_LENGTH) or truce.id
    if end.at is None:
        return f"{name}: {'no agreed end' if end.kind is EndKind.OPEN else f'ends when {condition(end, NAME_LENGTH)}'}"
    return f"{name}: ends {end_in_lineage(end, zone=zone)}"


def _description(truce: Truce, end: End, zone: tzinfo, now: datetime) -> Iterable[str]:
    yield f"{truce.id}: {state(truce, now)}"
    if end.at is not None:
        day = end.kind is EndKind.DATE
        name = truce.zone
        yield f"Ends {show_day(end, zone=zone, zone_name=name) if day else show(end.at, zone=zone, zone_name=name)}"
    lineage: Sequence[str] = [end_in_lineage(live.end, zone=zone) for live in confirmed_chain(truce)]
    if len(lineage) > 1:
        yield f"Ends so far ({truce.zone}): {' -> '.join(lineage)}"
    for live in live_ends(truce):
        if live.owner is not Owner.EXPIRY and live.statement is not None:
            yield f"{live.owner} of {parties(live.statement.stated_by)}: {end_in_lineage(live.end, zone=zone)}"
    for sentence in truce.left_out:
        yield f"Not read: {clean(sentence, SENTENCE_LENGTH)}"
    for source in truce.sources:
        yield f"Source: {clean(source, SENTENCE_LENGTH)}"


def _alarms(truce: Truce, end: End, policy: Policy, now: datetime) -> Iterable[Alarm]:
    """One for each reminder that is ahead; relative to a moment, as an end of a day has its ladder before its 0000."""
    leads = policy.lead_times if truce.lead_times is None else truce.lead_times
    for lead in (*sorted(leads, reverse=True), timedelta()):
        if end.at is None or end.at - lead < now:
            continue
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", clean(truce.title, NAME_LENGTH) or truce.id)
        alarm.add("trigger", end.at - lead, parameters={"VALUE": "DATE-TIME"})
        yield alarm
