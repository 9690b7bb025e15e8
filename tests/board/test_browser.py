"""The board in a real browser: Debian's Chromium, headless, on a real daemon whose truces end minutes ahead."""

import os
import re
import signal
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from urllib.request import urlopen

import pytest
from board.browser import (
    DESK,
    PHONE,
    SAID_WITHIN,
    SCRIPT,
    WALL,
    Served,
    axe_faults,
    daemon,
    truce,
    wait_until_live,
    wait_until_out_of_date,
)
from process import Process, truce_text

pytestmark = pytest.mark.browser

WITHIN_MS = 3000


def count_of(page, truce_id: str) -> str:
    return page.locator(f"#t-{truce_id} .count").inner_text()


def test_the_countdown_runs_and_the_viewers_own_time_is_told(served, open_page):
    with daemon(served):
        page = open_page(served.url)
        page.wait_for_selector("#link[data-state=live]")
        first = count_of(page, "ghouta")
        assert re.fullmatch(r"00:(4\d|50):\d\d", first)
        page.wait_for_function("was => document.querySelector('#t-ghouta .count').textContent < was", arg=first)
        assert re.search(r"your time \(\+0[12]:00\)", page.locator("#t-ghouta .yours").inner_text())
        assert count_of(page, "latakia").startswith("00:0")


def test_an_extension_saved_to_the_file_shows_within_three_seconds_without_a_reload(served, open_page):
    with daemon(served):
        page = open_page(served.url)
        page.wait_for_selector("#link[data-state=live]")
        page.evaluate("window.stillTheSamePage = true")
        ends = served.extend("latakia", 40000)
        page.wait_for_function(
            "ends => document.querySelector('#t-latakia .utc').textContent.startsWith(ends)",
            arg=ends,
            timeout=WITHIN_MS,
        )
        assert page.evaluate("window.stillTheSamePage")


def test_ten_tabs_of_one_browser_all_follow_a_change(served, open_page):
    with daemon(served):
        first = open_page(served.url)
        pages = [first, *(first.context.new_page() for _ in range(9))]
        for page in pages[1:]:
            page.goto(served.url)
        for page in pages:
            wait_until_live(page)
        ends = served.extend("latakia", 40000)
        for page in pages:
            page.wait_for_function(
                "ends => document.querySelector('#t-latakia .utc').textContent.startsWith(ends)",
                arg=ends,
                timeout=1000 * SAID_WITHIN,
            )
            assert page.locator("#link").inner_text() == "live"


def test_a_stopped_board_is_told_and_the_countdowns_go_on_until_it_is_back(served, open_page):
    with daemon(served) as process:
        page = open_page(served.url)
        wait_until_live(page)
        assert process.stop() == 0
        wait_until_out_of_date(page, "the board does not answer", time.monotonic())
        was = count_of(page, "ghouta")
        page.wait_for_function("was => document.querySelector('#t-ghouta .count').textContent < was", arg=was)
    again = Process(served.config).start()
    try:
        wait_until_live(page)
    finally:
        again.kill()


@contextmanager
def hung(pid: int):
    os.kill(pid, signal.SIGSTOP)
    try:
        yield time.monotonic()
    finally:
        os.kill(pid, signal.SIGCONT)


def board_of(process: Process) -> int:
    """The process of the board, which is a child of the daemon's."""
    (child,) = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    return int(child)


def test_a_board_that_hangs_is_told(served, open_page):
    with daemon(served) as process:
        page = open_page(served.url)
        wait_until_live(page)
        with hung(board_of(process)) as since:
            wait_until_out_of_date(page, "the board does not answer", since)
        wait_until_live(page)


def test_a_daemon_that_hangs_is_told_although_the_board_answers(served, open_page):
    with daemon(served) as process:
        page = open_page(served.url)
        wait_until_live(page)
        with hung(process.pid) as since:
            wait_until_out_of_date(page, "alertd does not tick", since)
        wait_until_live(page)


@pytest.mark.parametrize("address", ["**/state", "**/live"])
def test_an_answer_that_is_an_error_is_told(served, open_page, address):
    """Of the state, and of what is new: then the page knows that it shows what is old."""
    with daemon(served):
        page = open_page(served.url)
        wait_until_live(page)
        page.route(address, lambda route: route.fulfill(status=503, body="The ledger cannot be read."))
        since = time.monotonic()
        if address == "**/live":
            served.extend("latakia", 40000)
            since += WITHIN_MS / 1000  # the daemon reads the file, and the board the ledger
        wait_until_out_of_date(page, "the board answers with error 503", since)
        page.unroute(address)
        wait_until_live(page)


