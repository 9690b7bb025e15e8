"""Recording on the board, and every attack on it that we know of: none writes."""

import html
import re
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from itertools import product
from urllib.parse import urlencode

import pytest
from aiohttp import CookieJar
from board.test_guard import PATHS
from recording import Desk, calm
from world import World

from alertd.board.acknowledger import WRONG_A_MINUTE
from alertd.daemon.rehearsal import VirtualClock

HERE = {"Sec-Fetch-Site": "same-origin", "Origin": "null"}
EXTEND = "/record/calm/extend"
FORM = {"end": "24h", "source": "by radio"}


@pytest.fixture
async def world(tmp_path):
    """A daemon of today, as the helper asks the real clock."""
    made = World(tmp_path, VirtualClock(datetime.now(UTC).replace(microsecond=0)))
    yield made
    if hasattr(made, "app"):
        await made.stop()


class Phone:
    """A browser without scripts: it follows links, and sends the forms of the page that it shows."""

    def __init__(self, viewer) -> None:
        self.viewer = viewer
        self.page = ""
        self.status = 0
        self.headers = {}

    async def open(self, path, method="GET", data=None, headers=HERE, **other):
        async with self.viewer.request(method, path, data=data, headers=headers, **other) as answer:
            self.page, self.status, self.headers = await answer.text(), answer.status, answer.headers
        return self.page

    async def send(self, path, data, **other):
        return await self.open(path, "POST", data, **other)

    async def sign_in(self, token, path=EXTEND):
        await self.send(path, {"personal": token})

    def hidden(self, form=0) -> dict[str, str]:
        """The fields that the page fills in itself, of one of its forms."""
        inputs = re.findall(r"<form.*?</form>", self.page, re.DOTALL)[form]
        found = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', inputs)
        return {name: html.unescape(value) for name, value in found}


@pytest.fixture
def phone(look, world, capsys):
    """A board on which people record; `desk` gives tokens, and has the files."""

    @asynccontextmanager
    async def started(*, board="", truces=None):
        desk = Desk(world.config, capsys)
        lines = f'write = true\nrecord_socket = "{desk.socket}"\n{board}'
        with desk.helped():
            async with look(truces or calm(), board=lines) as viewer:
                viewer.session._cookie_jar = CookieJar(unsafe=True)  # for an address of numbers
                phone = Phone(viewer)
                phone.desk = desk
                phone.token = desk.token("Lena")
                yield phone

    return started


async def previewed(phone, **fields):
    """Signed in, and looking at what would follow."""
    await phone.sign_in(phone.token)
    await phone.send(EXTEND, {**phone.hidden(), **FORM, **fields})
    assert phone.status == 200, phone.page
    assert "<h1>Write it?</h1>" in phone.page
    return phone.hidden()


async def test_a_person_signs_in_sees_what_follows_and_agrees(phone):
    async with phone() as on:
        before = on.desk.text
        assert "Who records?" in await on.open(EXTEND)
        assert on.status == 401
        await on.sign_in(on.token)
        assert "<h1>Extend</h1>" in on.page
        await on.send(EXTEND, {**on.hidden(), **FORM})
        assert "Calm in calm [calm]" in on.page
        assert "tells at once: extended" in on.page
        assert "Write it, as Lena" in on.page
        assert on.desk.text == before
        await on.send(EXTEND, on.hidden())
        assert "<h1>Written</h1>" in on.page
        assert 'recorded_by = "Lena"' in on.desk.text
        assert 'source = "by radio"' in on.desk.text


async def test_without_write_in_the_settings_there_is_no_such_page(look):
    async with look(calm()) as viewer:
        assert await viewer.status(EXTEND) == 404
        assert await viewer.status(EXTEND, "POST", data=FORM) == 405
        assert "/record/" not in await viewer.get("/truces/calm")


async def test_the_page_of_a_truce_leads_there(phone):
    async with phone() as on:
        assert 'href="/record/calm"' in await on.open("/truces/calm")
        await on.sign_in(on.token, "/record/calm")
        for act in ("extend", "claim", "confirm", "deny", "end", "close"):
            assert f'href="/record/calm/{act}"' in on.page


async def test_a_form_that_is_sent_again_is_written_once(phone):
    async with phone() as on:
        agreed = await previewed(on)
        for _ in range(3):
            assert "<h1>Written</h1>" in await on.send(EXTEND, agreed)
        assert on.desk.text.count("[[truce.extension]]") == 1


