"""A server of the ledger that fails: loud, past the ledger too, nothing lost, and all well by itself once it works."""

import socket
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from urllib.request import urlopen

import on_server
import psycopg
import pytest
from postgresql import PASSWORD, Server, server
from process import Hook, Process, alertd, lasting, until, write_truces

from alertd.ledger import ServerUrl


class Watched:
    """A daemon on a server of its own, and what its desk is told."""

    def __init__(self, config: Path, own: Server, url: ServerUrl, desk: Hook) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self._port = free.getsockname()[1]
        on_server.prepare(config, url, desk, f'[board]\nlisten = "127.0.0.1:{self._port}"\n')
        self.config = config
        self.server = own
        self._desk = desk
        self.process = Process(config)

    def add_truces(self) -> set[str]:
        """Let it know of truces that end one after another, wait for the first to end, and give their names."""
        names = self.write_truces("first", 30, 10)
        until(lambda: len(self.told("recorded")) > len(names), "the truces told as recorded")
        until(lambda: self.told("lapsed"), "the first end")
        return names

    def write_truces(self, of: str, count: int, seconds: float) -> set[str]:
        names = [f"{of}-{number}" for number in range(count)]
        ends = (lasting(name, seconds + number / 3) for number, name in enumerate(names))
        write_truces(self.config, *ends, name=f"{of}.toml")
        return set(names)

    def told(self, kind: str) -> list[dict]:
        """The alerts of a kind that the desk got, in their order."""
        return on_server.told(self._desk, kind)

    def unmarked_repeats(self) -> list[dict]:
        seen: set[str] = set()
        again = []
        for alert in self.told("recorded") + self.told("lapsed"):
            if alert["key"] in seen and not alert["possible_repeat"]:
                again.append(alert)
            seen.add(alert["key"])
        return again

    @property
    def is_healthy(self) -> bool:
        with suppress(OSError), urlopen(f"http://127.0.0.1:{self._port}/healthz", timeout=30) as answer:
            return answer.status == 200
        return False

    def status(self) -> str:
        """The words of `alertd status`, on either way out."""
        done = alertd(self.config, "status")
        return done.stdout + done.stderr

    def fails_loudly(self, words: str) -> None:
        """Wait until the log, ops and the health check have told of a fault."""
        until(lambda: "ledger.failed" in self.process.logged(), "the fault in the log", patience=60)
        until(lambda: "SENDS NO ALERTS" in self.process.said(), "the alarm past the ledger", patience=60)
        assert words in self.process.said()
        until(lambda: not self.is_healthy, "the health check that fails", patience=60)

    def recovers(self, names: set[str]) -> None:
        """Wait until all is well by itself, with each end told, and no repeat without its mark."""
        until(lambda: names <= {alert["truce"] for alert in self.told("lapsed")}, "every end told")
        assert any(alert["late"] for alert in self.told("lapsed"))
        until(lambda: "The ledger works again" in self.process.said(), "ops told that it is over")
        until(lambda: self.is_healthy, "the health check")
        assert self.unmarked_repeats() == []
        assert self.process.alive
        assert self.process.stop() == 0
        assert PASSWORD not in self.process.said() + self.process.logged()


@contextmanager
def watched(config: Path, own: Server, url: ServerUrl | None = None) -> Iterator[Watched]:
    with Hook() as desk:
        made = Watched(config, own, url or own.new(), desk)
        write_truces(config, lasting("later", 86400), name="later.toml")
        try:
            made.process.start("agenda.ahead")
            yield made
        finally:
            if made.process.alive:
                made.process.kill()


def test_a_server_whose_disk_of_tables_is_full_is_told_and_once_there_is_room_all_goes_on(tmp_path):
    with server(on_small_disk="tables") as own, watched(tmp_path, own) as daemon:
        names = daemon.add_truces()
        own.disk.fill()
        more = daemon.write_truces("second", 60, 86400)
        daemon.fails_loudly("the disk of the server is full; make room, and alertd goes on where it was")
        assert "node" in daemon.status()
        own.disk.empty()
        until(lambda: more <= {alert["truce"] for alert in daemon.told("recorded")}, "what was written meanwhile")
        daemon.recovers(names)


def test_a_server_that_gave_up_as_it_could_not_write_its_wal_is_told_and_once_it_runs_again_all_goes_on(tmp_path):
    """PostgreSQL ends itself then: without its WAL it can promise nothing."""
    with server(on_small_disk="wal") as own, watched(tmp_path, own) as daemon:
        names = daemon.add_truces()
        own.disk.fill()
        with suppress(psycopg.Error):
            while True:  # a segment after the other, as others do who write
                own.execute("SELECT pg_switch_wal(), pg_logical_emit_message(true, 'other', 'writes')")
        daemon.fails_loudly("the server cannot be reached")
        assert "the server cannot be reached" in daemon.status()
        own.disk.empty()
        own.start()
        daemon.recovers(names)


@pytest.mark.parametrize("tables", ["delivery, attempt, truce, revision", "attempt"])
def test_tables_that_another_session_has_locked_for_long_are_told_and_once_they_are_free_all_goes_on(
    tmp_path, postgresql, tables
):
    """The ticks do without the attempts, which only a worker writes."""
    url = postgresql.new()
    with watched(tmp_path, postgresql, url) as daemon:
        names = daemon.add_truces()
        with closing(psycopg.connect(url.url)) as other:
            other.execute(f"LOCK TABLE {tables} IN ACCESS EXCLUSIVE MODE")
            locked = time.monotonic()
            daemon.fails_loudly("another session has held a lock for more than 5 s")
            until(lambda: time.monotonic() - locked > 30, "half a minute")
        daemon.recovers(names)


def test_a_server_that_takes_no_writes_for_a_while_is_told_and_once_it_does_all_goes_on(tmp_path):
    with server() as own, watched(tmp_path, own) as daemon:
        names = daemon.add_truces()
        own.execute("ALTER SYSTEM SET default_transaction_read_only = on")
        own.execute("SELECT pg_reload_conf()")
        daemon.fails_loudly("it takes no writes")
        own.execute("ALTER SYSTEM RESET default_transaction_read_only")
        own.execute("SELECT pg_reload_conf()")
        daemon.recovers(names)


def test_a_server_whose_replica_takes_its_place_is_told_and_followed(tmp_path):
    """The replica stands first in the URL, and is passed over as long as it takes no writes."""
    with server() as own, own.replica() as replica:
        folders, ports = f"{replica.folder},{own.folder}", f"{replica.port},{own.port}"
        url = ServerUrl(f"postgresql://alertd:{PASSWORD}@/alertd?host={folders}&port={ports}")
        with watched(tmp_path, own, url) as daemon:
            names = daemon.add_truces()
            own.stop()
            daemon.fails_loudly("it takes no writes")
            replica.promote()
            daemon.recovers(names)
        own.start()
