"""Recording on a phone, in a real browser without scripts: every page of it, read to its end and agreed to."""

import os
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from board.browser import PHONE, Served, axe_faults, daemon, truce
from recording import Desk

pytestmark = pytest.mark.browser

PICTURES = os.environ.get("PICTURES")
"""A folder for a picture of each page, for whoever wants to look."""


@pytest.fixture
def desk(tmp_path, capsys):
    """A board on which people record, with a truce where an hour comes twice."""
    desk = Desk(tmp_path, capsys)
    desk.board = Served(tmp_path, f'write = true\nrecord_socket = "{desk.socket}"')
    desk.board.add("\n" + truce("zurich", 3000).replace('zone = "UTC"', 'zone = "Europe/Zurich"'))
    with desk.helped(), daemon(desk.board):
        yield desk


def read(page, name):
    """Nothing runs off the side, axe finds nothing, and whatever can be pressed is large enough for a thumb."""
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], name
    assert axe_faults(page) == [], name
    for pressed in page.locator("button, a, input:visible:not([type=radio]):not([type=checkbox])").all():
        assert pressed.bounding_box()["height"] >= 44, (name, pressed.inner_text())
    told = ("Failed to load resource: the server responded with a status of 4", "[DOM] Password forms should have")
    assert [said for said in page.complaints if not said.startswith(told)] == [], name


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_an_extension_from_the_page_of_its_truce_to_the_page_of_its_truce(desk, open_page, scheme):
    page = open_page(f"{desk.board.url}/truces/zurich", viewport=PHONE, color_scheme=scheme)
    page.get_by_role("link", name="Record what was agreed or stated").click()
    read(page, f"{scheme}-1-sign-in")
    page.get_by_label("Your personal token").fill(desk.token("Lena"))
    page.get_by_role("button", name="Go on").click()
    read(page, f"{scheme}-2-acts")
    page.get_by_role("link", name="Extend").click()
    read(page, f"{scheme}-3-form")
    page.get_by_label("How much longer").fill("0230 25 Oct 2065")
    page.get_by_label("Source").fill("by radio, " + "a-very-long-word-without-an-end" * 8)
    page.get_by_role("button", name="See what follows").click()
    read(page, f"{scheme}-4-refused")
    page.get_by_role("button", name="+01:00").click()
    read(page, f"{scheme}-5-preview")
    page.get_by_role("button", name="Change it").click()
    assert page.get_by_label("Source").input_value().startswith("by radio")
    page.get_by_role("button", name="See what follows").click()
    page.get_by_role("button", name="Write it, as Lena").click()
    read(page, f"{scheme}-6-written")
    assert 'recorded_by = "Lena"' in desk.text
    page.reload()  # the browser sends the form again
    assert page.locator("h1").inner_text() == "Written"
    assert desk.text.count("[[truce.extension]]") == 1
    page.get_by_role("link", name="Back to the truce").click()
    page.wait_for_function("() => document.body.textContent.includes('2065')")


def test_without_scripts_all_of_it_works_and_enter_sends_what_was_filled_in(desk, open_page):
    page = open_page(f"{desk.board.url}/record/zurich/claim", viewport=PHONE, java_script_enabled=False)
    page.get_by_label("Your personal token").fill(desk.token("Lena"))
    page.get_by_label("Your personal token").press("Enter")
    for text in ("0230 25 Oct 2065", "24h"):  # of a refused hour no reading is taken by Enter
        page.get_by_label("How much longer").fill(text)
        page.get_by_label("How much longer").press("Enter")
    assert page.locator("h1").inner_text() == "Write it?"
    page.get_by_role("button", name="Write it, as Lena").click()
    assert 'by = "24h"' in desk.text
    for act, heading in (("confirm", "Confirm"), ("deny", "Deny")):
        page.goto(f"{desk.board.url}/record/zurich/{act}")
        assert page.locator("h1").inner_text().startswith(heading)
        page.get_by_label("1: claim, by 24h").check()
        page.get_by_role("button", name="See what follows").click()
        page.get_by_role("button", name="Write it, as Lena").click()
        assert page.locator("h1").inner_text() == "Written"
    page.get_by_role("button", name="Sign out").click()
    assert page.locator("h1").inner_text() == "Who records?"


@contextmanager
def site_of_somebody_else(body):
    """A page on the same machine and another port: for cookies the same site, for a browser another origin."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Page) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


def test_the_page_of_somebody_else_records_nothing_in_the_browser_of_who_is_signed_in(desk, open_page):
    address = f"{desk.board.url}/record/zurich/extend"
    page = open_page(address, viewport=PHONE)
    page.get_by_label("Your personal token").fill(desk.token("Lena"))
    page.get_by_role("button", name="Go on").click()
    page.get_by_label("How much longer").fill("24h")
    page.get_by_role("button", name="See what follows").click()
    fields = page.locator("form").first.inner_html()  # as if all of it had leaked
    with site_of_somebody_else(f'<form method="post" action="{address}">{fields}</form>') as other:
        page.goto(other)
        page.get_by_role("button", name="Write it").click()
        page.wait_for_function("() => document.body.textContent.includes('Another site sent this')")
    assert "extension" not in desk.text
