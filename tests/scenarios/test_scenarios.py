"""Real truces, written as a desk would write them: the ends they come to, and the alerts the desk would have had.

Each file of `truces/` is one case. What it comes to stands below; what its rehearsal sends is kept in `expected/`, one
line an alert: when it was sent (UTC), the truce, the kind and stage, and the end or milestone of which it speaks.
`GOLDEN=write pytest tests/scenarios` writes those anew; read every line of the difference as the desk officer would.
"""

import os
import shutil
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from factories import moment
from process import alertd_json

from alertd.channels import Outcome, Target
from alertd.cli.assembly import build
from alertd.cli.context import Context
from alertd.daemon.rehearsal import VirtualClock, rehearse
from alertd.domain.agenda import Verdict
from alertd.domain.statement import Confirmation
from alertd.domain.truce import confirmed_chain
from alertd.ledger import Ledger
from alertd.message.values import Message
from alertd.register import ReadTruce, read_register
from alertd.times.instant import parse_with_zone
from alertd.times.zones import package_zones

HERE = Path(__file__).parent
EXPECTED = HERE / "expected"
SCENARIOS = sorted(path.stem for path in (HERE / "truces").glob("*.toml"))

LINEAGES = {
    "syria-2016-ghouta": ["2016-04-30T22:00", "2016-05-01T22:00", "2016-05-03T22:00"],
    "syria-2016-latakia": ["2016-05-02T22:00"],
    "syria-2016-latakia-revived": ["2016-05-09T22:00"],
    "syria-2016-aleppo": ["open", "2016-05-06T22:00", "2016-05-09T22:00", "2016-05-11T21:00"],
    "syria-2016-july": ["2016-07-08T20:59", "2016-07-11T22:00"],
    "aleppo-2016-june": ["2016-06-17T21:01"],
    "homs-2014": ["2014-02-08T22:00", "2014-02-11T22:00", "2014-02-14T22:00"],
    "gaza-2023-11": ["2023-11-28T05:00", "2023-11-30T05:00", "2023-12-01T05:00"],
    "lebanon-2024": ["2025-01-26T02:00", "2025-02-17T22:00"],
    "yemen-2022": ["2022-06-02T16:00", "2022-08-02T16:00", "2022-10-02T16:00"],
    "sudan-2023-june-10": ["2023-06-11T04:00"],
    "sudan-2023-june-18": ["2023-06-21T04:00"],
    "ukraine-energy-2025": ["2025-04-16T21:00"],
    "ukraine-easter-2025": ["2025-04-20T21:00"],
    "pak-afg-2025": ["2025-10-17T13:00", "conditional"],
    "pak-afg-2025-doha": ["open"],
    "npa-2017-christmas": ["2017-12-26T10:00"],
    "npa-2017-new-year": ["2018-01-02T10:00"],
    "idlib-2020": ["open"],
    "hudaydah-2018": ["open"],
    "gaza-2025-01": ["2025-03-02T06:30"],
    "gaza-2025-10": ["open"],
    "gaza-daily-2024": ["open"],
    "gaza-daily-2025-pauses": ["open"],
    "gaza-daily-2025-routes": ["open"],
    "synthetic-overlap-gaza-2023": ["2023-10-27T22:30"],
}
"""The first end and what each confirmed record made of it, in UTC; of a date, the instant at which the day begins."""

CLAIMS = {
    "syria-2016-ghouta": ["2016-05-01T21:00", "2016-05-03T21:00"],
    "syria-2016-aleppo": ["2016-05-06T21:00", "2016-05-09T21:01"],
    "homs-2014": ["2014-02-15T22:00"],
    "gaza-2023-11": ["2023-12-07T05:00"],
    "ukraine-energy-2025": ["2025-04-23T21:00"],
    "ukraine-easter-2025": ["conditional"],
    "pak-afg-2025": ["conditional"],
    "npa-2017-christmas": ["2017-12-26T15:59"],
    "npa-2017-new-year": ["2018-01-02T15:59"],
}
"""What was claimed and never confirmed."""

STARTS = {
    "syria-2016-ghouta": "2016-04-29T22:00",
    "syria-2016-aleppo": "2016-05-03T21:01",
    "aleppo-2016-june": "2016-06-15T21:01",
    "gaza-2023-11": "2023-11-24T05:00",
    "lebanon-2024": "2024-11-27T02:00",
    "yemen-2022": "2022-04-02T16:00",
    "sudan-2023-june-18": "2023-06-18T04:00",
    "ukraine-easter-2025": "2025-04-19T15:00",
    "pak-afg-2025": "2025-10-15T13:00",
    "npa-2017-christmas": "2017-12-23T10:00",
    "npa-2017-new-year": "2017-12-30T10:00",
    "idlib-2020": "2020-03-05T22:01",
    "gaza-daily-2024": "2024-06-16T05:00",
    "gaza-daily-2025-pauses": "2025-07-27T07:00",
    "gaza-daily-2025-routes": "2025-07-27T03:00",
    "hudaydah-2018": "2018-12-17T21:00",
    "gaza-2025-01": "2025-01-19T09:15",
    "gaza-2025-10": "2025-10-10T09:00",
}