async def test_what_has_changed_since_is_shown_anew_and_nothing_is_written(phone):
    async with phone() as on:
        agreed = await previewed(on)
        on.viewer.world.write(calm(hours=72))
        await on.send(EXTEND, agreed)
        assert "Something has changed since you looked. Nothing was written yet" in on.page
        assert "extension" not in on.desk.text
        await on.send(EXTEND, on.hidden())
        assert "<h1>Written</h1>" in on.page


async def test_a_refusal_keeps_what_was_filled_in_and_gives_the_readings_to_choose_from(phone):
    async with phone(truces=calm().replace('zone = "UTC"', 'zone = "Europe/Zurich"')) as on:
        await on.sign_in(on.token)
        await on.send(EXTEND, {**on.hidden(), **FORM, "end": "0230 25 Oct 2065"})
        assert on.status == 422
        assert 'role="alert"' in on.page
        assert on.page.count('<button class="other" name="end"') == 2
        (first, _) = re.findall(r'name="end" value="([^"]*)">', on.page)[:2]
        await on.send(EXTEND, {**on.hidden(0), "end": html.unescape(first)})
        assert "<h1>Write it?</h1>" in on.page
        await on.send(EXTEND, {**on.hidden(1), "again": "yes"})
        assert 'value="by radio"' in on.page


async def test_a_form_without_an_end_and_a_truce_that_is_none_are_refused_in_words(phone):
    async with phone() as on:
        await on.sign_in(on.token)
        await on.send(EXTEND, {**on.hidden(), "source": "by radio"})
        assert "This is needed: how much longer" in on.page
        await on.open("/record/nowhere/extend")
        assert on.status == 422
        assert "here is no truce nowhere" in on.page
        await on.open("/record/calm/withdraw")
        assert on.status == 404


# What must not write.


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_to_look_writes_nothing_whatever_the_address_says(phone, method):
    async with phone() as on:
        agreed = await previewed(on)
        before = on.desk.text
        await on.open(f"{EXTEND}?{urlencode(agreed)}", method, agreed)
        assert on.desk.text == before


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND"])
async def test_no_other_method_exists(phone, method):
    async with phone() as on:
        agreed = await previewed(on)
        await on.open(EXTEND, method, agreed)
        assert on.status == 405
        assert "extension" not in on.desk.text


async def test_every_other_address_can_still_only_be_read(phone):
    async with phone() as on:
        for method, path in product(
            ("POST", "PUT", "PATCH", "DELETE"), [*PATHS, "/record", "/truces/calm", "/record/"]
        ):
            await on.open(path, method)
            assert on.status in {404, 405}, path


ELSEWHERE = [
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "none"},
    {"Origin": "https://evil.example"},
    {"Origin": "http://127.0.0.1:1"},
    {"Origin": "http://[::1"},
    {"Sec-Fetch-Site": "cross-site", "Origin": "null"},
]


@pytest.mark.parametrize("headers", ELSEWHERE)
async def test_what_the_page_of_another_site_sends_writes_nothing_and_signs_nobody_in(phone, headers):
    async with phone() as on:
        agreed = await previewed(on)
        await on.send(EXTEND, agreed, headers=headers)
        assert on.status == 403
        await on.send(EXTEND, {"personal": on.desk.token("Mallory")}, headers=headers)
        assert on.status == 403
        assert "Set-Cookie" not in on.headers
        assert "extension" not in on.desk.text


async def test_a_form_without_the_proof_of_its_person_writes_nothing(phone):
    async with phone() as on:
        agreed = await previewed(on)
        other = on.desk.token("Oleh")
        on.viewer.session.cookie_jar.clear()
        await on.sign_in(other)
        for proof in (agreed["form"], "", agreed["form"][:-1], "é", on.hidden()["form"].upper()):
            await on.send(EXTEND, {**agreed, "form": proof})
            assert on.status == 403
        assert "extension" not in on.desk.text


async def test_without_the_cookie_the_form_alone_writes_nothing(phone):
    async with phone() as on:
        agreed = await previewed(on)
        on.viewer.session.cookie_jar.clear()
        assert "Who records?" in await on.send(EXTEND, agreed)
        assert on.status == 401
        assert "extension" not in on.desk.text


