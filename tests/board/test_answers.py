"""Acknowledging by the link of a message, and every attack on it that we know of: none acknowledges."""

import re
from datetime import timedelta

import pytest
from board.register import EXTENSION, GHOUTA
from factories import moment

from alertd.board.acknowledger import WRONG_A_MINUTE
from alertd.ledger import queries
from alertd.logs import Redactor
from alertd.message.links import Links
from alertd.settings import Secrets

KEY = "planted-link-key-0123456789abcdef"
BOARD = """
url = "https://board.example.org"
link_key = { file = "link-key" }
token = { file = "board-token" }
"""
TOKEN = "planted-board-token"
CHANNEL = """
[[channel]]
name = "desk"
kind = "webhook"
url = "https://hook.example.org/"
"""
FORM = {"by": "Lena", "note": "on it"}
LINKS = Links("https://board.example.org", KEY.encode())
HERE = {"Sec-Fetch-Site": "same-origin", "Origin": "null"}


def link(viewer, number=0) -> str:
    """The path of the link in a message that was sent."""
    return re.search(r"Acknowledge: https://board\.example\.org(/ack/\S+)", viewer.world.sent[number].message.text)[1]


def acknowledged(viewer) -> list[tuple[str, str, str | None]]:
    rows = viewer.world.ledger.run(queries.history)
    return [(each.by, each.way, each.note) for row in rows if (each := row.acknowledgement) is not None]


@pytest.fixture(autouse=True)
def with_secrets(world):
    (world.config / "link-key").write_text(KEY)
    (world.config / "board-token").write_text(TOKEN)
    world.secrets = Secrets.NEEDED


@pytest.fixture
def sent(look):
    return lambda truces=GHOUTA: look(truces, CHANNEL, BOARD)


async def test_a_link_shows_its_alert_with_a_form_and_only_the_form_acknowledges(sent):
    async with sent() as viewer:
        page = await viewer.get(link(viewer))
        assert "Calm in Ghouta [ghouta], recorded, end 0100 Wed 4 May 2016 Asia/Damascus" in page
        assert '<form method="post">' in page
        assert acknowledged(viewer) == []
        async with viewer.request("POST", link(viewer), data=FORM, headers=HERE) as answer:
            assert answer.status == 200
            assert "It is acknowledged by Lena at 1200Z Mon 2 May 2016, by link (on it)." in await answer.text()
        assert acknowledged(viewer) == [("Lena", "link", "on it")]


async def test_a_page_asks_for_nothing_from_elsewhere_keeps_no_cookie_and_gives_no_referrer(sent):
    async with sent() as viewer, viewer.request("GET", link(viewer)) as answer:
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Cache-Control"] == "no-store"
        assert "Set-Cookie" not in answer.headers
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "form-action 'self'" in policy
        page = await answer.text()
        assert "<script" not in page
        assert "http" not in page.replace("Asia/Damascus", "")


async def test_the_page_of_a_link_needs_no_token_of_the_board_and_opens_nothing_else(sent):
    async with sent() as viewer:
        token = link(viewer).removeprefix("/ack/")
        assert await viewer.status(link(viewer)) == 200
        assert await viewer.status("/") == 401
        assert await viewer.status(f"/?token={token}") == 401
        assert await viewer.status("/api/v1/truces", headers={"Authorization": f"Bearer {token}"}) == 401
        assert await viewer.status(f"/ack/{token}/../../", method="POST") == 405


async def test_a_link_answers_by_the_name_of_its_board_and_by_no_other(sent):
    async with sent() as viewer:
        assert await viewer.status(link(viewer), headers={"Host": "board.example.org"}) == 200
        assert await viewer.status(link(viewer), headers={"Host": "evil.example"}) == 421
        assert await viewer.status(link(viewer), "POST", data=FORM, headers={"Host": "evil.example"}) == 421
        assert acknowledged(viewer) == []


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_a_scanner_that_follows_links_acknowledges_nothing(sent, method):
    async with sent() as viewer:
        for _ in range(3):
            assert await viewer.status(link(viewer), method) == 200
        assert acknowledged(viewer) == []


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS"])
async def test_a_link_takes_no_other_method(sent, method):
    async with sent() as viewer:
        assert await viewer.status(link(viewer), method) == 405
        assert acknowledged(viewer) == []


def forged(path: str) -> list[str]:
    token = path.removeprefix("/ack/")
    alert, proof = token.split(".")
    other = (
        Links(LINKS.url, b"another key, of the same length!!").answer("ghouta|reminder|1h|x|desk").rpartition("/")[2]
    )
    return [
        token[:-1],
        token[1:],
        f"{token}A",
        f"{token}=",
        f"{alert}.",
        alert,
        f".{proof}",
        f"{alert}.{proof[::-1]}",
        f"{alert}.{proof}.{proof}",
        f"{alert}=.{proof}",
        f"{alert}.{proof.swapcase()}",
        f"{other.split('.')[0]}.{proof}",
        other,
        "....",
        "%00.%00",
        "é.é",
        "a" * 4000,
    ]