MILESTONES = {
    "hudaydah-2018": {"ports": "2018-12-31T21:00", "all-forces": "2019-01-07T21:00"},
    "gaza-2025-10": {
        "withdrawal": "2025-10-10T09:00",
        "living": "2025-10-13T09:00",
        "deceased": "2025-10-13T09:00",
    },
}

PROBLEMS = [
    ("synthetic-gap-beirut-2026", "error", "gap", ["2026-03-28T21:01:00Z", "2026-03-28T22:01:00Z"]),
    ("synthetic-gap-gaza-2023", "error", "gap", ["2023-04-28T23:30:00Z", "2023-04-29T00:30:00Z"]),
    ("synthetic-overlap-gaza-2023", "warning", "overlap", ["2023-10-27T22:30:00Z", "2023-10-27T23:30:00Z"]),
    ("syria-2016-july", "warning", "mismatch", ["2016-07-08T20:59:00Z", "2016-07-08T22:00:00Z"]),
]
"""All that is wrong with the files, and what could have been meant."""

REHEARSALS = {
    "gaza-daily-2024": ("2024-06-15T00:00", "2024-06-25T00:00"),
    "gaza-daily-2025": ("2025-07-26T00:00", "2025-07-30T00:00"),
    "aleppo-2016-june": ("2016-06-15T00:00", "2016-06-19T00:00"),
    "gaza-2023-11": ("2023-11-22T00:00", "2023-12-09T00:00"),
    "gaza-2025-01": ("2025-01-18T00:00", "2025-03-04T00:00"),
    "gaza-2025-10": ("2025-10-08T00:00", "2025-10-16T00:00"),
    "homs-2014": ("2014-02-06T00:00", "2014-02-18T00:00"),
    "hudaydah-2018": ("2018-12-13T00:00", "2019-01-10T00:00"),
    "idlib-2020": ("2020-03-05T00:00", "2020-03-22T00:00"),
    "lebanon-2024": ("2024-11-26T00:00", "2025-02-20T00:00"),
    "npa-2017": ("2017-12-21T00:00", "2018-01-04T00:00"),
    "pak-afg-2025": ("2025-10-15T00:00", "2025-11-05T00:00"),
    "sudan-2023-june": ("2023-06-09T00:00", "2023-06-23T00:00"),
    "synthetic-gap-beirut-2026": ("2026-03-27T00:00", "2026-03-31T00:00"),
    "synthetic-gap-gaza-2023": ("2023-04-27T00:00", "2023-05-01T00:00"),
    "synthetic-overlap-gaza-2023": ("2023-10-26T00:00", "2023-10-30T00:00"),
    "syria-2016-aleppo": ("2016-05-03T00:00", "2016-05-14T00:00"),
    "syria-2016-ghouta": ("2016-04-29T00:00", "2016-05-06T00:00"),
    "syria-2016-july": ("2016-07-05T00:00", "2016-07-14T00:00"),
    "syria-2016-latakia": ("2016-04-29T00:00", "2016-05-12T00:00"),
    "ukraine-easter-2025": ("2025-04-19T00:00", "2025-04-23T00:00"),
    "ukraine-energy-2025": ("2025-03-18T00:00", "2025-04-26T00:00"),
    "yemen-2022": ("2022-04-01T00:00", "2022-10-04T00:00"),
}
"""From before the first word to well after the last."""


BEFORE = {"gaza-2025-01": ("2025-01-19T06:30", "11:15:00", "08:30:00")}
"""Where the desk changed a file and wrote no record: as an alert came due, and the words since and before."""


def end_text(end) -> str:
    return end.kind.value if end.at is None else f"{end.at:%Y-%m-%dT%H:%M}"


@pytest.fixture(scope="module")
def truces() -> dict[str, ReadTruce]:
    register = read_register(HERE, zone_for=package_zones().find, now=moment("2027-01-01T00:00"))
    return {read.id: read for read in register.truces}


@pytest.fixture(scope="module")
def checked():
    return alertd_json(HERE, "check", "--at", "2027-01-01 0000Z")


def test_every_end_that_was_ever_agreed_comes_out_as_history_has_it(truces):
    found = {
        truce_id: [end_text(live.end) for live in confirmed_chain(read.truce)]
        for truce_id, read in truces.items()
        if read.truce is not None
    }
    assert found == LINEAGES


def test_every_claim_comes_out_beside_them(truces):
    found = {
        truce_id: [
            end_text(record.end) for record in read.truce.records if record.confirmation is not Confirmation.CONFIRMED
        ]
        for truce_id, read in truces.items()
        if read.truce is not None
    }
    assert {truce_id: ends for truce_id, ends in found.items() if ends} == CLAIMS


