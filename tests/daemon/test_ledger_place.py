"""A ledger or a lock that is deleted, moved or replaced under a running daemon is noticed, told, and costs nothing."""

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import sys
from contextlib import closing

import pytest
from factories import moment
from process import Hook, alertd, alertd_json, in_seconds, running, toml_utc, truce_text, until, write_truces

from alertd.daemon.instance import Instance, signs_of_life
from alertd.daemon.place_watch import PlaceWatch
from alertd.daemon.rehearsal import VirtualClock
from alertd.daemon.reservation import _name, holder
from alertd.daemon.workers import Workers
from alertd.domain.policy import ALARM_PAUSE
from alertd.errors import LedgerError
from alertd.ledger import Ledger, LedgerThread, monitoring, queries
from alertd.times.clock import SystemClock

SETTINGS = """
[[channel]]
name = "desk"
kind = "console"
[[channel]]
name = "oncall"
kind = "apprise"
url = { file = "hook-url" }
tags = ["nothing"]
[ops]
channel = "oncall"
"""


@pytest.fixture
def oncall(tmp_path):
    with Hook() as hook:
        (tmp_path / "alertd.toml").write_text(SETTINGS)
        (tmp_path / "hook-url").write_text(hook.url)
        end = toml_utc(in_seconds(7200))
        write_truces(tmp_path, truce_text("ghouta", "starts = 2016-01-01T00:00:00Z", f"ends = {end}"))
        yield hook


@pytest.fixture
def path(tmp_path):
    return tmp_path / "place" / "ledger.db"


@pytest.fixture
def ledger(path):
    with closing(Ledger.open(path)) as opened:
        yield opened


def files(path):
    return [path.with_name(path.name + suffix) for suffix in ("", "-wal", "-shm")]


def delete(path):
    for file in files(path):
        file.unlink()


def move_away(path):
    aside = path.with_name("aside")
    aside.mkdir()
    for file in files(path):
        file.rename(aside / file.name)


def replace(path):
    path.with_name("new").touch()
    path.with_name("new").rename(path)


def delete_and_make(path):
    path.unlink()
    path.touch()


def overwrite(path):
    shutil.copyfile(os.devnull, path)


def rename_folder(path):
    path.parent.rename(path.parent.with_name("elsewhere"))


def delete_log(path):
    path.with_name(f"{path.name}-wal").unlink()


@pytest.mark.parametrize(
    ("accident", "trouble"),
    [
        (delete, "{path} was deleted"),
        (move_away, "{path} was moved away"),
        (rename_folder, "{path} was moved away"),
        (replace, "{path} was deleted, and another file lies there"),
        (delete_and_make, "{path} was deleted, and another file lies there"),
        (overwrite, "{path} was overwritten"),
        (delete_log, "{path}-wal was deleted or moved away"),
    ],
)
def test_a_ledger_knows_that_it_is_not_in_its_place_any_more(path, ledger, accident, trouble):
    before = ledger.place.trouble()

    accident(path)

    assert (before, ledger.place.trouble()) == (None, trouble.format(path=path))


def test_a_ledger_that_works_stays_in_its_place(path, ledger):
    ledger.run(monitoring.close, {"desk": ("desk", "a reason")})
    ledger.checkpoint()
    with closing(Ledger.open_reader(path)):
        pass

    assert ledger.place.trouble() is None


def channels(path):
    with closing(Ledger.open_reader(path)) as reader:
        return [channel.name for channel in reader.run(queries.channels)]


def test_a_deleted_ledger_is_put_back_whole(path, ledger):
    delete(path)
    ledger.run(monitoring.close, {"desk": ("desk", "written after it was deleted")})

    ledger.put_back()

    assert channels(path) == ["desk"]


async def test_what_was_written_after_a_ledger_was_moved_is_in_it_once_it_is_left(path, ledger, instance):
    path.rename(path.with_name("aside.db"))
    ledger.run(monitoring.close, {"desk": ("desk", "written after it was moved")})

    thread = LedgerThread(ledger)
    await PlaceWatch(ledger.place, instance, thread, Workers([], None), SystemClock()).leave()
    thread.close()

    delete_log(path)
    assert channels(path.with_name("aside.db")) == ["desk"]


class Ears:
    """Whoever can be told, and whether anybody hears."""

    def __init__(self):
        self.heard, self.texts = True, []

    async def broadcast(self, text):
        self.texts.append(text)
        return self.heard


async def test_ops_is_told_of_each_state_of_affairs_once_and_again_where_nobody_heard(path, ledger, instance):
    clock, ears = VirtualClock(moment("2016-05-02T12:00")), Ears()
    watch = PlaceWatch(ledger.place, instance, LedgerThread(ledger), ears, clock)

    async def looks():
        for _ in range(3):
            watch.look()
            await asyncio.sleep(0)
        return list(ears.texts)

    assert await looks() == []
    path.rename(path.with_name("aside.db"))
    ears.heard = False
    once = await looks()
    clock.set(clock.now() + ALARM_PAUSE)
    ears.heard = True
    assert (len(once), len(await looks()), watch.status("1 runs")) == (
        1,
        2,
        f"LEDGER NOT IN ITS PLACE: {path} was moved away; 1 runs",
    )
    path.touch()
    assert "another file lies there" in (await looks() and ears.texts[-1])
    path.with_name("aside.db").rename(path)
    assert (len(await looks()), ears.texts[-1], watch.status("1 runs")) == (
        4,
        "The ledger and the lock of alertd are in their place again. Nothing was lost.",
        "1 runs",
    )


@pytest.fixture
def instance(tmp_path):
    acquired = Instance.acquire(tmp_path / "state")
    yield acquired
    acquired.release()


