"""What holds of every plan, whatever the truce."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from factories import truce
from hypothesis import given
from hypothesis import strategies as st

from alertd.domain.alert import Kind
from alertd.domain.change import changes
from alertd.domain.known import as_known, moments_of_knowledge
from alertd.domain.plan import plan
from alertd.domain.policy import Policy, Subscription
from alertd.domain.statement import Record, Termination
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


def rows(about, until=EPOCH + timedelta(days=120)):
    return plan(about, DESK, Policy(), reviews_until=until, now=until)


@given(truces(), st.randoms(use_true_random=False))
def test_the_order_of_records_in_a_file_does_not_matter(about, random):
    shuffled = list(about.records)
    random.shuffle(shuffled)
    assert rows(replace(about, records=tuple(shuffled))) == rows(about)


@given(truces())
def test_stages_are_exact_in_elapsed_time(about):
    for delivery in rows(about):
        assert (delivery.stage is None) is (delivery.at is None) is (delivery.kind is Kind.REVIEW)
        if delivery.stage is not None:
            assert delivery.due_at - delivery.at == delivery.stage.offset


@given(truces())
def test_no_two_rows_of_a_plan_have_one_key(about):
    planned = {(row.kind, row.stage, row.ends_at, row.at, row.due_at) for row in rows(about)}
    assert len({row.key for row in rows(about)}) == len(planned)


@given(truces(), st.integers(-5000, 5000).map(lambda hours: timedelta(hours=hours)))
def test_shifting_all_times_shifts_the_plan(about, by):
    def moved(delivery):
        moments = ("due_at", "ends_at", "at")
        return replace(delivery, **{name: getattr(delivery, name) and getattr(delivery, name) + by for name in moments})

    shifted = rows(_shifted(about, by), EPOCH + timedelta(days=120) + by)
    assert {delivery.key for delivery in shifted} == {moved(delivery).key for delivery in rows(about)}


@given(truces(), records())
def test_what_is_only_claimed_never_takes_a_reminder_of_another_party_away(about, said):
    rumour = replace(said, confirmed_at=None, denied_at=None, stated_by=("a stranger",))
    before = {delivery.key for delivery in rows(about)}
    assert before <= {delivery.key for delivery in rows(replace(about, records=(*about.records, rumour)))}


@given(truces())
def test_between_two_moments_of_knowledge_nothing_changes(about):
    moments = moments_of_knowledge(about)
    for moment, following in pairwise(moments):
        known = as_known(about, moment)
        until_then = as_known(about, following - timedelta(microseconds=1))
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