def test_the_windows_begin_as_history_has_it(truces):
    assert {truce_id: f"{truces[truce_id].truce.starts:%Y-%m-%dT%H:%M}" for truce_id in STARTS} == STARTS


def test_the_milestones_are_owed_when_history_has_them(truces):
    found = {
        truce_id: {each.id: f"{each.at:%Y-%m-%dT%H:%M}" for each in read.truce.milestones}
        for truce_id, read in truces.items()
        if read.truce is not None and read.truce.milestones
    }
    assert found == MILESTONES


def test_the_command_tells_the_same_ends(checked):
    ends = {truce["id"]: truce["ends_at"] for truce in checked["truces"]}
    terminated = {"gaza-2023-11": "2023-12-01T05:15:00Z", "pak-afg-2025": "2025-10-18T21:30:00Z"}
    without_one = dict.fromkeys(
        (
            "idlib-2020",
            "hudaydah-2018",
            "gaza-2025-10",
            "gaza-daily-2024",
            "gaza-daily-2025-pauses",
            "gaza-daily-2025-routes",
            "pak-afg-2025-doha",
            "synthetic-gap-gaza-2023",
        )
    )
    of_the_chain = {truce_id: f"{chain[-1]}:00Z" for truce_id, chain in LINEAGES.items()}
    assert ends == of_the_chain | without_one | {"synthetic-gap-beirut-2026": None} | terminated


def test_only_what_is_unclear_is_a_problem_and_comes_with_its_readings(checked):
    told = [
        (problem["truce"], problem["level"], problem["code"], [reading["utc"] for reading in problem["readings"]])
        for problem in checked["problems"]
    ]
    assert told == PROBLEMS


def test_a_text_without_a_zone_has_another_meaning_in_the_capital_where_it_was_signed():
    zone_for = package_zones().find
    assert parse_with_zone("0001 Fri 6 Mar 2020 Europe/Moscow", zone_for=zone_for) == moment("2020-03-05T21:01")


class Tape:
    """A target that keeps one line an alert."""

    def __init__(self, name: str, clock: VirtualClock) -> None:
        self.name = name
        self.lines: list[str] = []
        self._clock = clock

    async def send(self, message: Message) -> Outcome:
        for item in message.items:
            delivery = item.delivery
            about = delivery.ends_at or delivery.at
            end = "no end" if about is None else f"{about:%d %b %H:%M}"
            end = end if delivery.milestone is None else f"{delivery.milestone} {end}"
            kind = delivery.kind.value + ("" if delivery.stage is None else f" {delivery.stage}")
            self.lines.append(f"{self._clock.now():%Y-%m-%d %H:%M:%S}  {delivery.truce or '-'}  {kind}  {end}")
        return Outcome(Verdict.ACCEPTED)

    async def aclose(self) -> None:
        """Nothing is held."""


def desk_of(file: Path) -> Callable[[datetime], None]:
    """Keeps a file as it stood at each moment that it is told of, and begins with its first form."""
    last = file.read_text()
    change, now, before = BEFORE.get(file.stem, (None, "", ""))
    if change is None:
        return lambda _: None
    file.write_text(last.replace(now, before))
    return lambda at: file.write_text(last) if at == moment(change) else None


async def rehearsed(file: Path, begin: str, until: str) -> str:
    """What a rehearsal sends to the one channel that there is without settings."""
    clock = VirtualClock(moment(begin))
    tape = Tape("console", clock)

    def tapes(_channel) -> tuple[Target, ...]:
        return (tape,)

    app = build(
        Context(file.parents[1], None),
        Ledger.in_memory(),
        clock,
        open_targets_of=tapes,
        live=False,
        quiet=timedelta(),
    )
    try:
        await rehearse(app.daemon, app.workers, clock, until=moment(until), speed=None, on_tick=desk_of(file))
    finally:
        await app.workers.stop(patience=timedelta())
        app.ledger.close()
    return "".join(f"{line}\n" for line in tape.lines)


@pytest.mark.parametrize("scenario", SCENARIOS)
async def test_a_rehearsal_sends_what_the_desk_would_have_wanted(scenario, tmp_path):
    (tmp_path / "truces").mkdir()
    file = Path(shutil.copy(HERE / "truces" / f"{scenario}.toml", tmp_path / "truces"))
    sent = await rehearsed(file, *REHEARSALS[scenario])
    expected = EXPECTED / f"{scenario}.txt"
    if os.environ.get("GOLDEN") == "write":
        expected.write_text(sent)
    assert sent == expected.read_text()


def test_no_expectation_is_left_without_its_scenario():
    assert sorted(path.stem for path in EXPECTED.iterdir()) == SCENARIOS == sorted(REHEARSALS)