def test_a_truce_that_is_taken_off_watch_is_told_on_its_own_page(served, open_page):
    with daemon(served):
        page = open_page(f"{served.url}/truces/gaza")
        wait_until_live(page)
        head, _, rest = served.path.read_text().partition('[[truce]]\nid = "gaza"')
        served.path.write_text(head + rest[rest.index("[[truce]]") :])
        wait_until_out_of_date(page, "this truce is no longer on watch", time.monotonic() + WITHIN_MS / 1000)


def test_an_end_that_passes_while_nothing_is_heard_is_not_told_as_anything_else(served, open_page):
    served.add(truce("soon", 20))
    with daemon(served) as process:
        page = open_page(served.url)
        wait_until_live(page)
        assert page.locator("#t-soon .unknown").is_hidden()
        with hung(board_of(process)):
            page.wait_for_selector("#t-soon .unknown:visible", timeout=40000)
            assert page.locator("#t-soon .left").inner_text().endswith("end passed, state unknown")
            assert page.locator("#t-past .unknown").is_hidden(), "it had passed before"
        wait_until_live(page)
        page.wait_for_function("() => document.querySelector('#t-soon .word').textContent.includes('expired')")
        assert page.locator("#t-soon .unknown").is_hidden()


@pytest.mark.parametrize("path", ["/", "/?by=area", "/?by=tag", "/history", "/timeline", "/truces/ghouta"])
def test_axe_finds_no_serious_issue_in_light_and_dark_on_desk_and_phone(served, open_page, path):
    with daemon(served):
        for options in ({"viewport": DESK}, {"viewport": PHONE}, {"color_scheme": "dark"}):
            page = open_page(served.url + path, **options)
            page.wait_for_selector("#link[data-state=live]")
            assert axe_faults(page) == []


@pytest.mark.parametrize("path", ["/", "/?by=tag", "/timeline", "/truces/nasty"])
def test_nothing_is_fetched_from_elsewhere_and_the_browser_has_nothing_to_complain_of(served, open_page, path):
    with daemon(served):
        page = open_page(served.url + path)
        page.wait_for_selector("#link[data-state=live]")
        served.add(truce("another", 5000))
        if "truces" not in path:
            page.wait_for_function("() => document.body.textContent.includes('Calm in another')")
        assert {url.removeprefix(served.url)[:1] for url in page.fetched} == {"/"}
        assert page.complaints == []
        if path == "/truces/nasty":
            assert page.locator("h1").inner_text() == SCRIPT


def test_an_inline_script_would_not_run(served, open_page):
    with daemon(served):
        page = open_page(served.url)
        page.evaluate(
            """() => {
                const script = document.createElement("script");
                script.textContent = "window.ran = true";
                document.body.append(script);
            }"""
        )
        assert page.evaluate("window.ran") is None
        assert any("Content Security Policy" in complaint for complaint in page.complaints)


def test_without_javascript_all_is_there_and_the_page_renews_itself(served, open_page):
    with daemon(served):
        page = open_page(served.url, java_script_enabled=False)
        assert re.fullmatch(r"00:(4\d|50):\d\d", count_of(page, "ghouta"))
        assert page.locator(".wrongs").inner_text().startswith("Not as it should be")
        assert page.locator("svg.timeline").last.is_visible()
        assert page.locator("#link").inner_text() == "still picture"
        assert page.locator("noscript meta[http-equiv=refresh]").count() == 1


@pytest.mark.parametrize("path", ["/", "/?by=area", "/?view=wall", "/timeline", "/truces/ghouta"])
def test_on_a_phone_nothing_runs_off_the_side(served, open_page, path):
    with daemon(served):
        page = open_page(served.url + path, viewport=PHONE)
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        if path == "/":
            size = page.locator("#t-ghouta .count").evaluate("one => parseFloat(getComputedStyle(one).fontSize)")
            assert size >= 32


def test_on_a_wall_the_countdown_is_large_and_what_is_wrong_is_seen_without_scrolling(served, open_page):
    with daemon(served):
        page = open_page(served.url, viewport=WALL)
        size = page.locator("#t-ghouta .count").evaluate("one => parseFloat(getComputedStyle(one).fontSize)")
        assert size >= 48
        wrongs = page.locator(".wrongs").bounding_box()
        assert wrongs["y"] + wrongs["height"] < 600


