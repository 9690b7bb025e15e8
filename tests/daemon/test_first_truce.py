"""A daemon that starts where no truce was ever recorded: it waits for the first one, and says so wherever one looks."""

import json
import socket
import urllib.request
from contextlib import suppress
from urllib.error import HTTPError

import pytest
from process import alertd, alertd_json, in_seconds, running, toml_utc, truce_text, until, write_truces

WAITS = "waits for the first truce: put one into truces/, or use `alertd add`"

SHIFTS = """
[[channel]]
name = "oncall"
kind = "console"
zone = "Europe/Zurich"
[ops]
channel = "oncall"
shift_digest = ["07:00"]
"""


def nothing_at_all(config):
    """No folder for truces either."""


def an_empty_folder(config):
    (config / "truces").mkdir()


def a_withdrawal_without_a_truce(config):
    write_truces(config, 'withdrawn = ["long-gone"]\n', name="withdrawn.toml")


def said_of_nothing(process):
    (line,) = [line for line in map(json.loads, process.logged().splitlines()) if line["event"] == "agenda.empty"]
    return line["hint"]


@pytest.mark.parametrize("prepare", [nothing_at_all, an_empty_folder, a_withdrawal_without_a_truce])
def test_it_waits_and_says_so_and_takes_the_first_truce_that_appears(tmp_path, prepare):
    prepare(tmp_path)
    end = toml_utc(in_seconds(3600))
    with running(tmp_path) as process:
        assert said_of_nothing(process) == WAITS
        assert f"alertd {WAITS}." in " ".join(alertd(tmp_path, "status").stdout.split())
        machine = alertd_json(tmp_path, "status")
        assert (machine["pid"], machine["truces"], machine["next"]) == (process.pid, [], [])
        assert alertd(tmp_path, "check").returncode == 1

        write_truces(tmp_path, truce_text("ghouta", "starts = 2016-04-30T01:00:00", f"ends = {end}"))
        until(lambda: "ghouta" in process.said(), "the first truce, told of")
        assert [(truce["id"], truce["ends_at"]) for truce in alertd_json(tmp_path, "status")["truces"]] == [
            ("ghouta", end)
        ]
        assert WAITS not in alertd(tmp_path, "status").stdout
        assert process.stop() == 0


def test_what_add_records_is_the_first_truce_too(tmp_path):
    with running(tmp_path) as process:
        truce = ("--title", "A pause", "--id", "pause", "--zone", "UTC", "--lasts", "48h", "--yes")
        assert alertd(tmp_path, "add", *truce).returncode == 0
        until(lambda: "A pause" in process.said(), "the first truce, told of")
        assert process.stop() == 0


def test_a_first_file_that_cannot_be_read_is_told_of_and_no_longer_waited_for(tmp_path):
    with running(tmp_path) as process:
        write_truces(tmp_path, truce_text("ghouta", "starts = 2016-04-30T01:00:00", 'ends = "midnight"'))
        until(lambda: "Truce ghouta is NOT WATCHED" in process.said(), "ops told of the mistake")
        told = alertd(tmp_path, "status").stdout
        assert "NOT WATCHED: ghouta" in told
        assert "waits for" not in told
        assert process.stop() == 0


def test_the_service_manager_is_told_that_it_is_ready_and_waits(tmp_path):
    address = tmp_path / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(address))
        manager.settimeout(0.2)
        heard: list[str] = []

        def hear() -> list[str]:
            with suppress(TimeoutError):
                while True:
                    heard.extend(manager.recv(4096).decode().split("\n"))
            return heard

        with running(tmp_path, env={"NOTIFY_SOCKET": str(address)}) as process:
            until(lambda: f"STATUS={WAITS}" in hear(), "its state")
            assert "READY=1" in heard
            write_truces(tmp_path, truce_text("ghouta", "starts = 2016-04-30T01:00:00", "open = true"))
            until(lambda: "STATUS=1 running, no end ahead" in hear(), "its state, with a truce")
            assert process.stop() == 0


def test_the_board_of_an_empty_register_says_that_it_waits_and_every_page_answers(tmp_path):
    (tmp_path / "alertd.toml").write_text('[board]\nlisten = "127.0.0.1:0"\n')
    with running(tmp_path) as process:
        until(lambda: "board.listening" in process.logged(), "the board")
        lines = [json.loads(line) for line in process.logged().splitlines()]
        (base,) = [line["url"] for line in lines if line["event"] == "board.listening"]

        def page(path: str) -> str:
            with urllib.request.urlopen(base + path, timeout=30) as answer:  # noqa: S310  loopback
                return answer.read().decode()

        def is_ready() -> bool:
            with suppress(HTTPError):
                return page("readyz") == "ready\n"
            return False

        until(is_ready, "a tick after the board has opened")
        assert f"alertd {WAITS}." in page("")
        for path in ("timeline", "calendar.ics", "metrics", "api/v1/deliveries", "?by=area", "healthz"):
            page(path)
        assert json.loads(page("api/v1/truces"))["truces"] == []
        write_truces(tmp_path, truce_text("ghouta", "starts = 2016-04-30T01:00:00", "open = true"))
        until(lambda: "Calm in ghouta" in page(""), "the first truce on the board")
        assert WAITS not in page("")
        assert process.stop() == 0


async def test_a_shift_without_a_truce_begins_with_a_digest_all_the_same(world):
    world.settings(SHIFTS)
    await world.start("2016-05-03T04:00")
    await world.live_until("2016-05-03T05:00")
    (digest,) = [sent for sent in world.sent if sent.kinds == ["shift"]]
    assert digest.message.title.startswith("alertd: shift digest: 0 truces running, no end ahead")
