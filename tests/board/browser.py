"""What the tests in a real browser share: a real daemon whose truces end minutes ahead, and what is asked of a page."""

import os
import socket
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path

from process import board_status, in_seconds, running, toml_utc, truce_text, until, write_truces

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
AXE = Path(__file__).parents[2] / ".cache" / "axe-core" / "axe.min.js"
"""`.ci/browser` fetches it."""

DESK = {"width": 1600, "height": 1000}
WALL = {"width": 1920, "height": 1080}
PHONE = {"width": 390, "height": 844}
SCRIPT = "<script>alert(1)</script>"
SAID_WITHIN = 8.0
"""Seconds after which a page that is not the newest says so."""


def truce(truce_id: str, seconds: float, *more: str) -> str:
    return truce_text(truce_id, "starts = 2016-05-02T10:00:00Z", f"ends = {toml_utc(in_seconds(seconds))}", *more)


TRUCES = (
    ("ghouta", 3000, 'area = "Ghouta"', 'tags = ["syria"]'),
    ("latakia", 300, 'area = "Latakia"', 'tags = ["syria"]'),
    ("aleppo", 20000, 'area = "Aleppo"'),
    ("gaza", 80000, 'area = "Gaza"'),
    ("far", 400000, 'area = "Far"'),
    ("past", -600, 'area = "Past"'),
)


class Served:
    """A daemon with a board on a port that outlives a restart."""

    def __init__(self, config: Path, board: str = "") -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.config = config
        self.url = f"http://127.0.0.1:{self.port}"
        (config / "alertd.toml").write_text(
            f'[[channel]]\nname = "desk"\nkind = "console"\n[board]\nlisten = {self.port}\n{board}\n'
        )
        open_end = truce_text("open", "starts = 2016-05-02T10:00:00Z", "open = true")
        nasty = truce("nasty", 90000).replace("Calm in nasty", SCRIPT)
        broken = truce_text("broken", "starts = 2016-05-02T10:00:00Z")
        self.path = write_truces(config, *(truce(*words) for words in TRUCES), open_end, nasty, broken)

    def add(self, text: str) -> None:
        self.path.write_text(self.path.read_text() + text)

    def extend(self, truce_id: str, seconds: float) -> str:
        """Record an extension of a truce; gives its new end as the board writes it."""
        ends = in_seconds(seconds)
        self._record(truce_id, "extension", ends)
        return ends.strftime("%H:%M:%SZ" if ends.second else "%H%MZ")

    def claim(self, truce_id: str, seconds: float) -> None:
        """Record a claim of a truce."""
        self._record(truce_id, "claim", in_seconds(seconds), 'stated_by = ["Somebody"]\n')

    def _record(self, truce_id: str, kind: str, until: datetime, more: str = "") -> None:
        record = f"[[truce.{kind}]]\nannounced = {toml_utc(datetime.now(UTC))}\nuntil = {toml_utc(until)}\n{more}\n"
        head, found, rest = self.path.read_text().partition(f'id = "{truce_id}"')
        body, following, tail = rest.partition("[[truce]]")
        self.path.write_text(head + found + body + record + following + tail)


@contextmanager
def daemon(served: Served):
    with running(served.config) as process:
        until(lambda: board_status(served.port) == HTTPStatus.OK, "a ready board")
        yield process


def wait_until_out_of_date(page, said: str, since: float | None = None) -> None:
    """Until the page says why it is out of date: within the promised time of a moment on the monotonic clock."""
    left = SAID_WITHIN - (time.monotonic() - since if since else 0)
    page.wait_for_selector("#trouble:visible", timeout=1000 * left)
    text = page.locator("#trouble").inner_text()
    assert text.startswith("OUT OF DATE since ")
    assert said in text
    assert page.locator("#link").inner_text() == "OUT OF DATE"
    assert "opacity" in page.locator("#live").evaluate("one => getComputedStyle(one).filter")


def wait_until_live(page) -> None:
    page.wait_for_selector("#link[data-state=live]", timeout=20000)
    assert page.locator("#trouble").is_hidden()
    assert page.locator("#live").evaluate("one => getComputedStyle(one).filter") == "none"


def axe_faults(page) -> list[tuple[str, str, str]]:
    assert AXE.exists(), "run .ci/browser, which fetches axe-core"
    page.evaluate(AXE.read_text())
    found = page.evaluate("axe.run(document)")
    assert found["passes"]
    return [
        (violation["id"], node["html"], node["failureSummary"])
        for violation in found["violations"]
        if violation["impact"] in {"serious", "critical"}
        for node in violation["nodes"]
    ]
