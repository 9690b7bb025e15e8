#!/usr/bin/env python3
"""The lateness of a single alert: on an ordinary day, with and without a viewer of the board, and after a step forward.

The first table has one truce a second, each with its own due moment, one webhook message each; the viewer's page asks
for the state every two seconds, as the board's script does, and for what is new. The second starts a
daemon, and APScheduler's own date job as its peer, under libfaketime; both wait for a moment that lies ahead, the clock
is set past it, and the seconds until the message comes count. Peers get the same sink.
"""

import argparse
import json
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event
from urllib.error import URLError
from urllib.request import urlopen

from running import (
    HERE,
    SinkProcess,
    alertd,
    busy,
    free_port,
    moment,
    process,
    share,
    sink,
    truce_text,
    until,
    write_config,
)

MOMENTS = 1_000
AHEAD = timedelta(seconds=20)
"""From the start to the first due moment."""
ASK_SECONDS = 2.0
"""From one question of an open page to the next."""
STEPS = 5
DUE_AFTER_SECONDS = 60
STEP_SECONDS = 100
FAKETIME = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1"
SETTINGS = """[policy]
lead_times = []
after = []
[[channel]]
name = "sink"
kind = "webhook"
url = "http://127.0.0.1:{port}/"
alerts = ["lapsed"]
[board]
listen = {board}
"""


@contextmanager
def viewer(port: int) -> Iterator[None]:
    """An open page of the board, as a browser keeps it; raises what it met."""
    closed, board = Event(), f"http://127.0.0.1:{port}"

    def answers() -> bool:
        with suppress(URLError):
            return bool(_body(f"{board}/"))
        return False

    def look() -> None:
        version = None
        while not closed.wait(ASK_SECONDS):
            state = json.loads(_body(f"{board}/state"))
            if state["version"] != version:
                version = state["version"]
                _body(f"{board}/live")

    until(answers, "the board", 30)
    with ThreadPoolExecutor(1) as pool:
        page = pool.submit(look)
        try:
            yield
        finally:
            closed.set()
            page.result()


def _body(url: str) -> bytes:
    with urlopen(url) as answer:
        return bytes(answer.read())


def ordinary(folder: Path, to: SinkProcess, moments: int, *, viewed: bool) -> list[float]:
    """The seconds by which each of so many alerts came late."""
    first = datetime.now(UTC).replace(microsecond=0) + AHEAD
    config, port = folder / f"ordinary-{viewed}", free_port()
    truces = [truce_text(f"truce-{number:04}", first + timedelta(seconds=number)) for number in range(moments)]
    write_config(config, SETTINGS.format(port=to.port, board=port), truces)
    to.clear()
    with alertd(config), viewer(port) if viewed else nullcontext():
        if datetime.now(UTC) > first:
            raise SystemExit("the machine is too busy: the daemon was not ready before the first moment")
        came = to.wait_for(moments, AHEAD.total_seconds() + moments + 60)
    return [at - moment(due) for at, due in came if due is not None]


def stepped(folder: Path, to: SinkProcess, number: int, *, peer: bool) -> float:
    """The seconds from a step of the clock past a due moment to its message."""
    config = folder / f"step-{peer}-{number}"
    shift = folder / f"shift-{peer}-{number}"
    shift.write_text("+0\n")
    env = {
        "LD_PRELOAD": FAKETIME,
        "FAKETIME_TIMESTAMP_FILE": str(shift),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "NO_FAKE_STAT": "1",
    }
    due = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=DUE_AFTER_SECONDS)
    to.clear()
    if peer:
        log = folder / f"step-{number}.txt"
        command = [sys.executable, str(HERE / "peers.py"), "step", str(to.port), "1", str(due.timestamp())]
        with process(command, out=log, env=env):
            until(lambda: b"ready" in log.read_bytes(), "a scheduler", 60)
            return _step(to, shift, due)
    write_config(config, SETTINGS.format(port=to.port, board=free_port()), [truce_text("ghouta", due)])
    with alertd(config, env=env, seconds=60):
        return _step(to, shift, due)


def _step(to: SinkProcess, shift: Path, due: datetime) -> float:
    if datetime.now(UTC) > due - timedelta(seconds=5):
        raise SystemExit("the machine is too busy: the moment came before the step")
    time.sleep(2)
    stepped_at = time.time()
    shift.write_text(f"+{STEP_SECONDS}\n")
    return to.wait_for(1, DUE_AFTER_SECONDS + 60)[0][0] - stepped_at


def main() -> None:
    """Measure and print both tables."""
    parser = argparse.ArgumentParser(description="How late a single alert comes.")
    parser.add_argument("moments", nargs="?", type=int, default=MOMENTS, help="one a second")
    parser.add_argument("--steps", type=int, default=STEPS)
    arguments = parser.parse_args()
    with TemporaryDirectory() as name, sink(Path(name)) as to:
        folder = Path(name)
        if arguments.moments:
            sys.stdout.write("| due moments | who looks at the board | p50 ms | p99 ms | max ms | machine |\n")
            sys.stdout.write("| ---: | --- | ---: | ---: | ---: | --- |\n")
            for viewed in (False, True):
                late = ordinary(folder, to, arguments.moments, viewed=viewed)
                told = " | ".join(f"{share(late, part) * 1000:.1f}" for part in (0.5, 0.99, 1.0))
                who = "one viewer" if viewed else "nobody"
                sys.stdout.write(f"| {len(late):,} | {who} | {told} | {busy()} |\n")
            sys.stdout.write("\n")
        ours = [stepped(folder, to, number, peer=False) for number in range(arguments.steps)]
        theirs = [stepped(folder, to, number, peer=True) for number in range(arguments.steps)]
    sys.stdout.write("| after a forward step | median s | worst s | alertd is |\n| --- | ---: | ---: | --- |\n")
    sys.stdout.write(f"| alertd | {share(ours, 0.5):.2f} | {max(ours):.2f} | |\n")
    ratio = share(theirs, 0.5) / share(ours, 0.5)
    sys.stdout.write(
        f"| APScheduler's date job | {share(theirs, 0.5):.2f} | {max(theirs):.2f} | {ratio:.0f} times as fast |\n"
    )


if __name__ == "__main__":
    main()
