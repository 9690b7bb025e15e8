"""A truce as an event of a calendar."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from factories import moment, termination, truce

from alertd.domain.policy import Policy
from alertd.status.calendar import event


def test_no_event_ends_when_it_begins():
    """A truce ended before it began is the hour of its start, cancelled: not every calendar shows an empty event."""
    starts = truce().starts
    before = (starts - timedelta(hours=3)).isoformat()
    for at in (before, starts.isoformat()):
        ended = truce(termination=termination(at, announced=before))
        made = event(ended, Policy(), 1, withdrawn=False, zone_for=ZoneInfo, now=moment("2016-06-01T00:00"))
        assert made["STATUS"] == "CANCELLED"
        assert made["DTEND"].dt - made["DTSTART"].dt == timedelta(hours=1)


def test_an_event_has_the_name_that_alerts_have_and_the_whole_title_in_its_text():
    made = event(truce(name="Ghouta"), Policy(), 1, withdrawn=False, zone_for=ZoneInfo, now=moment("2016-04-30T00:00"))
    assert made["SUMMARY"] == "Ghouta"
    assert made["DESCRIPTION"].endswith("Truce: Regime of calm, Eastern Ghouta [eastern-ghouta]")
