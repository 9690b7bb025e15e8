"""A real PostgreSQL for the tests: Debian's package, in a folder of its own, as an ordinary user, on loopback alone."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from itertools import count
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, Literal

import psycopg
from disk import Disk, small_disk
from rights import lacking

from alertd.ledger import ServerUrl

PASSWORD = "planted-password"
"""Of the user `alertd`; no other password is taken over the network."""

_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "fsync": "off",
    "synchronous_commit": "off",  # as a careless administrator has it; a ledger asks for more
    "full_page_writes": "off",
    "shared_buffers": "32MB",
    "max_connections": "40",
    "autovacuum": "off",
    "log_min_messages": "fatal",
}


class Server:
    """One running server; `stop` and `start` as an administrator would."""

    def __init__(
        self, folder: Path, programs: Path, settings: Mapping[str, str], disk: Disk | None, kept: str | None
    ) -> None:
        """Its log of changes, the WAL, or its tables stand on a disk, if one is given."""
        self.folder = folder
        self.disk = disk
        self._settings = settings
        self.port = _free_port()
        self._programs = programs
        self._data = folder / "data"
        self._numbers = count(1)
        passwords = folder / "password"
        passwords.write_text(f"{PASSWORD}\n")
        self._own()
        self._run(
            "initdb",
            "-U",
            "alertd",
            "-E",
            "UTF8",
            "--locale",
            "C.UTF-8",
            "--no-sync",
            *_ACCESS,
            *((f"--waldir={disk.folder}/wal", "--wal-segsize=1") if disk is not None and kept == "wal" else ()),
            f"--pwfile={passwords}",
        )
        self.start()
        where = ""
        if disk is not None and kept == "tables":
            self.execute(f"CREATE TABLESPACE small LOCATION '{disk.folder}'")
            where = "TABLESPACE small"
        self.execute(f"CREATE DATABASE alertd {where} LOCALE_PROVIDER icu ICU_LOCALE 'en' TEMPLATE template0")

    def start(self, **settings: str) -> None:
        """Start it, and wait until it takes connections."""
        own = {"port": str(self.port), "unix_socket_directories": str(self.folder)}
        options = {**_SETTINGS, **self._settings, **own, **settings}
        given = " ".join(f"-c {name}={value}" for name, value in options.items())
        self._run("pg_ctl", "start", "-w", "-s", "-l", str(self.folder / "log"), "-o", given)

    def stop(self, how: str = "fast") -> None:
        """Stop it: `fast` ends every session, `immediate` is a crash."""
        self._run("pg_ctl", "stop", "-w", "-s", "-m", how)

    def url(
        self, schema: str = "public", *, host: str | None = None, user: str = "alertd", password: str = PASSWORD
    ) -> ServerUrl:
        """The URL of a ledger in a schema, by the socket of the folder or over loopback."""
        return ServerUrl(
            f"postgresql://{user}:{password}@/alertd?host={host or self.folder}&port={self.port}"
            f"&options=-csearch_path%3D{schema}"
        )

    def new(self, **options: str) -> ServerUrl:
        """The URL of a ledger that is not there yet."""
        schema = f"ledger{next(self._numbers)}"
        self.execute(f"CREATE SCHEMA {schema}", database="alertd")
        return self.url(schema, **options)

    @contextmanager
    def pooler(self, mode: str) -> Iterator[ServerUrl]:
        """Debian's pgbouncer before a database of its own; skips where it is not installed."""
        program = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")
        if program is None:
            lacking("pgbouncer is not installed: apt-get install pgbouncer")
        port, database = _free_port(), f"pooled{next(self._numbers)}"
        self.execute(f"CREATE DATABASE {database}")
        settings = self.folder / f"{database}.ini"
        server = f"host={self.folder} port={self.port} dbname={database} user=alertd password={PASSWORD}"
        settings.write_text(
            f"[databases]\n{database} = {server}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\n"
            f"unix_socket_dir =\nauth_type = any\npool_mode = {mode}\nlogfile = {self.folder}/{database}.log\n"
        )
        self._own()
        running = subprocess.Popen([program, settings], cwd=self.folder, stderr=subprocess.DEVNULL, **_unprivileged())
        try:
            while not _takes_connections(port):
                assert running.poll() is None, (self.folder / f"{database}.log").read_text()
                time.sleep(0.01)
            yield ServerUrl(f"postgresql://alertd:{PASSWORD}@127.0.0.1:{port}/{database}")
        finally:
            running.kill()
            running.wait()

    @contextmanager
    def replica(self) -> Iterator["Replica"]:
        """A server that follows this one, and can take its place."""
        folder = Path(mkdtemp(prefix="alertd-replica-"))
        made = Replica(self, folder)
        try:
            yield made
        finally:
            made.stop("immediate")
            shutil.rmtree(folder)

    def dump(self, url: ServerUrl) -> Path:
        """A dump of a ledger, as its administrator makes one."""
        path = self.folder / f"{_schema(url)}.dump"
        self._run("pg_dump", "--format=custom", f"--schema={_schema(url)}", f"--file={path}", "-d", self._database())
        return path

    def put_back(self, dump: Path) -> None:
        """Put a dump in the place of a ledger."""
        self._run("pg_restore", "--clean", "--if-exists", "--exit-on-error", "-d", self._database(), str(dump))

    def _database(self) -> str:
        return f"postgresql://alertd:{PASSWORD}@/alertd?host={self.folder}&port={self.port}"

    def drop(self, url: ServerUrl) -> None:
        """Take a ledger away with all that is in it."""
        self.execute(f"DROP SCHEMA {_schema(url)} CASCADE", database="alertd")

    def execute(self, statement: str, *, database: str = "postgres") -> list[tuple]:
        """Do what an administrator does."""
        with closing(
            psycopg.connect(
                host=str(self.folder),
                port=self.port,
                user="alertd",
                dbname=database,
                password=PASSWORD,
                autocommit=True,
            )
        ) as raw:
            cursor = raw.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def _run(self, program: str, *arguments: str) -> None:
        environ = {"PATH": os.environ["PATH"], "PGDATA": str(self._data), "TZ": "UTC", "LC_ALL": "C.UTF-8"}
        within = () if self.disk is None else self.disk.within_as_nobody
        done = subprocess.run(
            [*within, self._programs / program, *arguments],
            cwd=self.folder,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=60,
            check=False,
            **({} if within else _unprivileged()),
        )
        assert done.returncode == 0, done.stdout

    def _own(self) -> None:
        if os.geteuid() == 0:
            if self.disk is not None:
                self.disk.own()
            for path in (self.folder, *self.folder.iterdir()):
                shutil.chown(path, "nobody", "nogroup")


