"""What a viewer asks for: a part of the truces, what was sent of it, and what no address knows."""

import pytest
from board.register import CLAIM, GHOUTA, LATAKIA, OPEN, REFUSED
from board.test_pages import Tags

SETTINGS = '[[channel]]\nname = "desk"\nkind = "console"\n[[channel]]\nname = "other"\nkind = "console"'


@pytest.mark.parametrize("path", ["/", "/?by=area", "/?view=wall", "/live", "/timeline", "/calendar.ics"])
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("tag=syria", {"Ghouta", "Latakia"}),
        ("tag=damascus", {"Ghouta"}),
        ("tag=nowhere", set()),
        ("q=calm+LATAKIA", {"Latakia"}),
        ("q=calm&tag=damascus", {"Ghouta"}),
        ("q=ghouta+latakia", set()),
        ("q=&tag=", {"Ghouta", "Latakia", "Without an end"}),
    ],
)
async def test_a_tag_and_words_leave_out_every_other_truce_everywhere(look, path, query, expected):
    async with look(GHOUTA + LATAKIA + OPEN) as viewer:
        both = f"{path}{'&' if '?' in path else '?'}{query}"
        text = await viewer.get(both)
        for name in ("Latakia", "Ghouta"):  # what the daemon said of all stays out of it, and so does the form
            assert (f"Calm in {name}" in text) is (name in expected)
        assert ("Without an end" in text) is ("Without an end" in expected)


async def test_the_json_is_narrowed_in_the_same_way_and_keeps_what_cannot_be_read(look):
    async with look(GHOUTA + LATAKIA + REFUSED) as viewer:
        view = await viewer.get_json("/api/v1/truces?tag=syria&q=latakia")
        assert [truce["id"] for truce in view["truces"]] == ["latakia", "refused"]
        assert {delivery["truce"] for delivery in view["next"]} == {"latakia"}
        rows = await viewer.get_json("/api/v1/deliveries?q=latakia")
        assert {row["truce"] for row in rows} == {"latakia"}


async def test_a_page_that_is_narrowed_says_so_and_still_shows_what_is_wrong(look):
    async with look(GHOUTA + LATAKIA + REFUSED) as viewer:
        words = Tags(await viewer.get("/?tag=damascus&q=calm")).words()
        assert (
            "Only truces with the tag damascus with the words calm; what is wrong is shown of all. All truces" in words
        )
        assert "not watched refused" in words
        page = Tags(await viewer.get("/?tag=damascus"))
        links = {attrs.get("href") for tag, attrs in page.tags if tag == "a"}
        assert {"/?tag=damascus&by=area", "/?tag=damascus&view=wall"} <= links
        (fragment,) = [attrs["data-fragment"] for tag, attrs in page.tags if tag == "html"]
        assert fragment == "/live?tag=damascus"


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/?tga=syria", "This address does not know the parameter tga: it knows by, view, tag, q."),
        ("/timeline?by=area", "This address does not know the parameter by: it knows span, tag, q."),
        ("/truces/ghouta?tag=x", "This address does not know the parameter tag: it knows none."),
        ("/calendar.ics?truce=ghouta", "This address does not know the parameter truce: it knows tag, q."),
        ("/api/v1/truces?id=ghouta", "This address does not know the parameter id: it knows tag, q."),
        ("/?by=zone", "by: write one of end, area, tag"),
        ("/?view=phone", "view: write wall, or leave it out"),
        ("/history?day=4+May", "day: write it as 2016-05-04"),
    ],
)
async def test_what_an_address_does_not_know_is_told_with_what_it_knows(look, path, said):
    async with look(GHOUTA) as viewer, viewer.request("GET", path) as answer:
        assert answer.status == 400
        assert await answer.text() == f"{said}\n"


async def test_the_history_tells_what_was_sent_by_truce_channel_and_day(look):
    async with look(GHOUTA + LATAKIA + CLAIM, SETTINGS) as viewer:
        await viewer.tick("2016-05-02T12:00:05")
        for at in ("2016-05-02T16:45", "2016-05-02T17:00", "2016-05-02T22:00"):
            await viewer.tick(at)
        sent = Tags(await viewer.get("/history"))
        assert "1700Z Mon 2 May 2016 to desk: delivered" in sent.words()
        assert "Calm in Ghouta: ends in 24 h" in sent.words()
        assert "Calm in Latakia: expired" in sent.words()
        only = Tags(await viewer.get("/history?truce=latakia&channel=other&day=2016-05-02")).words()
        assert "to other: delivered" in only
        assert "to desk" not in only
        assert "Calm in Ghouta: ends in" not in only
        assert "Nothing of that was sent." in await viewer.get("/history?day=2016-05-01")
        assert "Nothing of that was sent." in await viewer.get("/history?day=2016-05-03")
        links = {attrs.get("href") for tag, attrs in sent.tags if tag == "a"}
        assert any(link.startswith("/truces/latakia#m-") for link in links if link)
