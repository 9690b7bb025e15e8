"""The ledger's door, where the process may die before and after every write, and where a write may fail.

Behind it stands the real ledger. What it is told, and what it hands over, is observed here.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from simulation.events import Called, Taken, ToldOfDuty
from simulation.loop import Killed
from sqlalchemy import select

from alertd.domain.alert import BY_TIME, Delivery, Kind
from alertd.errors import LedgerError
from alertd.ledger import (
    DeliveryState,
    Dispatched,
    Ledger,
    Origin,
    TextDelivery,
    acquisition,
    clock_ahead,
    planning,
    restart_cache,
    retention,
    schema,
    settlement,
)

if TYPE_CHECKING:
    from simulation.world import SimulatedWorld

WRITES = {
    "store": planning,
    "enqueue": acquisition,
    "recover": settlement,
    "acquire": acquisition,
    "prune": retention,
    "store_cache_key": restart_cache,
    "reindex": restart_cache,
    "wait_no_longer": clock_ahead,
}
"""The functions that write, and the modules in which they stand, be it with a bug in their place."""


_TAKEN = (
    select(schema.delivery.c.key)
    .where(
        schema.delivery.c.state == DeliveryState.ACQUIRED,
        schema.delivery.c.follows.is_not(None),
        schema.delivery.c.dispatched_at.is_(None),
    )
    .order_by(schema.delivery.c.key)
)

_Rungs = tuple[tuple[str, str, str, datetime | None], ...]


def _rungs(deliveries: Iterable[Delivery]) -> _Rungs:
    """The truce, kind, stage and end of those that time brings."""
    return tuple(
        (one.truce, one.kind.value, _stage_of(one), _end_of(one))
        for one in deliveries
        if one.truce is not None and one.kind in BY_TIME
    )


def _stage_of(delivery: Delivery) -> str:
    """The stage; or the moment of a review."""
    if delivery.stage is None:
        return delivery.due_at.isoformat()
    counts_to = "" if delivery.at in (None, _end_of(delivery)) else f" to {delivery.at.isoformat()}"
    of_milestone = "" if delivery.milestone is None else f" of {delivery.milestone}"
    return f"{delivery.stage}{counts_to}{of_milestone}"


def _end_of(delivery: Delivery) -> datetime | None:
    """The end to which its stage leads; None where it leads to a closing that is not the last."""
    is_closing = delivery.kind is Kind.REMINDER and delivery.ends_at is not None and delivery.at is not None
    return None if is_closing and delivery.at < delivery.ends_at else delivery.ends_at


def _is_copied_review(handed: Dispatched) -> bool:
    """True if it stands in for a review, whose moment it does not tell."""
    return handed.is_copy and handed.delivery.kind is Kind.REVIEW


class SimulatedDisk:
    """A ledger for one life of the process."""

    def __init__(self, ledger: Ledger, world: "SimulatedWorld") -> None:
        self._ledger = ledger
        self._world = world
        self._keys: dict[int, str] = {}

    @property
    def origin(self) -> Origin:
        """The origin of the ledger behind it."""
        return self._ledger.origin

    def run(self, call: Callable[..., Any], *args: Any, **more: Any) -> Any:
        """Call a function of the ledger; what it tells, and what it writes, is seen here."""
        self._world.count_call()
        name = next((name for name, module in WRITES.items() if getattr(module, name) is call), None)
        if name is not None:
            with self._writing(name):
                result = self._ledger.run(call, *args, **more)
                self._note(name, args, more, result)
            return result
        result = self._ledger.run(call, *args, **more)
        if call is acquisition.next_due:
            self._world.settle_down()
        return result

    run_ahead = run

    def run_both(self, first: partial[Any], then: partial[Any]) -> Any:
        """Settle and dispatch as a worker does, in one write."""
        self._world.count_call()
        with self._writing("settle and dispatch"):
            result = self._ledger.run_both(first, then)
            if first.keywords["settlements"]:
                self._note("settle", (), first.keywords, None)
            if then.keywords["limit"]:
                self._note("dispatch", (), then.keywords, result)
        return result

    def version(self) -> object:
        """The version of the ledger behind it; a tick that asks for it last has come to rest."""
        self._world.count_call()
        self._world.settle_down()
        return self._ledger.version()

    def checkpoint(self) -> None:
        """Take the log into the file."""
        self._world.count_call()
        self._ledger.checkpoint()

    def close(self) -> None:
        """A ledger in memory outlives the process as a file would; the world closes it."""

    @contextmanager
    def _writing(self, name: str) -> Iterator[None]:
        """A write, which may fail, and before and after which the process may die."""
        fault = self._world.next_fault_of_disk()
        if fault == "error":
            self._world.stir()
            self._world.note(Called, call=f"{name} failed", moment=self._world.timeline.now())
            raise LedgerError("the disk is full")
        if fault == "before":
            raise Killed
        yield
        if fault == "after":
            raise Killed

    def _note_duty(self, notices: Iterable[TextDelivery]) -> None:
        """Note what is to be said of duty lists."""
        for one in notices:
            about = one.delivery.about or ""
            if about.startswith(("duty ", "hand-over of ")):
                self._world.note(
                    ToldOfDuty,
                    about=about,
                    key=one.delivery.key,
                    target=one.delivery.target,
                    due_at=one.delivery.due_at,
                    text=one.text,
                )

    def _note(self, name: str, args: tuple[Any, ...], more: dict[str, Any], result: Any) -> None:
        keys: tuple[str, ...] = ()
        outcomes: tuple[tuple[str, str], ...] = ()
        said: tuple[str, ...] = ()
        rungs, steps = _Rungs(), _Rungs()
        detail = ""
        moments = (one for one in (*args, *more.values()) if isinstance(one, datetime))
        moment = next(moments, self._world.timeline.now())
        match name:
            case "store":
                detail = " ".join(
                    f"{one.truce.id}:{one.standing}:{'+'.join(change.kind for change in one.changes)}"
                    for one in args[0]
                )
            case "enqueue":
                keys = tuple(said.delivery.key for said in args[0])
                self._note_duty(args[0])
                self._world.stir()
            case "acquire":
                keys = result.targets
                every = "in doubt" if more.get("in_doubt") else "all"
                detail = every if "in_doubt" in more else "some"
                if self._world.rules.duties:
                    taken = tuple(self._ledger.run(lambda connection: connection.scalars(_TAKEN).all()))
                    self._world.note(Taken, moment=moment, in_doubt=bool(more.get("in_doubt")), keys=taken)
            case "dispatch":
                self._keys.update({one.id: one.delivery.key for one in result})
                keys = tuple(one.delivery.key for one in result)
                detail = more["target"]
                rungs = _rungs(handed.delivery for handed in result if not _is_copied_review(handed))
                steps = _rungs(one.delivery.told for one in result if one.delivery.follows is not None)
                if keys:
                    self._world.stir()
            case "settle":
                keys = tuple(self._keys[one.id] for one in more["settlements"])
                outcomes = tuple((one.outcome.value, one.next_state.value) for one in more["settlements"])
                said = tuple(one.delivery.key for one in more.get("notices", ()))
                self._world.stir()
        self._world.note(
            Called,
            call=name,
            moment=moment,
            keys=keys,
            rungs=rungs,
            steps=steps,
            outcomes=outcomes,
            said=said,
            detail=detail,
        )
