import json
from datetime import UTC, datetime, timedelta

import pytest
from factories import claim, day, end, extended_truce, termination, truce

from alertd.domain.alert import Change, Kind
from alertd.domain.statement import Statement
from alertd.ledger import documents, schema
from alertd.times.end import ALWAYS, End


@pytest.mark.parametrize(
    "written",
    [
        truce(),
        truce(announced=ALWAYS, first_end=End.conditional("until the talks conclude")),
        truce(first_end=day("2016-05-03T21:00"), lead_times=(timedelta(hours=2),), after=(), left_out=("a claim",)),
        truce(first_end=End.instant(end("2016-05-03T21:00").order, second=end("2016-05-03T22:00").at)),
        extended_truce(
            claim("2016-05-03T21:00", announced="2016-05-02T10:00"),
            terminations=(
                termination("2016-05-03T10:00", announced="2016-05-03T09:00"),
                termination("2016-05-03T11:00", announced="2016-05-03T09:30", confirmed=False),
            ),
        ),
    ],
)
def test_a_truce_comes_back_as_it_was_written(written):
    read = documents.load_truce(documents.dump_truce(written))
    assert read == written
    assert documents.dump_truce(read) == documents.dump_truce(written)


@pytest.mark.parametrize("ended", [None, termination("2016-05-03T10:00", announced="2016-05-03T09:00")])
def test_a_document_of_an_older_alertd_with_one_termination_or_none_still_opens(ended):
    written = truce(title='A title with "termination": in it', termination=ended)
    older = json.loads(documents.dump_truce(written))
    terminations = older.pop("terminations")
    older["termination"] = terminations[0] if terminations else None
    document = json.dumps(older, separators=(",", ":"))
    assert documents.load_truce(document) == written


@pytest.mark.parametrize(
    "statement",
    [None, Statement(), extended_truce().records[0], termination("2016-05-03T10:00", announced="2016-05-03T09:00")],
)
def test_a_change_keeps_the_whole_of_its_statement(statement):
    written = (Change(kind=Kind.EXTENDED, old=None, new=end("2016-05-03T22:00"), statement=statement, reason="zone"),)
    read = documents.load_changes(documents.dump_changes(written))
    assert read == written
    assert type(read[0].statement) is type(statement)


def test_two_truces_that_differ_have_two_fingerprints():
    first, other = (documents.dump_truce(truce(title=title)) for title in ("a", "b"))
    assert documents.fingerprint(first) == documents.fingerprint(first) != documents.fingerprint(other)


@pytest.mark.parametrize(
    ("moment", "kept"),
    [
        (datetime(2016, 5, 3, 22, tzinfo=UTC), datetime(2016, 5, 3, 22, tzinfo=UTC)),
        (datetime(2016, 5, 3, 22, 0, 0, 1999, tzinfo=UTC), datetime(2016, 5, 3, 22, 0, 0, 1000, tzinfo=UTC)),
        (datetime(1969, 12, 31, 23, 59, 59, 999, tzinfo=UTC), datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC)),
        (ALWAYS, ALWAYS),
        (None, None),
    ],
)
def test_a_moment_is_kept_to_the_millisecond_rounded_down(moment, kept):
    column = schema.UtcMoment()
    stored = column.bind_processor()(moment)
    assert column.result_processor()(stored) == kept


def test_a_moment_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="needs its zone"):
        schema.UtcMoment().bind_processor()(datetime(2016, 5, 3))  # noqa: DTZ001  that is the point
