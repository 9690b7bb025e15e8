"""A truce as an event of a calendar: its window, a stable UID, a rising SEQUENCE, and the ladder as alarms.

A pure function of the truce, the policy and the revision: whoever subscribes sees a moved end as a change of the same
event, and an ended or withdrawn truce as a cancelled one. Who serves the calendar, and when, is decided elsewhere.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta, tzinfo
from itertools import takewhile

from icalendar import Alarm, Calendar, Event

from alertd import __version__
from alertd.domain.alert import STAGED
from alertd.domain.coincidence import coincides_with
from alertd.domain.daily import Window
from alertd.domain.milestone import by_moment
from alertd.domain.pause import windows
from alertd.domain.plan import plan
from alertd.domain.policy import Policy, Subscription
from alertd.domain.truce import State, Truce, TruceStatus
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
from alertd.times.end import EndKind
from alertd.times.formats import short_local
from alertd.times.instant import ZoneLookup

_ANYONE = Subscription(channel="calendar", targets=("calendar",))
"""Takes every stage, so that the alarms are the whole ladder, whatever the channels filter."""

_DAYS_SHOWN = timedelta(days=31)
"""The time ahead for which each window of a daily pause has its event."""
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
    truce: Truce, policy: Policy, revision: int, *, withdrawn: bool, zone_for: ZoneLookup, now: datetime
) -> Iterator[Event]:
    """The event of a truce; of a daily pause that is not over one for each window of a month, each with its alarms."""
    status = TruceStatus(truce, now)
    is_over = withdrawn or status.is_over
    days = [] if is_over else [*takewhile(_within(now), windows(truce, now))]
    spoken = () if is_over else _spoken(truce, policy, now)
    for window in days or (None,):
        made = _event(status, revision, window, withdrawn=withdrawn, zone=zone_for(truce.zone))
        for at in spoken:
            if window is None or window.opens <= at <= window.closes:
                made.add_component(_alarm(truce, at))
        yield made


def _event(status: TruceStatus, revision: int, window: Window | None, *, withdrawn: bool, zone: tzinfo) -> Event:
    """The event of the window of a truce, or of one of a daily pause, without its alarms.

    A truce without an agreed end, or that ended before it began, is the hour of its start.
    Each revision raises SEQUENCE by two, and being over by one, for time alone changes what the event says then.
    """
    truce, made = status.truce, Event()
    made.add("uid", f"{truce.id}{f'-{window.opens:%Y%m%dT%H%MZ}' if window else ''}@alertd")
    made.add("sequence", 2 * revision + status.is_over)
    made.add("dtstamp", status.at)
    begins, end = window or (truce.starts, status.end.over)
    made.add("dtstart", begins)
    made.add("dtend", end if end is not None and end > begins else begins + _AN_HOUR)
    made.add("summary", _summary(status, withdrawn=withdrawn))
    made.add("description", _description(status, zone))
    made.add("status", "CANCELLED" if withdrawn or status.state is State.TERMINATED else "CONFIRMED")
    made.add("transp", "TRANSPARENT")
    if truce.area:
        made.add("location", clean(truce.area, NAME_LENGTH))
    if truce.tags:
        made.add("categories", list(truce.tags))
    return made


def _within(now: datetime) -> Callable[[Window], bool]:
    return lambda window: window.opens <= now + _DAYS_SHOWN


def _summary(status: TruceStatus, *, withdrawn: bool) -> str:
    name, end = named(status.truce), status.end
    if withdrawn:
        return f"{name}: withdrawn"
    match status.state:
        case State.LAPSED | State.CLOSED:
            return f"{name}: expired, no extension recorded"
        case State.TERMINATED:
            return f"{name}: terminated"
        case _ if end.kind is EndKind.OPEN:
            return f"{name}: {NO_END}"
        case _ if end.kind is EndKind.CONDITIONAL:
            return f"{name}: ends on the condition {condition(end, NAME_LENGTH)}"
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
        when, what = short_local(milestone.at, zone=zone), clean(milestone.what, SENTENCE_LENGTH)
        lines.append(f"Milestone {when}: {what}, {milestone.state}")
    lines.extend(f"Source: {clean(source, SENTENCE_LENGTH)}" for source in truce.sources)
    lines.append(f"Truce: {full_title(truce)} [{truce.id}]")
    return "\n".join(lines)


def _spoken(truce: Truce, policy: Policy, now: datetime) -> Sequence[datetime]:
    """The moments at which alertd itself speaks of a start, an end or a milestone, those of a month of days too."""
    ladder = plan(truce, (_ANYONE,), policy, reviews_until=now, now=now, days_until=now + _DAYS_SHOWN)
    spoken = (delivery for delivery in ladder if delivery.kind in STAGED and coincides_with(truce, delivery) is None)
    return sorted({delivery.due_at for delivery in spoken})


def _alarm(truce: Truce, at: datetime) -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("trigger", at, parameters={"VALUE": "DATE-TIME"})
    alarm.add("description", named(truce))
    return alarm