def delete_lock(state):
    (state / "alertd.lock").unlink()


def delete_everything(state):
    shutil.rmtree(state)


def replace_lock(state):
    (state / "alertd.lock").rename(state / "old.lock")
    (state / "alertd.lock").touch()


def rename_state(state):
    state.rename(state.with_name("elsewhere"))


ACCIDENTS = [delete_lock, delete_everything, replace_lock, rename_state]


@pytest.mark.parametrize("accident", ACCIDENTS)
def test_no_second_daemon_starts_whatever_becomes_of_the_lock_of_the_first(tmp_path, instance, accident):
    accident(tmp_path / "state")

    for _ in range(2):  # the first try may have made a lock
        with pytest.raises(LedgerError, match=rf"another alertd \(process {os.getpid()}\) uses"):
            Instance.acquire(tmp_path / "state")


@pytest.mark.parametrize("accident", ACCIDENTS)
def test_a_daemon_without_its_lock_knows_it_and_is_still_seen(tmp_path, instance, accident):
    before = instance.trouble()

    accident(tmp_path / "state")

    signs = signs_of_life(tmp_path / "state")
    assert (before, signs.pid, signs.is_displaced) == (None, os.getpid(), True)
    assert str(tmp_path / "state" / "alertd.lock") in instance.trouble()


def test_without_its_lock_a_daemon_still_says_which_ledger_it_has(tmp_path, instance):
    instance.holds(("1:2", "1:3", "1:4"))

    delete_lock(tmp_path / "state")

    assert signs_of_life(tmp_path / "state").ledger == ("1:2", "1:3", "1:4")


def test_a_daemon_that_ended_reserves_nothing(tmp_path):
    Instance.acquire(tmp_path).release()
    (tmp_path / "alertd.lock").unlink()

    assert holder(tmp_path) is None
    Instance.acquire(tmp_path).release()


def test_a_daemon_that_ticks_answers_however_many_have_asked(tmp_path, instance):
    for _ in range(3):
        for _ in range(100):
            holder(tmp_path / "state")
        instance._reservation.answer()

    assert holder(tmp_path / "state") == os.getpid()


SQUAT = """
import os, socket, sys
os.setgid(12345); os.setuid(12345)
taken = socket.socket(socket.AF_UNIX)
taken.bind(bytes.fromhex(sys.argv[1])); taken.listen()
print("taken", flush=True)
input()
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_a_name_that_a_stranger_has_taken_keeps_no_daemon_from_starting(tmp_path):
    command = [sys.executable, "-c", SQUAT, _name(tmp_path).hex()]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as stranger:
        stranger.stdout.readline()
        with pytest.raises(OSError), closing(socket.socket(socket.AF_UNIX)) as mine:  # noqa: PT011  it is taken
            mine.bind(_name(tmp_path))
        assert holder(tmp_path) is None
        Instance.acquire(tmp_path).release()
        stranger.communicate("\n")


def told(hook, words):
    return [post["message"] for post in hook.posts if words in post["message"]]


def read(config, *arguments):
    done = alertd(config, *arguments)
    return done.returncode, done.stdout + done.stderr


def flat(text):
    return " ".join(text.split())


def test_a_daemon_whose_state_is_moved_goes_on_and_says_so_until_it_is_back(tmp_path, oncall):
    state, aside = tmp_path / "state", tmp_path / "aside"
    with running(tmp_path) as process:
        until(lambda: "recorded" in process.said(), "the first message")
        planned = alertd_json(tmp_path, "status")["next"]
        state.rename(aside)
        Ledger.open(state / "ledger.db").close()

        until(lambda: told(oncall, "The ledger of alertd is not in its place"), "the notice")
        code, shown = read(tmp_path, "status")
        assert code == 1
        assert "LEDGER NOT IN ITS PLACE" in shown
        assert str(process.pid) in shown
        assert "Nothing is ahead" not in shown
        assert "NOT RUNNING" not in shown
        assert [row["code"] for row in alertd_json(tmp_path, "status")["problems"]] == ["ledger"]
        code, refused = read(tmp_path, "backup", str(tmp_path / "copy.db"))
        assert (code, (tmp_path / "copy.db").exists()) == (1, False)
        assert "not in its place" in flat(refused)
        code, second = read(tmp_path, "run")
        assert code == 1
        assert f"another alertd (process {process.pid}) uses" in flat(second)

        (tmp_path / "alertd.toml").write_text(SETTINGS.replace('"desk"', '"other"'))
        process.send(signal.SIGHUP)
        until(lambda: "settings.refused" in process.logged(), "the refusal of settings that need another daemon")

        shutil.rmtree(state)
        aside.rename(state)
        until(lambda: told(oncall, "in their place again"), "the notice that it is over")
        assert alertd_json(tmp_path, "status")["next"] == planned
        notices = [
            text.partition("\n\nAlert: ")[0] for text in told(oncall, "The ledger of alertd is not in its place")
        ]
        assert len(notices) == len(set(notices))  # a tick between the two steps sees it deleted, the next another file


def test_a_ledger_that_is_deleted_under_a_running_daemon_is_put_back_as_it_stops(tmp_path, oncall):
    with running(tmp_path) as process:
        until(lambda: "recorded" in process.said(), "the first message")
        before = until(lambda: [r for r in alertd_json(tmp_path, "history") if r["settled_at"]], "its settling")
        for file in (tmp_path / "state").iterdir():
            file.unlink()
        until(lambda: told(oncall, "ledger.db was deleted"), "the notice")
        _, shown = read(tmp_path, "status")
        assert "LEDGER NOT IN ITS PLACE" in shown
        assert "Nothing is ahead" not in shown
        assert process.stop() == 0

    assert before[0] in alertd_json(tmp_path, "history")
