"""Prepared statements say the same as SQLAlchemy's own way to run them, on each database."""

from datetime import timedelta

import pytest
from ledger.steps import MORNING, ladder, record
from sqlalchemy import bindparam, insert, select, update

from alertd.domain.agenda import Verdict
from alertd.errors import LedgerError
from alertd.ledger import rows, schema
from alertd.ledger.prepared import Prepared

TABLE = schema.delivery

FOUND = (
    select(TABLE, (TABLE.c.due_at > bindparam("now", type_=schema.UtcMoment)).label("is_ahead"))
    .where(TABLE.c.id.in_(rows.IDS), TABLE.c.kind.in_(["lapsed", "reminder"]))
    .order_by(TABLE.c.id)
)


@pytest.fixture
def ids(ledger):
    """The ids of five rows, as one transaction after another sees them."""
    record(ledger, wanted=ladder(stages=("24h", "6h", "1h", "15m", "5m")))
    with ledger.transaction() as connection:
        return list(connection.scalars(select(TABLE.c.id).order_by(TABLE.c.id)))


def test_rows_are_the_same_for_any_number_of_ids(ledger, ids):
    prepared, now = Prepared(FOUND), ladder()[1].due_at
    with ledger.transaction() as connection:
        for number in (*range(len(ids) + 1), 1):
            values = {"ids": ids[:number], "now": now}
            expected = connection.execute(FOUND, values).all()
            found = prepared.all(connection, values)
            assert [row._asdict() for row in found] == [row._asdict() for row in expected]
            assert [type(value) for row in found for value in row] == [type(value) for row in expected for value in row]
    assert [(row.due_at, row.is_ahead, row.possible_repeat) for row in found] == [(ladder()[0].due_at, False, False)]


def test_the_rows_that_are_changed_are_counted(ledger, ids):
    one = update(TABLE).where(TABLE.c.id == bindparam("row"), TABLE.c.attempts == 0)
    many = update(TABLE).where(TABLE.c.id.in_(rows.IDS)).values(settled_at=bindparam("settled_at"))
    each = Prepared(one.values(dispatched_at=bindparam("dispatched_at"), possible_repeat=bindparam("possible_repeat")))
    later = [
        {"row": row, "dispatched_at": MORNING + timedelta(seconds=row), "possible_repeat": row == ids[0]}
        for row in (*ids[:3], max(ids) + 1)
    ]
    with ledger.transaction() as connection:
        assert Prepared(many).run(connection, {"ids": [*ids[:3], max(ids) + 1], "settled_at": MORNING}) == 3
        assert each.run_each(connection, later) == 3
    with ledger.transaction() as connection:
        found = connection.execute(
            select(TABLE.c.settled_at, TABLE.c.dispatched_at, TABLE.c.possible_repeat).order_by(TABLE.c.id)
        ).all()
    changed = [(MORNING, row["dispatched_at"], row["possible_repeat"]) for row in later[:3]]
    assert found == [*changed, (None, None, False), (None, None, False)]


def test_an_error_of_the_driver_is_advice_and_leaves_nothing(ledger, ids):
    attempts = Prepared(insert(schema.attempt).inline())
    attempt = {"at": MORNING, "outcome": Verdict.ACCEPTED.value, "took_ms": 40, "detail": None}

    def append(connection):
        assert attempts.run_each(connection, [{"delivery": ids[0], **attempt}]) == 1
        attempts.run_each(connection, [{"delivery": None, **attempt}])

    with pytest.raises(LedgerError, match=r"(?i)not.null"):
        ledger.run(append)
    with ledger.transaction() as connection:
        assert connection.execute(select(schema.attempt)).all() == []
