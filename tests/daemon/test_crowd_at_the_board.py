"""Those who connect to the board and say nothing cost no alert: the real process, with few descriptors."""

import socket
import time
from contextlib import ExitStack, suppress
from pathlib import Path
from urllib.request import urlopen

from process import Hook, alertd_json, in_seconds, running, toml_utc, truce_text, until, write_truces

DESCRIPTORS = 160
CROWD = 300


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]


def test_three_hundred_idle_connections_keep_no_alert_back(tmp_path):
    port = free_port()
    with Hook() as hook, ExitStack() as crowd:
        (tmp_path / "hook-url").write_text(hook.url)
        (tmp_path / "alertd.toml").write_text(
            f'[policy]\nlead_times = ["1s"]\nafter = []\n[[channel]]\nname = "desk"\nkind = "apprise"\n'
            f'url = {{ file = "hook-url" }}\n[board]\nlisten = "127.0.0.1:{port}"\n'
        )
        write_truces(
            tmp_path, truce_text("far", f"starts = {toml_utc(in_seconds(-60))}", "ends = 2100-01-01T00:00:00Z")
        )
        with running(tmp_path, within=["prlimit", f"--nofile={DESCRIPTORS}:{DESCRIPTORS}"]) as process:
            until(lambda: "board.listening" in process.logged(), "the board")
            for _ in range(CROWD):
                with suppress(OSError):
                    crowd.enter_context(socket.create_connection(("127.0.0.1", port), timeout=5))
            before = processor_seconds(process.pid)
            began = time.monotonic()
            soon = ("soon", f"starts = {toml_utc(in_seconds(-60))}", f"ends = {toml_utc(in_seconds(20))}")
            write_truces(tmp_path, truce_text(*soon), name="soon.toml")
            until(lambda: [title for title in hook.titles if "ends in" in title], "the reminder")
            until(lambda: [title for title in hook.titles if "expired" in title], "the end")
            assert processor_seconds(process.pid) - before < 0.5 * (time.monotonic() - began), "it does not spin"
            with urlopen(f"http://127.0.0.1:{port}/readyz", timeout=30) as answer:
                assert answer.status == 200
            assert "delivered" in {row["state"] for row in alertd_json(tmp_path, "history") if row["truce"] == "soon"}
            assert process.logged().count("board.full") == 1
            assert "Traceback" not in process.logged()
            assert "exception" not in process.logged()
            assert process.stop() == 0


def processor_seconds(pid: int) -> float:
    user, system = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / 100
