"""Nobody is escalated to once enough people have acknowledged an alert, and whoever was is told that somebody has."""

from collections.abc import Iterator

from simulation.chains import alert_of
from simulation.escalations import Enough
from simulation.evidence import LAST_WORD, Evidence

from alertd.ledger import HistoryRow


def check(evidence: Evidence) -> Iterator[str]:
    """No step is given to a worker after the acknowledgement; each target of one that was has an ops alert of it."""
    for given in evidence.escalations.given:
        if len(given.people) >= given.place.chain.people:
            yield f"{given.key} was handed over at {given.at.wall:%d %H:%M:%S}, after {', '.join(sorted(given.people))}"
    for enough in evidence.escalations.enough:
        told = _words_of(evidence, enough)
        for target in sorted(enough.told - {row.target for row in told}):
            yield f"{target} was escalated to, and has no word of the acknowledgement of {enough.at.alert}"
        for row in told if enough.at.at <= LAST_WORD else ():
            if (
                row.state not in {"delivered", "missed"}
                and not evidence.was_refused(row)
                and not evidence.given_up(row)
            ):
                yield f"{row.key} is {row.state} in the end ({row.reason})"


def _words_of(evidence: Evidence, enough: Enough) -> list[HistoryRow]:
    """What was said of it to anybody."""
    ids = {row.short_id for row in evidence.run.rows if row.kind != "ops" and alert_of(row.key) == enough.at.alert}
    about = {f"alert {one} is acknowledged" for one in ids}
    return [row for row in evidence.run.rows if row.kind == "ops" and row.key.split("|")[5] in about]
