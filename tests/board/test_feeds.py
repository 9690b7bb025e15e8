"""What programs read: the JSON of the commands, the calendar, the figures and the signs of life."""

import asyncio
import json
import re
from dataclasses import replace
from datetime import UTC
from pathlib import Path

import pytest
from board.conftest import NOON
from board.register import CLAIM, EXTENSION, GHOUTA, LATAKIA, OPEN, REFUSED, TERMINATION
from factories import moment
from icalendar import Calendar
from prometheus_client.parser import text_string_to_metric_families

from alertd.board import Board
from alertd.board.body import takes_gzip
from alertd.board.metrics import ENDS_AT_MOST
from alertd.channels import Outcome
from alertd.cli.context import Context
from alertd.daemon.instance import Signs
from alertd.domain.agenda import Verdict
from alertd.ledger import queries, restart_cache
from alertd.status.overview import NEXT, LedgerContent, history_view, overview
from alertd.status.views import dump

CONTRIB = Path(__file__).parents[2] / "contrib"


async def test_truces_are_told_in_the_form_of_status(look):
    async with look(GHOUTA + LATAKIA + REFUSED) as viewer:
        told = await viewer.get_json("/api/v1/truces")
        context = Context(viewer.world.config, None)
        ledger = viewer.world.ledger
        now = viewer.world.clock.now()
        everything = overview(
            LedgerContent(
                known=ledger.run(queries.truces),
                listed=ledger.run(restart_cache.index),
                upcoming=ledger.run(queries.upcoming, NEXT),
                health=ledger.run(queries.channels),
            ),
            context.read_register(now).register_problems,
            context.settings,
            context.zones.find,
            now,
            clock_doubt=None,
        )
        assert told == json.loads(dump(everything.view(tzdata=context.zones.version, pid=told["pid"], last_tick=now)))
        assert [truce["id"] for truce in told["truces"]] == ["ghouta", "latakia", "refused"]
        assert told["not_watched"] == ["refused"]
        assert [problem["truce"] for problem in told["problems"]] == ["refused"]


def as_json(rows):
    return json.loads(dump([history_view(row) for row in rows]))


async def test_deliveries_are_told_in_the_form_of_history_and_by_its_filters(look):
    async with look(GHOUTA + LATAKIA) as viewer:
        ledger = viewer.world.ledger
        assert await viewer.get_json("/api/v1/deliveries") == as_json(ledger.run(queries.history))
        assert await viewer.get_json("/api/v1/deliveries?truce=latakia&since=2016-05-02T15:00Z") == as_json(
            ledger.run(queries.history, truce="latakia", since=moment("2016-05-02T15:00"))
        )
        assert await viewer.get_json("/api/v1/deliveries?channel=nobody") == []


async def test_a_moment_that_cannot_be_read_is_refused_with_advice(look):
    async with look(GHOUTA) as viewer, viewer.request("GET", "/api/v1/deliveries?since=0100") as answer:
        assert answer.status == 400
        assert (await answer.text()).startswith("since: ")


def events(text: str):
    return {str(event["UID"]): event for event in Calendar.from_ical(text).walk("VEVENT")}


async def test_the_calendar_shows_the_window_in_utc_and_the_ladder_as_alarms(look):
    async with look(GHOUTA + OPEN) as viewer:
        found = events(await viewer.get("/calendar.ics"))
        ghouta = found["ghouta@alertd"]
        assert ghouta["DTSTART"].dt == moment("2016-05-02T07:00").astimezone(UTC)
        assert ghouta["DTEND"].dt == moment("2016-05-03T22:00")
        assert [alarm["TRIGGER"].dt for alarm in ghouta.walk("VALARM")] == [
            moment(at)
            for at in (
                "2016-05-02T06:00",
                "2016-05-02T07:00",
                "2016-05-02T22:00",
                "2016-05-03T16:00",
                "2016-05-03T21:00",
                "2016-05-03T21:45",
                "2016-05-03T22:00",
                "2016-05-03T22:15",
            )
        ]
        assert "no agreed end" in found["open@alertd"]["SUMMARY"]


@pytest.mark.parametrize(
    ("board", "address"),
    [('url = "https://board.example.org"', "https://board.example.org/truces/ghouta"), ("", None)],
)
async def test_an_event_has_the_address_of_the_page_of_its_truce_where_the_board_has_one(look, board, address):
    async with look(GHOUTA, "", board) as viewer:
        assert events(await viewer.get("/calendar.ics"))["ghouta@alertd"].get("URL") == address