async def test_a_token_that_is_taken_away_stops_at_the_second_step(phone, capsys):
    async with phone() as on:
        agreed = await previewed(on)
        on.desk.token("Lena")  # the one before is no longer good
        await on.send(EXTEND, agreed)
        assert on.status == 401
        assert "nobody&#39;s token" in on.page
        assert "extension" not in on.desk.text


@pytest.mark.parametrize("forge", [str.swapcase, lambda token: token[1:], lambda token: token + "A", lambda _: "Lena"])
async def test_a_forged_or_cut_token_signs_nobody_in(phone, forge):
    async with phone() as on:
        await on.sign_in(forge(on.token))
        assert on.status == 401
        assert "Set-Cookie" not in on.headers
        for forged in (forge(on.token), "é", "a" * 5000, 'x"; Path=/'):
            await on.open(EXTEND, headers={"Cookie": f"alertd_record={forged}"})
            assert on.status in {400, 401}, forged


async def test_the_cookie_goes_to_these_pages_alone_and_no_other_site_nor_script_has_it(phone):
    async with phone(board='prefix = "/alertd"') as on:
        async with on.viewer.request(
            "POST",
            EXTEND,
            data={"personal": on.token},
            headers={**HERE, "X-Forwarded-Proto": "https"},
            allow_redirects=False,
        ) as answer:
            assert answer.status == 303
            assert answer.headers["Location"] == "/alertd/record/calm/extend"
            cookie = answer.headers["Set-Cookie"]
        for part in ("HttpOnly", "SameSite=Strict", "Secure", "Path=/alertd/record/", "Max-Age=43200"):
            assert part in cookie


async def test_signing_out_takes_the_cookie_away(phone):
    async with phone() as on:
        await on.sign_in(on.token)
        await on.send(EXTEND, {**on.hidden(-1), "leave": "yes"})
        assert "Who records?" in on.page


async def test_the_token_of_the_board_is_needed_too_and_does_not_record(phone, world):
    (world.config / "board-token").write_text("planted-board-token")
    async with phone(board='token = { file = "board-token" }') as on:
        for data in ({"personal": on.token}, FORM):
            await on.send(EXTEND, data)
            assert on.status == 401
            assert "Set-Cookie" not in on.headers
        bearer = {**HERE, "Authorization": "Bearer planted-board-token"}
        await on.send(EXTEND, {"personal": "planted-board-token"}, headers=bearer)
        assert on.status == 401
        await on.send(EXTEND, {"personal": on.token}, headers=bearer)
        assert "<h1>Extend</h1>" in on.page
        for path in ("/", "/api/v1/truces"):
            await on.open(path, headers={"Authorization": f"Bearer {on.token}"})
            assert on.status == 401


async def test_a_thousand_guesses_are_turned_away_and_the_true_token_still_counts(phone):
    async with phone() as on:
        statuses = []
        for number in range(1000):
            await on.sign_in(f"guess-of-a-token-{number:04}")
            statuses.append(on.status)
        assert statuses == [401] * WRONG_A_MINUTE + [429] * (1000 - WRONG_A_MINUTE)
        await on.sign_in(on.token)
        assert "<h1>Extend</h1>" in on.page


@pytest.mark.parametrize(
    ("data", "headers", "status"),
    [
        (b"a" * 20_000, {"Content-Type": "application/x-www-form-urlencoded"}, 413),
        (b"end=%ff%fe&" * 10, {"Content-Type": "application/x-www-form-urlencoded"}, 422),
        (b"\xff\xfe", {"Content-Type": "application/x-www-form-urlencoded"}, 400),
        (b"a=1&" * 100, {"Content-Type": "application/x-www-form-urlencoded"}, 400),
        (b"{}", {"Content-Type": "application/json"}, 415),
        (b"end=24h", {"Content-Type": "text/plain"}, 415),
        (b"end=" + b"9" * 3000, {"Content-Type": "application/x-www-form-urlencoded"}, 400),
    ],
)
async def test_what_is_not_the_form_of_the_page_is_refused(phone, data, headers, status):
    async with phone() as on:
        await on.sign_in(on.token)
        proof = f"&form={on.hidden()['form']}".encode()
        await on.send(EXTEND, data + proof, headers=HERE | headers)
        assert on.status == status
        assert "extension" not in on.desk.text


