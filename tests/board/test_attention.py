"""What draws a viewer to the board, in a real browser: title, icon, marks, what is spoken, a sound, an end to copy."""

import re
from urllib.request import urlopen

import pytest
from board.browser import daemon, truce, wait_until_live
from process import until

pytestmark = pytest.mark.browser

COUNT_TONES = """window.tones = 0;
const made = AudioContext.prototype.createOscillator;
BaseAudioContext.prototype.createOscillator = function () { window.tones += 1; return made.call(this); };
"""

KEEP = """() => {
    window.kept = [...document.querySelectorAll("#t-aleppo *, #t-gaza *, .figures *, .channels *")];
    const text = document.querySelector("#t-aleppo .local").firstChild;
    getSelection().setBaseAndExtent(text, 0, text, 4);
    return String(getSelection());
}"""

MARKED = "id => document.querySelector(`#t-${id} .news`)?.textContent ?? ''"


def wait_until_marked(page, truce_id: str, words: str) -> str:
    page.wait_for_function(f"([id, words]) => (({MARKED})(id)).includes(words)", arg=[truce_id, words], timeout=30_000)
    return page.evaluate(MARKED, truce_id)


def test_a_change_is_marked_and_told_and_nothing_else_on_the_page_is_replaced(served, open_page):
    shift = 0

    def shifted(route) -> None:
        answer = route.fetch()
        state = answer.json()
        route.fulfill(response=answer, json=state | {key: state[key] + 1000 * shift for key in ("now", "tick")})

    with daemon(served):
        page = open_page("about:blank")
        page.add_init_script(COUNT_TONES)
        page.route("**/state", shifted)
        page.goto(served.url)
        wait_until_live(page)
        assert re.fullmatch(r"\(0[34]:\d\d\) Calm in latakia, 1 expired", page.title())
        assert page.locator("#icon").get_attribute("href").endswith("/icon-stage-4.svg")
        assert urlopen(page.locator("#icon").evaluate("icon => icon.href")).headers["Content-Type"].startswith("image/")  # noqa: S310  loopback
        assert page.locator("#said").inner_text() == ""
        before = page.locator("#t-ghouta .local").inner_text()
        selected = page.evaluate(KEEP)

        served.extend("ghouta", 7200)
        marked = wait_until_marked(page, "ghouta", "before")
        assert f"; before {before} " in marked
        assert page.locator("#t-ghouta .local").inner_text() in marked
        assert page.locator("#said").inner_text().startswith("Calm in ghouta: now ")
        assert page.locator(".news").count() == 1
        assert page.evaluate("window.kept.every((one) => one.isConnected)")
        assert page.evaluate("String(getSelection())") == selected
        assert page.evaluate("window.tones") == 0, "no sound that nobody wants"

        page.locator("#sound").click()
        assert page.locator("#sound").inner_text() == "sound on"
        tones = page.evaluate("window.tones")
        served.claim("gaza", 7000)
        wait_until_marked(page, "gaza", "stated by Somebody, unconfirmed")
        assert "Calm in gaza" in page.locator("#said").inner_text()
        assert page.evaluate("window.tones") == tones + 1

        served.path.write_text(served.path.read_text().replace("Calm in aleppo", "Calm in all of Aleppo"))
        wait_until_marked(page, "aleppo", "named Calm in aleppo before")
        assert page.locator("#said").inner_text() == "Calm in all of Aleppo: named Calm in aleppo before"

        shift = 45
        page.wait_for_timeout(3000)
        assert page.evaluate(MARKED, "aleppo"), "for 60 s"
        shift = 61
        page.wait_for_function("() => !document.querySelector('.news')", timeout=10_000)
        assert page.complaints == []


def test_a_lapse_is_told_in_the_title_the_icon_and_aloud(served, open_page):
    served.path.write_text(truce("soon", 12))
    with daemon(served):
        page = open_page(served.url)
        wait_until_live(page)
        assert page.title().endswith(") Calm in soon")
        wait_until_marked(page, "soon", "expired, unresolved")
        assert page.title() == "1 expired"
        assert page.locator("#icon").get_attribute("href").endswith("/icon-expired.svg")
        assert "Calm in soon: expired, unresolved" in page.locator("#said").inner_text()


def test_an_end_is_copied_with_its_hour_its_zone_and_utc_on_a_page_without_https_too(served, open_page):
    with daemon(served):
        page = open_page(served.url)
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        wait_until_live(page)
        local, utc = (page.locator(f"#t-ghouta .{name}").inner_text() for name in ("local", "utc"))
        expected = f"{local} UTC (+00:00) = {utc.removesuffix(' copy')}"
        page.locator("#t-ghouta .copy").click()
        page.wait_for_function("() => document.querySelector('#t-ghouta .copy').textContent === 'copied'")
        assert page.evaluate("navigator.clipboard.readText()") == expected
        page.evaluate("navigator.clipboard.writeText('')")
        page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('no https')); }")
        page.locator("#t-ghouta .copy").click()
        until(
            lambda: page.evaluate("navigator.clipboard.readText()") == expected, "the end copied by hand", patience=10
        )
