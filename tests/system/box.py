"""A Debian of its own, with systemd as process 1 in namespaces of its own, and alertd installed in it.

The tree comes from debootstrap, once, and is kept with the wheels in a cache folder; what a box changes of it is kept
in memory. What is started here is ended by its process id, and the mounts of a box end with its processes.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

from process import until

CLONE = Path(__file__).parents[2]
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "alertd-tests"
PYTHONS = {"bookworm": "3.11", "trixie": "3.13"}
"""Each Debian that the README names, and the Python that comes with it."""

QUICKLY = {"DPKG_DEB_COMPRESSOR_TYPE": "gzip", "DPKG_DEB_COMPRESSOR_LEVEL": "1"}
"""For dpkg-deb: a package that nobody keeps need not be small."""

PACKAGES = "systemd-sysv,dbus,python3-venv,ca-certificates,nano,vim-tiny"


def why_not() -> str | None:
    """Why this machine cannot boot a box."""
    if os.geteuid() != 0:
        return "only root can boot a system in namespaces of its own"
    missing = [tool for tool in ("debootstrap", "unshare", "nsenter") if shutil.which(tool) is None]
    return f"needs {' and '.join(missing)}: apt-get install debootstrap util-linux" if missing else None


def run(*command: object, cwd: Path | None = None, env: dict[str, str] | None = None) -> str:
    """Run a command here to its end, and fail with all that it said."""
    done = subprocess.run(
        [*map(str, command)],
        capture_output=True,
        text=True,
        check=False,
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        env=os.environ | (env or {}),
    )
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return done.stdout


def tree(suite: str) -> Path:
    """The files of a fresh Debian; a minute the first time."""
    kept = CACHE / f"{suite}-{sha256(PACKAGES.encode()).hexdigest()[:8]}"
    if not kept.exists():
        building = CACHE / f"building-{os.getpid()}"
        run("debootstrap", "--variant=minbase", f"--include={PACKAGES}", suite, building)
        for unused in ("var/cache/apt/archives", "var/lib/apt/lists", "usr/share/doc", "usr/share/locale"):
            shutil.rmtree(building / unused)
        _keep(building, kept)
    return kept


def needed(suite: str) -> Path:
    """All that the package of this clone brings, as wheels for a Debian's Python; fetched the first time."""
    clone = ".[postgresql]"
    wanted = clone.encode() + (CLONE / "constraints.txt").read_bytes() + (CLONE / "pyproject.toml").read_bytes()
    kept = CACHE / f"wheels-{PYTHONS[suite]}-{sha256(wanted).hexdigest()[:8]}"
    if not kept.exists():
        building = CACHE / f"building-wheels-{os.getpid()}"
        download = (sys.executable, "-m", "pip", "download", "-q", "-d", building, "-c", "constraints.txt")
        theirs = ("--python-version", PYTHONS[suite], "--only-binary=:all:")
        run(*download, *theirs, clone, "hatchling", "editables", cwd=CLONE)
        for own in building.glob("alertd-*"):
            own.unlink()
        _keep(building, kept)
    return kept


def _keep(building: Path, kept: Path) -> None:
    """Give what was made its name; another run may have been as quick."""
    try:
        building.rename(kept)
    except OSError:
        if not kept.is_dir():
            raise
        shutil.rmtree(building)


