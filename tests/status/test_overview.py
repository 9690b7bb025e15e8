"""How a channel fares, as status and board tell it: all of its targets taken together."""

import pytest
from factories import moment

from alertd.ledger import ChannelHealth
from alertd.status.overview import channel_view


def target(name, *, failing):
    at = moment("2016-05-02T12:00")
    return ChannelHealth(
        name="desk",
        target=name,
        last_success=None if failing else at,
        last_failure=at if failing else None,
        backlog=1,
        failing_since=at if failing else None,
    )


@pytest.mark.parametrize(("first", "second"), [(False, True), (True, False), (True, True), (False, False)])
def test_a_channel_with_one_dead_target_is_not_well(first, second):
    view = channel_view("desk", [target("desk", failing=first), target("desk#2", failing=second)])

    assert (view.ok, view.backlog) == (not (first or second), 2)
