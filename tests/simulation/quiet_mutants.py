"""Bugs in quiet hours: small changes of the real code, as in `mutants`."""

from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, timedelta
from unittest.mock import patch

from alertd.domain import quiet
from alertd.domain.alert import Kind


def quiet_by_utc() -> AbstractContextManager[object]:
    """Quiet hours are read in UTC, whatever the zone of their channel."""
    over_at = quiet.QuietHours.over_at
    return patch.object(quiet.QuietHours, "over_at", lambda self, moment: over_at(replace(self, zone=UTC), moment))


def a_lapse_never_passes() -> AbstractContextManager[object]:
    """What the settings let pass is held, where it says that a truce has lapsed."""
    passes = quiet.QuietHours.passes
    return patch.object(
        quiet.QuietHours, "passes", lambda self, kind, stage: kind is not Kind.LAPSED and passes(self, kind, stage)
    )


def a_night_is_as_long_as_its_hours() -> AbstractContextManager[object]:
    """Quiet hours in which the clocks change end so long after their beginning as on any other night."""
    night = quiet.QuietHours._night

    def by_length(self, day):
        begin, _ = night(self, day)
        begins, ends = (timedelta(hours=one.hour, minutes=one.minute) for one in (self.hours.begins, self.hours.ends))
        return begin, begin + (ends - begins) % timedelta(days=1)

    return patch.object(quiet.QuietHours, "_night", by_length)