@pytest.mark.parametrize(
    "truce", ["..%2f..%2fetc%2fpasswd", "%2e%2e", "calm%00", "calm%0d%0aSet-Cookie:x=1", "a" * 3000]
)
async def test_an_id_that_is_none_leads_nowhere(phone, truce):
    async with phone() as on:
        await on.sign_in(on.token)
        before = sorted(path.name for path in on.desk.config.rglob("*.toml"))
        await on.open(f"/record/{truce}/extend")
        assert on.status in {400, 404, 422}
        await on.send(f"/record/{truce}/extend", FORM)
        assert on.status in {400, 403, 404, 405}
        assert sorted(path.name for path in on.desk.config.rglob("*.toml")) == before


async def test_nothing_that_somebody_fills_in_is_markup_or_steers_a_screen(phone):
    hostile = '"><script>x</script>\u202e\x1b[2J\n[[truce]]'
    async with phone() as on:
        agreed = await previewed(on, source=hostile, note=hostile)
        assert "<script" not in on.page
        assert "\u202e" not in on.page.replace(html.escape(hostile), "")
        await on.send(EXTEND, agreed)
        assert "<h1>Written</h1>" in on.page
        assert "<script" not in on.page
        assert "\n[[truce]]" not in on.desk.text.removeprefix("[[truce]]")


async def test_a_page_asks_for_nothing_from_elsewhere_and_needs_no_script(phone):
    async with phone() as on:
        await previewed(on)
        policy = on.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "form-action 'self'" in policy
        assert "frame-ancestors 'none'" in policy
        assert on.headers["Cache-Control"] == "no-store"
        assert on.headers["Referrer-Policy"] == "no-referrer"
        assert "<script" not in on.page
        assert on.token not in on.page


async def test_a_wrong_host_header_is_refused(phone):
    async with phone() as on:
        agreed = await previewed(on)
        await on.send(EXTEND, agreed, headers={**HERE, "Host": "evil.example"})
        assert on.status == 421
        assert "extension" not in on.desk.text


async def test_a_helper_that_is_not_there_is_told(phone):
    async with phone() as on:
        agreed = await previewed(on)
        moved = on.desk.socket.rename(on.desk.socket.with_suffix(".away"))
        await on.send(EXTEND, agreed)
        moved.rename(on.desk.socket)
        assert on.status == 503
        assert "systemctl status alertd-record.socket" in on.page


CLAIM = """
  [[truce.claim]]
  announced = 2016-05-02T14:00:00Z
  by = "24h"
  stated_by = ["<b>One party</b>"]
"""


@pytest.mark.parametrize("act", ["confirm", "deny"])
async def test_a_record_is_chosen_from_those_of_the_truce(phone, act):
    async with phone(truces=calm(CLAIM)) as on:
        await on.sign_in(on.token, f"/record/calm/{act}")
        assert 'type="radio" name="record" value="1" required' in on.page
        assert "&lt;b&gt;One party&lt;/b&gt;, unconfirmed" in on.page
        await on.send(f"/record/calm/{act}", {**on.hidden(), "record": "1"})
        assert "<h1>Write it?</h1>" in on.page
        await on.send(f"/record/calm/{act}", on.hidden())
        assert "<h1>Written</h1>" in on.page
        assert ("confirmed = " if act == "confirm" else "denied = ") in on.desk.text


async def test_a_truce_without_records_has_none_to_choose_from(phone):
    async with phone() as on:
        await on.sign_in(on.token, "/record/calm/confirm")
        assert "This truce has no records yet." in on.page


async def test_an_end_may_be_stated_and_not_confirmed(phone):
    async with phone() as on:
        await on.sign_in(on.token, "/record/calm/end")
        await on.send("/record/calm/end", {**on.hidden(), "unconfirmed": "yes"})
        await on.send("/record/calm/end", on.hidden())
        assert "confirmed = false" in on.desk.text


async def test_a_truce_that_has_lapsed_is_closed(phone):
    async with phone(truces=calm(hours=-1)) as on:
        await on.sign_in(on.token, "/record/calm/close")
        await on.send("/record/calm/close", on.hidden())
        await on.send("/record/calm/close", on.hidden())
        assert "<h1>Written</h1>" in on.page
        assert "truce.closed" in on.desk.text


async def test_where_two_persons_are_needed_the_page_says_so_and_offers_no_close(phone):
    async with phone(board="two_persons = true") as on:
        await previewed(on)
        assert "It counts once another person confirms it." in on.page
        await on.open("/record/calm")
        assert "/record/calm/close" not in on.page
