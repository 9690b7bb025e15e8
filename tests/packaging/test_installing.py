"""The steps that the installer and the Debian package share, on a fake root, where systemctl works without systemd."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(shutil.which("systemctl") is None, reason="needs systemctl, which comes with systemd")

STEPS = Path(__file__).parents[2] / "systemd" / "steps"

TIMESYNCD, CHRONY = "systemd-timesyncd", "chrony"
WAITS = {TIMESYNCD: "systemd-time-wait-sync.service", CHRONY: "chrony-wait.service"}

SYSTEMCTL = """\
#!/bin/bash
# As on a machine whose root is $ROOT, and on which runs what $ACTIVE names.
case $1 in
  is-active) [[ " $ACTIVE " == *" ${@: -1} "* ]] ;;
  show) echo infinity ;;
  *) exec /usr/bin/env PATH="$REAL_PATH" systemctl --root="$ROOT" "$@" ;;
esac
"""


class Machine:
    """A root with the units of both time services, as Debian brings them, and neither enabled."""

    def __init__(self, folder):
        self.root, self.bin = folder / "root", folder / "bin"
        units = self.root / "lib/systemd/system"
        units.mkdir(parents=True)
        self.own = self.root / "etc/systemd/system"
        self.own.mkdir(parents=True)
        for service, alias in ((TIMESYNCD, ""), (CHRONY, "Alias=chronyd.service\n")):
            for name, more in ((f"{service}.service", alias), (WAITS[service], "")):
                install = f"[Install]\nWantedBy=multi-user.target\n{more}"
                (units / name).write_text(f"[Service]\nExecStart=/bin/true\n{install}")
        (units / "multi-user.target").write_text("[Unit]\nDescription=All\n")
        self.bin.mkdir()
        (self.bin / "systemctl").write_text(SYSTEMCTL)
        (self.bin / "systemctl").chmod(0o755)
        self.active = ""

    def systemctl(self, *arguments):
        done = subprocess.run(
            ["systemctl", f"--root={self.root}", *arguments], capture_output=True, text=True, check=False
        )
        return done.stdout.strip()

    def state(self, service):
        """How its wait stands, and for how long it waits by what the installer wrote."""
        drop_in = self.own / f"{WAITS[service]}.d/alertd.conf"
        written = drop_in.read_text().splitlines()[1:] if drop_in.exists() else None
        return self.systemctl("is-enabled", WAITS[service]), written

    def run_service(self, service):
        self.systemctl("enable", f"{service}.service")
        self.active += f" {service}.service"

    def do(self, *steps, runs=True):
        script = [
            "set -euo pipefail",
            "name=install units=/nowhere",
            f". {STEPS}",
            f"own_units={self.own}",
            f"systemd_runs() {{ {str(runs).lower()}; }}",
            *steps,
        ]
        env = {"PATH": f"{self.bin}:{os.environ['PATH']}", "REAL_PATH": os.environ["PATH"]}
        return subprocess.run(
            ["bash", "-c", "\n".join(script)],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, **env, "ROOT": str(self.root), "ACTIVE": self.active},
        )


@pytest.fixture
def machine(tmp_path):
    return Machine(tmp_path)


BOUNDED = ["[Service]", "TimeoutStartSec=3min"]


@pytest.mark.parametrize("service", [TIMESYNCD, CHRONY])
def test_the_wait_for_the_clock_is_enabled_where_its_time_service_runs_and_is_bounded(machine, service):
    machine.run_service(service)
    done = machine.do("wait_for_clock")
    assert (done.returncode, done.stderr) == (0, "")
    assert f"enabled {WAITS[service]}: at a boot alertd starts once the clock is set" in done.stdout
    assert {unit: machine.state(unit) for unit in WAITS} == {
        unit: ("enabled", BOUNDED) if unit == service else ("disabled", None) for unit in WAITS
    }
    again = machine.do("wait_for_clock")
    assert (again.returncode, again.stdout, machine.state(service)) == (0, "", ("enabled", BOUNDED))


def test_nothing_waits_for_a_time_service_that_is_not_there_or_does_not_run(machine):
    machine.systemctl("enable", f"{TIMESYNCD}.service")  # as in a container, where it is enabled and never starts
    assert machine.do("wait_for_clock").returncode == 0
    assert {machine.state(unit) for unit in WAITS} == {("disabled", None)}


def test_where_systemd_does_not_run_the_service_that_is_enabled_counts(machine):
    machine.systemctl("enable", f"{CHRONY}.service")
    assert machine.do("wait_for_clock", runs=False).returncode == 0
    assert (machine.state(CHRONY), machine.state(TIMESYNCD)) == (("enabled", BOUNDED), ("disabled", None))


def test_a_wait_that_was_enabled_before_is_left_alone_and_told_where_it_has_no_end(machine):
    machine.run_service(TIMESYNCD)
    machine.systemctl("enable", WAITS[TIMESYNCD])
    done = machine.do("wait_for_clock", "wait_for_clock_no_more")
    assert (done.returncode, machine.state(TIMESYNCD)) == (0, ("enabled", None))
    assert "waits for ever where no time server answers, and alertd with it" in done.stdout


def test_a_wait_that_somebody_masked_stays_masked(machine):
    machine.run_service(CHRONY)
    machine.systemctl("mask", WAITS[CHRONY])
    assert machine.do("wait_for_clock").returncode == 0
    assert machine.state(CHRONY) == ("masked", None)


def test_uninstalling_disables_what_the_installer_enabled(machine):
    machine.run_service(CHRONY)
    done = machine.do("wait_for_clock", "wait_for_clock_no_more")
    assert (done.returncode, done.stderr) == (0, "")
    assert machine.state(CHRONY) == ("disabled", None)
    assert not (machine.own / f"{WAITS[CHRONY]}.d").exists()
    assert machine.systemctl("is-enabled", "chrony.service") == "enabled"


@pytest.mark.parametrize("script", ["systemd/install", "packaging/deb/postinst"])
def test_the_installer_and_the_package_enable_the_wait(script):
    assert "\nwait_for_clock\n" in (STEPS.parents[1] / script).read_text()


@pytest.mark.parametrize("script", ["systemd/uninstall", "packaging/deb/prerm"])
def test_the_uninstaller_and_the_package_take_it_back(script):
    assert "\nwait_for_clock_no_more\n" in (STEPS.parents[1] / script).read_text()


def test_the_service_starts_after_what_waits_for_the_clock():
    unit = (STEPS.parent / "alertd.service").read_text().splitlines()
    assert {"Wants=time-sync.target", "After=time-sync.target"} <= set(unit)


def judged(machine, tmp_path, *problems):
    """The outcome where the new version finds these codes, each an error."""
    place = tmp_path / "new/bin"
    place.mkdir(parents=True)
    found = {"truces": [], "problems": [{"level": "error", "code": code} for code in problems]}
    (place / "alertd").write_text(
        f"#!/bin/sh\ncase $* in *--json) echo '{json.dumps(found)}' ;; esac\nexit {bool(problems):d}\n"
    )
    (place / "alertd").chmod(0o755)
    (place / "python").symlink_to(shutil.which("python3"))
    return machine.do(f"new={place.parent}", "judge", "echo goes on")


@pytest.mark.parametrize("problems", [(), ("nothing_ahead",)])
def test_an_upgrade_goes_on_where_it_may_mend_what_is_wrong(machine, tmp_path, problems):
    done = judged(machine, tmp_path, *problems)
    assert (done.returncode, done.stdout, done.stderr) == (0, "goes on\n", "")


@pytest.mark.parametrize("problems", [("bad_time",), ("nothing_ahead", "bad_time")])
def test_an_upgrade_that_does_not_take_the_files_changes_nothing(machine, tmp_path, problems):
    done = judged(machine, tmp_path, *problems)
    assert (done.returncode, done.stdout) == (1, "")
    assert "nothing was changed" in done.stderr
