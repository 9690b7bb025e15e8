"""kill -9 at random moments: every delivery arrives, and nothing arrives twice without the mark."""

import random
import re
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta

import pytest
from process import Hook, Mailbox, alertd_json, in_seconds, running, toml_utc, truce_text, until, write_truces

SETTINGS = """
[policy]
lead_times = []
after = []
[[channel]]
name = "mail"
kind = "apprise"
url = { file = "mail-url" }
alerts = ["lapsed"]
digest = false
[[channel]]
name = "hook"
kind = "webhook"
url = { file = "hook-url" }
alerts = ["lapsed"]
digest = false
[[channel]]
name = "console"
kind = "console"
alerts = ["lapsed"]
digest = false
"""

LIFE_SECONDS = 1.6
"""About what one life takes, most of it to start."""


@dataclass(frozen=True)
class Arrival:
    """A message that one target took."""

    target: str
    alert: str
    marked: bool


def told(target: str, title: str, text: str) -> list[Arrival]:
    """What a message says of a truce; ops alerts have none."""
    return [
        Arrival(target, alert, "POSSIBLE REPEAT" in title)
        for alert in re.findall(r"^Alert: (\w+)$", text, re.MULTILINE)
        if "t-" in title
    ]


def plain(mail) -> str:
    """The text of a mail, which comes first; its HTML says the same."""
    text = next(part for part in mail.walk() if part.get_content_type() == "text/plain")
    return text.get_payload(decode=True).decode().replace("\r\n", "\n")


def arrivals(mailbox, hook, said) -> list[Arrival]:
    mails = [
        arrival
        for subject, mail in zip(mailbox.subjects, mailbox.mails, strict=True)
        for arrival in told("mail", subject, plain(mail))
    ]
    posts = [arrival for post in hook.posts for arrival in told("hook", post["title"], post["text"])]
    blocks = re.findall(r"^(.*\bt-\d+: .*)\n((?:.+\n|\n(?!Calm|alertd))*?Alert: \w+)$", said, re.MULTILINE)
    return mails + posts + [arrival for title, text in blocks for arrival in told("console", title, text)]


@pytest.mark.parametrize(
    ("kills", "truces"), [(6, 10), pytest.param(200, 100, marks=pytest.mark.long)], ids=["short", "long"]
)
def test_however_often_it_is_killed_every_delivery_arrives_and_none_twice_without_the_mark(tmp_path, kills, truces):
    chance = random.Random(20160504)  # noqa: S311  the same moments in every run

    def delay():
        return chance.uniform(0, 0.5)

    with (
        Mailbox(delay) as mailbox,
        Hook(delay) as hook,
        ExitStack() as stack,
    ):
        (tmp_path / "alertd.toml").write_text(SETTINGS)
        (tmp_path / "mail-url").write_text(mailbox.url)
        (tmp_path / "hook-url").write_text(f"http://127.0.0.1:{hook.port}/")
        write_truces(tmp_path, truce_text("later", *lasting(in_seconds(86400))), name="later.toml")
        process = stack.enter_context(running(tmp_path))
        first, apart = in_seconds(15), timedelta(seconds=kills * LIFE_SECONDS / truces)
        ends = [first + number * apart for number in range(truces)]
        write_truces(tmp_path, *(truce_text(f"t-{number:03}", *lasting(end)) for number, end in enumerate(ends)))
        until(lambda: f'"planned": {3 * truces}' in process.logged(), "all truces planned")
        assert in_seconds(0) < first, "a truce that is over when it is first read says nothing"
        until(lambda: in_seconds(0) >= first, "the first end")
        process.kill()
        taken, hook.delay = len(hook.posts), lambda: 60.0
        process.start()
        until(lambda: len(hook.posts) > taken, "a post that gets no answer")
        process.kill()
        hook.delay = delay
        for _ in range(kills):
            process.start("daemon.started")
            assert process.alive, process.logged()
            time.sleep(chance.uniform(0, 0.5))
            process.kill()
        process.start()
        until(lambda: in_seconds(-1) > ends[-1], "the last end", patience=60)
        # What an earlier life failed to send waits for its next try, at most some minutes.
        until(lambda: all(row["state"] == "delivered" for row in history(tmp_path)), "everything settled", patience=60)
        assert process.stop() == 0
        interrupted = Counter(row["target"] for row in history(tmp_path) for _ in range(row["attempts"] - 1))
        came = arrivals(mailbox, hook, process.said())
    counted = Counter((arrival.target, arrival.alert) for arrival in came)
    assert Counter(target for target, _ in counted) == {"mail": truces, "hook": truces, "console": truces}
    seen = set()
    unmarked = []
    for arrival in came:
        key = (arrival.target, arrival.alert)
        if key in seen and not arrival.marked:
            unmarked.append(arrival)
        seen.add(key)
    assert unmarked == []
    assert len(came) > len(seen), "one kill at least came between a send and its settling"
    marked = Counter(arrival.target for arrival in came if arrival.marked)
    assert marked <= interrupted, "a kill marks what each channel had in hand, and no more"


def lasting(end):
    return "starts = 2016-01-01T00:00:00Z", f"ends = {toml_utc(end)}"


def history(config):
    return [row for row in alertd_json(config, "history") if row["truce"] != "later"]
