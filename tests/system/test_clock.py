"""The service and the clock of the machine, as far as its lock-up lets it see."""

import json

import pytest
from process import in_seconds, until
from system.test_service import calm

from alertd.times.clock import kernel_says

pytestmark = pytest.mark.system


def events(service, name):
    told = [line["MESSAGE"] for line in service.box.journal() if line["MESSAGE"].startswith("{")]
    return [entry for entry in map(json.loads, told) if entry["event"] == name]


@pytest.fixture
def run_of(service):
    """The folder of a time service, as it has it while it runs."""
    made = []

    def make(folder):
        service.box.run("mkdir", "-p", folder)
        made.append(folder)

    yield make
    for folder in made:
        service.box.run("rm", "-rf", folder)


@pytest.mark.parametrize("has_bus", [True, False])
def test_beside_chrony_timedated_passes_on_what_the_kernel_says_and_without_it_the_journal_says_so(
    service, run_of, has_bus
):
    """Its lock-up keeps the service from asking the kernel itself; the box has the kernel of this machine."""
    run_of("/run/chrony")
    service.box.run("systemctl", "start" if has_bus else "stop", "dbus.socket", "dbus.service")
    service.truces(calm("ghouta", in_seconds(20)))
    service.start()
    until(lambda: service.post.heard("ends in"), "the reminder")
    doubt = json.loads(service.alertd("status", "--json").stdout)["clock_doubt"]
    is_doubted = has_bus and not kernel_says()
    assert (doubt is not None) == is_doubted
    assert bool(service.post.heard("ends in", "CLOCK NOT SYNCHRONISED")) == is_doubted
    assert len(events(service, "clock.not_told")) == (0 if has_bus else 1)
    if not is_doubted:
        until(lambda: service.post.heard("expired"), "the lapse")


def test_beside_timesyncd_the_clock_is_in_doubt_until_it_was_set(service, run_of):
    run_of("/run/systemd/timesync")
    service.truces(calm("ghouta", in_seconds(20)))
    service.start()
    until(lambda: service.post.heard("ends in", "CLOCK NOT SYNCHRONISED"), "the reminder, marked")
    doubt = json.loads(service.alertd("status", "--json").stdout)["clock_doubt"]
    assert doubt["reason"] == "the machine has not synchronised it yet"
    service.box.run("touch", "/run/systemd/timesync/synchronized")
    until(lambda: service.post.heard("expired"), "the lapse, once the clock was set")
    assert json.loads(service.alertd("status", "--json").stdout)["clock_doubt"] is None


CHRONY = {
    "chrony": "[Service]\nExecStart=/bin/sleep infinity\n[Install]\nWantedBy=multi-user.target\n",
    "chrony-wait": "[Unit]\nBefore=time-sync.target\nWants=time-sync.target\n"
    "[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/true\n[Install]\nWantedBy=multi-user.target\n",
}
"""What of these units matters here."""


def test_the_installer_enables_the_wait_of_a_running_time_service_and_the_service_starts_after_it(service):
    def step(name):
        script = f"name=install units=/etc/systemd/system; . /srv/alertd/systemd/steps; {name}"
        return service.box.run("bash", "-euo", "pipefail", "-c", script)

    def shown(unit, name):
        return service.box.run("systemctl", "show", "-P", name, unit).strip()

    try:
        for unit, text in CHRONY.items():
            service.box.write(f"/etc/systemd/system/{unit}.service", text)
        service.box.run("systemctl", "daemon-reload")
        assert step("wait_for_clock") == ""
        service.box.run("systemctl", "enable", "--now", "chrony.service")
        assert "enabled chrony-wait.service" in step("wait_for_clock")
        assert shown("chrony-wait.service", "TimeoutStartUSec") == "3min"
        assert shown("chrony-wait.service", "UnitFileState") == "enabled"
        assert "time-sync.target" in shown("chrony-wait.service", "Before").split()
        assert "time-sync.target" in shown("alertd.service", "After").split()
        step("wait_for_clock_no_more")
        assert shown("chrony-wait.service", "UnitFileState") == "disabled"
    finally:
        service.box.try_run("systemctl", "disable", "--now", "chrony.service", "chrony-wait.service")
        service.box.run("sh", "-c", "rm -rf /etc/systemd/system/chrony*; systemctl daemon-reload")
