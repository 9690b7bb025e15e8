"""Nodes of two versions on one ledger, as docs/high-availability.md has them upgraded: one after the other."""

import re
import shutil
from pathlib import Path

import pytest
from nodes import alerts, role, unmarked_repeats
from process import lasting, until

import alertd
from alertd.ledger.schema import VERSION

NEWER = f"{int(VERSION) + 1:04}"

MIGRATION = f"""
import sqlalchemy as sa
from alembic import op

revision, down_revision, branch_labels, depends_on = "{NEWER}", "{VERSION}", None, None


def upgrade() -> None:
    op.create_table("of_the_newer", sa.Column("id", sa.Integer, primary_key=True))
"""


@pytest.fixture(scope="module")
def newer(tmp_path_factory):
    """The surroundings of a process of the next version of alertd: this one, with one migration more."""
    place = tmp_path_factory.mktemp("newer")
    package = shutil.copytree(Path(alertd.__file__).parent, place / "alertd")
    schema = package / "ledger" / "schema.py"
    text, count = re.subn(r'^VERSION = ".*"', f'VERSION = "{NEWER}"', schema.read_text(), flags=re.MULTILINE)
    assert count == 1
    schema.write_text(text)
    (package / "ledger" / "migrations" / "versions" / f"r{NEWER}_of_the_newer.py").write_text(MIGRATION)
    return {"PYTHONPATH": str(place), "PYTHONSAFEPATH": "1"}


def version(nodes):
    schema = nodes.url.url.rpartition("%3D")[2]
    return nodes.server.execute(f"SELECT version_num FROM {schema}.alembic_version", database="alertd")[0][0]  # noqa: S608


def test_one_node_after_the_other_is_upgraded_and_every_end_is_told_once(pair, hook, newer):
    pair.write(*(lasting(f"t-{number}", 10 + 2 * number) for number in range(12)))
    until(lambda: '"truces": 12, "planned"' in pair["a"].logged(), "the truces taken in")

    assert pair["b"].stop() == 0
    pair.start("b", "standby", newer)
    assert version(pair) == VERSION

    assert pair["a"].stop() == 0
    until(lambda: pair["b"].logged().count("daemon.started") == 1, "the take-over")
    assert version(pair) == NEWER
    pair.start("a", "standby", newer)
    assert role(pair, "b", newer) == ("active", "b")
    assert role(pair, "a", newer) == ("standby", "b")

    until(lambda: len(alerts(hook)) == 12, "every end told")
    assert set(alerts(hook).values()) == {1}


def test_a_node_that_is_older_than_the_ledger_says_so_and_stays_away(pair, hook, newer):
    pair["b"].stop()
    pair.start("b", "standby", newer)
    pair.write(*(lasting(f"t-{number}", 25) for number in range(3)))
    until(lambda: '"truces": 3, "planned"' in pair["a"].logged(), "the truces taken in")
    pair["a"].kill()
    until(lambda: "daemon.started" in pair["b"].logged(), "the take-over")

    for starts in (1, 2):
        pair.start("a", "a newer alertd wrote it")
        assert pair["a"].wait() == 1
        words = f"a newer alertd wrote it (version {NEWER}, this one knows {VERSION}); upgrade"
        assert pair["a"].logged().count(words) == starts
        if starts == 1:
            pair["b"].kill()  # nobody is left who could send, and the older one still must not
    assert pair["a"].logged().count("daemon.started") == 1

    pair.start("b", "agenda.ahead", newer)
    until(lambda: len(alerts(hook)) == 3, "every end told")
    assert unmarked_repeats(hook) == []
