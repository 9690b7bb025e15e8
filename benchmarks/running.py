"""What the benchmarks share: processes that are started, watched and ended, the sink, and a config folder.

Every process is ended by its own id, whatever happens; every wait has an end.
"""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from shutil import which
from socket import AF_INET, SOCK_STREAM, socket
from typing import Any, NamedTuple
from urllib.request import Request, urlopen

HERE = Path(__file__).parent
ALERTMANAGER = "prometheus-alertmanager"

os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # what is installed has its bytecode


@contextmanager
def process(
    command: Sequence[str], *, out: Path, env: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """A process for as long as the context lasts, with its output in a file."""
    with out.open("ab") as file:
        started = subprocess.Popen(  # noqa: S603  commands of the benchmarks alone
            command, stdin=subprocess.DEVNULL, stdout=file, stderr=file, env=os.environ | (env or {})
        )
    try:
        yield started
    finally:
        end(started)


def end(started: subprocess.Popen[bytes]) -> None:
    """End a process, by force where it takes long."""
    started.terminate()
    try:
        started.wait(30)
    except subprocess.TimeoutExpired:
        started.kill()
        started.wait()


def until(holds: Callable[[], object], what: str, seconds: float, pause: float = 0.02) -> None:
    """Wait for something, at most so long."""
    stop = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > stop:
            raise SystemExit(f"not seen within {seconds:g} s: {what}")
        time.sleep(pause)


class Arrival(NamedTuple):
    """A message of one truce at the sink."""

    at: float
    """Seconds since 1970."""
    truce: str
    marked: bool
    """True where it says that it may be a repeat."""


class SinkProcess:
    """The sink, seen from here."""

    def __init__(self, port: int) -> None:
        self.port = port

    def came(self) -> list[tuple[float, str | None]]:
        """When each POST came, and the due moment that it told."""
        return [(at, due) for at, due, *_ in self._told()]

    def arrivals(self) -> list[Arrival]:
        """The messages that came of truces, in their order."""
        return [Arrival(at, truce, marked) for at, _, truce, marked in self._told() if truce]

    def count(self) -> int:
        """The number of POSTs that came."""
        return int(self._told("count"))

    def _told(self, what: str = "") -> Any:  # noqa: ANN401  JSON
        with urlopen(f"http://127.0.0.1:{self.port}/{what}", timeout=30) as answer:
            return json.load(answer)

    def wait_for(self, count: int, seconds: float) -> list[tuple[float, str | None]]:
        """What came, once it is so much; at most so long."""
        until(lambda: len(self.came()) >= count, f"{count} messages", seconds, pause=0.5)
        return self.came()

    def clear(self) -> None:
        """Forget what came."""
        with urlopen(Request(f"http://127.0.0.1:{self.port}/", method="DELETE"), timeout=30):
            pass


@contextmanager
def sink(folder: Path, delay_ms: int = 0) -> Iterator[SinkProcess]:
    """A sink in a process of its own."""
    told = folder / f"sink-{delay_ms}-{time.monotonic_ns()}.txt"
    with process([sys.executable, str(HERE / "sink.py"), str(delay_ms)], out=told):
        until(lambda: told.read_bytes().endswith(b"\n"), "the sink's port", 30)
        yield SinkProcess(int(told.read_text().split()[0]))


@contextmanager
def alertd(
    config: Path, env: Mapping[str, str] | None = None, seconds: float = 600, shown: bytes = b'"agenda.'
) -> Iterator[subprocess.Popen[bytes]]:
    """`alertd run`, once its log shows that it watches, or something else."""
    log = config / "log.txt"
    seen = log.stat().st_size if log.exists() else 0
    with process([sys.executable, "-m", "alertd", "--config", str(config), "run"], out=log, env=env) as daemon:
        until(lambda: shown in log.read_bytes()[seen:] or daemon.poll() is not None, "a started daemon", seconds)
        if daemon.poll() is not None:
            raise SystemExit(log.read_text()[-2000:])
        yield daemon


def free_port() -> int:
    """A port of loopback that nobody has at this moment."""
    with socket(AF_INET, SOCK_STREAM) as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@contextmanager
def alertmanager(
    data: Path, config: str, cluster: Sequence[str] = ("--cluster.listen-address=",)
) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """Debian's prometheus-alertmanager, once it says that it is ready, and its port; `data` is made for it.

    `cluster` has the options of a cluster; without it there is none.
    """
    data.mkdir()
    (data / "config.yml").write_text(config)
    port = free_port()
    command = [
        which(ALERTMANAGER) or ALERTMANAGER,
        f"--config.file={data}/config.yml",
        f"--storage.path={data}",
        f"--web.listen-address=127.0.0.1:{port}",
        *cluster,
    ]
    with process(command, out=data / "log.txt") as manager:
        until(lambda: _answers(f"http://127.0.0.1:{port}/-/ready"), "Alertmanager", 60)
        yield manager, port


def _answers(url: str) -> bool:
    try:
        with urlopen(url, timeout=5):
            return True
    except OSError:
        return False


def truce_text(truce_id: str, ends: datetime, *lines: str) -> str:
    """A truce that began long ago and ends at a moment."""
    head = ("[[truce]]", f'id = "{truce_id}"', f'title = "Calm in {truce_id}"', 'zone = "UTC"')
    return "\n".join((*head, "starts = 2016-01-01T00:00:00Z", f"ends = {ends:%Y-%m-%dT%H:%M:%SZ}", *lines, ""))


def write_config(config: Path, settings: str, truces: Sequence[str], a_file: int = 1000) -> None:
    """A config folder with these settings and truces."""
    (config / "truces").mkdir(parents=True)
    (config / "alertd.toml").write_text(settings)
    for start in range(0, len(truces), a_file):
        (config / "truces" / f"{start // a_file:04}.toml").write_text("\n".join(truces[start : start + a_file]))


def cpu_seconds(pid: int) -> float:
    """What a process has had of the processors, with its helpers that have ended."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


def peak_mib(pid: int) -> float:
    """The most memory that a process ever held."""
    match = re.search(r"VmHWM:\s+([0-9]+)", Path(f"/proc/{pid}/status").read_text())
    return int(match[1]) / 1024 if match else 0.0


def busy() -> str:
    """How busy the machine is with all that runs on it."""
    return f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"


def moment(text: str) -> float:
    """A moment of alertd's JSON in seconds since 1970."""
    return datetime.fromisoformat(text).timestamp()


def share(values: Sequence[float], part: float) -> float:
    """The value below which a part of the values lies."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * part), len(ordered) - 1)]
