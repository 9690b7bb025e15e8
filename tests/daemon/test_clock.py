"""A machine that slept and a clock that was set: one late message a truce, soon after waking, and ops told first."""

import signal
import time
from datetime import timedelta
from pathlib import Path

import pytest
from process import in_seconds, running, toml_utc, truce_text, until, write_truces

SETTINGS = """
[policy]
lead_times = {leads}
after = []
late_after = "2s"
catch_up = "7d"
clock_patience = "2s"
[[channel]]
name = "desk"
kind = "console"
digest = false
"""

SOON = 2.5
"""Seconds after waking: a pulse, and what a busy machine adds."""


def lasting(truce_id, end):
    return truce_text(truce_id, "starts = 2016-01-01T00:00:00Z", f"ends = {toml_utc(end)}")


def reminders(process):
    return [line for line in process.said().splitlines() if "ends in" in line or "expired" in line]


def test_a_process_that_was_stopped_across_two_stages_gives_one_late_message_a_truce_when_it_goes_on(tmp_path):
    (tmp_path / "alertd.toml").write_text(SETTINGS.format(leads='["3600s", "3596s"]'))
    write_truces(tmp_path, lasting("later", in_seconds(86400)), name="later.toml")
    with running(tmp_path) as process:
        stage = in_seconds(4)
        end = stage + timedelta(seconds=3600)
        write_truces(tmp_path, lasting("ghouta", end), lasting("homs", end))
        until(lambda: process.said().count("recorded") == 3, "the truces")
        process.send(signal.SIGSTOP)
        until(lambda: in_seconds(0) >= stage + timedelta(seconds=8), "both stages past, with nobody awake")
        assert reminders(process) == []
        process.send(signal.SIGCONT)
        woken = time.monotonic()
        until(lambda: len(reminders(process)) == 2, "the late reminders")
        assert time.monotonic() - woken < SOON
        until(lambda: time.monotonic() - woken > SOON, "the time for one too many")
        assert process.stop() == 0
    told = reminders(process)
    assert sorted(line.partition(":")[0].removesuffix(" (LATE)") for line in told) == ["Calm in ghouta", "Calm in homs"]
    assert all("LATE" in line for line in told)


CACHED = 1
"""Seconds for which libfaketime may go on with what it read: reading its file at each look at the clock takes a process
more of the processor than all of its own work."""

LIBRARIES = (*Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), *Path("/usr/lib").glob("faketime/*MT.so.1"))


class FakeClock:
    """The wall clock of a process, set through a file; what measures durations stays true."""

    def __init__(self, folder: Path) -> None:
        assert LIBRARIES, "these tests need Debian's faketime"
        self._file = folder / "faketime"
        self.offset = timedelta()
        self.step(timedelta())
        self.env = {
            "LD_PRELOAD": str(LIBRARIES[0]),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_CACHE_DURATION": str(CACHED),
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "NO_FAKE_STAT": "1",
        }

    def step(self, by: timedelta) -> None:
        self.offset += by
        fresh = self._file.with_suffix(".new")
        fresh.write_text(f"{self.offset.total_seconds():+.0f}\n")
        fresh.replace(self._file)


@pytest.mark.counterparts
def test_three_hours_that_pass_at_once_across_two_stages_give_one_late_message_a_truce(tmp_path):
    clock = FakeClock(tmp_path)
    (tmp_path / "alertd.toml").write_text(SETTINGS.format(leads='["6h", "4h"]'))
    end = in_seconds(6.5 * 3600)
    write_truces(tmp_path, lasting("ghouta", end), lasting("homs", end))
    with running(tmp_path, env=clock.env) as process:
        until(lambda: process.said().count("recorded") == 2, "the truces")
        clock.step(timedelta(hours=3))
        stepped = time.monotonic()
        until(lambda: len(reminders(process)) == 2, "the late reminders")
        assert time.monotonic() - stepped < CACHED + SOON
        until(lambda: time.monotonic() - stepped > CACHED + SOON, "the time for one too many")
        assert process.stop() == 0
    told = reminders(process)
    assert {line.partition(":")[0] for line in told} == {"Calm in ghouta", "Calm in homs"}
    assert len(told) == 2
    assert all("LATE" in line and "30 min" in line for line in told)
    assert process.logged().count("clock.jumped") == 1


