"""The board on a wall, in a real browser: what is read from across a room, and without a hand."""

import math
import re

import pytest
from board.browser import WALL, axe_faults, daemon, truce, wait_until_live, wait_until_out_of_date
from process import truce_text

pytestmark = pytest.mark.browser

METRES = 3
MINUTES_OF_ARC = 16
INCHES = 55

CAPITALS = """(selector) => [...document.querySelectorAll(selector)].map((element) => {
    const style = getComputedStyle(element);
    const pen = document.createElement("canvas").getContext("2d");
    pen.font = `${style.fontWeight} 1000px ${style.fontFamily}`;
    return (pen.measureText("H").actualBoundingBoxAscent / 1000) * parseFloat(style.fontSize);
})"""
"""The height of the capitals of elements, in pixels: of the font that is really used, not of its box."""


def least_capitals() -> float:
    """Pixels of a screen of 1920 x 1080 that are seen under the angle from that far."""
    millimetres = 1000 * METRES * math.tan(math.radians(MINUTES_OF_ARC / 60))
    pixel = 25.4 * INCHES / math.hypot(1920, 1080)
    return millimetres / pixel


SHEET = """() => [
    document.querySelector("#sheet-number").textContent,
    [...document.querySelectorAll(".sheet > li")].filter((row) => row.offsetParent).map((row) => row.id),
]"""
"""The number of the page, and the truces on it."""


def test_twelve_truces_and_three_troubles_are_seen_at_once_and_from_three_metres(served, open_page):
    ends = [truce(f"t-{number}", 800 + 30000 * number) for number in range(11)]
    wrong = [truce_text(f"wrong-{number}", "starts = 2016-05-02T10:00:00Z") for number in range(4)]
    served.path.write_text("\n".join((*ends, truce("past", -600), *wrong)))
    with daemon(served) as process:
        page = open_page(f"{served.url}/?view=wall", viewport=WALL)
        wait_until_live(page)
        boxes = [row.bounding_box() for row in page.locator(".sheet > li").all()]
        assert len(boxes) == 12
        assert max(box["height"] for box in boxes) <= 72
        assert page.locator(".wrongs li:visible").count() == 3
        assert "4 things are not as they should be; the first three:" in page.locator(".sum").inner_text()
        assert page.evaluate(SHEET)[1][:3] == ["t-t-0", "t-past", "t-t-1"]
        assert page.locator("#sheet-number").inner_text() == "", "one page needs no number"
        for selector in (".sheet .local", ".sheet .place", ".sheet h2 a"):
            assert min(page.evaluate(CAPITALS, selector)) >= least_capitals(), selector
        sizes = page.locator(".local, .place").evaluate_all("all => all.map(one => getComputedStyle(one).fontSize)")
        assert len(set(sizes)) == 1, "hour and zone have one size"
        utc, here = page.locator("#clock").inner_text(), page.locator("#here").inner_text()
        assert utc[8] == "Z"
        assert utc[-5:-2] == " 20", "the clock tells the year"
        assert utc[-4:] not in here
        assert "your time (+0" in here
        assert axe_faults(page) == []
        assert page.complaints == []
        process.stop()
        wait_until_out_of_date(page, "the board does not answer")
        last = page.locator(".sheet > li").last.bounding_box()
        assert last["y"] + last["height"] <= WALL["height"]
        assert page.evaluate("document.documentElement.scrollHeight") <= WALL["height"]


def test_what_does_not_fit_comes_on_pages_that_turn_and_the_next_end_stays(served, open_page):
    served.path.write_text("\n".join(truce(f"{number:02}", 900 + 600 * number) for number in range(30)))
    shift = 0

    def shifted(route) -> None:
        answer = route.fetch()
        state = answer.json()
        route.fulfill(response=answer, json=state | {key: state[key] + 1000 * shift for key in ("now", "tick")})

    with daemon(served):
        page = open_page("about:blank", viewport=WALL)
        page.route("**/state", shifted)
        page.goto(f"{served.url}/?view=wall")
        seen = set()
        numbers = set()
        while len(numbers) < 3:
            page.wait_for_function(
                "seen => ![...seen, ''].includes(document.querySelector('#sheet-number').textContent)",
                arg=list(numbers),
            )
            number, rows = page.evaluate(SHEET)
            assert re.fullmatch("page [123] of 3", number)
            assert len(rows) == 12
            assert rows[0] == "t-00"
            seen.update(rows)
            numbers.add(number)
            shift += 10
        assert len(seen) == 30
