"""What tests of every folder share: an end to what hangs, logging as it was, no secret of one test in the next."""

import logging
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import compiled_once  # noqa: F401  first, as it is for what is imported after it
import profiles
import pytest
import structlog
from process import Hook, Mailbox

from alertd import logs
from alertd.ledger import Ledger

if TYPE_CHECKING:
    from postgresql import Server

profiles.load(os.environ)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A long test takes as long as it takes."""
    for item in items:
        if item.get_closest_marker("long"):
            item.add_marker(pytest.mark.timeout(0))


@pytest.fixture
def in_zurich(monkeypatch) -> Iterator[None]:
    """The machine's own zone is not UTC, never the same as it, and has an hour twice on 25 October 2026."""
    with monkeypatch.context() as patched:
        patched.setenv("TZ", "Europe/Zurich")
        time.tzset()
        yield
    time.tzset()


@pytest.fixture
def forgetful(monkeypatch) -> None:
    """What one test has to hide is no secret in the next."""
    monkeypatch.setattr(logs, "_registered", logs.Redactor())


@pytest.fixture
def hook() -> Iterator[Hook]:
    with Hook() as server:
        yield server


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with Mailbox() as box:
        yield box


@pytest.fixture(scope="session", autouse=True)
def loggers_that_forget() -> Iterator[None]:
    """No logger keeps the set-up of the first test that used it: `capture_logs` hears nothing of one that does."""
    configure = structlog.configure
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(
            structlog, "configure", lambda **setup: configure(**(setup | {"cache_logger_on_first_use": False}))
        )
        yield


@pytest.fixture
def quiet_afterwards() -> Iterator[None]:
    """Puts logging back as it was."""
    loggers = [logging.getLogger(name) for name in (None, "alertd", "apprise", "apscheduler")]
    before = [(logger, logger.level, [*logger.handlers]) for logger in loggers]
    yield
    for logger, level, handlers in before:
        logger.setLevel(level)
        logger.handlers[:] = handlers
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def open_ledgers() -> Iterator[set[Ledger]]:
    """The ledgers of this process that are open."""
    found: set[Ledger] = set()
    make, close = Ledger.__init__, Ledger.close
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Ledger, "__init__", lambda ledger, database: (make(ledger, database), found.add(ledger))[0])
        patched.setattr(Ledger, "close", lambda ledger: (found.discard(ledger), close(ledger))[1])
        yield found


@pytest.fixture(autouse=True)
def every_ledger_is_closed(open_ledgers) -> Iterator[None]:
    """A ledger that a test leaves open is told by that test, not by the one in which Python finds it."""
    before = open_ledgers.copy()
    yield
    left = open_ledgers - before
    open_ledgers -= left
    assert not left, "a ledger was left open"


@dataclass
class Ledgers:
    """Those that were opened and closed so far."""

    opened: list[Ledger] = field(default_factory=list)
    closed: list[Ledger] = field(default_factory=list)


@pytest.fixture
def ledgers_in_memory(monkeypatch) -> Ledgers:
    """Which ledgers a command opens in memory, and closes."""
    seen = Ledgers()
    make, close = Ledger.in_memory, Ledger.close

    def opened() -> Ledger:
        seen.opened.append(make())
        return seen.opened[-1]

    monkeypatch.setattr(Ledger, "in_memory", opened)
    monkeypatch.setattr(Ledger, "close", lambda ledger: (seen.closed.append(ledger), close(ledger)))
    return seen


@pytest.fixture(scope="session")
def postgresql() -> "Iterator[Server]":
    """A real PostgreSQL, which all tests of a session share; each has a schema of its own."""
    from postgresql import server  # noqa: PLC0415  few tests need its driver

    with server() as running:
        yield running
