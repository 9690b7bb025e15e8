"""A clock that may be wrong waits before it says that something is over, and never longer than its patience."""

import json
import platform
import subprocess
import sys

import pytest
from factories import moment
from world import GHOUTA

from alertd.ledger import DeliveryState
from alertd.times.clock import Timedated, is_synchronised


async def restarted(world, at, **doubt):
    """The truce, recorded and watched, and a start at a moment at which the clock may be in doubt."""
    world.write(GHOUTA)
    await world.start("2016-05-02T12:00")
    await world.live_until("2016-05-02T22:00")
    await world.stop()
    for name, value in doubt.items():
        setattr(world, name, value)
    world.sent.clear()
    await world.start(at, last_tick="2016-05-03T15:00")


def alerts(world):
    return [kind for kind in world.kinds() if kind != "ops"]


DOUBTS = {
    "not synchronised": {"synchronised": False},
    "before the zone data": {"zone_data_of": moment("2017-01-01T00:00")},
}


@pytest.mark.parametrize("doubt", DOUBTS.values(), ids=DOUBTS)
async def test_what_lapsed_by_a_clock_in_doubt_is_not_said_and_nothing_is_overtaken(world, doubt):
    await restarted(world, "2016-05-03T23:00", **doubt)
    assert alerts(world) == []
    assert {row.state for row in world.rows(kind="lapsed")} == {DeliveryState.PLANNED}
    assert {row.stage for row in world.rows(state=DeliveryState.PLANNED, kind="reminder")} == {"6h", "1h", "15m"}
    assert "The clock may be wrong" in world.titles()[0]


async def test_a_clock_put_right_while_it_was_in_doubt_has_said_nothing_false(world):
    await restarted(world, "2016-05-03T23:00", synchronised=False)
    world.synchronised = True
    await world.tick("2016-05-03T20:00")
    await world.live_until("2016-05-03T22:30")
    assert alerts(world) == ["reminder 6h", "reminder 1h", "reminder 15m", "lapsed 0", "lapsed +15m"]
    assert not any(row.possible_repeat for row in world.rows())


async def test_a_clock_that_nobody_puts_right_is_believed_when_patience_is_over(world):
    await restarted(world, "2016-05-03T23:00", synchronised=False)
    await world.live_until("2016-05-03T23:04:59")
    assert alerts(world) == []
    await world.live_until("2016-05-03T23:05")
    assert alerts(world) == ["lapsed +15m"]
    assert "The wait for the clock is over" in world.sent[-1].message.text


async def test_the_patience_is_a_setting(world):
    world.settings('[policy]\nclock_patience = "10m"\n')
    await restarted(world, "2016-05-03T23:00", synchronised=False)
    await world.live_until("2016-05-03T23:09:59")
    assert alerts(world) == []
    await world.live_until("2016-05-03T23:10")
    assert alerts(world) == ["lapsed +15m"]


async def test_what_is_too_old_by_a_clock_in_doubt_is_no_line_of_a_summary_yet(world):
    world.settings('[policy]\ncatch_up = "30m"\n')
    await restarted(world, "2016-05-03T17:00", synchronised=False)
    assert alerts(world) == []
    assert "6h" in {row.stage for row in world.rows(state=DeliveryState.PLANNED)}
    await world.live_until("2016-05-03T17:05")
    assert alerts(world) == ["missed"]


async def test_reminders_go_out_on_time_by_a_clock_in_doubt_and_say_so(world):
    await restarted(world, "2016-05-03T20:58", synchronised=False)
    assert world.titles()[-1].endswith("[CLOCK NOT SYNCHRONISED]")
    await world.live_until("2016-05-03T21:00")
    assert alerts(world) == ["reminder 6h", "reminder 1h"]
    assert "the clock may be wrong: the machine has not synchronised it yet." in world.sent[-1].message.text
    await world.live_until("2016-05-03T21:45")
    assert "CLOCK NOT" not in world.titles()[-1]


async def test_a_clock_that_went_back_is_in_doubt_until_patience_is_over(world):
    world.write(GHOUTA)
    await world.start("2016-05-02T12:00")
    await world.live_until("2016-05-03T21:30")
    await world.tick("2016-05-03T23:00")
    world.sent.clear()
    await world.tick("2016-05-03T21:58")
    await world.live_until("2016-05-03T22:02:59")
    assert "lapsed 0" not in alerts(world)
    await world.live_until("2016-05-03T22:03")
    assert alerts(world)[-1] == "lapsed 0"


@pytest.mark.parametrize("synchronised", [True, None])
async def test_a_clock_that_nothing_speaks_against_waits_for_nothing(world, synchronised):
    await restarted(world, "2016-05-03T23:00", synchronised=synchronised)
    assert alerts(world) == ["lapsed +15m"]


