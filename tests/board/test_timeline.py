"""The timeline: how far it reaches, its hours, and what lies beyond its edge."""

import re

from board.register import CLAIM, EXTENSION, GHOUTA, LATAKIA, OPEN
from board.test_pages import Tags

from alertd.board import pages
from alertd.board.timeline import WIDTH

FAR_CLAIM = CLAIM.replace("2000 Tue 3 May 2016", "2000 Tue 31 May 2016")


def hours(page: str) -> str:
    """The words above the windows."""
    (found,) = re.findall(r'<svg class="timeline hours".*?</svg>', page, re.DOTALL)
    return " ".join(re.findall(r">([^<>]+)</text>", found))


async def test_a_claim_beyond_the_picture_stands_at_its_edge_with_its_hour(look):
    async with look(GHOUTA + FAR_CLAIM) as viewer:
        page = await viewer.get("/timeline")
        (mark,) = re.findall(r'<path class="claim" d="([^"]*)"><title>([^<]*)</title>', page)
        assert mark[0].startswith(f"M{WIDTH - 16}.0 ")
        assert mark[0].endswith("h5l7 9l-7 9h-5z"), "an arrow"
        assert mark[1] == "2000 Tue 31 May"
        assert re.search(r'<text class="beyond"[^>]*>2000 Tue 31 May</text>', page)


async def test_the_page_of_a_truce_draws_its_whole_chain_where_the_hours_around_now_do_not_hold_it(look):
    later = FAR_CLAIM.replace("2016-05-02T14", "2016-05-02T17")
    async with look(GHOUTA + EXTENSION + later) as viewer:
        await viewer.tick("2016-05-02T16:00")
        page = await viewer.get("/truces/ghouta")
        chain = page[page.index('id="chain-title"') :]
        begins, ends = re.search(r"from (\S+ \S+ \d+ \w+) to (\S+ \S+ \d+ \w+)<", chain).groups()
        assert begins.endswith("1 May")
        assert ends.endswith("1 Jun")
        assert chain.count('class="window') == 2
        assert 'class="claim"' in chain
        assert 'class="beyond"' not in chain


async def test_where_the_hours_around_now_hold_the_whole_chain_it_is_not_drawn_twice(look):
    async with look(GHOUTA) as viewer:
        assert 'id="chain-title"' not in await viewer.get("/truces/ghouta")


async def test_the_hours_where_the_truces_are_stand_below_those_in_utc(look):
    async with look(GHOUTA + LATAKIA + OPEN) as viewer:
        words = hours(await viewer.get("/timeline?tag=damascus"))
        assert words.startswith("UTC Asia/Damascus ")
        assert "1200Z 1500" in words or "1800Z 2100" in words
        assert "Asia/Damascus" not in hours(await viewer.get("/timeline")), "they have several zones"


async def test_a_name_in_the_picture_is_cut_at_a_word_and_leads_to_its_page_which_has_the_title_in_full(look):
    title = "Regime of calm in Damascus and Eastern Ghouta, " + "as both sides of it announced " * 4
    async with look(GHOUTA.replace("Calm in Ghouta", title), board='prefix = "/alertd"') as viewer:
        page = await viewer.get("/timeline")
        (link,) = re.findall(r'<a href="([^"]*)"><text class="label"[^>]*>([^<]*)</text></a>', page)
        assert link == ("/alertd/truces/ghouta", "Regime of calm in Damascus…")
        assert title.strip() in Tags(await viewer.get("/truces/ghouta")).words()


async def test_of_many_truces_those_that_end_in_72_hours_are_drawn_unless_all_are_wanted(look, monkeypatch):
    monkeypatch.setattr(pages, "MANY", 2)
    far = LATAKIA.replace("latakia", "far").replace("2000 Mon 2 May 2016", "2000 Fri 6 May 2016")
    async with look(GHOUTA + LATAKIA + far) as viewer:
        page = await viewer.get("/timeline")
        assert page.count('class="label"') == 2
        assert "Those 2 that have expired or end in the next 72 h. All 3 truces" in Tags(page).words()
        assert 'href="/timeline?span=all"' in page
        everything = await viewer.get("/timeline?span=all")
        assert everything.count('class="label"') == 3
        assert "in the next 72 h" not in everything
