"""The calendar of all truces, each event made once and kept for as long as it says the same."""

from collections.abc import Hashable, Mapping
from datetime import datetime

from alertd.board.selection import Selection
from alertd.board.snapshot import Snapshot
from alertd.daemon.reconcile import is_watched
from alertd.domain.policy import Policy
from alertd.domain.truce import TruceStatus
from alertd.ledger import KnownTruce
from alertd.message.links import Links
from alertd.status.calendar import calendar, events
from alertd.times.instant import ZoneLookup

_CLOSING = b"END:VCALENDAR"


class CalendarFeed:
    """Makes the feed anew from what changed."""

    def __init__(self, policy: Policy, zone_for: ZoneLookup, links: Links | None) -> None:
        self._policy = policy
        self._links = links
        self._zone_for = zone_for
        self._kept: dict[str, tuple[Hashable, bytes]] = {}

    def feed(self, snapshot: Snapshot, chosen: Selection, revised: Mapping[str, datetime]) -> bytes:
        """Every truce asked for that the ledger knows, withdrawn ones too, so that a subscriber sees them cancelled.

        `revised` says when the newest revision of each was seen.
        """
        opening, closing, rest = calendar(()).to_ical().partition(_CLOSING)
        known = snapshot.overview.content.known
        self._kept = {truce_id: kept for truce_id, kept in self._kept.items() if truce_id in known}
        made = (
            self._event(each, snapshot, revised.get(each.truce.id))
            for each in known.values()
            if chosen.takes(each.truce)
        )
        return b"".join((opening, *made, closing, rest))

    def _event(self, known: KnownTruce, snapshot: Snapshot, modified: datetime | None) -> bytes:
        truce = known.truce
        key = (
            known.revision,
            known.fingerprint,
            known.standing,
            TruceStatus(truce, snapshot.at).state,
            self._zone_for(truce.zone),
            snapshot.at.year,
        )
        kept = self._kept.get(truce.id)
        if kept is not None and kept[0] == key:
            return kept[1]
        made = b"".join(
            each.to_ical()
            for each in events(
                truce,
                self._policy,
                known.revision,
                withdrawn=not is_watched(known),
                zone_for=self._zone_for,
                now=snapshot.at,
                links=self._links,
                modified=modified,
            )
        )
        self._kept[truce.id] = (key, made)
        return made
