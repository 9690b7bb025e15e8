"""Duty lists as commands see them: files as they stand, addresses as the daemon read them last."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from pydantic import SecretStr

from alertd.cli.context import Context
from alertd.domain.duty import GAPS_AHEAD, DutyList, Gap, Roster
from alertd.duty import CalendarReader, Kept, ListRefused, Source, file_of
from alertd.errors import Code, Level, Problem
from alertd.files.beneath import SETTINGS
from alertd.message.moments import moment_in_words
from alertd.message.wording import joined
from alertd.settings import Settings
from alertd.times.instant import ZoneLookup

_GAPS_SHOWN = 3


def sources(settings: Settings) -> dict[str, Source]:
    """The place of each duty list, by its name."""
    return {
        duty.name: Source(url=duty.source) if isinstance(duty.source, SecretStr) else Source(file=duty.source)
        for duty in settings.duty
    }


def rosters(context: Context, now: datetime) -> dict[str, Roster | None]:
    """Each duty list as it is known from a moment on; None for one that cannot be read."""
    return {name: found if isinstance(found, Roster) else None for name, found in _read(context, now).items()}


def _read(context: Context, now: datetime) -> Mapping[str, Roster | ListRefused]:
    if not context.settings.duty:
        return {}
    kept = Kept(context.settings.state_dir).load()
    places, found = sources(context.settings), dict[str, Roster | ListRefused]()
    for duty in context.settings.duty:
        source = places[duty.name]
        try:
            if source.file is not None:
                found[duty.name] = CalendarReader().read(file_of(source, context.config), duty.zone, now)
            elif duty.name in kept and (roster := kept[duty.name].roster) is not None:
                found[duty.name] = roster
            else:
                found[duty.name] = ListRefused("the daemon has not read its address yet")
        except ListRefused as refused:
            found[duty.name] = refused
    return found


def duty_problems(context: Context, now: datetime) -> list[Problem]:
    """The duty lists that cannot be read, and the gaps of the others that come soon."""
    duties, found = context.settings.duty, _read(context, now)
    positions = context.settings_positions()
    problems = []
    for index, duty in enumerate(duties):
        line, read = positions.line(("duty", index, "source")), found[duty.name]
        if isinstance(read, ListRefused):
            level = Level.ERROR if isinstance(duty.source, str) else Level.WARNING
            message = f"the duty list {duty.name} cannot be read, so its steps go to everyone of it: {read}"
            problems.append(Problem(SETTINGS, line, None, level, Code.SYNTAX, message))
            continue
        gaps = list(_gaps(duty.duty_list, read, now, context.zones.find))
        if gaps:
            more = f", and {len(gaps) - _GAPS_SHOWN} more" if len(gaps) > _GAPS_SHOWN else ""
            message = (
                f"the duty list {duty.name} has gaps in the next {GAPS_AHEAD.days} days, in which its steps go to "
                f"everyone of it: {'; '.join(gaps[:_GAPS_SHOWN])}{more}"
            )
            problems.append(Problem(SETTINGS, line, None, Level.WARNING, Code.MISSING, message))
    return problems


def _gaps(duty: DutyList, roster: Roster, now: datetime, zone_for: ZoneLookup) -> Iterator[str]:
    """The gaps that begin within the time that is looked at: nobody, or somebody whom the list does not name."""
    last = now + GAPS_AHEAD
    ends = [turn.at for turn in roster.turns[1:]] + [roster.until]
    for turn, ends_at in zip(roster.turns, ends, strict=True):
        begins, until = max(turn.at, now), min(ends_at, last)
        on_duty = duty.at(roster, begins)
        if begins >= until or on_duty.gap is None:
            continue
        names = [f"“{name}”" for name in on_duty.names if name not in duty.people]
        who = f"{joined(names)}, whom `people` do not name," if on_duty.gap is Gap.UNKNOWN else "nobody"
        first, end = (moment_in_words(moment, duty.zone, now, zone_for) for moment in (begins, until))
        yield f"{who} from {first} to {end}"