async def test_a_moved_event_keeps_its_uid_and_raises_its_sequence_and_an_ended_one_is_cancelled(look):
    async with look(GHOUTA) as viewer:
        first = events(await viewer.get("/calendar.ics"))["ghouta@alertd"]
        viewer.world.write(GHOUTA + EXTENSION)
        await viewer.tick("2016-05-02T13:00")
        moved = events(await viewer.get("/calendar.ics"))["ghouta@alertd"]
        assert moved["DTEND"].dt == moment("2016-05-05T22:00")
        assert moved["SEQUENCE"] > first["SEQUENCE"]
        viewer.world.write(GHOUTA + EXTENSION + TERMINATION)
        await viewer.tick("2016-05-02T13:30")
        await viewer.tick("2016-05-02T14:30")
        ended = events(await viewer.get("/calendar.ics"))["ghouta@alertd"]
        assert ended["STATUS"] == "CANCELLED"
        assert ended["SEQUENCE"] > moved["SEQUENCE"]
        assert ended.walk("VALARM") == []


async def test_an_event_says_when_its_truce_was_revised_and_names_every_source(look):
    async with look(GHOUTA + LATAKIA) as viewer:
        before = events(await viewer.get("/calendar.ics"))["ghouta@alertd"]
        assert before["LAST-MODIFIED"].dt == moment("2016-05-02T12:00")
        viewer.world.write(GHOUTA + EXTENSION + LATAKIA)
        await viewer.tick("2016-05-02T13:30")
        await viewer.tick("2016-05-02T13:31")
        after = events(await viewer.get("/calendar.ics"))
        assert moment("2016-05-02T13:30") <= after["ghouta@alertd"]["LAST-MODIFIED"].dt <= moment("2016-05-02T13:31")
        assert after["latakia@alertd"]["LAST-MODIFIED"].dt == moment("2016-05-02T12:00")
        for source in ("https://example.org/statement", "https://example.org/extension"):
            assert f"Source: {source}" in after["ghouta@alertd"]["DESCRIPTION"]


async def test_a_withdrawn_truce_is_cancelled_in_the_calendar_and_off_the_board(look):
    async with look(GHOUTA + LATAKIA) as viewer:
        before = events(await viewer.get("/calendar.ics"))["latakia@alertd"]
        viewer.world.write(GHOUTA)
        await viewer.tick("2016-05-02T12:01")
        await viewer.tick("2016-05-02T12:02")
        after = events(await viewer.get("/calendar.ics"))["latakia@alertd"]
        assert (before["STATUS"], after["STATUS"]) == ("CONFIRMED", "CANCELLED")
        assert after["SEQUENCE"] > before["SEQUENCE"]
        assert 'id="t-latakia"' not in await viewer.get("/")


def samples(text: str):
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def test_figures_tell_lateness_outcomes_backlog_the_last_tick_problems_and_the_next_expiry(look, world):
    world.answers["console"] = [Outcome(Verdict.FAILED, "no route")]
    async with look(GHOUTA + LATAKIA + REFUSED) as viewer:
        found = samples(await viewer.get("/metrics"))
        desk = ("channel", "console")
        assert found["alertd_backlog", (desk,)] == 2
        assert found["alertd_channel_up", (desk,)] == 0
        assert found["alertd_delivery_lateness_seconds_count", (desk,)] == 0
        assert found["alertd_last_tick_timestamp_seconds", ()] == moment("2016-05-02T12:00").timestamp()
        assert found["alertd_register_problems", (("level", "error"),)] == 1
        assert found["alertd_not_watched", ()] == 1
        assert found["alertd_truces", (("state", "running"),)] == 2
        assert found["alertd_next_expiry_seconds", ()] == 5 * 3600
        await viewer.tick("2016-05-02T12:00:07")
        viewer.wait(1)
        found = samples(await viewer.get("/metrics"))
        assert found["alertd_backlog", (desk,)] == 0
        assert found["alertd_channel_up", (desk,)] == 1
        assert found["alertd_tries_total", (desk, ("outcome", "accepted"))] == 3, "two reminders and a word to ops"
        assert found["alertd_tries_total", (desk, ("outcome", "failed"))] == 0, "it failed before the board began"
        assert found["alertd_delivery_lateness_seconds_sum", (desk,)] == 14
        assert found["alertd_delivery_lateness_seconds_bucket", (desk, ("le", "5.0"))] == 1
        assert found["alertd_delivery_lateness_seconds_bucket", (desk, ("le", "10.0"))] == 3
        assert found["alertd_deliveries", (desk, ("state", "delivered"))] == 3


