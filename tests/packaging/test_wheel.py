"""The wheel alone is the whole program: installed into an empty venv, it runs from anywhere."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from process import until

pytestmark = pytest.mark.counterparts

CLONE = Path(__file__).parents[2]


def run(*command, cwd):
    env = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "ALERTD_CONFIG")}
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, check=False, cwd=cwd, env=env)
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return done.stdout


def test_the_wheel_in_an_empty_venv_helps_checks_and_runs(tmp_path):
    run(sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", tmp_path, CLONE, cwd=tmp_path)
    (wheel,) = tmp_path.glob("alertd-*.whl")
    run(sys.executable, "-m", "venv", "venv", cwd=tmp_path)
    pip = ("venv/bin/python", "-m", "pip", "install", "-q", "--disable-pip-version-check")
    run(*pip, "-c", CLONE / "constraints.txt", wheel, cwd=tmp_path)
    alertd = tmp_path / "venv/bin/alertd"
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()

    assert "tells people before a ceasefire expires" in run(alertd, "--help", cwd=elsewhere)
    run(alertd, "init", "desk", cwd=elsewhere)
    assert "1 truce, 0 errors" in run(alertd, "--config", "desk", "check", cwd=elsewhere)

    told = tmp_path / "told.txt"
    with (
        told.open("wb") as out,
        subprocess.Popen([alertd, "--config", "desk", "run"], stdout=out, cwd=elsewhere) as daemon,
    ):
        try:
            until(lambda: "Alert: " in told.read_text(), "the first alert")
            daemon.send_signal(signal.SIGTERM)
            assert daemon.wait(30) == 0
        finally:
            daemon.kill()
