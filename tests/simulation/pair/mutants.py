"""Bugs of two nodes, each a small change of the real code or of the lock, that the simulator must find.

The table in README.md says which seed found each, and by which checker; `run.py --pair --plant` makes it anew.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from unittest.mock import patch

from simulation.mutants import Bug
from simulation.pair import server

from alertd.cli import taking_hold
from alertd.daemon import loop, stale_files, worker
from alertd.errors import LedgerError
from alertd.ledger import dispatch, file_contents, settlement


@contextmanager
def nobody_checks_the_lock() -> Iterator[None]:
    """A session that has ended is made anew, without a word, and without the lock."""

    def reach(session: server.Session) -> None:
        if not session.node.is_cut and session._server.is_up:
            session._is_broken = session.has_ended = False
        own_reach(session)

    own_reach = server.Session._reach
    with patch.object(server.Session, "_reach", reach):
        yield


def acquired_is_forgotten() -> AbstractContextManager[object]:
    """What the node before had acquired is not taken back."""
    return patch.object(settlement, "recover", lambda *_: 0)


@contextmanager
def a_repeat_looks_new() -> Iterator[None]:
    """What the node before may have sent is sent again without the mark."""
    own = dispatch.dispatch

    def unmarked(*asked, **more):
        return tuple(replace(one, notice=replace(one.notice, possible_repeat=False)) for one in own(*asked, **more))

    with patch.object(dispatch, "dispatch", unmarked):
        yield


def any_form_counts() -> AbstractContextManager[object]:
    """A stale file counts as an edit."""
    return patch.object(file_contents, "behind", lambda *_: {})


def nobody_asks_again() -> AbstractContextManager[object]:
    """A node that wakes up sends what it had dispatched."""

    async def has_come(_worker, _moment) -> bool:
        return True

    return patch.object(worker.Worker, "_has_come", has_come)


def a_take_over_is_silent() -> AbstractContextManager[object]:
    """Ops hears nothing of a take-over."""
    return patch.object(taking_hold._Standby, "told", lambda *_: "")


def a_stale_file_is_silent() -> AbstractContextManager[object]:
    """Ops hears nothing of a stale file."""
    return patch.object(stale_files.StaleFiles, "problems", lambda _: iter(()))


def a_lost_session_comes_back() -> AbstractContextManager[object]:
    """A node that has lost its session waits for it, as for a disk that is full."""
    return patch.object(loop, "SessionLost", _Never)


class _Never(LedgerError):
    """An error that is never raised."""


BUGS = (
    Bug("nobody checks the lock", "one_node_writes", nobody_checks_the_lock),
    Bug("acquired is forgotten", "every_row_says_why", acquired_is_forgotten),
    Bug("a repeat looks new", "a_repeat_is_marked", a_repeat_looks_new),
    Bug("any form counts", "a_stale_file_undoes_nothing", any_form_counts),
    Bug("nobody asks again", "a_woken_node_sends_nothing", nobody_asks_again),
    Bug("a take-over is silent", "a_take_over_is_told", a_take_over_is_silent),
    Bug("a stale file is silent", "a_stale_file_is_told", a_stale_file_is_silent),
    Bug("a lost session comes back", "somebody_takes_over", a_lost_session_comes_back),
)
SEEDS = range(1, 201)