async def test_the_next_end_of_each_truce_is_a_figure_whoever_states_it_until_it_has_passed(look):
    def ends(text):
        return {
            labels[0][1]: value for (name, labels), value in samples(text).items() if name == "alertd_next_end_seconds"
        }

    async with look(GHOUTA + CLAIM + LATAKIA + OPEN) as viewer:
        assert ends(await viewer.get("/metrics")) == {"latakia": 5 * 3600, "ghouta": 29 * 3600}
        await viewer.tick("2016-05-03T17:30")
        viewer.wait(1)
        assert ends(await viewer.get("/metrics")) == {"ghouta": pytest.approx(4.5 * 3600, abs=2)}


async def test_only_the_soonest_ends_are_figures_of_their_own(look):
    truces = "".join(LATAKIA.replace("latakia", f"truce-{n}") for n in range(103))
    async with look(truces) as viewer:
        names = [name for name, _ in samples(await viewer.get("/metrics"))]
    assert names.count("alertd_next_end_seconds") == ENDS_AT_MOST


@pytest.mark.parametrize(
    "file", ["prometheus/alertd.rules.yml", "prometheus/alertd-nodes.rules.yml", "grafana/alertd.json"]
)
async def test_what_contrib_asks_for_is_among_the_figures(look, file):
    async with look(GHOUTA + REFUSED) as viewer:
        told = {name for name, _ in samples(await viewer.get("/metrics"))}

    asked = set(re.findall(r"\balertd_[a-z_]+", (CONTRIB / file).read_text()))

    assert asked
    assert asked <= told


async def test_each_try_is_counted_once_however_often_one_looks(look):
    async with look(GHOUTA) as viewer:
        await viewer.tick("2016-05-02T22:00")
        for _ in range(3):
            viewer.wait(1)
            found = samples(await viewer.get("/metrics"))
        assert found["alertd_tries_total", (("channel", "console"), ("outcome", "accepted"))] == 1


async def test_health_is_a_recent_tick_and_readiness_the_first(look):
    async with look(GHOUTA) as viewer:
        assert await viewer.status("/healthz") == 200
        viewer.wait(15)
        assert await viewer.status("/healthz") == 200
        viewer.wait(1)
        assert await viewer.status("/healthz") == 503
        assert await viewer.status("/readyz") == 200


async def test_before_the_first_tick_and_after_the_end_of_the_daemon_it_is_neither_healthy_nor_ready(look):
    async with look(GHOUTA) as viewer:
        running, viewer.signs = viewer.signs, Signs()
        for signs in (Signs(), replace(running, pid=None)):
            viewer.signs = signs
            assert await viewer.status("/readyz") == 503
            assert await viewer.status("/healthz") == 503


async def test_the_last_tick_of_the_daemon_before_makes_nobody_ready(look):
    async with look(GHOUTA, last_tick=NOON) as viewer:
        viewer.signs = Signs(pid=1, last_tick=moment(NOON))
        assert await viewer.status("/readyz") == 503
        viewer.wait(1)
        viewer.ticked()
        assert await viewer.status("/readyz") == 200


async def test_a_change_gives_the_page_a_new_version(look):
    async with look(GHOUTA) as viewer:
        first = await viewer.get_json("/state")
        viewer.wait(1)
        assert (await viewer.get_json("/state"))["version"] == first["version"], "nothing has changed"
        viewer.world.write(GHOUTA + EXTENSION)
        await viewer.tick("2016-05-02T12:05")
        state = await viewer.get_json("/state")
        assert state["tick"] == moment("2016-05-02T12:05").timestamp() * 1000
        assert state["version"] > first["version"]
        async with viewer.request("GET", "/live") as live:
            assert int(live.headers["X-Board-Version"]) >= state["version"], "a slow machine may have read once more"
            assert "Fri 6 May" in await live.text()


