"""Everything that is not as it should be, one line each."""

from collections.abc import Iterator
from dataclasses import dataclass

from alertd.board.snapshot import Snapshot
from alertd.errors import Level
from alertd.ledger import TruceStanding
from alertd.message.wording import named_with_id, plural
from alertd.times.formats import show_utc


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that a person should look at."""

    how: str
    """Its kind in a word or two: `in doubt`, `channel fails`."""
    about: str
    text: str
    truce: str | None = None
    """The truce whose page says more."""


def troubles(snapshot: Snapshot) -> Iterator[Trouble]:
    """Everything that is not as it should be, the worst first."""
    everything = snapshot.overview
    refused = frozenset(everything.refused)
    if everything.clock_doubt is not None:
        yield Trouble("in doubt", "clock", str(everything.clock_doubt))
    yield from _not_watched(snapshot)
    for known in everything.on_watch.values():
        if known.standing is TruceStanding.HELD:
            text = f"gone from {known.file}; watched until the withdrawal is confirmed"
            yield Trouble("held", named_with_id(known.truce), text, known.truce.id)
    for channel in everything.channels:
        if not channel.ok:
            text = f"the last try failed; {plural(channel.backlog, 'alert')} waiting"
            yield Trouble("channel fails", channel.name, text)
        elif snapshot.waits(channel.name):
            late = snapshot.overdue[channel.name]
            text = f"{plural(late.count, 'alert')} overdue since {show_utc(late.since)}"
            yield Trouble("alerts wait", channel.name, f"{text}: {late.reason}" if late.reason else text)
    for problem in everything.problems:
        if problem.level is Level.ERROR and problem.truce not in refused:
            text = f"{problem.file}:{problem.line}: {problem.message}"
            on_watch = problem.truce if problem.truce in everything.on_watch else None
            yield Trouble("error", problem.truce or problem.file, text, on_watch)


def _not_watched(snapshot: Snapshot) -> Iterator[Trouble]:
    everything = snapshot.overview
    for truce_id in everything.not_watched:
        if truce_id in everything.refused:
            reasons = (
                f"{problem.file}:{problem.line}: {problem.message}"
                for problem in everything.problems
                if problem.truce == truce_id
            )
            text = "; ".join(("no end can be read: nobody will be told", *reasons))
            yield Trouble("not watched", truce_id, text, truce_id)
        else:
            known = everything.on_watch.get(truce_id)
            name = truce_id if known is None else named_with_id(known.truce)
            text = "no channel takes its tags: its alerts go to whoever looks after alertd"
            yield Trouble("not watched", name, text, None if known is None else truce_id)
