"""A real PostgreSQL for the tests: Debian's package, in a folder of its own, as an ordinary user, on loopback alone."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import psycopg
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

    def __init__(self, folder: Path, programs: Path, settings: Mapping[str, str]) -> None:
        self.folder = folder
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
            f"--pwfile={passwords}",
        )
        self.start()
        self.execute("CREATE DATABASE alertd LOCALE_PROVIDER icu ICU_LOCALE 'en' TEMPLATE template0")

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

    def drop(self, url: ServerUrl) -> None:
        """Take a ledger away with all that is in it."""
        self.execute(f"DROP SCHEMA {url.url.rpartition('%3D')[2]} CASCADE", database="alertd")

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
        done = subprocess.run(
            [self._programs / program, *arguments],
            cwd=self.folder,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=60,
            check=False,
            **_unprivileged(),
        )
        assert done.returncode == 0, done.stdout

    def _own(self) -> None:
        if os.geteuid() == 0:
            for path in (self.folder, *self.folder.iterdir()):
                shutil.chown(path, "nobody", "nogroup")


_ACCESS = ("--auth-local=scram-sha-256", "--auth-host=scram-sha-256")


@contextmanager
def server(**settings: str) -> Iterator[Server]:
    """A server of its own, ended with all that it has written; skips where Debian's package is not installed."""
    programs = _programs()
    if programs is None:
        lacking("PostgreSQL is not installed: apt-get install postgresql")
    folder = Path(mkdtemp(prefix="alertd-postgresql-"))
    running = Server(folder, programs, settings)
    try:
        yield running
    finally:
        running.stop("immediate")
        shutil.rmtree(folder)


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
