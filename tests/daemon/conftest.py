"""What the tests of the daemon share."""

import pytest
from factories import moment
from nodes import Nodes
from process import lasting
from world import World

from alertd.daemon.rehearsal import VirtualClock


@pytest.fixture
async def world(tmp_path):
    made = World(tmp_path, VirtualClock(moment("2016-05-02T12:00")))
    yield made
    if hasattr(made, "app"):
        await made.stop()


@pytest.fixture
def nodes(tmp_path, postgresql, hook):
    made = Nodes(tmp_path, postgresql, hook)
    try:
        yield made
    finally:
        made.end()


@pytest.fixture
def pair(nodes):
    """Node a is active, and node b stands by."""
    nodes.prepare("a")
    nodes.prepare("b")
    nodes.write(lasting("later", 86400), name="later.toml")
    nodes.start("a", "agenda.ahead")
    nodes.start("b", "standby")
    return nodes
