from itertools import product

import pytest
from factories import delivery
from ledger.steps import MORNING
from sqlalchemy import select, update

from alertd.ledger import LEGAL, DeliveryState, IllegalTransition, Ledger, rows, schema

EVERY_STEP = list(product(DeliveryState, DeliveryState))


@pytest.fixture
def connection():
    ledger = Ledger.in_memory()
    with ledger.transaction() as connection:
        rows.insert_new(connection, [rows.new_row(delivery(stage="6h"), MORNING)])
        yield connection
    ledger.close()


def put_into(connection, state):
    connection.execute(update(schema.delivery).values(state=state))
    return connection.scalars(select(schema.delivery.c.id)).all()


def state_of_row(connection):
    return connection.scalar(select(schema.delivery.c.state))


def test_the_table_names_every_state_and_gives_each_step_its_reason():
    assert set(LEGAL) == set(DeliveryState)
    assert all(why for steps in LEGAL.values() for why in steps.values())


def test_the_table_is_that_of_the_design():
    P, C, S = DeliveryState.PLANNED, DeliveryState.ACQUIRED, DeliveryState.SUPERSEDED  # noqa: N806  a table of letters
    assert {(source, goal) for source, goals in LEGAL.items() for goal in goals} == {
        (P, C), (P, S), (P, DeliveryState.OVERTAKEN), (P, DeliveryState.MISSED),
        (C, DeliveryState.DELIVERED), (C, P), (C, DeliveryState.FAILED), (C, S), (C, DeliveryState.OVERTAKEN),
        (S, P),
        *((waits, DeliveryState.ACKNOWLEDGED) for waits in (P, C)),
        *((settled, P) for settled in (DeliveryState.DELIVERED, DeliveryState.FAILED)),
        *((settled, P) for settled in (DeliveryState.OVERTAKEN, DeliveryState.MISSED)),
    }  # fmt: skip


@pytest.mark.parametrize(("source", "goal"), [step for step in EVERY_STEP if step[1] in LEGAL[step[0]]])
def test_a_step_in_the_table_can_be_taken(connection, source, goal):
    ids = put_into(connection, source)
    rows.move(connection, ids, source, goal)
    assert state_of_row(connection) == goal


@pytest.mark.parametrize(("source", "goal"), [step for step in EVERY_STEP if step[1] not in LEGAL[step[0]]])
def test_a_step_that_is_not_in_the_table_raises_and_changes_nothing(connection, source, goal):
    ids = put_into(connection, source)
    with pytest.raises(IllegalTransition, match=f"from {source} to {goal}"):
        rows.move(connection, ids, source, goal)
    with pytest.raises(IllegalTransition, match=f"from {source} to {goal}"):
        rows.move_each(connection, [{"row": ids[0]}], source, goal)
    assert state_of_row(connection) == source


@pytest.mark.parametrize("actual", [state for state in DeliveryState if state is not DeliveryState.PLANNED])
def test_a_delivery_is_not_moved_from_a_state_in_which_it_is_not(connection, actual):
    ids = put_into(connection, actual)
    with pytest.raises(IllegalTransition, match="1 of 1 deliveries were not planned"):
        rows.move(connection, ids, DeliveryState.PLANNED, DeliveryState.ACQUIRED)
    assert state_of_row(connection) == actual