async def test_a_forged_or_cut_link_is_told_nothing_and_acknowledges_nothing(sent):
    async with sent() as viewer:
        for token in forged(link(viewer)):
            for method in ("GET", "POST"):
                viewer.wait(60)
                async with viewer.request(method, f"/ack/{token}", data=FORM if method == "POST" else None) as answer:
                    assert answer.status == 404, token
                    assert "Ghouta" not in await answer.text()
        assert acknowledged(viewer) == []


async def test_the_proof_of_one_alert_opens_no_other_and_one_target_no_other(sent):
    async with sent(GHOUTA + GHOUTA.replace('"ghouta"', '"homs"')) as viewer:
        first, second = (link(viewer, number).removeprefix("/ack/").split(".") for number in (0, 1))
        assert first[0] != second[0]
        for mixed in (f"{first[0]}.{second[1]}", f"{second[0]}.{first[1]}"):
            assert await viewer.status(f"/ack/{mixed}", "POST", data=FORM) == 404
        assert acknowledged(viewer) == []


async def test_a_link_for_an_alert_that_was_never_planned_acknowledges_nothing(sent):
    """As a key that leaked would let somebody make."""
    async with sent() as viewer:
        path = LINKS.answer("ghouta|reminder|3h|2016-05-03T22:00:00Z|desk").removeprefix(LINKS.url)
        assert await viewer.status(path, "POST", data=FORM) == 404


async def test_a_second_answer_changes_nothing_and_says_who_was_first(sent):
    async with sent() as viewer:
        await viewer.status(link(viewer), "POST", data=FORM)
        async with viewer.request("POST", link(viewer), data={"by": "Omar"}) as answer:
            assert answer.status == 200
            assert "It is acknowledged by Lena" in await answer.text()
        assert "It is acknowledged by Lena" in await viewer.get(link(viewer))
        assert acknowledged(viewer) == [("Lena", "link", "on it")]


async def test_a_second_person_answers_where_an_escalation_asks_for_two(look):
    escalation = """
[[escalation]]
name = "all"
alerts = ["recorded"]
people = 2
steps = [{ channel = "desk", wait = "10m" }, { channel = "desk" }]
"""
    async with look(GHOUTA, CHANNEL + escalation, BOARD) as viewer:
        async with viewer.request("POST", link(viewer), data=FORM) as answer:
            assert "Before the escalation stops, 1 more acknowledgement by others must come." in await answer.text()
        assert "<form" in await viewer.get(link(viewer))
        async with viewer.request("POST", link(viewer), data={"by": "Omar"}) as answer:
            assert "acknowledged by Lena" in (text := await answer.text())
            assert "and by Omar" in text
        assert "<form" not in await viewer.get(link(viewer))


@pytest.mark.parametrize("word", [-2, -1], ids=["the first", "the second"])
async def test_a_lapse_is_acknowledged_by_the_link_of_either_time_that_it_is_said(look, word):
    escalation = """
[[escalation]]
name = "all"
alerts = ["lapsed"]
steps = [{ channel = "desk", wait = "30m" }, { channel = "desk" }]
"""
    async with look(GHOUTA, CHANNEL + escalation, BOARD) as viewer:
        for at in ("22:00", "22:15"):
            await viewer.tick(f"2016-05-03T{at}")
        told = len(viewer.world.sent)
        async with viewer.request("POST", link(viewer, word), data=FORM) as answer:
            assert "The escalation to desk is called off." in await answer.text()
        for each in (-2, -1):
            assert "It is acknowledged by Lena" in await viewer.get(link(viewer, each))
        assert acknowledged(viewer)[-2:] == [("Lena", "link", "on it")] * 2
        await viewer.tick("2016-05-03T22:30")
        assert [each.message.title for each in viewer.world.sent[told:] if "Not ack" in each.message.title] == []


async def test_a_link_is_good_until_a_day_after_the_end_and_tells_nothing_later(sent):
    async with sent() as viewer:
        await viewer.tick("2016-05-04T21:59")
        viewer.world.clock.set(moment("2016-05-04T22:00"))
        assert "<form" in await viewer.get(link(viewer))
        viewer.world.clock.set(viewer.world.clock.now() + timedelta(seconds=1))
        for method in ("GET", "POST"):
            async with viewer.request(method, link(viewer), data=FORM if method == "POST" else None) as answer:
                assert answer.status == 410
                assert "Ghouta" not in await answer.text()
        assert acknowledged(viewer) == []


async def test_the_link_of_an_end_that_has_moved_acknowledges_nothing(sent):
    async with sent() as viewer:
        path = link(viewer)
        viewer.world.write(GHOUTA + EXTENSION)
        await viewer.tick("2016-05-02T13:00")
        async with viewer.request("POST", path, data=FORM) as answer:
            assert answer.status == 409
            assert "That end is in force no more" in await answer.text()
        assert acknowledged(viewer) == []


