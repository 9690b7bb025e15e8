"""A truce as an event of a calendar: its window, a stable UID, a rising SEQUENCE, and the ladder as alarms.

A pure function of the truce, the policy and the revision: whoever subscribes sees a moved end as a change of the same
event, and an ended or withdrawn truce as a cancelled one. Who serves the calendar, and when, is decided elsewhere.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta, tzinfo

from icalendar import Alarm, Calendar, Event

from alertd import __version__
from alertd.domain.alert import STAGED, Kind
from alertd.domain.coincidence import coincides_with
from alertd.domain.milestone import by_moment
from alertd.domain.plan import plan
from alertd.domain.policy import Policy, Subscription
from alertd.domain.truce import State, Truce, TruceStatus
from alertd.message.links import Links
from alertd.message.start_headline import has_not_begun
from alertd.message.wording import (
    CONFIRMATIONS,
    NAME_LENGTH,
    NO_END,
    SENTENCE_LENGTH,
    clean,
    condition,
    end_in_lineage,
    end_in_words,
    full_title,
    named,
    parties,
)
from alertd.status.series import Series, series_of
from alertd.times.end import EndKind
from alertd.times.formats import short_local
from alertd.times.instant import ZoneLookup

_ANYONE = Subscription(channel="calendar", targets=("calendar",))
"""Takes every stage, so that the alarms are the whole ladder, whatever the channels filter."""

_Trigger = tuple[datetime | timedelta, dict[str, str]]
"""The moment of an alarm, or its distance from the begin or the end of the event, as its parameters say."""

_AN_HOUR = timedelta(hours=1)
_REFRESH = timedelta(minutes=5)
"""The time after which a subscriber should ask again."""


def calendar(events: Iterable[Event]) -> Calendar:
    """A feed of events, for calendars to subscribe to."""
    feed = Calendar()
    feed.add("prodid", f"-//alertd//{__version__}//EN")
    feed.add("version", "2.0")
    feed.add("calscale", "GREGORIAN")
    feed.add("method", "PUBLISH")
    feed.add("x-wr-calname", "alertd: truces")
    feed.add("refresh-interval", _REFRESH, parameters={"VALUE": "DURATION"})
    feed.add("x-published-ttl", f"PT{_REFRESH // timedelta(minutes=1)}M")  # the same, for Outlook
    for event in events:
        feed.add_component(event)
    return feed


def events(  # noqa: PLR0913  a truce, and the rules and the moment at which it is looked at
    truce: Truce,
    policy: Policy,
    revision: int,
    *,
    withdrawn: bool,
    zone_for: ZoneLookup,
    now: datetime,
    links: Links | None = None,
    modified: datetime | None = None,
) -> Iterator[Event]:
    """The event of a truce; of a daily pause one for each series of its windows, and one for the last; with alarms."""
    status = TruceStatus(truce, now)
    series = series_of(truce, now) or (None,)
    for each in series:
        made = _event(status, revision, each, withdrawn=withdrawn, zone=zone_for(truce.zone))
        if modified is not None:
            made.add("last-modified", modified)
        if links is not None and not withdrawn:
            made.add("url", links.page(truce.id))
        if not withdrawn and not status.is_over:
            of_windows = () if each is None else _of_windows(each, truce, policy)
            of_truce = _spoken(truce, policy, now) if each is series[-1] else ()
            for trigger in (*of_windows, *of_truce):
                made.add_component(_alarm(truce, trigger))
        yield made


def _event(status: TruceStatus, revision: int, series: Series | None, *, withdrawn: bool, zone: tzinfo) -> Event:
    """The event of the window of a truce, or of windows of a daily pause, without its alarms.

    A truce without an agreed end, or that ended before it began, is the hour of its start; as long as that is open, its
    announcement stands for it.
    Each revision raises SEQUENCE by two, and being over by one, for time alone changes what the event says then.
    """
    truce, made = status.truce, Event()
    start = truce.announced if truce.waits_to_begin else truce.starts
    begins, end = (start, status.end.over) if series is None else series.first
    made.add("uid", f"{truce.id}{f'-{begins:%Y%m%dT%H%MZ}' if series and not series.is_last else ''}@alertd")
    made.add("sequence", 2 * revision + status.is_over)
    made.add("dtstamp", status.at)
    made.add("dtstart", begins)
    made.add("dtend", end if end is not None and end > begins else begins + _AN_HOUR)
    if series is not None and series.rule is not None:
        made.add("rrule", series.rule)
        if series.left_out:
            made.add("exdate", series.left_out)
    is_passed = series is not None and not series.is_last and status.unresolved_since is not None
    made.add("summary", named(truce) if is_passed and not withdrawn else _summary(status, withdrawn=withdrawn))
    made.add("description", _description(status, zone))
    made.add("status", "CANCELLED" if withdrawn or status.state is State.TERMINATED else "CONFIRMED")
    made.add("transp", "TRANSPARENT")
    if truce.area:
        made.add("location", clean(truce.area, NAME_LENGTH))
    if truce.tags:
        made.add("categories", list(truce.tags))
    return made


def _summary(status: TruceStatus, *, withdrawn: bool) -> str:
    truce, name, end = status.truce, named(status.truce), status.end
    if withdrawn:
        return f"{name}: withdrawn"
    match status.state:
        case State.LAPSED | State.CLOSED:
            return f"{name}: expired, no extension recorded"
        case State.TERMINATED:
            return f"{name}: terminated"
        case _ if truce.waits_to_begin:
            return f"{name}: {has_not_begun(truce, NAME_LENGTH)}"
        case _ if end.at is None:
            ends = NO_END if end.kind is EndKind.OPEN else f"ends on the condition {condition(end, NAME_LENGTH)}"
            return f"{name}: {ends}"
        case _:
            return name


def _description(status: TruceStatus, zone: tzinfo) -> str:
    truce, lines = status.truce, []
    if status.end.at is not None:
        lines.append(f"Ends {end_in_words(status.end, zone=zone, zone_name=truce.zone)}")
    if len(status.chain) > 1:
        lines.append(f"Ends so far: {' -> '.join(end_in_lineage(live.end, zone=zone) for live in status.chain)}")
    for live in status.live_ends[1:]:
        if live.statement is not None:
            who, how = parties(live.statement.stated_by), CONFIRMATIONS[live.statement.confirmation]
            lines.append(f"{live.owner.capitalize()} by {who}: {end_in_lineage(live.end, zone=zone)}, {how}")
    for milestone in by_moment(truce.milestones):
        when = short_local(milestone.at, zone=zone) if milestone.has_moment else milestone.waits_for
        what = clean(milestone.what, SENTENCE_LENGTH)
        lines.append(f"Milestone {when}: {what}, {milestone.state}")
    stated = (source for each in (*truce.records, *truce.terminations) for source in each.sources)
    sources = dict.fromkeys((*truce.sources, *stated))
    lines.extend(f"Source: {clean(source, SENTENCE_LENGTH)}" for source in sources)
    lines.append(f"Truce: {full_title(truce)} [{truce.id}]")
    return "\n".join(lines)


def _of_windows(series: Series, truce: Truce, policy: Policy) -> Iterator[_Trigger]:
    """The alarms of each window of a series: before it opens, and before it closes unless it is the last."""
    for lead in policy.start_lead_times_of(truce):
        yield -lead, {}
    if not series.is_last:
        for lead in policy.daily_lead_times_of(truce):
            yield -lead, {"RELATED": "END"}


def _spoken(truce: Truce, policy: Policy, now: datetime) -> Iterator[_Trigger]:
    """The moments at which alertd itself speaks of a start, an end or a milestone, but not of windows of a pause."""
    ladder = plan(truce, (_ANYONE,), policy, reviews_until=now, now=now)
    spoken = {
        delivery.due_at
        for delivery in ladder
        if delivery.kind in STAGED
        and not delivery.is_of_window
        and (truce.daily is None or delivery.kind is not Kind.START)
        and coincides_with(truce, delivery) is None
    }
    return ((at, {"VALUE": "DATE-TIME"}) for at in sorted(spoken))


def _alarm(truce: Truce, trigger: _Trigger) -> Alarm:
    when, parameters = trigger
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("trigger", when, parameters=parameters)
    alarm.add("description", named(truce))
    return alarm
