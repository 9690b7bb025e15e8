"""One daemon a state folder, judged by a real lock between real processes; and its signals."""

import asyncio
import fcntl
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from alertd.daemon.clock_doubt import ClockDoubt
from alertd.daemon.instance import Instance, running, signs_of_life
from alertd.daemon.systemd import Manager, signals
from alertd.errors import LedgerError
from alertd.times.clock import SystemClock

NOW = datetime(2016, 5, 3, 22, 0, 0, 123456, tzinfo=UTC)

HOLDER = """
import sys, time
from pathlib import Path
from alertd.daemon.instance import Instance
instance = Instance.acquire(Path(sys.argv[1]))
print("held", flush=True)
time.sleep(60)
"""


def holder(state_dir: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen([sys.executable, "-c", HOLDER, str(state_dir)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def end(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.communicate()


def test_a_folder_that_never_ran_has_no_daemon_and_no_tick(tmp_path):
    assert running(tmp_path / "missing") == (None, None)


def test_a_second_daemon_is_refused_and_told_which_process_runs(tmp_path):
    process = holder(tmp_path)
    try:
        with pytest.raises(LedgerError, match=rf"another alertd \(process {process.pid}\) uses {tmp_path}"):
            Instance.acquire(tmp_path)
        assert running(tmp_path) == (process.pid, None)
    finally:
        end(process)


def test_a_daemon_that_was_killed_runs_no_more_although_its_number_is_still_written(tmp_path):
    end(holder(tmp_path))

    assert (tmp_path / "alertd.lock").read_text().strip().isdigit()
    assert running(tmp_path) == (None, None)
    Instance.acquire(tmp_path).release()


def test_the_folder_is_made_where_it_is_missing(tmp_path):
    instance = Instance.acquire(tmp_path / "new" / "state")

    assert running(tmp_path / "new" / "state") == (os.getpid(), None)
    instance.release()


def test_an_unusable_folder_is_told_as_such(tmp_path):
    (tmp_path / "file").write_text("")

    with pytest.raises(LedgerError, match="cannot use the state folder"):
        Instance.acquire(tmp_path / "file")


def test_the_last_tick_is_the_moment_it_was_told_to_the_microsecond(tmp_path):
    instance = Instance.acquire(tmp_path)

    instance.ticked(NOW)

    assert running(tmp_path) == (os.getpid(), NOW)
    instance.release()


def test_the_last_tick_outlives_the_daemon_until_the_next_one_ticks(tmp_path):
    instance = Instance.acquire(tmp_path)
    instance.ticked(NOW)
    instance.release()
    assert running(tmp_path) == (None, NOW)

    instance = Instance.acquire(tmp_path)
    assert running(tmp_path) == (os.getpid(), NOW)
    instance.ticked(NOW + timedelta(seconds=1))
    assert running(tmp_path) == (os.getpid(), NOW + timedelta(seconds=1))
    instance.release()


def test_a_doubt_about_the_clock_is_shown_for_as_long_as_the_daemon_tells_it(tmp_path):
    doubts = [ClockDoubt("it lies before the last tick, of 1200Z Mon 2 May 2016", NOW.replace(microsecond=0)), None]
    doubts.insert(1, ClockDoubt("short", NOW.replace(microsecond=0) + timedelta(hours=1)))
    instance = Instance.acquire(tmp_path)
    assert signs_of_life(tmp_path).clock_doubt is None
    for doubt in doubts:
        instance.ticked(NOW, doubt)
        signs = signs_of_life(tmp_path)
        assert (signs.pid, signs.last_tick, signs.clock_doubt) == (os.getpid(), NOW, doubt)
        assert (tmp_path / "alertd.pid").read_text() == (tmp_path / "alertd.lock").read_text()
    instance.ticked(NOW, doubts[0])
    instance.release()
    assert signs_of_life(tmp_path).clock_doubt is None
    Instance.acquire(tmp_path).release()


def test_the_doubt_of_a_daemon_that_was_killed_is_gone_with_it(tmp_path):
    process = holder(tmp_path)
    with (tmp_path / "alertd.lock").open("a") as lock:
        lock.write("2016-05-03T22:00:00Z the machine has not synchronised it yet\n")
    assert signs_of_life(tmp_path).clock_doubt is not None
    end(process)
    assert signs_of_life(tmp_path).clock_doubt is None


def test_a_child_that_outlives_the_daemon_does_not_keep_its_lock(tmp_path):
    instance = Instance.acquire(tmp_path)
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], close_fds=False)
    instance.release()
    try:
        assert running(tmp_path)[0] is None
    finally:
        child.kill()
        child.wait()


def test_a_status_that_looks_at_the_lock_just_then_does_not_keep_a_daemon_from_starting(tmp_path):
    Instance.acquire(tmp_path).release()
    with (tmp_path / "alertd.lock").open() as looking:
        fcntl.flock(looking, fcntl.LOCK_SH)
        threading.Timer(0.1, fcntl.flock, (looking, fcntl.LOCK_UN)).start()

        Instance.acquire(tmp_path).release()


def mode(path: Path) -> str:
    return f"{path.stat().st_mode & 0o777:o}"


@pytest.fixture(params=[0o000, 0o022, 0o077], ids=lambda mask: f"umask {mask:03o}")
def umask(request):
    before = os.umask(request.param)
    yield
    os.umask(before)


def test_nobody_but_the_owner_can_open_the_lock_and_only_the_group_can_see_the_badge(tmp_path, umask):
    state = tmp_path / "state"
    Instance.acquire(state).release()

    assert (mode(state / "alertd.lock"), mode(state / "alertd.pid")) == ("600", "640")
    assert mode(state) in {"750", "700"}


def test_a_lock_of_an_earlier_version_that_anybody_could_open_is_closed_to_them(tmp_path):
    (tmp_path / "alertd.lock").touch(mode=0o644)
    Instance.acquire(tmp_path).release()

    assert mode(tmp_path / "alertd.lock") == "600"


@pytest.mark.parametrize("name", ["alertd.lock", "alertd.pid"])
def test_a_lock_that_is_a_symbolic_link_is_not_followed(tmp_path, name):
    victim = tmp_path / "victim"
    victim.write_text("precious")
    (tmp_path / name).symlink_to(victim)

    with pytest.raises(LedgerError, match=rf"{name} is a symbolic link: remove it"):
        Instance.acquire(tmp_path)
    assert victim.read_text() == "precious"


@pytest.mark.parametrize("kind", [fcntl.LOCK_SH, fcntl.LOCK_EX])
def test_a_reader_who_holds_on_to_what_it_can_open_keeps_no_daemon_from_starting(tmp_path, kind):
    Instance.acquire(tmp_path).release()
    for file in tmp_path.iterdir():
        file.chmod(file.stat().st_mode & 0o640)
    with ExitStack() as held:
        for file in tmp_path.iterdir():
            if file.stat().st_mode & 0o040:  # what a reader of the group can open
                fcntl.flock(held.enter_context(file.open()), kind | fcntl.LOCK_NB)
        instance = Instance.acquire(tmp_path)
        instance.ticked(NOW)
    instance.ticked(NOW)
    assert running(tmp_path) == (os.getpid(), NOW)
    instance.release()


LOOK = (
    "import sys; from pathlib import Path; from alertd.daemon.instance import running; "
    "print(running(Path(sys.argv[1])))"
)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file to somebody else")
def test_a_reader_of_the_group_sees_who_runs_without_a_right_to_the_lock(tmp_path):
    def seen_by_a_reader() -> str:
        for file in tmp_path.iterdir():
            os.chown(file, 12345, os.getegid())
        within = ["setpriv", "--bounding-set", "-dac_override,-dac_read_search"]
        look = [*within, sys.executable, "-c", LOOK, str(tmp_path)]
        return subprocess.run(look, capture_output=True, text=True, check=True).stdout

    process = holder(tmp_path)
    try:
        assert seen_by_a_reader() == f"({process.pid}, None)\n"
    finally:
        end(process)
    assert seen_by_a_reader() == "(None, None)\n"


async def test_signals_become_calls_in_the_loop_and_are_given_back():
    heard: list[str] = []
    before = signal.getsignal(signal.SIGTERM)
    with signals(asyncio.get_running_loop(), stop=lambda: heard.append("stop"), reload=lambda: heard.append("reload")):
        async with asyncio.timeout(10):
            for number in (signal.SIGHUP, signal.SIGTERM, signal.SIGINT):
                expected = len(heard) + 1
                os.kill(os.getpid(), number)
                while len(heard) < expected:  # noqa: ASYNC110  the callbacks are what is tested
                    await asyncio.sleep(0.01)

    assert heard == ["reload", "stop", "stop"]
    assert signal.getsignal(signal.SIGTERM) == before


def test_the_clock_tells_utc_and_never_steps_back():
    clock = SystemClock()

    assert clock.now().tzinfo is UTC
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=5)
    assert clock.monotonic() <= clock.monotonic()


@pytest.fixture
def told(tmp_path):
    """A service manager that keeps what it is told, by its address and what it has heard since."""
    address = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
        ear.bind(address)
        ear.settimeout(0)

        def heard() -> list[str]:
            try:
                return ear.recv(4096).decode().split("\n")
            except BlockingIOError:
                return []

        yield Manager.of({"NOTIFY_SOCKET": address}), heard


def test_ready_is_said_with_the_first_tick_and_a_status_only_when_it_is_new(told):
    manager, heard = told
    manager.starting("opening the ledger", timedelta(minutes=10))
    assert heard() == ["STATUS=opening the ledger", "EXTEND_TIMEOUT_USEC=600000000"]

    said = []
    for status in ("1 running", "1 running", "2 running"):
        manager.ticked(status)
        said.append(heard())

    assert said == [["WATCHDOG=1", "READY=1", "STATUS=1 running"], ["WATCHDOG=1"], ["WATCHDOG=1", "STATUS=2 running"]]


def test_a_reload_is_answered_by_the_tick_that_did_it_and_no_earlier_one(told):
    manager, heard = told
    manager.ticked("1 running")
    heard()

    manager.reloading()
    reloading = heard()
    manager.ticked("1 running", answers=False)
    before = heard()
    manager.ticked("1 running")

    assert reloading[0] == "RELOADING=1"
    assert re.fullmatch(r"MONOTONIC_USEC=[0-9]+", reloading[1])
    assert before == ["WATCHDOG=1", "STATUS=1 running"]
    assert heard() == ["WATCHDOG=1", "READY=1"]


def test_a_stop_is_announced_with_the_time_it_may_take(told):
    manager, heard = told

    manager.stopping(timedelta(seconds=30))

    assert heard() == ["STOPPING=1", "STATUS=sending what is on its way", "EXTEND_TIMEOUT_USEC=30000000"]


def test_what_a_manager_could_not_take_is_said_again(tmp_path):
    address = str(tmp_path / "notify")
    manager = Manager(address)
    manager.ticked("1 running")

    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
        ear.bind(address)
        manager.ticked("1 running")
        assert ear.recv(4096) == b"WATCHDOG=1\nREADY=1\nSTATUS=1 running"


def test_an_address_may_be_abstract_and_without_one_nothing_is_sent():
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
        ear.bind(f"\0alertd-test-{os.getpid()}")
        Manager(f"@alertd-test-{os.getpid()}").ticked("x")
        assert ear.recv(4096).startswith(b"WATCHDOG=1")
    Manager.of({}).ticked("x")
