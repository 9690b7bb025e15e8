"""A daemon whose ledger is on a real server, and the desk and the people on call whom it tells."""

from pathlib import Path

from process import Hook

from alertd.ledger import ServerUrl

SETTINGS = """
[ledger]
url = { file = "ledger-url" }
[policy]
lead_times = []
after = []
late_after = "2s"
[[channel]]
name = "desk"
kind = "webhook"
url = { file = "desk-url" }
alerts = ["recorded", "lapsed"]
digest = false
[[channel]]
name = "oncall"
kind = "console"
tags = ["nothing"]
[ops]
channel = "oncall"
"""


def prepare(config: Path, url: ServerUrl, desk: Hook, more: str = "") -> None:
    """The settings of a daemon, with more of them, and its secrets."""
    (config / "ledger-url").write_text(url.url)
    (config / "desk-url").write_text(f"http://127.0.0.1:{desk.port}/")
    (config / "alertd.toml").write_text(SETTINGS + more)


def told(desk: Hook, kind: str) -> list[dict]:
    """The alerts of a kind that the desk got, in their order."""
    return [alert for post in list(desk.posts) for alert in post["alerts"] if alert["kind"] == kind]