@pytest.mark.parametrize("size", [(1920, 1080), (1366, 768), (390, 844)], ids=str)
def test_the_next_end_is_in_the_first_screen_whatever_else_is_wrong(served, open_page, size):
    """Six have expired, the settings and ten truces are wrong, and one truce ends in nine minutes."""
    piled = (truce(f"pile-{number}", -600 * number) for number in range(2, 8))
    wrong = (truce_text(f"wrong-{number}", "starts = 2016-05-02T10:00:00Z") for number in range(10))
    served.path.write_text("\n".join((*piled, *wrong, truce("next", 540, 'area = "Next"'), truce("later", 90000))))
    width, height = size
    with daemon(served):
        page = open_page(served.url, viewport={"width": width, "height": height})
        wait_until_live(page)
        row = page.locator("#t-next").bounding_box()
        assert row["y"] + row["height"] <= height
        assert page.locator(".wrongs").bounding_box()["y"] < height
        assert [one.get_attribute("id") for one in page.locator(".strip .line").all()] == [
            f"t-pile-{number}" for number in range(2, 8)
        ]
        assert page.locator(".wrong:visible").count() == 3
        assert page.locator(".wrong > summary").first.bounding_box()["height"] < 50, "one line"
        page.locator("#w-more > summary").click()
        assert page.locator(".wrong:visible").count() == 10
        page.locator("#w-1 > summary").click()
        page.locator("#w-1 a").click()
        assert "What to put right" in page.content()
        wait_until_live(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_what_is_open_stays_open_and_focus_stays_when_the_page_renews_itself(served, open_page):
    with daemon(served):
        page = open_page(f"{served.url}/?by=area")
        page.wait_for_selector("#link[data-state=live]")
        page.locator("#g-1 > summary").click()
        assert page.locator("#g-1").get_attribute("open") is None
        page.locator("#g-2 > summary").focus()
        served.add(truce("another", 500000))
        page.wait_for_function("() => document.body.textContent.includes('Calm in another')")
        assert page.locator("#g-1").get_attribute("open") is None
        assert page.evaluate("document.activeElement.tagName") == "SUMMARY"


def test_on_paper_the_truces_are_whole(served, open_page):
    with daemon(served):
        page = open_page(served.url)
        page.emulate_media(media="print")
        assert page.locator("#clock").inner_text()[-8:].strip()[-4:] == str(datetime.now(UTC).year)
        assert page.locator(".figures nav").is_hidden()
        assert page.locator("#t-ghouta .local").is_visible()
        paper = page.pdf(format="A4")
        assert len(re.findall(rb"/Type\s*/Page\b", paper)) == 1


def test_with_a_token_a_wall_display_opens_it_once_and_lives_on_its_cookie(tmp_path, open_page):
    (tmp_path / "board-token").write_text("planted-secret-of-the-board")
    served = Served(tmp_path, 'token = { file = "board-token" }')
    with daemon(served) as process:
        page = open_page(f"{served.url}/?token=planted-secret-of-the-board")
        page.wait_for_selector("#link[data-state=live]")
        assert page.url == f"{served.url}/"
        page.reload()
        page.wait_for_selector("#link[data-state=live]")
        stranger = open_page(served.url)
        assert "wants its token" in stranger.content()
        assert "planted" not in process.logged()


def seconds_to_get(url: str) -> float:
    began = time.perf_counter()
    with urlopen(url) as answer:  # noqa: S310  loopback
        assert answer.read()
    took = time.perf_counter() - began
    time.sleep(0.6)  # past the time for which a reading is shared
    return took


def test_with_a_thousand_truces_the_page_comes_at_once_and_can_be_worked_with(served, open_page):
    served.path.write_text(
        "\n".join(
            truce(f"t{number:04}", 4000 + 60 * number, f'area = "Area {number % 25}"', f'tags = ["tag{number % 7}"]')
            for number in range(1000)
        )
    )
    with daemon(served):
        for path in ("/", "/?by=area", "/?by=tag"):
            times = [seconds_to_get(served.url + path) for _ in range(9)]
            assert sorted(times)[4] < 0.3, f"{path} took {times}"
            page = open_page(served.url + path)
            page.wait_for_selector("#link[data-state=live]")
            assert page.locator(".row, .line").count() >= 1000
            page.close()
        page = open_page(f"{served.url}/?by=area")
        page.goto(f"{served.url}/timeline?span=all")
        wait_until_live(page)
        assert page.locator(".timeline .label").count() == 1000
        top = page.locator(".hours").bounding_box()["y"]
        page.locator(".tall").evaluate("one => one.scrollTo(0, 9000)")
        assert page.locator(".timeline .label").first.bounding_box()["y"] < 0
        assert page.locator(".hours").bounding_box()["y"] == top, "the hours stay in sight"
        page.goto(f"{served.url}/?by=area")
        assert page.locator("details.group").count() == 25
        page.locator("#g-25 > summary").click()
        assert page.locator("#g-25 .line").first.is_visible()