@pytest.mark.counterparts
def test_a_clock_set_forward_by_more_than_a_day_is_told_before_anything_is_declared_lapsed(tmp_path):
    clock = FakeClock(tmp_path)
    (tmp_path / "alertd.toml").write_text(SETTINGS.format(leads="[]"))
    write_truces(tmp_path, lasting("ghouta", in_seconds(20 * 3600)))
    with running(tmp_path, env=clock.env) as process:
        until(lambda: "recorded" in process.said(), "the truce")
        clock.step(timedelta(hours=30))
        until(lambda: reminders(process), "the lapse")
        assert process.stop() == 0
    titles = [line for line in process.said().splitlines() if line.startswith(("alertd: ", "Calm in ghouta: "))]
    assert ["The clock went from" in title for title in titles] == [False, True, False]
    assert "expired" in titles[-1]


@pytest.mark.counterparts
def test_a_clock_set_back_repeats_what_it_had_brought_early_marked_and_stops_nothing(tmp_path):
    clock = FakeClock(tmp_path)
    (tmp_path / "alertd.toml").write_text(SETTINGS.format(leads='["6h"]'))
    write_truces(tmp_path, lasting("ghouta", in_seconds(6 * 3600 + 600)))
    with running(tmp_path, env=clock.env) as process:
        until(lambda: "recorded" in process.said(), "the truce")
        clock.step(timedelta(seconds=600))
        until(lambda: len(reminders(process)) == 1, "the reminder")
        clock.step(timedelta(seconds=-1200))
        back = time.monotonic()
        write_truces(tmp_path, lasting("homs", in_seconds(86400)), name="more.toml")
        until(lambda: "Calm in homs" in process.said(), "an edit seen on the clock that was set back")
        until(lambda: time.monotonic() - back > CACHED + SOON, "the time for one too many")
        clock.step(timedelta(seconds=1200))
        until(lambda: len(reminders(process)) == 2, "the same moment once more")
        assert process.stop() == 0
    assert "POSSIBLE REPEAT" in reminders(process)[1]
    assert [line for line in process.said().splitlines() if "the clock was set back" in line]


@pytest.mark.counterparts
def test_a_clock_set_back_by_days_is_told(tmp_path):
    clock = FakeClock(tmp_path)
    (tmp_path / "alertd.toml").write_text(SETTINGS.format(leads="[]"))
    write_truces(tmp_path, lasting("ghouta", in_seconds(20 * 3600)))
    with running(tmp_path, env=clock.env) as process:
        until(lambda: "recorded" in process.said(), "the truce")
        clock.step(timedelta(days=-3))
        until(lambda: "the clock was set back" in process.said(), "ops told")
        assert process.stop() == 0


@pytest.mark.counterparts
@pytest.mark.parametrize("ahead", [timedelta(hours=3), timedelta(days=10)])
def test_a_start_three_hours_or_ten_days_ahead_for_seconds_costs_nothing(tmp_path, ahead):
    clock = FakeClock(tmp_path)
    (tmp_path / "alertd.toml").write_text(SETTINGS.format(leads='["1h"]'))
    clock.step(ahead)
    end = in_seconds(25)
    write_truces(tmp_path, lasting("ghouta", end))
    with running(tmp_path, env=clock.env) as process:
        until(lambda: "daemon.started" in process.logged(), "the start")
        clock.step(-ahead)
        until(lambda: "Calm in ghouta: recorded" in process.said(), "the truce, recorded after all")
        until(lambda: "expired" in process.said(), "the lapse, at its true end", patience=60)
        assert in_seconds(0) >= end
        assert process.stop() == 0
