"""A process of alertd that is forked is as one that Python starts."""

import os
import signal
import subprocess
import sys

import pytest
from process import alertd, running, truce_text, write_truces
from starter import can_be_forked

ASKED = {
    "an answer": ("check", "--json", "--at", "2016-05-02 1200 UTC"),
    "a wrong use": ("check", "--nothing"),
    "a fault": ("plan",),
}


@pytest.mark.parametrize("asked", ASKED.values(), ids=ASKED)
def test_it_says_the_same_and_ends_with_the_same_code(tmp_path, asked):
    write_truces(tmp_path, truce_text("calm", "starts = 2016-05-01T00:00:00", 'ends = "sometime"'))
    environment = {"COLUMNS": "77", "TZ": "Asia/Damascus"}
    new = subprocess.run(
        [sys.executable, "-m", "alertd", "--config", tmp_path, *asked],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | environment,
    )
    assert can_be_forked((), environment)
    forked = alertd(tmp_path, *asked, env=environment)
    assert (forked.returncode, forked.stdout, forked.stderr) == (new.returncode, new.stdout, new.stderr)
    assert new.stdout + new.stderr


def test_it_is_a_process_of_its_own_that_can_be_killed(tmp_path):
    write_truces(tmp_path, truce_text("calm", "starts = 2016-05-01T00:00:00", "ends = 2099-05-04T00:00:00"))
    with running(tmp_path) as process:
        assert process.alive
        assert process.pid != os.getpid()
        process.send(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
        assert not process.alive


def test_what_needs_python_to_start_anew_is_not_forked():
    assert can_be_forked((), {"PYTHONPATH": "/srv", "NOTIFY_SOCKET": "@systemd"})
    assert not can_be_forked(("nice",), {})
    assert not can_be_forked((), {"PYTHONHASHSEED": "1"})
    assert not can_be_forked((), {"LANG": "C"})
    assert not can_be_forked((), {"LD_PRELOAD": "/srv/clock.so"})
