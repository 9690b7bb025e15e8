"""Hand-overs over a crash: a change of duty that was being told is told as the same one, and only once."""

from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from alertd.daemon.duty_watch import DutyWatch
from alertd.daemon.hand_overs import HandOvers
from alertd.daemon.ops_notices import OpsNotices
from alertd.daemon.rehearsal import VirtualClock
from alertd.domain.duty import Duties, DutyList, Present, Roster, Turn
from alertd.domain.policy import Subscription
from alertd.duty import Kept, KeptList, Source, digest_of
from alertd.ledger import Ledger, LedgerThread, acquisition, queries
from alertd.message.shift import Shift
from alertd.times.zones import load_zones

NOW = datetime(2026, 10, 24, 12, tzinfo=UTC)
LATER = NOW + timedelta(minutes=20)
ZONES = load_zones({})
FIELD = DutyList(name="field", people={"Lena": "lena", "Noor": "noor", "Omar": "omar"}, zone="UTC")
PHONES = tuple(Subscription(channel=name, targets=(name,)) for name in FIELD.people.values())
SOURCE = Source(file="duty.ics")


class Killed(BaseException):
    """The process ends here."""


class Dying(LedgerThread):
    """A ledger in which a process dies right before, or right after, it writes down a hand-over."""

    def __init__(self, ledger, *, after):
        super().__init__(ledger)
        self.after = after

    async def run(self, call, *args, **more):
        if call is not acquisition.enqueue:
            return await super().run(call, *args, **more)
        if self.after:
            await super().run(call, *args, **more)
        raise Killed


def roster(*names):
    """These have been on duty for hours, as an edit says."""
    since = NOW - timedelta(hours=5)
    return Roster(turns=(Turn(since, names),), until=NOW + timedelta(days=60), read_at=NOW)


@pytest.fixture
def kept(tmp_path):
    """A place that keeps Lena as on duty, as everybody was told."""
    kept = Kept(tmp_path)
    kept.save(
        {"field": KeptList(roster("Lena"), digest_of(SOURCE), None, Present(("Lena",), NOW - timedelta(hours=9)))}
    )
    return kept


async def nothing(since, now):
    empty = dict.fromkeys(("truces", "changes", "not_watched", "held", "failing"), ())
    return Shift(since=since, sent={}, **empty)


async def begin(thread, kept, now, *names):
    """Tell of a change, as a process that starts at a moment; these are on duty now."""
    duties = Duties({"field": FIELD}, ())
    ops = OpsNotices(thread, VirtualClock(now), PHONES)
    watch = DutyWatch(duties, {"field": SOURCE}, ops, config_dir=kept.state_dir, kept=kept, zone_for=ZONES.find)
    duties.rosters["field"] = roster(*names)
    hand_overs = HandOvers(thread, watch, PHONES, nothing, ZONES.find)
    await hand_overs.tell(now)
    await hand_overs.tell(now)


async def told(thread):
    """To whom which change was told, and of which moment it is."""
    return [(row.target, row.key.split("|")[5], row.due_at) for row in await thread.run(queries.history)]


async def test_a_change_that_a_clock_set_back_shows_again_is_told_again(kept):
    with closing(Ledger.in_memory()) as ledger:
        thread = LedgerThread(ledger)
        for name in ("Noor", "Lena", "Noor"):
            await begin(thread, kept, NOW, name)
        there, back = "hand-over of field from Lena to Noor", "hand-over of field from Noor to Lena"
        assert [about for target, about, _ in await told(thread) if target == "noor"] == [there, back, there]


@pytest.mark.parametrize("after", [False, True], ids=["before it is written", "after it was written"])
@pytest.mark.parametrize("by_then", ["Noor", "Omar"], ids=["the same", "another"])
async def test_a_crash_tells_a_change_once_and_what_has_changed_since_besides(kept, after, by_then):
    with closing(Ledger.in_memory()) as ledger:
        with pytest.raises(Killed):
            await begin(Dying(ledger, after=after), kept, NOW, "Noor")
        thread = LedgerThread(ledger)
        await begin(thread, kept, LATER, by_then)
        first = [(target, "hand-over of field from Lena to Noor", NOW) for target in ("lena", "noor")]
        then = [(target, "hand-over of field from Noor to Omar", LATER) for target in ("noor", "omar")]
        assert await told(thread) == [*first, *(then if by_then == "Omar" else [])]
    assert kept.load()["field"].present.names == (by_then,)
    assert kept.load()["field"].changing is None
