"""One daemon a state folder, judged by a real lock between real processes; and its signals."""

import asyncio
import fcntl
import os
import signal
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from alertd.clock import SystemClock
from alertd.errors import LedgerError
from alertd.service import Instance, running, signals

NOW = datetime(2016, 5, 3, 22, 0, 0, 123456, tzinfo=UTC)

HOLDER = """
import sys, time
from pathlib import Path
from alertd.service import Instance
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
