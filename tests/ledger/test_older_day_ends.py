"""A ledger of the sixth version, in which all reminders of a day lead to its beginning, opened by this one."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from factories import day, moment, truce
from ledger.steps import POLICY, record, send, states
from sqlalchemy import create_engine

from alertd.domain.alert import LADDER as LADDER_KINDS
from alertd.domain.plan import plan
from alertd.domain.policy import Subscription
from alertd.ledger import DeliveryState, Ledger, acquisition, queries
from alertd.ledger.migrations.versions import (
    r0001_base,
    r0002_targets_and_messages,
    r0003_memory_of_the_register,
    r0004_acquired,
    r0005_numbers_of_notices,
    r0006_carried_changes,
)

BEGINS, OVER = moment("2016-05-03T21:00"), moment("2016-05-04T21:00")
TRUCE = truce(first_end=day("2016-05-03T21:00"))
DESK = (Subscription(channel="desk", targets=("desk",)),)
LADDER = {
    "reminder|24h": BEGINS - timedelta(hours=24),
    "reminder|6h": BEGINS - timedelta(hours=6),
    "reminder|1h": BEGINS - timedelta(hours=1),
    "reminder|15m": BEGINS - timedelta(minutes=15),
    "reminder|0": BEGINS,
    "lapsed|0": OVER,
    "lapsed|+15m": OVER + timedelta(minutes=15),
}
"""What the older alertd planned, and when it was due."""


def key(stage, target="desk", ends_at="2016-05-03T21:00:00Z"):
    return f"eastern-ghouta|{stage}|{ends_at}|{target}"


def to_the_end(stage, target="desk"):
    return key(stage, target, "2016-05-03T21:00:00Z/2016-05-04T21:00:00Z")


@pytest.fixture
def older(tmp_path):
    """Opens a ledger of the sixth version that was in use until a moment: what was due by then was delivered."""

    def write(until):
        path = tmp_path / "ledger.db"
        engine = create_engine(f"sqlite:///{path}")
        migrations = (
            r0001_base,
            r0002_targets_and_messages,
            r0003_memory_of_the_register,
            r0004_acquired,
            r0005_numbers_of_notices,
            r0006_carried_changes,
        )
        with engine.begin() as connection, Operations.context(MigrationContext.configure(connection)):
            for migration in migrations:
                migration.upgrade()
        engine.dispose()
        rows = [_row(stage, due_at, until) for stage, due_at in LADDER.items()]
        copy = _row("lapsed|0", OVER, OVER, target="oncall", stands_for=key("lapsed|0"))
        with closing(sqlite3.connect(path)) as raw, raw:
            raw.execute("create table alembic_version (version_num varchar(32) not null primary key)")
            raw.execute("insert into alembic_version values ('0006')")
            raw.executemany(
                """insert into delivery (key, truce, kind, stage, ends_at, channel, target, stands_for, planned_at,
                       due_at, state, attempts, possible_repeat)
                   values (?, 'eastern-ghouta', ?, ?, ?, ?, ?, ?, 0, ?, ?, 0, 0)""",
                [*rows, copy],
            )
        return Ledger.open(path)

    return write


def _row(stage, due_at, until, *, target="desk", stands_for=None):
    kind, _, name = stage.partition("|")
    state = "delivered" if due_at < until else "planned"
    return (key(stage, target), kind, name, _ms(BEGINS), target, target, stands_for, _ms(due_at), state)


def _ms(at):
    return (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


def upgrade(ledger, now):
    """The first start of this version plans every truce anew."""
    wanted = plan(TRUCE, DESK, POLICY, reviews_until=now, now=now)
    record(ledger, of=TRUCE, wanted=[row for row in wanted if row.kind in LADDER_KINDS], now=now)


def test_the_rest_of_the_ladder_moves_to_the_end_of_the_day_and_nothing_is_sent_again(older):
    now = BEGINS - timedelta(hours=3)
    ledger = older(now)
    upgrade(ledger, now)

    assert {key: state for key, state in states(ledger).items() if key.endswith("|desk")} == {
        key("reminder|24h"): DeliveryState.DELIVERED,
        key("reminder|6h"): DeliveryState.DELIVERED,
        key("reminder|1h"): DeliveryState.SUPERSEDED,
        key("reminder|15m"): DeliveryState.SUPERSEDED,
        key("reminder|0"): DeliveryState.PLANNED,
        to_the_end("reminder|6h"): DeliveryState.PLANNED,
        to_the_end("reminder|1h"): DeliveryState.PLANNED,
        to_the_end("reminder|15m"): DeliveryState.PLANNED,
        to_the_end("lapsed|0"): DeliveryState.PLANNED,
        to_the_end("lapsed|+15m"): DeliveryState.PLANNED,
    }
    told = []
    while due := ledger.run(acquisition.next_due):
        told += [(sent.delivery.key, due) for sent in send(ledger, due)]
    assert told == [
        (key("reminder|0"), BEGINS),
        (to_the_end("reminder|6h"), OVER - timedelta(hours=6)),
        (to_the_end("reminder|1h"), OVER - timedelta(hours=1)),
        (to_the_end("reminder|15m"), OVER - timedelta(minutes=15)),
        (to_the_end("lapsed|0"), OVER),
        (to_the_end("lapsed|+15m"), OVER + timedelta(minutes=15)),
    ]
    ledger.close()


def test_a_lapse_that_came_while_nothing_ran_is_not_lost(older):
    ledger = older(OVER)
    now = OVER + timedelta(minutes=5)
    upgrade(ledger, now)
    assert [sent.delivery.key for sent in send(ledger, now)] == [to_the_end("lapsed|0")]
    ledger.close()


def test_each_row_says_the_instant_that_its_stage_counts_to(older):
    ledger = older(OVER)
    found = {found.key: found.at for found in ledger.run(queries.history) if found.target == "desk"}
    assert found == {
        **{key(f"reminder|{stage}"): BEGINS for stage in ("24h", "6h", "1h", "15m", "0")},
        **{to_the_end(f"lapsed|{stage}"): OVER for stage in ("0", "+15m")},
    }
    ledger.close()


def test_a_copy_still_names_the_delivery_whose_place_it_takes(older, tmp_path):
    older(OVER).close()
    with closing(sqlite3.connect(tmp_path / "ledger.db")) as raw:
        rows = raw.execute("select key, stands_for from delivery where stands_for is not null").fetchall()
    assert rows == [(to_the_end("lapsed|0", "oncall"), to_the_end("lapsed|0"))]
