"""The pages, as a browser without JavaScript and a curious person get them."""

import re
from html import unescape
from html.parser import HTMLParser

import pytest
from board.register import CLAIM, EXTENSION, GHOUTA, LATAKIA, OPEN, REFUSED, TERMINATION
from factories import moment

from alertd.channels import Outcome
from alertd.domain.acknowledgement import Acknowledgement
from alertd.domain.agenda import Verdict
from alertd.ledger import acknowledging, queries

SCRIPT = "<script>alert(1)</script>"
NASTY = f"{SCRIPT}\\\"'><img src=x onerror=alert(1)>&amp;{{{{7777*7}}}}"

TWO_CHANNELS = """
[[channel]]
name = "desk"
kind = "console"
[[channel]]
name = "other"
kind = "console"
tags = ["elsewhere"]
"""


class Tags(HTMLParser):
    """Every tag of a page with its attributes, and the text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag, attrs) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data) -> None:
        self.text += data

    def words(self) -> str:
        return " ".join(self.text.split())


async def test_the_board_tells_the_end_in_the_zone_of_the_truce_and_in_utc_with_the_time_left(look):
    async with look(GHOUTA) as viewer:
        words = Tags(await viewer.get("/")).words()
        assert (
            "1 d 10:00:00 over 24 h Calm in Ghouta Ghouta agreed end 0100 Wed 4 May 2016 Asia/Damascus (+03:00)"
            in words
        )
        assert "2200Z Tue 3 May" in words


async def test_what_ends_first_stands_first_then_what_is_not_watched_then_the_other_ends(look):
    async with look(GHOUTA + LATAKIA + REFUSED + OPEN) as viewer:
        words = Tags(await viewer.get("/")).words()
        order = [
            words.index(what) for what in ("Calm in Latakia", "not watched refused", "Calm in Ghouta", "Without an")
        ]
        assert order == sorted(order)


async def test_a_truce_that_no_channel_takes_is_told_as_not_watched(look):
    settings = TWO_CHANNELS.replace('name = "desk"\nkind = "console"', 'name = "desk"\nkind = "console"\ntags = ["x"]')
    async with look(GHOUTA, settings) as viewer:
        assert "not watched Calm in Ghouta [ghouta] no channel takes its tags" in Tags(await viewer.get("/")).words()


async def test_a_clock_in_doubt_is_told_with_its_reason_and_until_when_and_no_longer_than_it_lasts(look):
    async with look(GHOUTA) as viewer:
        viewer.world.synchronised = False
        await viewer.tick("2016-05-02T12:01")
        words = Tags(await viewer.get("/")).words()
        assert (
            "in doubt clock the clock may be wrong: the machine has not synchronised it yet. What has lapsed" in words
        )
        assert "waits until it is right, until 1205Z Mon 2 May 2016 by this clock at the latest" in words
        told = await viewer.get_json("/api/v1/truces")
        assert told["clock_doubt"] == {
            "reason": "the machine has not synchronised it yet",
            "until": "2016-05-02T12:05:00Z",
        }
        await viewer.tick("2016-05-02T12:05")
        assert "in doubt" not in Tags(await viewer.get("/")).words().split("Truces, soonest end first")[0]
        assert (await viewer.get_json("/api/v1/truces"))["clock_doubt"] is None


async def test_a_held_truce_is_told(look):
    async with look(GHOUTA) as viewer:
        viewer.world.remove()
        await viewer.tick("2016-05-02T12:01")
        await viewer.tick("2016-05-02T12:02")
        assert "held Calm in Ghouta [ghouta] gone from truces/truces.toml" in Tags(await viewer.get("/")).words()


@pytest.mark.parametrize(
    ("at", "look_of_it", "word"),
    [
        ("2016-05-02T21:59", "far", "over 24 h"),
        ("2016-05-02T22:00", "stage-1", "under 24 h"),
        ("2016-05-03T16:00", "stage-2", "under 6 h"),
        ("2016-05-03T21:00", "stage-3", "under 1 h"),
        ("2016-05-03T21:45", "stage-4", "under 15 min"),
        ("2016-05-03T22:00", "expired", "expired, unresolved"),
        ("2016-05-10T21:59", "expired", "expired, unresolved"),
    ],
)
async def test_each_stage_has_a_look_a_shape_and_a_word(look, at, look_of_it, word):
    async with look(GHOUTA) as viewer:
        await viewer.get("/")
        await viewer.tick(at)
        page = await viewer.get("/")
        row = page[page.index('id="t-ghouta"') - 40 : page.index('id="t-ghouta"') + 500]
        assert re.search(rf'class="(row|line) {look_of_it}"', row)
        assert f'href="#{look_of_it}"' in row
        assert f'id="{look_of_it}"' in page
        assert word in row


async def test_a_week_after_its_lapse_a_truce_is_among_those_that_are_over(look):
    async with look(GHOUTA) as viewer:
        await viewer.tick("2016-05-10T22:00")
        page = await viewer.get("/")
        assert 'id="t-ghouta"' not in page
        assert page.index('id="g-ended"') < page.index("Calm in Ghouta")


async def test_a_closed_truce_is_among_those_that_are_over_at_once(look):
    async with look(GHOUTA + "closed = 2016-05-04T01:10:00\n") as viewer:
        await viewer.tick("2016-05-03T22:09")
        assert 'id="t-ghouta"' in await viewer.get("/")
        await viewer.tick("2016-05-03T22:10")
        page = await viewer.get("/")
        assert 'id="t-ghouta"' not in page
        assert "expired, closed" in Tags(page).words()


async def test_a_day_that_runs_comes_next_and_what_has_expired_after_it(look):
    day = GHOUTA.replace("ghouta", "day").replace("0100 Wed 4 May 2016", "2016-05-04")
    async with look(GHOUTA + day) as viewer:
        await viewer.tick("2016-05-03T22:10")
        page = await viewer.get("/")
        assert page.index('id="t-day"') < page.index('id="t-ghouta"')


async def test_of_those_that_expired_the_last_one_stands_first(look):
    async with look(GHOUTA + LATAKIA) as viewer:
        await viewer.tick("2016-05-03T22:10")
        page = await viewer.get("/")
        assert page.index('id="t-ghouta"') < page.index('id="t-latakia"')


async def test_the_page_of_a_refused_truce_says_what_to_put_right(look):
    unclear = LATAKIA.replace("2000 Mon 2 May 2016", "8 Mon 2 May 2016")
    async with look(GHOUTA + unclear) as viewer:
        assert 'href="/truces/latakia"' in await viewer.get("/")
        words = Tags(await viewer.get("/truces/latakia")).words()
        assert "No end of this truce can be read: nobody will be told when it ends." in words
        assert "truces/" in words
        assert "What to put right" in words
        assert await viewer.status("/live/truces/latakia") == 200


async def test_the_tightest_stage_of_a_ladder_of_its_own_looks_as_near_as_any(look):
    async with look(GHOUTA.replace("source", 'lead_times = ["48h"]\nsource')) as viewer:
        assert 'class="row stage-4"' in await viewer.get("/")


async def test_a_day_is_as_near_as_the_ladder_to_its_beginning_says(look):
    keys = 'ends = 2016-05-04\nlead_times = ["7d"]\ndate_lead_times = ["48h"]'
    async with look(GHOUTA.replace('ends = "0100 Wed 4 May 2016"', keys)) as viewer:
        page = await viewer.get("/")
        assert "under 48 h" in page
        assert 'class="row stage-4"' in page


async def test_a_claim_that_comes_first_leads_the_line_and_says_whose_it_is_beside_the_agreed_end(look):
    async with look(GHOUTA + CLAIM) as viewer:
        words = Tags(await viewer.get("/")).words()
        assert "1 d 05:00:00" in words
        assert "agreed end: 0100 Wed 4 May" in words
        assert "end stated by Russian centre, unconfirmed 2000 Tue 3 May 2016" in words


async def test_an_edit_is_on_the_next_page_after_its_tick(look):
    async with look(GHOUTA) as viewer:
        assert "Fri 6 May" not in await viewer.get("/")
        viewer.world.write(GHOUTA + EXTENSION)
        await viewer.tick("2016-05-02T13:00")
        words = Tags(await viewer.get("/")).words()
        assert "0100 Fri 6 May 2016" in words
        assert "0100 Wed 4 May → 0100 Fri 6 May" in words


async def test_without_a_change_the_page_is_made_anew_before_its_countdown_is_stale(look):
    async with look(GHOUTA) as viewer:
        await viewer.get("/")
        viewer.wait(14)
        assert "1 d 10:00:00" in await viewer.get("/")
        viewer.wait(1)
        assert "1 d 09:59:45" in await viewer.get("/")


async def test_without_javascript_an_old_tick_is_told_in_plain_words(look):
    async with look(GHOUTA) as viewer:
        assert "OUT OF DATE" not in await viewer.get("/")
        viewer.wait(16)
        assert "OUT OF DATE: alertd does not tick; its last tick was 1200Z Mon 2 May" in await viewer.get("/")


@pytest.mark.parametrize(
    "path", ["/", "/?by=area", "/?by=tag", "/?q=<script>", "/?view=wall", "/history", "/timeline", "/truces/ghouta"]
)
async def test_what_people_wrote_is_text_wherever_it_is_shown(look, path):
    nasty = GHOUTA + EXTENSION + CLAIM + TERMINATION + 'reason = "R"\n'
    for words in (
        "Calm in Ghouta",
        '"Ghouta"',
        '"syria"',
        "Syrian army",
        "Russian centre",
        "https://example.org/ext",
        '"R"',
    ):
        quoted = words.startswith('"')
        nasty = nasty.replace(words, f'"{NASTY}"' if quoted else words + NASTY)
    async with look(nasty + REFUSED.replace('"Refused"', f'"{NASTY}"')) as viewer:
        html = await viewer.get(path)
        page = Tags(html)
        assert [tag for tag, _ in page.tags if tag == "img"] == []
        assert [attrs.get("src") for tag, attrs in page.tags if tag == "script"] == ["/static/board.js"]
        assert not [name for _, attrs in page.tags for name in attrs if name.startswith("on") or name == "style"]
        assert "54439" not in page.text
        if path not in ("/timeline", "/history"):
            assert SCRIPT in page.text


TURNING = "".join(map(chr, (0x61C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))))


async def test_nothing_that_somebody_wrote_turns_the_direction_of_reading(look):
    turned = f"https://example.org/{TURNING}gnp.exe"
    about = GHOUTA.replace('title = "Calm in', f'note = "{turned}"\ntitle = "{TURNING}Calm in')
    about = about.replace('area = "', f'area = "{TURNING}').replace('"syria"', f'"{TURNING}syria"')
    about = about.replace("https://example.org/statement", turned)
    async with look(about) as viewer:
        for path in ("/", "/?by=area", "/?by=tag", "/timeline", "/truces/ghouta", "/live", "/live/truces/ghouta"):
            page = await viewer.get(path)
            assert not set(TURNING) & set(unescape(page))
        assert "https://example.org/gnp.exe" in await viewer.get("/truces/ghouta")


async def test_a_source_is_a_link_only_where_it_is_a_web_address(look):
    truce = GHOUTA.replace("https://example.org/statement", "javascript:alert(1)")
    async with look(truce + EXTENSION) as viewer:
        links = {attrs.get("href") for tag, attrs in Tags(await viewer.get("/truces/ghouta")).tags if tag == "a"}
        assert "https://example.org/extension" in links
        assert not [link for link in links if link and link.startswith("javascript")]


async def test_nothing_is_fetched_from_elsewhere(look):
    async with look(GHOUTA) as viewer:
        for path in ("/", "/timeline", "/truces/ghouta"):
            for tag, attrs in Tags(await viewer.get(path)).tags:
                if tag != "a":
                    for name in ("src", "href", "action", "data"):
                        assert (attrs.get(name) or "#").startswith(("/", "#"))
                        assert not (attrs.get(name) or "#").startswith("//")
        assert not re.search(r"https?://|@import", await viewer.get("/static/board.css"))


async def test_the_page_of_a_truce_tells_its_lineage_its_sources_and_its_messages_as_they_were_sent(look):
    async with look(GHOUTA + EXTENSION + CLAIM) as viewer:
        await viewer.tick("2016-05-03T14:30")
        words = Tags(await viewer.get("/truces/ghouta")).words()
        assert "first end 0100 Wed 4 May 2016 Asia/Damascus (+03:00) = 2200Z Tue 3 May" in words
        assert "agreed end 0100 Fri 6 May 2016" in words
        assert "stated by Syrian army · announced 1600 Mon 2 May 2016" in words
        assert "https://example.org/extension" in words
        assert "delivered 1200Z Mon 2 May to console" in words
        sent = next(post.message for post in viewer.world.sent if "Calm in Ghouta" in post.message.title)
        assert " ".join(sent.text.split()) in words
        assert "As it would read now:" in words


async def test_an_unknown_truce_is_not_found(look):
    async with look(GHOUTA) as viewer:
        assert await viewer.status("/truces/nothing") == 404
        assert await viewer.status("/truces/ghouta") == 200
        assert await viewer.status("/static/../server.py") == 404


async def test_grouping_puts_each_truce_under_its_area_and_under_each_of_its_tags(look):
    async with look(GHOUTA + LATAKIA + OPEN) as viewer:
        groups = re.findall(r'group-name">([^<]+)</span> <span class="group-count">(\d+)', await viewer.get("/?by=tag"))
        assert groups == [("syria", "2"), ("damascus", "1"), ("no tag", "1")]
        groups = re.findall(r'group-name">([^<]+)</span>', await viewer.get("/?by=area"))
        assert groups == ["Latakia", "Ghouta", "no area"]


async def test_a_failing_channel_is_told_at_the_top(look, world):
    world.answers["console"] = [Outcome(Verdict.FAILED, "no route")]
    async with look(GHOUTA) as viewer:
        assert "channel fails console the last try failed; 1 alert waiting" in Tags(await viewer.get("/")).words()


async def test_what_is_overdue_stands_by_its_channel_and_not_among_what_comes_next(look):
    async with look(GHOUTA) as viewer:
        page = await viewer.get("/")
        assert page.index("What comes next") < page.index("2200Z Mon 2 May") < page.index("What was sent")
        viewer.world.clock.set(moment("2016-05-02T22:00:30"))
        words = Tags(await viewer.get("/")).words()
        assert "console ok 2016-05-02T12:00:00Z 1 since 2200Z Mon 2 May" in words
        assert "alerts wait" not in words
        viewer.world.clock.set(moment("2016-05-02T22:01:30"))
        page = await viewer.get("/")
        words = Tags(page).words()
        assert "console WAITS 2016-05-02T12:00:00Z 1 since 2200Z Mon 2 May" in words
        assert "alerts wait console 1 alert overdue since 2200Z Mon 2 May" in words
        coming = page[page.index("What comes next") : page.index("What was sent")]
        assert "2200Z Mon 2 May" not in coming
        assert "1600Z Tue 3 May" in coming


async def test_a_channel_that_fails_says_what_waits_since_when_and_why(look, world):
    world.answers["console"] = [Outcome(Verdict.FAILED, "no route")]
    async with look(GHOUTA) as viewer:
        assert "console FAILS never 1 since 1200Z Mon 2 May: no route" in Tags(await viewer.get("/")).words()


async def test_a_truce_that_has_not_begun_says_so_with_its_start(look):
    async with look(GHOUTA.replace("starts = 2016-05-02T10:00:00", "starts = 2016-05-03T18:00:00")) as viewer:
        for path in ("/", "/truces/ghouta"):
            words = Tags(await viewer.get(path)).words()
            assert "has not begun: starts 1800 Tue 3 May 2016 Asia/Damascus" in words
        await viewer.tick("2016-05-03T15:00")
        assert "has not begun" not in await viewer.get("/")


async def test_a_truce_whose_start_is_open_says_what_it_waits_for(look):
    waits = GHOUTA.replace("starts = 2016-05-02T10:00:00", 'starts_condition = "once both sign"')
    async with look(waits) as viewer:
        for path in ("/", "/truces/ghouta", "/timeline"):
            page = await viewer.get(path)
            assert "has not begun: “once both sign”" in Tags(page).words() or path == "/timeline"
            assert "9999" not in page


async def test_a_day_says_that_it_may_end_from_its_beginning_on(look):
    async with look(GHOUTA.replace("0100 Wed 4 May 2016", "2016-05-04") + LATAKIA) as viewer:
        page = await viewer.get("/")
        assert "from 2100Z Tue 3 May" in Tags(page).words()
        assert page.count('data-before="from "') == 1
        assert "from 1700Z" not in Tags(page).words()


@pytest.mark.parametrize("prefix", ["", "/alertd"])
async def test_behind_a_proxy_every_link_carries_the_prefix_whether_or_not_the_proxy_takes_it_off(look, prefix):
    async with look(GHOUTA, board='prefix = "/alertd"') as viewer:
        origin = viewer.board.url.removesuffix("/alertd/")
        async with viewer.session.get(f"{origin}{prefix}/") as answer:
            page = Tags(await answer.text())
        links = [
            attrs.get(name) for _, attrs in page.tags for name in ("href", "src", "data-fragment") if name in attrs
        ]
        assert [link for link in links if not link.startswith(("/alertd/", "#"))] == []
        for link in links:
            if not link.startswith("#"):
                async with viewer.session.get(f"{origin}{link}") as answer:
                    assert answer.status == 200
        assert await viewer.status("") == 303


async def test_the_picture_shows_window_extension_gap_claim_and_now_and_describes_itself(look):
    late = EXTENSION.replace("2016-05-02T16:00:00", "2016-05-04T06:00:00")
    async with look(GHOUTA + late + CLAIM) as viewer:
        await viewer.tick("2016-05-04T04:00")
        page = await viewer.get("/timeline")
        for mark in ('class="window first"', 'class="gap"', 'class="window more odd"', 'class="rung"', 'class="now"'):
            assert mark in page
        assert re.search(r'<desc id="timeline-desc">Calm in Ghouta: .*agreed end 0100 Fri 6 May 2016', page)


async def test_a_lapse_is_drawn_until_now(look):
    async with look(GHOUTA) as viewer:
        await viewer.tick("2016-05-03T21:00")
        assert '<rect class="gap"' not in (await viewer.get("/timeline")).split("legend")[0]
        await viewer.tick("2016-05-04T02:00")
        assert '<rect class="gap"' in (await viewer.get("/timeline")).split("legend")[0]


async def test_an_acknowledgement_stands_on_both_pages_and_is_void_once_the_end_moves(look):
    async with look(GHOUTA) as viewer:
        await viewer.tick("2016-05-02T22:00:01")
        ledger = viewer.world.ledger
        row = next(row for row in ledger.run(queries.history) if row.stage == "24h")
        given = Acknowledgement(at=moment("2016-05-02T22:05"), by=NASTY, way="command", note="on it")
        ledger.run(acknowledging.acknowledge, row.key, given, str)
        viewer.wait(300)
        for path in ("/", "/truces/ghouta"):
            page = Tags(await viewer.get(path))
            assert f"acknowledged by {NASTY[:59]}… at 2205Z Mon 2 May 2016, by command (on it)" in page.words()
            assert "img" not in {tag for tag, _ in page.tags}
        viewer.world.write(GHOUTA + EXTENSION.replace("16:00", "09:30"))
        await viewer.tick("2016-05-02T22:10")
        assert "(on it); void, as the end has moved since" in Tags(await viewer.get("/truces/ghouta")).words()


async def test_a_milestone_stands_on_the_page_of_its_truce_and_in_its_picture(look):
    owed = (
        '[[truce.milestone]]\nid = "list"\nwhat = "list of <b>prisoners</b>"\nby = "Syrian army"\n'
        'at = 2016-05-03T15:00:00\nmet = 2016-05-02T11:00:00\nsource = "https://example.org/list"\n'
    )
    async with look(GHOUTA + owed) as viewer:
        await viewer.tick("2016-05-02T12:00")
        page = await viewer.get("/truces/ghouta")
        words = Tags(page).words()
        assert "met list of <b>prisoners</b>: 1500 Tue 3 May 2016 Asia/Damascus" in words
        assert "owed by Syrian army" in words
        assert 'class="milestone met"' in page
        assert "https://example.org/list" in page