def _schema(url: ServerUrl) -> str:
    return url.url.rpartition("%3D")[2]


class Replica(Server):
    """A server that follows another one."""

    def __init__(self, of: Server, folder: Path) -> None:
        self.folder = folder
        self.disk = None
        self.port = _free_port()
        self._programs = of._programs
        self._settings = of._settings
        self._data = folder / "data"
        self._own()
        source = f"postgresql://alertd:{PASSWORD}@/?host={of.folder}&port={of.port}"
        self._run(
            "pg_basebackup", "--write-recovery-conf", "--checkpoint=fast", f"--pgdata={self._data}", f"-d{source}"
        )
        self.start()

    def promote(self) -> None:
        """Follow nobody any more, and take writes."""
        self._run("pg_ctl", "promote", "-w", "-s")


_ACCESS = ("--auth-local=scram-sha-256", "--auth-host=scram-sha-256")


@contextmanager
def server(*, on_small_disk: Literal["wal", "tables"] | None = None, **settings: str) -> Iterator[Server]:
    """A server of its own, ended with all that it has written; skips where Debian's package is not installed.

    Its log of changes, the WAL, or its tables can stand on a small disk.
    """
    programs = _programs()
    if programs is None:
        lacking("PostgreSQL is not installed: apt-get install postgresql")
    folder = Path(mkdtemp(prefix="alertd-postgresql-"))
    with ExitStack() as ended:
        ended.callback(shutil.rmtree, folder)
        disk = None if on_small_disk is None else ended.enter_context(small_disk(folder / "disk", "16m"))
        running = Server(folder, programs, settings, disk, on_small_disk)
        ended.callback(running.stop, "immediate")
        yield running


def _programs() -> Path | None:
    """The folder of the programs of the newest server that is installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    path = shutil.which("initdb")
    return None if path is None else Path(path).resolve().parent


def _unprivileged() -> dict[str, Any]:
    """The user of a process: PostgreSQL refuses to run as root."""
    return {"user": "nobody", "group": "nogroup", "extra_groups": []} if os.geteuid() == 0 else {}


def _takes_connections(port: int) -> bool:
    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", port)) == 0


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]
