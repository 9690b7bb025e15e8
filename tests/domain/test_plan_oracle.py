"""The whole ladder of any truce, worked out once more from the words of the rules and without the planner's code."""

from datetime import UTC, datetime, timedelta

from factories import truce
from hypothesis import given
from hypothesis import strategies as st

from alertd.domain.alert import LADDER
from alertd.domain.plan import plan
from alertd.domain.policy import Policy, Subscription
from alertd.domain.statement import Record, Termination
from alertd.times.end import End

DESK = (Subscription(channel="desk", targets=("desk",)),)
START = datetime(2026, 10, 20, tzinfo=UTC)
LATER = datetime(2030, 1, 1, tzinfo=UTC)
HOUR, MINUTES = timedelta(hours=1), timedelta(minutes=15)
MOMENTS = st.integers(1, 72).map(lambda hours: START + hours * HOUR)
"""So few that ends often fall on one another."""


@st.composite
def ends(draw):
    at = draw(MOMENTS)
    day = End.of_day(at, at + draw(st.sampled_from([23, 24, 25])) * HOUR)
    return draw(st.sampled_from([End.instant(at), End.instant(at, at + HOUR), day]))


@st.composite
def claims(draw):
    """Nobody confirms or denies them, and nobody says anything else later."""
    return [
        Record(end=end, announced=START, stated_by=(f"party {number}",), written="until …")
        for number, end in enumerate(draw(st.lists(ends(), max_size=3)))
    ]


def stages(end, *, is_expiry):
    """Kind, stage, moment, and the instant that it counts to."""
    is_day = end.at != end.over
    for lead in (24, 6, 1):
        counts_to = end.over if is_day and lead < 24 else end.at
        yield "reminder", f"{lead}h", counts_to - lead * HOUR, counts_to
    yield "reminder", "15m", end.over - MINUTES, end.over
    if is_day or not is_expiry:
        yield "reminder", "0", end.at, end.at
    if is_expiry:
        yield "lapsed", "0", end.over, end.over
        yield "lapsed", "+15m", end.over + MINUTES, end.over
        if end.second is not None:
            yield "lapsed", "0", end.second, end.second


def expected(agreed, stated, stop):
    """The rows of a truce with an agreed end, ends that parties state, and a confirmed termination or none."""

    def until_stop(end, *, is_expiry=False, after=START - 100 * HOUR):
        for kind, stage, due_at, at in stages(end, is_expiry=is_expiry):
            if due_at > after and end.at < stop and due_at < stop:
                yield kind, stage, due_at, end.at, at

    rows = set(until_stop(agreed, is_expiry=True))
    for end in stated:
        if (end.at, end.over) == (agreed.at, agreed.over):
            continue
        is_later = end.at >= agreed.over and end.over > agreed.over
        rows.update(until_stop(end, after=agreed.over) if is_later else until_stop(end))
    if stop <= agreed.over:
        early = End.instant(stop)
        rows.update((kind, stage, due, stop, at) for kind, stage, due, at in stages(early, is_expiry=False))
    return rows


@given(ends(), claims(), st.one_of(st.none(), MOMENTS))
def test_a_plan_holds_what_the_rules_say_and_nothing_else(agreed, stated, stop):
    ended = None if stop is None else Termination(at=stop, announced=START, confirmed_at=START)
    about = truce(announced=START, starts=START, first_end=agreed, records=tuple(stated), termination=ended)
    planned = [row for row in plan(about, DESK, Policy(), reviews_until=START, now=LATER) if row.kind in LADDER]
    found = [(row.kind.value, str(row.stage), row.due_at, row.ends_at, row.at) for row in planned]
    assert set(found) == expected(agreed, [record.end for record in stated], LATER if stop is None else stop)
    assert len(found) == len(set(found)) == len({row.key for row in planned})
