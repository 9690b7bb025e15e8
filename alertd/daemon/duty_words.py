"""The words for a duty list with which something is wrong."""

from dataclasses import dataclass
from datetime import datetime

from alertd.domain.duty import DutyList, Gap, OnDuty, Roster
from alertd.message.moments import moment_in_words
from alertd.message.wording import joined
from alertd.times.instant import ZoneLookup


@dataclass(frozen=True, slots=True)
class WrongList:
    """Something wrong with a duty list."""

    key: str
    """By which it shows that ops was told of it already."""
    text: str


def wrong(
    duty: DutyList, roster: Roster | None, why: str | None, now: datetime, zone_for: ZoneLookup
) -> WrongList | None:
    """The fault of a list now; `why` it cannot be read. None where all is well."""
    found = duty.at(roster, now)
    people = joined(sorted(duty.everyone))
    everyone = f"its steps go to everyone of it: {people}."
    until = "" if found.until is None else f" until {moment_in_words(found.until, duty.zone, now, zone_for)}"
    match found.gap:
        case Gap.UNREAD:
            reason = why or "it is not known so far ahead"
            return WrongList(
                Gap.UNREAD, f"The duty list {duty.name} cannot be read: {reason}. Until it can, {everyone}"
            )
        case Gap.EMPTY:
            add = "Where somebody is, add the event to its calendar."
            return WrongList(
                Gap.EMPTY, f"In the duty list {duty.name} nobody is on duty{until}. As long {everyone} {add}"
            )
        case Gap.UNKNOWN:
            names = joined([f"“{name}”" for name in found.names if name not in duty.people])
            add = "Write the name into `people`, or give the event the name that stands there."
            return WrongList(
                f"{Gap.UNKNOWN} {names}",
                f"The duty list {duty.name} has {names} on duty{until}, whom its `people` do not name. "
                f"As long {everyone} {add}",
            )
        case None if why is not None and roster is not None:
            read_at = moment_in_words(roster.read_at, duty.zone, now, zone_for)
            return WrongList(
                "kept",
                f"The duty list {duty.name} cannot be read: {why}. Until it can, what was read at {read_at} counts: "
                f"{who(duty, found, now, zone_for)}.",
            )
        case None:
            return None


def is_well(duty: DutyList, roster: Roster | None, now: datetime, zone_for: ZoneLookup) -> str:
    """The words for ops once nothing is wrong any more."""
    return f"The duty list {duty.name} is well again: {who(duty, duty.at(roster, now), now, zone_for)}."


def who(duty: DutyList, found: OnDuty, now: datetime, zone_for: ZoneLookup) -> str:
    """`Lena and Noor are on duty until 0800 Mon 30 Nov Geneva (0700Z)`, of a list without a gap."""
    until = "" if found.until is None else f" until {moment_in_words(found.until, duty.zone, now, zone_for)}"
    return f"{joined(found.names)} {'is' if len(found.names) == 1 else 'are'} on duty{until}"
