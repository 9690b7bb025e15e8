"""Acknowledging alerts of a real daemon, by the link of a message and by the command, while it restarts."""

import re
import socket
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest
from process import alertd, alertd_json, board_status, in_seconds, running, toml_utc, truce_text, until, write_truces

SETTINGS = """
[[channel]]
name = "hook"
kind = "webhook"
url = {{ file = "hook-url" }}
[board]
listen = {port}
url = "http://127.0.0.1:{port}"
link_key = {{ file = "link-key" }}
"""


def answer(link: str, by: str) -> str:
    """Send the form of the page that a link leads to."""
    assert link.startswith("http://127.0.0.1:")
    with urlopen(Request(link, urlencode({"by": by}).encode()), timeout=30) as page:  # noqa: S310  as asserted
        return page.read().decode()


def test_alerts_are_acknowledged_by_link_and_by_command_around_a_restart(tmp_path, hook):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    (tmp_path / "alertd.toml").write_text(SETTINGS.format(port=port))
    (tmp_path / "hook-url").write_text(f"http://127.0.0.1:{hook.port}/")
    (tmp_path / "link-key").write_text("0123456789abcdef0123456789abcdef")
    window = (f"starts = {toml_utc(in_seconds(-60))}", f"ends = {toml_utc(in_seconds(7200))}")
    write_truces(tmp_path, truce_text("one", *window), truce_text("two", *window))
    with running(tmp_path) as process:
        until(lambda: len(hook.posts) == 2, "two alerts")
        links, ids = (
            {post["alerts"][0]["truce"]: re.search(found, post["text"])[1] for post in hook.posts}
            for found in (r"Acknowledge: (\S+)", r"Alert: (\w+)")
        )
        until(lambda: board_status(port) == 200, "a ready board")
        process.kill()
    with pytest.raises(OSError, match=r"refused|reset"):  # the board may be about to end
        answer(links["one"], "Lena")
    assert alertd(tmp_path, "ack", ids["two"], "--as", "Omar").returncode == 0
    with running(tmp_path):
        until(lambda: board_status(port) == 200, "a ready board")
        assert "It is acknowledged by Lena" in answer(links["one"], "Lena")
        assert "It is acknowledged by Omar" in answer(links["two"], "Lena")
        with pytest.raises(HTTPError, match="404"):
            answer(links["one"][:-1], "Lena")
    acknowledged = {
        row["truce"]: (row["acknowledged_by"], row["acknowledged_way"])
        for row in alertd_json(tmp_path, "history")
        if row["kind"] == "recorded"
    }
    assert acknowledged == {"one": ("Lena", "link"), "two": ("Omar", "command")}
