"""Figures for Prometheus, from what the ledger keeps: nothing counts along in the daemon.

Tries are read from their numbered record, each once; so a figure can neither miss one nor count one twice, and the
clock may step as it likes. Counters begin at the start of the process, as Prometheus expects.
"""

from collections import Counter as Tallied
from collections.abc import Iterable, Iterator
from heapq import nsmallest
from operator import itemgetter

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from alertd import __version__
from alertd.board.snapshot import Snapshot
from alertd.domain.agenda import Verdict
from alertd.domain.truce import State
from alertd.errors import Level
from alertd.ledger import TriedSend

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

ENDS_AT_MOST = 100
"""Truces whose next end is a figure of its own, the soonest first: each is a series that Prometheus keeps."""

_BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600, 21600, 86400)


class Metrics:
    """The figures, in a registry of their own."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._state = _StateCollector()
        self._registry.register(self._state)
        self._lateness = Histogram(
            "alertd_delivery_lateness_seconds",
            "From the moment a delivery was due, or planned where that came later, to the channel's yes.",
            ["channel"],
            buckets=_BUCKETS,
            registry=self._registry,
        )
        self._tries = Counter(
            "alertd_tries",
            "Tries to send a delivery, by their outcome.",
            ["channel", "outcome"],
            registry=self._registry,
        )

    def expect(self, channels: Iterable[str]) -> None:
        """Begin the figures of these channels at nought, so that their first delivery shows as an increase."""
        for channel in channels:
            self._lateness.labels(channel)
            for verdict in Verdict:
                self._tries.labels(channel, verdict)

    def count(self, tries: Iterable[TriedSend]) -> None:
        """Take in tries, each once."""
        for send in tries:
            self._tries.labels(send.channel, send.outcome).inc()
            if send.outcome is Verdict.ACCEPTED:
                self._lateness.labels(send.channel).observe(max((send.at - send.expected_at).total_seconds(), 0.0))

    def text(self, snapshot: Snapshot, last_tick_seconds: float | None, tzdata: str) -> bytes:
        """All figures as Prometheus reads them."""
        self._state.families = tuple(_figures(snapshot, last_tick_seconds, tzdata))
        return generate_latest(self._registry)


class _StateCollector(Collector):
    """Hands over the figures of one reading."""

    def __init__(self) -> None:
        self.families: tuple[Metric, ...] = ()

    def collect(self) -> Iterable[Metric]:
        """The figures last read."""
        return self.families


def _figures(snapshot: Snapshot, last_tick_seconds: float | None, tzdata: str) -> Iterator[Metric]:
    """The figures of this moment."""
    everything = snapshot.overview
    yield _gauge("alertd_build_info", "The versions in use.", ["version", "tzdata"], [((__version__, tzdata), 1)])
    node = (everything.settings.node, everything.role)
    yield _gauge("alertd_node_info", "This node and its role: active or standby.", ["node", "role"], [(node, 1)])
    if last_tick_seconds is not None:
        yield _gauge(
            "alertd_last_tick_timestamp_seconds", "When the daemon last ticked.", [], [((), last_tick_seconds)]
        )
    rows = (*snapshot.rows.current, *snapshot.rows.ended)
    states = Tallied(str(row.status.state) for row in rows)
    states[State.REFUSED] = len(everything.refused)
    yield _gauge(
        "alertd_truces", "Truces on watch, by their state.", ["state"], [((state,), states[state]) for state in State]
    )
    yield _gauge("alertd_not_watched", "Truces that nobody is told of.", [], [((), len(everything.not_watched))])
    problems = Tallied(problem.level for problem in everything.problems)
    yield _gauge(
        "alertd_register_problems",
        "Problems of settings and register.",
        ["level"],
        [((level,), problems[level]) for level in Level],
    )
    ends = [at for row in rows if (at := row.status.end.at) is not None and at > snapshot.at]
    if ends:
        seconds = (min(ends) - snapshot.at).total_seconds()
        yield _gauge("alertd_next_expiry_seconds", "Time to the next agreed end.", [], [((), seconds)])
    yield _gauge(
        "alertd_next_end_seconds",
        f"Time to the next end of a truce, whoever states it: of the {ENDS_AT_MOST} soonest.",
        ["truce"],
        _next_ends(snapshot),
    )
    yield _gauge(
        "alertd_backlog",
        "Deliveries that a channel owes.",
        ["channel"],
        [((channel.name,), channel.backlog) for channel in everything.channels],
    )
    yield _gauge(
        "alertd_channel_up",
        "Whether the last try of a channel succeeded.",
        ["channel"],
        [((channel.name,), int(channel.ok)) for channel in everything.channels],
    )
    yield _gauge(
        "alertd_deliveries",
        "Deliveries in the ledger, by what became of them.",
        ["channel", "state"],
        [((tally.channel, tally.state), tally.count) for tally in snapshot.tallies],
    )


def _next_ends(snapshot: Snapshot) -> Iterator[tuple[tuple[str], float]]:
    """Truces with the seconds that their countdowns on the page show."""
    ahead = (
        (row.status.truce.id, row.leads_to)
        for row in snapshot.rows.current
        if row.leads_to is not None and row.leads_to > snapshot.at
    )
    for truce, moment in nsmallest(ENDS_AT_MOST, ahead, key=itemgetter(1)):
        yield (truce,), (moment - snapshot.at).total_seconds()


def _gauge(
    name: str, help_text: str, labels: list[str], samples: Iterable[tuple[tuple[str, ...], float]]
) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, help_text, labels=labels)
    for values, value in samples:
        family.add_metric(list(values), value)
    return family
