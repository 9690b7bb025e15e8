"""Acknowledging from a phone in a real browser: the link of a message, the form without JavaScript, the answer."""

import re

import pytest
from board.browser import PHONE, Served, axe_faults, daemon
from process import Hook, alertd_json, truce_text, until, write_truces

pytestmark = pytest.mark.browser

BOARD = 'url = "http://127.0.0.1:{port}"\nlink_key = {{ file = "link-key" }}\n'
HOOK = '[[channel]]\nname = "hook"\nkind = "webhook"\nurl = { file = "hook-url" }\n'
TITLE = "وقف الأعمال القتالية في الغوطة الشرقية"


@pytest.fixture
def links(tmp_path):
    """A link to acknowledge for each of two alerts, as they stand in the messages, while the daemon runs."""
    served = Served(tmp_path)
    settings = tmp_path / "alertd.toml"
    settings.write_text(settings.read_text() + BOARD.format(port=served.port) + HOOK)
    (tmp_path / "link-key").write_text("0123456789abcdef0123456789abcdef")
    window = ("starts = 2016-05-02T10:00:00Z", "open = true")
    write_truces(tmp_path, truce_text("one", *window), truce_text("two", *window).replace("Calm in two", TITLE))
    with Hook() as hook:
        (tmp_path / "hook-url").write_text(f"http://127.0.0.1:{hook.port}/")
        with daemon(served):
            until(lambda: len(hook.posts) == 2, "two alerts")
            yield {
                post["alerts"][0]["truce"]: re.search(r"^Acknowledge: (\S+)$", post["text"], re.MULTILINE)[1]
                for post in hook.posts
            }


def on_a_phone(open_page, link: str, **options):
    page = open_page(link, viewport=PHONE, is_mobile=True, has_touch=True, device_scale_factor=2, **options)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    return page


def test_an_alert_is_acknowledged_from_a_phone_without_javascript(links, open_page, tmp_path):
    page = on_a_phone(open_page, links["two"], java_script_enabled=False)
    assert TITLE in page.locator("body").inner_text()
    button = page.get_by_role("button", name="Acknowledge")
    box = button.bounding_box()
    assert box["height"] >= 44, "a thumb finds it"
    assert box["y"] + box["height"] <= PHONE["height"], "it is seen without scrolling"
    assert not [row for row in alertd_json(tmp_path, "history") if row["acknowledged_by"]]
    page.screenshot(path=tmp_path / "form.png")

    page.get_by_label("name").fill("Lena")
    page.get_by_label("note").fill("on my way")
    button.tap()
    page.get_by_text("It is acknowledged by Lena").wait_for()
    page.screenshot(path=tmp_path / "answer.png")
    assert page.get_by_role("button").count() == 0
    page.reload()
    assert "It is acknowledged by Lena" in page.locator("body").inner_text()

    rows = [row for row in alertd_json(tmp_path, "history") if row["acknowledged_by"]]
    names = ("truce", "target", "acknowledged_by", "acknowledged_way", "acknowledged_note")
    assert {tuple(row[name] for name in names) for row in rows} == {
        ("two", target, "Lena", "link", "on my way") for target in ("desk", "hook")
    }
    assert page.complaints == []
    assert {url.split("/ack/")[0] for url in page.fetched} == {links["two"].split("/ack/")[0]}
    assert page.context.cookies() == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_the_page_of_a_link_before_and_after_the_answer(links, open_page, scheme):
    page = on_a_phone(open_page, links["one"], color_scheme=scheme)
    assert axe_faults(page) == []
    page.get_by_role("button", name="Acknowledge").tap()
    page.get_by_text("It is acknowledged by somebody with the link").wait_for()
    assert axe_faults(page) == []
