"""What holds of every plan, whatever the truce."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from factories import truce
from hypothesis import given
from hypothesis import strategies as st

from alertd.domain.alert import Kind
from alertd.domain.change import changes
from alertd.domain.plan import plan
from alertd.domain.policy import Policy, Subscription
from alertd.domain.truce import Record, Termination, as_known, moments_of_knowledge
from alertd.times.end import End

DESK = (Subscription(channel="desk", targets=("desk",)),)
EPOCH = datetime(2016, 1, 1, tzinfo=UTC)
HOURS = st.integers(0, 2000).map(lambda hours: EPOCH + timedelta(hours=hours))


@st.composite
def ends(draw):
    at = draw(HOURS)
    return draw(st.sampled_from([End.instant(at), End.of_day(at, at + timedelta(hours=24)), End.open()]))


@st.composite
def records(draw):
    announced = draw(HOURS)
    confirmed = draw(st.one_of(st.none(), st.just(announced), HOURS.map(lambda at: max(at, announced))))
    denied = draw(st.one_of(st.none(), HOURS.map(lambda at: max(at, announced))))
    return Record(
        end=draw(ends()),
        announced=announced,
        confirmed_at=confirmed,
        denied_at=denied,
        stated_by=tuple(draw(st.sets(st.sampled_from(["army", "centre"])))),
        written="until …",
    )


@st.composite
def terminations(draw):
    announced = draw(HOURS)
    return Termination(at=draw(HOURS), announced=announced, confirmed_at=draw(st.sampled_from([None, announced])))


@st.composite
def truces(draw):
    return truce(
        announced=EPOCH,
        starts=draw(HOURS),
        first_end=draw(ends()),
        records=tuple(draw(st.lists(records(), max_size=4))),
        termination=draw(st.one_of(st.none(), terminations())),
    )


def rows(one, until=EPOCH + timedelta(days=120)):
    return plan(one, DESK, Policy(), reviews_until=until, now=until)


@given(truces(), st.randoms(use_true_random=False))
def test_the_order_of_records_in_a_file_does_not_matter(one, random):
    shuffled = list(one.records)
    random.shuffle(shuffled)
    assert rows(replace(one, records=tuple(shuffled))) == rows(one)


@given(truces())
def test_leads_are_exact_in_elapsed_time(one):
    for delivery in rows(one):
        if delivery.kind is Kind.REMINDER and delivery.stage is not None:
            assert delivery.due_at - delivery.ends_at == delivery.stage.offset


@given(truces(), st.integers(-5000, 5000).map(lambda hours: timedelta(hours=hours)))
def test_shifting_all_times_shifts_the_plan(one, by):
    def moved(delivery):
        return replace(delivery, due_at=delivery.due_at + by, ends_at=delivery.ends_at and delivery.ends_at + by)

    shifted = rows(_shifted(one, by), EPOCH + timedelta(days=120) + by)
    assert {delivery.key for delivery in shifted} == {moved(delivery).key for delivery in rows(one)}


@given(truces(), records())
def test_what_is_only_claimed_never_takes_a_reminder_of_another_party_away(one, said):
    rumour = replace(said, confirmed_at=None, denied_at=None, stated_by=("a stranger",))
    before = {delivery.key for delivery in rows(one)}
    assert before <= {delivery.key for delivery in rows(replace(one, records=(*one.records, rumour)))}


@given(truces())
def test_between_two_moments_of_knowledge_nothing_changes(one):
    moments = moments_of_knowledge(one)
    for moment, following in pairwise(moments):
        known = as_known(one, moment)
        until_then = as_known(one, following - timedelta(microseconds=1))
        assert known is not None
        assert until_then is not None
        assert changes(known, until_then) == ()
        assert rows(known) == rows(until_then)


def _shifted(value, by):
    """A truce with every moment in it moved."""
    if isinstance(value, datetime):
        return value + by
    if isinstance(value, tuple):
        return tuple(_shifted(item, by) for item in value)
    if isinstance(value, End | Record | Termination) or hasattr(value, "first_end"):
        fields = {name: _shifted(getattr(value, name), by) for name in value.__dataclass_fields__}
        return replace(value, **fields)
    return value
