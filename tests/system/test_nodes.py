"""Two nodes of one ledger on PostgreSQL, each a service of a systemd of its own."""

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from postgresql import Server
from process import lasting, until
from proxy import Line
from system.box import Box
from system.conftest import SETTINGS, Post, Service

pytestmark = pytest.mark.system

TAKES_OVER = 10.0
"""Seconds within which the other node has the ledger of one that has ended."""

TAKES_OVER_UNHEARD = 15.0
"""Likewise, of one of which nothing is heard."""


class Nodes:
    """The services `a` and `b`, which speak to one mail server; node a reaches PostgreSQL by a line."""

    def __init__(self, machines: list[Box], post: Post, line: Line, postgresql: Server) -> None:
        self.post = post
        self.line = line
        url = postgresql.new(host="127.0.0.1").url
        urls = {"a": url.replace(f"port={postgresql.port}", f"port={line.port}"), "b": url}
        self._services = dict(zip("ab", (Service(box, post) for box in machines), strict=True))
        for name, service in self._services.items():
            service.clean()
            service.box.write(
                "/etc/alertd/alertd.toml",
                f'node = "{name}"\n{SETTINGS}[ledger]\nurl = {{ credential = "ledger-url" }}\n',
            )
            service.box.write("/etc/alertd/credentials/ledger-url", urls[name], 0o600)

    def __getitem__(self, name: str) -> Service:
        return self._services[name]

    def truces(self, *truces: str) -> None:
        """The same file on each machine."""
        for service in self._services.values():
            service.truces(*truces)

    def says(self, name: str) -> str:
        """The status that a node shows in `systemctl status`, once it is ready; else nothing."""
        box = self[name].box
        return box.show("StatusText") if box.ready else ""

    def roles(self, name: str) -> tuple[str, str]:
        """The role of a node and the active one, as its `status` has them."""
        told = json.loads(self[name].alertd("status", "--json").stdout)
        return told["role"], told["active_node"]


@pytest.fixture(scope="module")
def machines(suite, package, tmp_path_factory) -> Iterator[list[Box]]:
    """Two machines on which apt has installed the package."""
    with ExitStack() as ended:
        made = []
        for _ in range(2):
            box = Box(tmp_path_factory.mktemp("node"), suite)
            ended.callback(box.close)
            done = box.install_package(package)
            assert done.returncode == 0, done.stdout + done.stderr + box.log()
            made.append(box)
        yield made


@pytest.fixture
def nodes(machines, postgresql) -> Iterator[Nodes]:
    """Node a is active and has sent its first alert, and node b stands by."""
    with Post() as post, Line(postgresql.port) as line:
        made = Nodes(machines, post, line, postgresql)
        made.truces(lasting("later"))
        made["a"].start()
        made["b"].start()
        until(lambda: made.says("b"), "a standby that is ready")
        until(lambda: post.heard("later"), "the first alert")
        yield made


def due_soon(nodes: Nodes) -> None:
    """A truce that ends in some seconds stands in the ledger."""
    nodes.truces(lasting("later"), lasting("ghouta", 12))
    until(lambda: nodes.post.heard("ghouta"), "the truce taken in")


def taken_over(nodes: Nodes, name: str, within: float = TAKES_OVER) -> None:
    """The other node is active, and tells the end of what was due once, or marks it as a possible repeat."""
    ended = time.monotonic()
    until(lambda: "running" in nodes.says(name), "the take-over")
    assert time.monotonic() - ended < within
    assert nodes.roles(name) == ("active", name)
    until(lambda: nodes.post.heard("ghouta", "expired"), "the end")
    until(lambda: nodes.post.heard("Node", "is active now"), "a word to ops")
    assert len(unmarked(nodes)) == 1


def unmarked(nodes: Nodes) -> list[str]:
    """The mails that tell the end of what was due, without the mark of a repeat."""
    return [mail for mail in nodes.post.heard("ghouta", "expired") if "POSSIBLE REPEAT" not in mail]


def test_both_are_ready_for_systemd_and_say_which_is_active(nodes):
    assert nodes.says("a").startswith("1 running, next end")
    assert nodes.says("b") == "standby, active is a"
    assert (nodes.roles("a"), nodes.roles("b")) == (("active", "a"), ("standby", "a"))


def test_a_killed_service_is_followed_and_stands_by_once_systemd_has_started_it_again(nodes):
    due_soon(nodes)
    killed = nodes["a"].box.pid

    nodes["a"].box.run("systemctl", "kill", "--signal=KILL", "alertd.service")

    taken_over(nodes, "b")
    nodes["a"].again(killed)
    assert nodes.says("a") == "standby, active is b"
    assert nodes.roles("a") == ("standby", "b")


def test_a_machine_that_stands_still_and_sends_no_packet_is_followed_and_stands_by_once_it_goes_on(nodes):
    """Suspended; and until it goes on, what others see of it is what they see of one without power."""
    due_soon(nodes)

    nodes.line.cut()
    with nodes["a"].box.frozen():
        taken_over(nodes, "b", TAKES_OVER_UNHEARD)

    nodes.line.mend()
    until(lambda: nodes.says("a") == "standby, active is b", "the stand-by of the one that stood still")
    assert nodes.roles("a") == ("standby", "b")
    assert len(unmarked(nodes)) == 1


def test_a_machine_that_is_switched_off_is_followed(nodes):
    """The last here: there is one machine less after it."""
    due_soon(nodes)

    nodes["a"].box.power_off()

    taken_over(nodes, "b")