def test_a_machine_without_a_time_service_has_nothing_to_wait_for(tmp_path):
    assert is_synchronised([tmp_path / "chrony"], tmp_path / "timesync") is None


def test_the_file_of_timesyncd_tells_that_the_clock_was_set(tmp_path):
    (tmp_path / "timesync").mkdir()
    (tmp_path / "timesync/synchronized").touch()
    assert is_synchronised([tmp_path / "timesync"], tmp_path / "timesync") is True


def test_the_kernel_is_asked_where_a_time_service_runs(tmp_path, monkeypatch):
    (tmp_path / "chrony").mkdir()
    for told in (True, False):
        monkeypatch.setattr("alertd.times.clock.kernel_says", lambda told=told: told)
        assert is_synchronised([tmp_path / "chrony"], tmp_path / "timesync") is told


TIMEDATED = """#!/bin/sh
[ "$*" = "show --property=NTPSynchronized --value" ] && echo ANSWER
"""


@pytest.mark.parametrize(("answer", "told"), [("yes", True), ("no", False), ("", None)])
def test_where_the_kernel_must_not_be_asked_timedated_passes_on_what_it_says(tmp_path, monkeypatch, answer, told):
    (tmp_path / "chrony").mkdir()
    command = tmp_path / "timedatectl"
    command.write_text(TIMEDATED.replace("ANSWER", answer))
    command.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr("alertd.times.clock.kernel_says", lambda: None)
    assert is_synchronised([tmp_path / "chrony"], tmp_path / "timesync", Timedated()) is told


def test_timedated_is_asked_every_ten_seconds_at_most_and_no_more_once_it_has_said_yes(tmp_path, monkeypatch):
    asked = iter([False, False, True])
    seconds = iter([0.0, 9.0, 10.0, 25.0, 60.0])
    monkeypatch.setattr("alertd.times.clock._ask_timedated", lambda: next(asked))
    monkeypatch.setattr("alertd.times.clock.time.monotonic", lambda: next(seconds))
    timedated = Timedated()
    assert [timedated.says() for _ in range(5)] == [False, False, False, True, True]
    assert next(asked, None) is None


def test_a_machine_without_timedated_is_told_nothing_by_it(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert Timedated().says() is None


def test_a_timedated_that_hangs_is_not_waited_for(tmp_path, monkeypatch):
    command = tmp_path / "timedatectl"
    command.write_text("#!/bin/sh\nexec sleep 60\n")
    command.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert Timedated().says() is None


DENIED = """
import ctypes, os, platform, struct, sys
from pathlib import Path

# As the unit's SystemCallFilter= and SystemCallErrorNumber=EPERM do it, for adjtimex and for clock_adjtime.
calls = {"x86_64": (159, 305), "aarch64": (171, 266)}[platform.machine()]
load, equal, give, allowed, denied = 0x20, 0x15, 0x06, 0x7FFF0000, 0x00050001
lines = [(load, 0, 0, 0), (equal, 2, 0, calls[0]), (equal, 1, 0, calls[1]), (give, 0, 0, allowed), (give, 0, 0, denied)]
program = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *line) for line in lines))
libc = ctypes.CDLL(None)
assert libc.prctl(38, 1, 0, 0, 0) == 0
held = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(lines), ctypes.addressof(program)))
assert libc.prctl(22, 2, held) == 0

from alertd.times.clock import is_synchronised, kernel_says
from alertd.logs.lines import configure

configure("info", stream=sys.stdout, tty=False, journal=False)
here = Path(sys.argv[1])
services = [here / "chrony", here / "timesync"]
told = [kernel_says(), is_synchronised(services, services[1]), is_synchronised(services, services[1])]
services[1].mkdir()
print([*told, is_synchronised(services, services[1])])
"""


@pytest.mark.skipif(platform.machine() not in ("x86_64", "aarch64"), reason="knows the numbers of these calls alone")
def test_a_kernel_that_must_not_be_asked_tells_nothing_and_that_is_logged_once(tmp_path):
    (tmp_path / "chrony").mkdir()
    nothing = {"PATH": str(tmp_path)}  # no timedatectl either
    done = subprocess.run(
        [sys.executable, "-c", DENIED, tmp_path], capture_output=True, text=True, check=True, env=nothing
    )
    *logged, told = done.stdout.splitlines()
    assert told == "[None, None, None, False]"
    assert [json.loads(line)["event"] for line in logged] == ["clock.not_told"]


def test_where_the_kernel_must_not_be_asked_timesyncd_is_believed_alone(tmp_path, monkeypatch):
    monkeypatch.setattr("alertd.times.clock.kernel_says", lambda: None)
    (tmp_path / "timesync").mkdir()
    assert is_synchronised([tmp_path / "timesync"], tmp_path / "timesync") is False
