"""Other hours of a daily pause, of which the last closing stays."""

from alertd.domain.alert import Change, Kind
from alertd.domain.daily import listed
from alertd.domain.pause import hours_in_words
from alertd.domain.truce import Truce, expiry


def opens_at_other_hours(old: Truce, new: Truce) -> bool:
    """True for a daily pause that has other hours from the same first day on: its start is none that moved."""
    was, now = old.daily, new.daily
    return was is not None and now is not None and was.first == now.first and was.hours != now.hours


def other_hours(old: Truce, new: Truce) -> Change:
    """The change that they are, with the hours before where they can be told."""
    stood = [record.hours for record in old.records if record.is_confirmed]
    record = next((each for each in new.records if each.is_confirmed and each.hours and each.hours not in stood), None)
    reason = "the days or hours of its windows were changed"
    if record is not None and (words := hours_in_words(new, record)):
        reason = words
    elif old.daily and new.daily and old.daily.hours != new.daily.hours:
        reason = f"the hours changed from {listed(old.daily.hours)} to {listed(new.daily.hours)}"
    return Change(kind=Kind.CORRECTED, old=expiry(old), new=expiry(new), reason=reason)