async def test_a_thousand_guesses_are_turned_away_and_the_true_link_still_opens(sent):
    async with sent() as viewer:
        path = link(viewer)
        found = [await viewer.status(f"{path[:-8]}{guess:08d}", "POST", data=FORM) for guess in range(1000)]
        assert found == [404] * WRONG_A_MINUTE + [429] * (1000 - WRONG_A_MINUTE)
        assert acknowledged(viewer) == []
        assert await viewer.status(path, "POST", data=FORM) == 200
        viewer.wait(60)
        assert await viewer.status(f"{path[:-8]}00000000") == 404


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site", "Origin": "null"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "https://evil.example"},
        {"Origin": "https://[evil"},
        {"Origin": "board.example.org"},
        {"Origin": "https://board.example.org.evil.example"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"},
    ],
)
async def test_what_the_page_of_another_site_sends_acknowledges_nothing(sent, headers):
    async with sent() as viewer:
        assert await viewer.status(link(viewer), "POST", data=FORM, headers=headers) == 403
        assert acknowledged(viewer) == []


@pytest.mark.parametrize("origin", ["https://board.example.org", "null"])
async def test_the_form_of_the_page_counts_also_behind_a_proxy_that_asks_by_another_name(sent, origin):
    async with sent() as viewer:
        assert await viewer.status(link(viewer), "POST", data=FORM, headers={"Origin": origin}) == 200


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"{}", {"Content-Type": "application/json"}, 415),
        (b"by=" + b"a" * 5000, {"Content-Type": "application/x-www-form-urlencoded"}, 413),
        (b"by=\xff", {"Content-Type": "application/x-www-form-urlencoded"}, 400),
        (b"&".join(b"a=1" for _ in range(20)), {"Content-Type": "application/x-www-form-urlencoded"}, 400),
    ],
)
async def test_what_is_not_the_form_of_the_page_is_refused(sent, body, headers, status):
    async with sent() as viewer:
        assert await viewer.status(link(viewer), "POST", data=body, headers=headers) == status
        assert acknowledged(viewer) == []


async def test_a_form_without_a_name_still_counts_and_markup_in_a_name_is_text(sent):
    async with sent(GHOUTA + GHOUTA.replace('"ghouta"', '"homs"')) as viewer:
        async with viewer.request("POST", link(viewer, 0), data={"by": "<b>Lena</b>\n\u202e"}) as answer:
            assert "&lt;b&gt;Lena&lt;/b&gt;" in await answer.text()
        assert await viewer.status(link(viewer, 1), "POST", data={}) == 200
        assert {by for by, _, _ in acknowledged(viewer)} == {"<b>Lena</b>", "somebody with the link"}


async def test_no_link_stands_in_the_ledger_in_the_log_or_on_the_board(sent, capsys):
    async with sent() as viewer:
        token = link(viewer).removeprefix("/ack/")
        await viewer.status(link(viewer))
        await viewer.status(f"/ack/{token}x")
        await viewer.status(link(viewer), "POST", data=FORM)
        page = await viewer.get("/truces/ghouta", headers={"Authorization": f"Bearer {TOKEN}"})
        assert token not in page
        assert KEY not in page
    logged = capsys.readouterr()
    proof = token.split(".")[1]
    assert proof not in logged.out + logged.err
    assert not any(proof.encode() in file.read_bytes() for file in viewer.world.config.glob("ledger.db*"))
    assert Redactor()(f"POST {LINKS.url}/ack/{token} failed") == f"POST {LINKS.url}/ack/*** failed"
    assert KEY not in repr(LINKS)


async def test_a_message_without_a_key_has_the_page_of_its_truce_and_no_link_to_acknowledge(look):
    async with look(GHOUTA, CHANNEL, 'url = "https://board.example.org/"') as viewer:
        text = viewer.world.sent[0].message.text
        assert "Page: https://board.example.org/truces/ghouta" in text
        assert "Acknowledge:" not in text
        assert await viewer.status("/ack/a.b") == 404
        assert await viewer.status("/ack/a.b", "POST") == 405


async def test_a_console_whose_words_go_to_the_log_is_given_no_link(look):
    async with look(GHOUTA, "", BOARD) as viewer:
        assert "/ack/" not in viewer.world.sent[0].message.text


async def test_a_ledger_that_cannot_be_written_says_what_to_do_instead(sent):
    async with sent() as viewer:
        (viewer.world.config / "ledger.db").chmod(0o400)

        def refuse():
            from alertd.errors import LedgerError  # noqa: PLC0415

            raise LedgerError("read only")

        object.__setattr__(viewer.board._sources, "open_to_write", refuse)
        async with viewer.request("POST", link(viewer), data=FORM) as answer:
            assert answer.status == 503
            assert "alertd ack" in await answer.text()
        assert acknowledged(viewer) == []
