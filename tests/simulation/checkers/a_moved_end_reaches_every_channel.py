"""3. An alert that moves or cancels an end reaches every channel that takes that truce, whatever its `alerts`."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from simulation.events import Called
from simulation.evidence import Evidence
from simulation.oracle import CHANGES, News

from alertd.ledger import HistoryRow


def check(evidence: Evidence) -> Iterator[str]:
    """Each target has a row for the change; it is out, or a later change took its place and is."""
    for news in evidence.news:
        moments = _moments(evidence, news)
        for target in news.targets:
            told = [row for row in _changes(evidence, news, target) if row.due_at in moments or _is_first(row, news)]
            if not told:
                yield f"{news} has no alert for {target}"
            elif not any(_is_out(evidence, row, news) for row in told):
                yield f"{news} never reached {target}: {', '.join(f'{row.key} {row.state}' for row in told)}"


def _moments(evidence: Evidence, news: News) -> set[datetime]:
    """When its alerts may be due: at once, or when a clock that was ahead was put right before they were out."""
    calls = evidence.run.log.of(Called)
    right = [one for one in calls if one.call == "wait_no_longer" and one.at > news.told_since.at]
    return {_stored(news.moment), *(_stored(one.moment) for one in right if one.moment < news.moment)}


def _is_first(row: HistoryRow, news: News) -> bool:
    """Whether it tells that a truce was recorded: a start may do so, once the clock is right, and be cut short."""
    return news.what == row.kind == "recorded"


def _changes(evidence: Evidence, news: News, target: str) -> list[HistoryRow]:
    return [
        row for row in evidence.run.rows if row.truce == news.truce and row.target == target and row.kind in CHANGES
    ]


def _is_out(evidence: Evidence, row: HistoryRow, news: News) -> bool:
    match row.state:
        case "delivered":
            return evidence.arrived(row)
        case "failed":
            given_up = row.settled_at is not None and row.settled_at - row.due_at > evidence.run.rules.catch_up * 0.9
            return evidence.was_refused(row) or given_up
        case "missed":
            return True
        case "planned":
            return evidence.waits_on(row)
        case "superseded":
            later = [other for other in _changes(evidence, news, row.target) if _revision(other) > _revision(row)]
            return any(other.state in {"delivered", "failed", "missed"} or evidence.waits_on(other) for other in later)
    return False


def _revision(row: HistoryRow) -> int:
    return int(row.key.split("|")[5])


def _stored(moment: datetime) -> datetime:
    """As the ledger keeps it, in whole milliseconds."""
    return moment - timedelta(microseconds=moment.microsecond % 1000)
