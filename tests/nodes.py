"""The nodes of one ledger on a real PostgreSQL, as real processes, and what their channel is told."""

import json
import re
import signal
from collections import Counter

from process import Hook, Process, alertd, write_truces

SETTINGS = """
node = "{node}"
[ledger]
url = {{ file = "ledger-url" }}
[policy]
lead_times = []
after = []
[[channel]]
name = "hook"
kind = "webhook"
url = {{ file = "hook-url" }}
alerts = ["lapsed"]
digest = false
"""


class Nodes:
    """The nodes of one ledger, each with a config folder of its own."""

    def __init__(self, folder, server, hook) -> None:
        self._folder = folder
        self.server = server
        self.url = server.new(host="127.0.0.1")
        self._hook = hook
        self._processes: dict[str, Process] = {}

    def __getitem__(self, node: str) -> Process:
        return self._processes[node]

    def config(self, node: str):
        return self._folder / node

    def prepare(self, node: str, url=None, more: str = "") -> None:
        config = self.config(node)
        config.mkdir()
        self.set_ledger(node, url or self.url)
        (config / "hook-url").write_text(f"http://127.0.0.1:{self._hook.port}/")
        (config / "alertd.toml").write_text(SETTINGS.format(node=node) + more)

    def set_ledger(self, node: str, url) -> None:
        (self.config(node) / "ledger-url").write_text(url.url)

    def start(self, node: str, seen: str, env: dict[str, str] | None = None) -> Process:
        """`env` names another version of alertd, from then on."""
        if env is not None or node not in self._processes:
            self._processes[node] = Process(self.config(node), env=env)
        return self._processes[node].start(seen)

    def write(self, *truces: str, name: str = "truces.toml") -> None:
        """The same files on every node."""
        for config in self._folder.iterdir():
            write_truces(config, *truces, name=name)

    def end(self) -> None:
        for process in self._processes.values():
            if process.alive:
                process.send(signal.SIGCONT)
                process.kill()


def alerts(hook: Hook) -> Counter[str]:
    """The posts of each truce that has ended."""
    return Counter(title for post in hook.posts if (title := named(post)))


def named(post: dict) -> str:
    found = re.search(r"\bt-\d+", post["title"])
    return found[0] if found else ""


def unmarked_repeats(hook: Hook) -> list[str]:
    seen, unmarked = set(), []
    for post in hook.posts:
        alert = re.search(r"^Alert: (\w+)$", post["text"], re.MULTILINE)
        if alert and alert[1] in seen and "POSSIBLE REPEAT" not in post["title"]:
            unmarked.append(post["title"])
        seen.add(alert and alert[1])
    return unmarked


def role(nodes: Nodes, node: str, env: dict[str, str] | None = None) -> tuple[str, str | None]:
    """The role of a node and the active one, as its `status` has them."""
    told = status(nodes, node, env)
    assert told["node"] == node
    return told["role"], told["active_node"]


def status(nodes: Nodes, node: str, env: dict[str, str] | None = None) -> dict:
    done = alertd(nodes.config(node), "status", "--json", env=env)
    assert done.stdout, done.stderr
    return json.loads(done.stdout)
