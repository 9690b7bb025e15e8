"""The people on duty, for `alertd status` and the board."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from alertd.domain.duty import Gap, Roster
from alertd.message.moments import moment_in_words
from alertd.message.wording import joined
from alertd.settings import Settings
from alertd.times.instant import ZoneLookup


@dataclass(frozen=True, kw_only=True)
class DutyView:
    """A duty list as it stands."""

    name: str
    on_duty: tuple[str, ...]
    """The titles of the events of now."""
    channels: tuple[str, ...]
    """Those that a step would go to."""
    until: datetime | None
    """The moment of the next change; null where none is known."""
    gap: Gap | None
    """The reason why a step would go to everyone of the list; null where it would not."""
    read_at: datetime | None
    """The moment at which the daemon read the list; null where it could not."""


def duty_views(settings: Settings, rosters: Mapping[str, Roster | None], now: datetime) -> tuple[DutyView, ...]:
    """The duty lists of the settings, as they were read."""
    duties = settings.duties(rosters)
    views = []
    for name in duties.lists:
        found, roster = duties.at(name, now), rosters.get(name)
        views.append(
            DutyView(
                name=name,
                on_duty=found.names,
                channels=tuple(sorted(found.channels)),
                until=found.until,
                gap=found.gap,
                read_at=None if roster is None else roster.read_at,
            )
        )
    return tuple(views)


def on_duty_in_words(view: DutyView) -> str:
    """`Lena and Noor`, or why everyone of the list is told."""
    match view.gap:
        case Gap.EMPTY:
            return "nobody: everyone is told"
        case Gap.UNREAD:
            return "not known: everyone is told"
        case Gap.UNKNOWN:
            return f"{joined(view.on_duty)}, not all in people: everyone is told"
        case None:
            return joined(view.on_duty)


def until_in_words(view: DutyView, settings: Settings, now: datetime, zone_for: ZoneLookup) -> str:
    """The moment of the next change in the zone of the list, or a dash."""
    zone_name = next(duty.zone for duty in settings.duty if duty.name == view.name)
    return "-" if view.until is None else moment_in_words(view.until, zone_name, now, zone_for)