def wheels(into: Path, suite: str) -> None:
    """This clone and all that it needs, as wheels for a Debian's Python."""
    kept = needed(suite)
    shutil.copytree(kept, into)
    with TemporaryDirectory() as own:
        run(sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-index", "-f", kept, "-w", own, CLONE)
        shutil.copytree(own, into, dirs_exist_ok=True)


def build_package(into: Path) -> Path:
    """The Debian package of this clone, the same for each Debian, in a folder of its own."""
    path = os.environ["PATH"].replace(str(CLONE / ".venv/bin"), "/usr/bin")
    registry = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": " ".join(str(needed(suite)) for suite in PYTHONS)}
    run(CLONE / "packaging/deb/build", into, env=QUICKLY | registry | {"PATH": path})
    (made,) = into.iterdir()
    return made


class Box:
    """One booted box. `path` is its root as seen from here, `run` and `ask` are commands inside."""

    def __init__(self, folder: Path, suite: str) -> None:
        self.suite = suite
        self._told = folder / "boot.txt"
        # Ends with us, and with it every process and every mount of the box.
        with self._told.open("wb") as told:
            self._boot = subprocess.Popen(
                [
                    *("setpriv", "--pdeathsig", "KILL", "unshare", "--mount", "--propagation", "private"),
                    *("sh", Path(__file__).with_name("boot.sh"), tree(suite), folder),
                ],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=told,
            )
        self._init = until(self._find_init, "process 1 of the box")
        self.path = Path(f"/proc/{self._init}/root")
        until(lambda: self.try_run("systemctl", "is-system-running").stdout.strip() == "running", "a booted box")

    def _find_init(self) -> int | None:
        assert self._boot.poll() is None, self._told.read_text()
        return next((process for process in _descendants(self._boot.pid) if _name(process) == "systemd"), None)

    def close(self) -> None:
        """Kill process 1, and with it, as its namespace is gone, every other of the box."""
        if self._boot.poll() is None:
            os.kill(self._init, signal.SIGKILL)
        self._boot.wait(30)

    def _inside(self, command: tuple[object, ...], user: str | None, env: dict[str, str] | None) -> list[str]:
        become = ["runuser", "-u", user, "--"] if user else []
        return [
            *("nsenter", f"--target={self._init}", "--mount", "--pid", "--uts", "--ipc", "--cgroup"),
            *("--root", "--", "env", "-i", "--chdir=/", "PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"),
            *("LANG=C.UTF-8", *(f"{name}={value}" for name, value in (env or {}).items())),
            *become,
            *map(str, command),
        ]

    def try_run(self, *command: object, user: str | None = None, env: dict[str, str] | None = None, text: str = ""):
        """Run a command inside to its end, whatever that is, as root or as another user."""
        return subprocess.run(
            self._inside(command, user, env), capture_output=True, text=True, check=False, timeout=300, input=text
        )

    @contextmanager
    def beside(self, *command: object) -> Iterator[None]:
        """Have a command run inside meanwhile; it is to end when its input does."""
        process = subprocess.Popen(self._inside(command, None, None), stdin=subprocess.PIPE)
        try:
            yield
        finally:
            process.communicate(timeout=30)

    def run(self, *command: object, user: str | None = None, env: dict[str, str] | None = None, text: str = "") -> str:
        """Run a command inside, and fail with all that it said where it fails."""
        done = self.try_run(*command, user=user, env=env, text=text)
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}\n{self.log()}"
        return done.stdout

    def install(self, clone: object = "/srv/alertd") -> subprocess.CompletedProcess[str]:
        """Install from a clone, with the registry that its machine is set up for: here a folder."""
        return self.try_run(f"{clone}/systemd/install", env={"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": "/srv/wheels"})

    def install_package(self, package: Path) -> subprocess.CompletedProcess[str]:
        """Have apt install a package, and keep settings that are not as the package brings them, as is the default."""
        shutil.copy(package, self.path / "srv")
        return self.try_run("apt-get", "install", "-y", "-o", "Dpkg::Options::=--force-confold", f"/srv/{package.name}")

    def power_off(self) -> None:
        """Have it end itself, as a machine does that is switched off in good order; nothing of it is left."""
        self.run("systemctl", "poweroff")
        self._boot.wait(120)

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Have every process of it stand still meanwhile, as on a machine that is suspended."""
        processes = _descendants(self._boot.pid)
        for process in processes:
            os.kill(process, signal.SIGSTOP)
        try:
            yield
        finally:
            for process in processes:
                os.kill(process, signal.SIGCONT)

    def signal(self, number: signal.Signals, pid: int) -> None:
        """Send a signal to a process, by its number in the box."""
        self.run("sh", "-c", f"kill -{number.value} {pid}")

    def write(self, path: str, text: str, mode: int = 0o644) -> None:
        """Write a file of root's into the box."""
        file = self.path / path.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        file.chmod(mode)

    def show(self, name: str, unit: str = "alertd.service") -> str:
        """A property of a unit."""
        return self.run("systemctl", "show", unit, f"--property={name}", "--value").strip()

    @property
    def pid(self) -> int:
        """The daemon's process as the box counts; 0 without one."""
        return int(self.show("MainPID"))

    @property
    def ready(self) -> bool:
        return self.show("ActiveState") == "active"

    def serves_as(self, pid: int) -> bool:
        """True once the daemon is ready in this process; a reload that has been asked for is done by then.

        Raises AssertionError where another process has taken its place, or none.
        """
        until(lambda: self.ready or self.pid != pid, "an answer to the last reload")
        assert self.pid == pid
        return self.ready

    def journal(self, unit: str = "alertd.service") -> list[dict]:
        """What a unit wrote into the journal."""
        out = self.run("journalctl", "--no-pager", "-o", "json", "-u", unit)
        return [json.loads(line) for line in out.splitlines()]

    def log(self) -> str:
        """The journal's end, for a test that failed."""
        return self.try_run("journalctl", "--no-pager", "-n", 40, "-o", "short-precise").stdout


def _name(pid: int) -> str | None:
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:  # it has just ended
        return None


def _descendants(pid: int) -> list[int]:
    """The processes that a process has started, and those that they have."""
    try:
        children = [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []
    return [process for child in children for process in (child, *_descendants(child))]
