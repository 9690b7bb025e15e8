"""Pickle unpacks the very values that it packed, field by field."""

import pickle
from copy import copy
from dataclasses import replace

from factories import claim, extended_truce, record, termination

from alertd.domain.recording import Recording

EXTENSION = record("2016-05-01T22:00", announced="2016-05-01T09:00", written="by 24h", stated_by=("A",))
RICH = replace(
    extended_truce(EXTENSION, claim("2016-05-01T20:00", announced="2016-05-01T10:00")),
    terminations=(termination("2016-05-01T18:00", announced="2016-05-01T11:00", reason="an attack"),),
    recording=Recording(by="Lena"),
    tags=("syria", "north"),
    left_out=("the claim cannot be read",),
)


def test_a_packed_truce_is_the_same_with_all_that_was_said_of_it():
    unpacked = pickle.loads(pickle.dumps(RICH, pickle.HIGHEST_PROTOCOL))  # noqa: S301  made here
    assert unpacked == RICH
    assert [type(each) for each in unpacked.records] == [type(each) for each in RICH.records]
    assert copy(EXTENSION) == EXTENSION
