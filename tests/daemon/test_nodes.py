"""Two nodes on one real PostgreSQL, as real processes: one is active, the other takes its place, nothing is lost."""

import re
import signal
import socket
import time
from urllib.request import urlopen

import pytest
from nodes import Nodes, alerts, role, status, unmarked_repeats
from process import alertd, board_status, lasting, truce_text, until, write_truces
from proxy import Line

from alertd.ledger import ServerUrl


@pytest.fixture
def line(postgresql):
    """A line to the server that can be cut."""
    with Line(postgresql.port) as made:
        yield made


def read(port: int, path: str) -> str:
    with urlopen(f"http://127.0.0.1:{port}{path}", timeout=30) as answer:
        return answer.read().decode()


def stale(nodes: Nodes, node: str) -> list[str]:
    return [problem["file"] for problem in status(nodes, node)["problems"] if problem["code"] == "stale_file"]


def test_one_of_two_nodes_is_active_and_both_say_so(pair):
    assert role(pair, "a") == ("active", "a")
    assert role(pair, "b") == ("standby", "a")
    assert "node b: standby, active is a" in alertd(pair.config("b"), "status").stdout


def test_a_killed_node_is_followed_within_ten_seconds_and_nothing_is_lost_or_repeated_unmarked(pair, hook):
    pair.write(*(lasting(f"t-{number}", 8 + number / 2) for number in range(12)))
    until(lambda: '"truces": 12, "planned"' in pair["a"].logged(), "the truces taken in")
    until(lambda: len(alerts(hook)) >= 3, "the first ends")
    pair["a"].kill()
    killed = time.monotonic()
    until(lambda: "daemon.started" in pair["b"].logged(), "the take-over")
    assert time.monotonic() - killed < 10
    until(lambda: len(alerts(hook)) == 12, "every end told")
    assert unmarked_repeats(hook) == []
    assert role(pair, "b") == ("active", "b")
    assert any("Node b is active now: node a has the ledger no more" in post["text"] for post in hook.posts)


def test_a_node_that_was_stopped_and_wakes_up_after_another_took_over_sends_nothing_and_stands_by(pair, hook):
    pair.write(*(lasting(f"t-{number}", 10) for number in range(3)))
    until(lambda: '"truces": 3, "planned"' in pair["a"].logged(), "the truces taken in")
    pair["a"].send(signal.SIGSTOP)
    stopped = time.monotonic()
    until(lambda: "daemon.started" in pair["b"].logged(), "the take-over", patience=60)
    assert time.monotonic() - stopped < 15
    until(lambda: len(alerts(hook)) == 3, "every end told by the other", patience=60)
    pair["a"].send(signal.SIGCONT)
    until(lambda: "standby" in pair["a"].logged(), "the stand-by of the one that was stopped")
    assert role(pair, "a") == ("standby", "b")
    assert sum(alerts(hook).values()) == 3
    pair["b"].stop()
    until(lambda: pair["a"].logged().count("daemon.started") == 2, "the way back")


def test_a_node_that_is_cut_off_is_followed_and_once_it_can_write_again_it_stands_by(nodes, line, hook):
    url = ServerUrl(nodes.url.url.replace(f"port={nodes.server.port}", f"port={line.port}"))
    nodes.prepare("a", url)
    nodes.prepare("b")
    nodes.write(*(lasting(f"t-{number}", 12 + number / 2) for number in range(6)))
    nodes.start("a", "agenda.ahead")
    nodes.start("b", "standby")
    line.cut()
    cut = time.monotonic()
    until(lambda: "daemon.started" in nodes["b"].logged(), "the take-over", patience=40)
    assert time.monotonic() - cut < 15
    until(lambda: len(alerts(hook)) == 6, "every end told")
    line.mend()
    until(lambda: "standby" in nodes["a"].logged(), "the stand-by of the one that was cut off")
    assert unmarked_repeats(hook) == []
    assert role(nodes, "b") == ("active", "b")


def test_an_older_file_on_the_node_that_takes_over_is_told_by_status_and_to_ops(pair, hook):
    longer = lasting("t-1", 7200)
    write_truces(pair.config("a"), lasting("t-1", 3600))
    until(lambda: pair["a"].logged().count('"truces": 1, "planned"') == 2, "the truce taken in")
    write_truces(pair.config("b"), (pair.config("a") / "truces" / "truces.toml").read_text())
    write_truces(pair.config("a"), longer)
    until(lambda: "truce.changed" in pair["a"].logged(), "the extension")
    assert stale(pair, "a") == []
    assert stale(pair, "b") == ["truces/truces.toml"]
    pair["a"].stop()
    until(lambda: "not the one read last" in "".join(post["text"] for post in hook.posts), "a word to ops")
    assert stale(pair, "b") == ["truces/truces.toml"]
    (truce,) = (each for each in status(pair, "b")["truces"] if each["id"] == "t-1")
    assert truce["ends_at"] == re.search(r"ends = (\S+)", longer)[1]


def test_other_settings_of_the_node_that_takes_over_are_told_by_name_and_without_a_value(nodes, hook):
    nodes.prepare("a")
    nodes.prepare("b", more='[[channel]]\nname = "second"\nkind = "console"\ntags = ["planted-value"]\n')
    nodes.write(lasting("later", 86400), name="later.toml")
    nodes.start("a", "agenda.ahead")
    nodes.start("b", "standby")
    nodes["a"].stop()
    told = until(lambda: [post["text"] for post in hook.posts if "other settings" in post["text"]], "a word to ops")
    assert "Node b has other settings than node a, which was active before: channel second." in told[0]
    assert "planted-value" not in told[0]


def test_the_board_of_a_node_that_stands_by_says_so(nodes):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    nodes.prepare("a")
    nodes.prepare("b", more=f'[board]\nlisten = "127.0.0.1:{port}"\n')
    nodes.write(lasting("later", 86400), name="later.toml")
    nodes.start("a", "agenda.ahead")
    nodes.start("b", "standby")
    until(lambda: board_status(port) == 200, "the board")
    assert "node b: standby, active is a" in read(port, "/")
    assert 'alertd_node_info{node="b",role="standby"} 1.0' in read(port, "/metrics")
    nodes["a"].stop()
    until(lambda: "daemon.started" in nodes["b"].logged(), "the take-over")
    until(lambda: board_status(port) == 200, "the board of the active node")
    assert "node b: active" in read(port, "/")


def test_a_node_that_stands_by_ends_when_it_is_asked_to_and_reads_its_settings_again(pair):
    standby = pair["b"]
    settings = pair.config("b") / "alertd.toml"
    settings.write_text(f"nonsense = 1\n{settings.read_text()}")
    standby.send(signal.SIGHUP)
    until(lambda: "settings.refused" in standby.logged(), "what is wrong with them")
    write_truces(pair.config("b"), truce_text("broken", "ends = 5"), name="broken.toml")
    until(lambda: "register.problem" in standby.logged(), "what is wrong with its truces")
    assert standby.stop() == 0
    assert role(pair, "a") == ("active", "a")
