"""2. While the kernel says that its clock is not synchronised, what is over waits, and what goes out says so."""

from collections.abc import Iterator

from simulation.events import Began, Called, Stepped, Tried
from simulation.evidence import Evidence

PATIENCE = 300.0
"""Seconds for which a clock that may be wrong is waited for."""

MARK = "CLOCK NOT SYNCHRONISED"
BY_TIME = frozenset({"reminder", "lapsed", "milestone", "start"})

DECLARES = frozenset({"lapsed", "review", "start"})
"""The kinds that say that something has come to pass."""


def check(evidence: Evidence) -> Iterator[str]:
    """From a start on a clock that the kernel doubts is not believed; and while it is not, each stage is marked."""
    yield from _believed(evidence)
    in_doubt, tried = False, list[Tried]()
    for event in evidence.run.log.of(Began, Called, Tried):
        match event:
            case Began():
                in_doubt, tried = False, []
            case Tried() if in_doubt:
                tried.append(event)
            case Called(call="dispatch") if in_doubt:
                yield from (f"{key} was handed over by a clock in doubt" for key in event.keys if _declares(key))
            case Called(call="acquire", detail="in doubt" | "all"):
                if event.detail == "in doubt":  # and not only until a tick between them believed it again
                    yield from _unmarked(tried)
                in_doubt, tried = event.detail == "in doubt", []


def _believed(evidence: Evidence) -> Iterator[str]:
    doubted = [(one.at, one.at + one.lasts) for one in evidence.run.swarm.wrong_clocks if one.admitted]
    since = 0.0
    for event in evidence.run.log.of(Began, Stepped, Called):
        if not isinstance(event, Called):
            since = event.at if isinstance(event, Began) or event.by < 0 else since
            continue
        soon = event.at < since + PATIENCE and any(begins <= event.at < ends for begins, ends in doubted)
        if soon and event.call == "acquire" and event.detail == "all":
            yield f"the kernel doubts its clock at {event.wall:%d %H:%M:%S}, and the daemon does not"


def _declares(key: str) -> bool:
    return key.split("|")[1] in DECLARES


def _unmarked(tried: list[Tried]) -> Iterator[str]:
    for event in tried:
        for line in event.lines:
            if line.kind in BY_TIME and MARK not in line.title:
                yield f"{line.key} was sent by a clock in doubt, and does not say so"
