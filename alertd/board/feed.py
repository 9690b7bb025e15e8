"""The calendar of all truces, each event made once and kept for as long as it says the same."""

from collections.abc import Hashable

from alertd.board.sight import Sight
from alertd.calendar_feed import calendar, event
from alertd.domain.instant import FindZone
from alertd.domain.policy import Policy
from alertd.domain.truce import state
from alertd.judgement import is_watched
from alertd.ledger import KnownTruce

_CLOSING = b"END:VCALENDAR"


class CalendarFeed:
    """Makes the feed anew from what changed."""

    def __init__(self, policy: Policy, find_zone: FindZone) -> None:
        self._policy = policy
        self._find_zone = find_zone
        self._kept: dict[str, tuple[Hashable, bytes]] = {}

    def feed(self, sight: Sight) -> bytes:
        """Every truce that the ledger knows, withdrawn ones too, so that a subscriber sees them cancelled."""
        opening, closing, rest = calendar(()).to_ical().partition(_CLOSING)
        known = sight.overview.agenda.known
        self._kept = {truce_id: kept for truce_id, kept in self._kept.items() if truce_id in known}
        return b"".join((opening, *(self._event(one, sight) for one in known.values()), closing, rest))

    def _event(self, known: KnownTruce, sight: Sight) -> bytes:
        truce = known.truce
        key = (known.revision, known.digest, known.standing, state(truce, sight.at), self._find_zone(truce.zone))
        kept = self._kept.get(truce.id)
        if kept is not None and kept[0] == key:
            return kept[1]
        made: bytes = event(
            truce,
            self._policy,
            known.revision,
            withdrawn=not is_watched(known),
            find_zone=self._find_zone,
            now=sight.at,
        ).to_ical()
        self._kept[truce.id] = (key, made)
        return made