@pytest.mark.parametrize("path", ["/live", "/live?view=wall", "/live/timeline", "/calendar.ics"])
async def test_what_has_not_changed_is_not_sent_again_although_time_has_passed(look, path):
    async with look(GHOUTA) as viewer:
        async with viewer.request("GET", path) as answer:
            known = answer.headers["ETag"]
        await viewer.tick("2016-05-02T12:00:20")
        for etag in (known, f'"other", {known}'):
            async with viewer.request("GET", path, headers={"If-None-Match": etag}) as answer:
                assert answer.status == 304
                assert await answer.read() == b""
        viewer.world.write(GHOUTA + LATAKIA)
        await viewer.tick("2016-05-02T12:00:22")
        await viewer.tick("2016-05-02T12:00:24")
        async with viewer.request("GET", path, headers={"If-None-Match": known}) as answer:
            assert answer.status == 200
            assert answer.headers["ETag"] != known
            assert "Latakia" in await answer.text()


async def test_a_board_that_began_later_has_no_version_of_an_earlier_one(look):
    async with look(GHOUTA) as viewer:
        first = await viewer.get_json("/state")
        await viewer.board.stop()
        viewer.wait(1)
        viewer.board = Board(viewer.board._sources, viewer.board._settings)
        await viewer.board.start()
        assert (await viewer.get_json("/state"))["version"] > first["version"]


async def test_all_who_look_cost_one_reading(look, monkeypatch):
    read = []
    truces = queries.truces

    def counted(connection, ids=None, **unpacked):
        read.extend(unpacked)  # the daemon, which judges by ids, looks too
        return truces(connection, ids, **unpacked)

    monkeypatch.setattr(queries, "truces", counted)
    async with look(GHOUTA) as viewer:
        read.clear()
        pages = await asyncio.gather(*(viewer.get("/") for _ in range(50)), *(viewer.get("/state") for _ in range(50)))
        assert len(read) == 1
        assert len(set(pages[:50])) == 1
        viewer.wait(1)
        await viewer.get("/")
        assert len(read) == 1, "nothing has changed"


async def test_looking_never_waits_for_the_ledger_of_the_daemon_nor_the_daemon_for_a_look(look):
    """The reader has a connection and a thread of its own: while a transaction of the daemon is open, pages answer."""
    async with look(GHOUTA) as viewer:
        with viewer.world.ledger.transaction():
            viewer.wait(20)
            async with asyncio.timeout(5):
                assert "Calm in Ghouta" in await viewer.get("/")


async def test_a_ledger_that_cannot_be_read_is_told_and_heals(look):
    async with look(GHOUTA) as viewer:
        path = viewer.world.config / "ledger.db"
        viewer.board._reader._opened().close()
        viewer.board._reader._ledger = None
        path.rename(path.with_suffix(".away"))
        viewer.wait(20)
        assert await viewer.status("/") == 503
        path.with_suffix(".away").rename(path)
        assert await viewer.status("/") == 200


@pytest.mark.parametrize("path", ["/", "/live", "/calendar.ics", "/metrics"])
async def test_bodies_are_compressed_for_those_who_can_read_that(look, path):
    async with look(GHOUTA + CLAIM) as viewer:
        plain = await viewer.get(path, headers={"Accept-Encoding": "identity"})
        packed = await viewer.get(path, headers={"Accept-Encoding": "gzip"})
        if path != "/metrics":
            assert packed == plain
        assert len(packed) > 0


@pytest.mark.parametrize(
    ("accepted", "expected"),
    [
        ("gzip", True),
        ("GZIP", True),
        ("x-gzip", True),
        ("br, gzip;q=0.5", True),
        ("*", True),
        ("*;q=0.1", True),
        ("gzip ; Q=1.000", True),
        ("", False),
        ("identity", False),
        ("gzip;q=0", False),
        ("gzip;q=0.000", False),
        ("*, gzip;q=0", False),
        ("*;q=0", False),
        ("notgzip", False),
        ("gzipped;q=1", False),
        ("gzip;q=2", False),
    ],
)
def test_an_answer_is_compressed_only_for_who_takes_that(accepted, expected):
    assert takes_gzip(accepted) is expected


async def test_a_calendar_names_its_refresh_as_each_program_reads_it(look):
    async with look(GHOUTA) as viewer:
        text = await viewer.get("/calendar.ics")
        assert "REFRESH-INTERVAL;VALUE=DURATION:PT5M" in text
        assert "X-PUBLISHED-TTL:PT5M" in text
