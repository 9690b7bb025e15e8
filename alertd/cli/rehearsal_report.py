"""The report of a rehearsal: a table for each truce, of what was known when and who was told when.

It belongs to `rehearse` and not to `show`: `show` reads the ledger of a daemon, and a rehearsal leaves none behind.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from alertd.channels import Outcome, Target
from alertd.cli.screen import add_row, screen, show_table, table, utc
from alertd.daemon.rehearsal import VirtualClock
from alertd.domain.agenda import Verdict
from alertd.domain.known import as_known
from alertd.domain.truce import Truce, TruceStatus
from alertd.ledger import KnownTruce, RevisionSeen
from alertd.message.consequence_line import change_in_words
from alertd.message.values import Message
from alertd.message.wording import end_in_lineage, named, named_with_id
from alertd.times.instant import ZoneLookup


class SentAlert(NamedTuple):
    """An alert that a target got."""

    at: datetime
    truce: str | None
    title: str
    target: str


class SentLog:
    """Keeps what targets are sent instead of printing it."""

    def __init__(self) -> None:
        self.alerts: list[SentAlert] = []

    def target(self, name: str, clock: VirtualClock) -> Target:
        """A target that takes every message, and notes it here."""
        return _NotingTarget(name, clock, self.alerts)


class _NotingTarget:
    def __init__(self, name: str, clock: VirtualClock, alerts: list[SentAlert]) -> None:
        self.name = name
        self._clock = clock
        self._alerts = alerts

    async def send(self, message: Message) -> Outcome:
        now = self._clock.now()
        self._alerts.extend(SentAlert(now, item.delivery.truce, item.title, self.name) for item in message.items)
        return Outcome(Verdict.ACCEPTED)

    async def aclose(self) -> None:
        """Nothing is held."""


_ReportRow = tuple[datetime, str, str, str]
"""When, the sign of it, what was known or told, and to whom it was told."""


def show_report(
    alerts: Sequence[SentAlert],
    truces: Mapping[str, KnownTruce],
    revisions: Mapping[str, Sequence[RevisionSeen]],
    until: datetime,
    *,
    zone_for: ZoneLookup,
) -> None:
    """Print the table of each truce that became known, and one of what alertd said of itself."""
    told_of: dict[str | None, list[SentAlert]] = defaultdict(list)
    for alert in alerts:
        told_of[alert.truce].append(alert)
    for truce_id, known in sorted(truces.items()):
        truce = known.truce
        rows = [*_known(truce, revisions[truce_id], zone_for), *_told(told_of[truce_id], f"{named(truce)}: ")]
        _show(f"{named_with_id(truce)}: {TruceStatus(truce, until).state} at the end", rows)
    if told_of[None]:
        _show("alertd itself", [*_told(told_of[None], "alertd: ")])


def _known(truce: Truce, revisions: Sequence[RevisionSeen], zone_for: ZoneLookup) -> Iterator[_ReportRow]:
    """The things that became known; what was known from the beginning on is told as it stood then."""
    zone = zone_for(truce.zone)
    for revision in revisions:
        then = as_known(truce, revision.seen_at)
        texts = [change_in_words(change, zone=zone) for change in revision.changes]
        if not texts and then is not None:
            texts = [f"known, ends {end_in_lineage(TruceStatus(then, revision.seen_at).end, zone=zone)}"]
        yield from ((revision.seen_at, "●", text, "") for text in texts)


def _told(alerts: Sequence[SentAlert], prefix: str) -> Iterator[_ReportRow]:
    """The alerts that were told, each once with all its targets."""
    targets: dict[tuple[datetime, str], list[str]] = defaultdict(list)
    for alert in alerts:
        targets[alert.at, alert.title].append(alert.target)
    for (at, title), names in targets.items():
        yield at, "├", title.removeprefix(prefix), ", ".join(sorted(names))


def _show(heading: str, rows: Sequence[_ReportRow]) -> None:
    console = screen()
    console.print(heading, style="bold", markup=False)
    filled = table("WHEN", "", "KNOWN ● OR TOLD ├", "TO")
    for at, sign, what, names in sorted(rows, key=lambda row: row[0]):
        add_row(filled, (utc(at), sign, what, names))
    show_table(filled, empty="Nothing was known or told.")
    console.print()
