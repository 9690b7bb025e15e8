"""Whoever acknowledges an alert that was sent is taken at their word, once; anything else changes nothing."""

from collections import defaultdict
from collections.abc import Iterator

from simulation.chains import alert_of, seen_as
from simulation.events import Acknowledged, Called
from simulation.evidence import Evidence

UNSENT = frozenset({"unsent", "settled unsent"})


def check(evidence: Evidence) -> Iterator[str]:
    """It is refused as not sent only before any try, and as given before only where nobody is missing."""
    sent, people = set[str](), defaultdict[str, set[str]](set)
    asked = defaultdict[str, int](lambda: 1)
    for place in (one for places in evidence.escalations.places.values() for one in places if one.number > 1):
        seen = seen_as(place.alert)
        asked[seen] = max(asked[seen], place.chain.people)
    keys = {row.key for row in evidence.run.rows}
    for event in evidence.run.log.of(Called, Acknowledged):
        if isinstance(event, Called):
            sent |= {alert_of(key) for key in event.keys if event.call == "dispatch"}
            continue
        seen = seen_as(event.alert)
        given, who = people[seen], f"{event.person} at {event.wall:%d %H:%M:%S} of {event.alert}"
        if (event.outcome == "unknown") is (event.key in keys):
            yield f"the acknowledgement by {who} was {event.outcome}"
        if (event.outcome in UNSENT and event.alert in sent) or (event.outcome == "taken" and event.alert not in sent):
            yield f"the acknowledgement by {who} was {event.outcome}"
        if event.outcome == "twice" and event.person not in given and len(given) < asked[seen]:
            yield f"the acknowledgement by {who} was refused as the second, after {', '.join(sorted(given))}"
        if event.outcome == "taken" and event.person in given:
            yield f"the acknowledgement by {who} was taken twice"
        given |= {event.person} if event.outcome == "taken" else set()
