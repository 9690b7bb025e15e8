"""What the tests of the commands share: a register at one moment of the real case, and what a person reads."""

import re
import subprocess
from pathlib import Path

SAMPLE = Path(__file__).parents[2] / "config"

BEFORE_ALL = "2016-04-29 1200 Asia/Damascus"
AFTER_ALL = "2016-05-04 0200 Asia/Damascus"

DELIVERY_KEYS = [
    *("due_at", "truce", "kind", "stage", "ends_at", "at", "milestone", "follows", "escalation", "step"),
    *("channel", "target", "title", "quiet_until"),
]
TRUCE_KEYS = [
    *("id", "state", "end_kind", "ends_at", "ends_local", "zone", "next_end", "unresolved_since"),
    *("starts_condition", "milestones", "window", "problems"),
    *("title", "area", "tags", "starts", "claims", "link"),
]
PROBLEM_KEYS = ["file", "line", "truce", "level", "code", "message", "readings"]

FIVE_KINDS = """\
[[truce]]
id = "running"
title = "Running"
zone = "Asia/Damascus"
announced = 2016-04-29T12:00:00
starts = 2016-04-30T01:00:00
ends = 2016-05-04T01:00:00

[[truce]]
id = "day"
title = "A day"
name = "By name"
zone = "Asia/Damascus"
announced = 2016-04-29T12:00:00
starts = 2016-04-30T01:00:00
ends = 2016-05-04
lead_times = ["90m", "15s"]
date_lead_times = ["48h", "1d12h"]
start_lead_times = []
after = ["30s"]

[[truce]]
id = "open"
title = "Open"
zone = "Asia/Damascus"
announced = 2016-04-29T12:00:00
starts = 2016-04-30T01:00:00
open = true

[[truce]]
id = "condition"
title = "On a condition"
zone = "Asia/Damascus"
announced = 2016-04-29T12:00:00
starts = 2016-05-10T01:00:00
until_condition = "the talks end"

[[truce]]
id = "called-off"
title = "Called off"
zone = "Asia/Damascus"
announced = 2016-04-29T12:00:00
starts = 2016-04-30T01:00:00
ends = 2016-05-04T01:00:00

  [truce.termination]
  announced = 2016-05-02T12:00:00
  at = 2016-05-02T12:30:00
"""


def read_as_a_person(done: subprocess.CompletedProcess[str]) -> str:
    """Standard error as running text: without the box, the colours and the line breaks of the terminal."""
    plain = re.sub(r"\x1b\[[0-9;]*m|[│╭╮╰╯─]", " ", done.stderr)
    return " ".join(plain.split())


def tree(folder: Path) -> dict[str, bytes | None]:
    """Everything in a folder, to see that nothing was made, changed or removed."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
        for path in sorted(folder.rglob("*"))
    }
