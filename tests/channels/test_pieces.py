"""Messages that are too large for a service, against servers that refuse, cut or rename what is."""

import asyncio
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, timedelta
from html import unescape
from urllib.parse import parse_qs

import apprise
import pytest
from apprise.plugins.discord import NotifyDiscord
from apprise.plugins.google_chat import NotifyGoogleChat
from apprise.plugins.pushover import NotifyPushover
from apprise.plugins.slack import NotifySlack
from apprise.plugins.telegram import NotifyTelegram
from apprise.plugins.vonage import NotifyVonage
from factories import claim, delivery, moment, truce

from alertd.channels.apprise import open_target
from alertd.channels.limits import Room
from alertd.channels.pieces import Pieces
from alertd.domain.agenda import Verdict
from alertd.domain.notice import Notice
from alertd.message.facts import facts
from alertd.message.render import Renderer
from alertd.message.values import Message, Reader
from alertd.times.clock import SystemClock

ARABIC = (
    "أعلنت القيادة العامة للجيش والقوات المسلحة تطبيق نظام التهدئة في الغوطة الشرقية وجميع المناطق المجاورة لمدة ثمان "
    "وأربعين ساعة اعتباراً من الساعة الواحدة صباحاً، وذلك استجابة لطلب الأطراف الضامنة وحرصاً على وصول المساعدات "
    "الإنسانية إلى المدنيين المحاصرين"
)
LINK = "https://example.org/statement/2016/05/03?page=2#end"
MARK = re.compile(r"\((\d+)/(\d+)\)")


def opened(url: str):
    return open_target(url, "desk", SystemClock(), about="channel desk, URL 1")


def digest(
    alerts: int, line: str = f"{ARABIC} \N{HATCHING CHICK}\N{REGIONAL INDICATOR SYMBOL LETTER S} {LINK}"
) -> Message:
    """A digest of so many alerts, each with a line that tells it from the others."""
    texts = [f"{number}. Truce\n\nEnd, in 1 h\n  alert no{number}e\nSource: {line}" for number in range(alerts)]
    text = "\n\n----\n\n".join(texts) + "\n"
    return Message(title="Calm, Ghouta: ends in 1 h", text=text, markdown=text)


def utf16(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


@dataclass
class Service:
    url: str
    most: int
    shown: Callable[[str], str]
    """The text that a request holds and the service counts, as it counts it."""
    size: Callable[[str], int]


def document(*keys: str | int) -> Callable[[str], str]:
    def found(body: str) -> str:
        at = json.loads(body)
        for key in keys:
            at = at[key]
        return at

    return found


def parameter(name: str) -> Callable[[str], str]:
    return lambda body: parse_qs(body)[name][0]


def without_marks(body: str) -> str:
    return unescape(re.sub("<[^>]*>", "", json.loads(body)["text"]))


SERVICES = {
    "ntfy": Service("ntfy://127.0.0.1:{port}/desk", 4096, document("message"), lambda text: len(text.encode())),
    "telegram": Service("tgram://123456789:abcdefg_hijklmnop/123", 4096, without_marks, utf16),
    "discord": Service("discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js", 2000, document("content"), utf16),
    "slack": Service(
        "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ", 35_000, document("attachments", 0, "text"), utf16
    ),
    "slack in blocks": Service(
        "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ?blocks=yes&footer=no",
        3000,
        document("attachments", 0, "blocks", -1, "text", "text"),
        utf16,
    ),
    "mattermost": Service("mmost://127.0.0.1:{port}/3ccdd113474722377935511fc85d3dd4", 4000, document("text"), len),
    "google chat": Service("gchat://workspace/key/token", 4096, document("text"), lambda text: len(text.encode())),
    "signal": Service(
        "signal://127.0.0.1:{port}/+41790000001/+41790000002",
        2000,
        document("message"),
        lambda text: len(text.encode()),
    ),
    "pushover": Service(f"pover://{'u' * 30}@{'t' * 30}", 1024, parameter("message"), len),
    "sms": Service("vonage://abcdefgh:abcdefghijklmnop@14155550100/41790000002", 160, parameter("text"), utf16),
}


@pytest.fixture
def plays(http_sink, monkeypatch) -> None:
    """Has the services whose addresses are fixed go to the sink."""
    place = f"http://127.0.0.1:{http_sink.port}"
    for plugin in (NotifyTelegram, NotifyDiscord, NotifyPushover):
        monkeypatch.setattr(plugin, "notify_url", f"{place}/bot")
    monkeypatch.setattr(NotifyGoogleChat, "notify_url", place + "/{workspace}")
    monkeypatch.setattr(NotifySlack, "webhook_url", place)
    monkeypatch.setattr(NotifyVonage, "notify_url", place)
    http_sink.judge = lambda _: (200, {"ok": True, "status": 1, "sid": "SM1"})


@pytest.mark.usefixtures("plays")
@pytest.mark.parametrize("name", SERVICES)
async def test_each_piece_is_within_the_limit_of_its_service_counted_as_it_counts(name, http_sink):
    service = SERVICES[name]
    alerts = {"sms": 3, "slack": 150}.get(name, 30)
    if name.startswith("slack"):
        http_sink.judge = lambda _: (200, "ok")

    outcome = await opened(service.url.format(port=http_sink.port)).send(digest(alerts))

    pieces = [service.shown(body) for body in http_sink.bodies]
    assert outcome.verdict is Verdict.ACCEPTED
    assert len(pieces) > 1
    assert max(map(service.size, pieces)) <= service.most
    assert [f"({n}/{len(pieces)})" in body for n, body in enumerate(map(marked, http_sink.bodies), start=1)] == [
        True for _ in pieces
    ]
    assert sum(piece.count(LINK) for piece in pieces) >= alerts
    assert all(f"no{number}e" in "\n".join(pieces) for number in range(alerts))


def marked(body: str) -> str:
    """A body with the signs around a number as they were before any escape."""
    return unescape(parse_qs(body).get("title", [""])[0] + parse_qs(body).get("text", [""])[0] + body)


@pytest.mark.parametrize("attachments", [False, True])
async def test_an_arabic_alert_with_four_claims_is_read_on_the_phone(attachments, http_sink):
    """A server of ntfy makes a file of more than 4,096 bytes, or refuses it, and reads no more than 8,192 of JSON."""

    def judge(body: str) -> tuple[int, object]:
        if len(body.encode()) > 8192:
            return 413, {"code": 41303, "error": "JSON body too large"}
        if not attachments and len(json.loads(body)["message"].encode()) > 4096:
            return 400, {"code": 40014, "error": "invalid request: attachments not allowed"}
        return 200, {"id": "x"}

    http_sink.judge = judge
    claims = [
        claim(f"2016-05-0{day}T01:00", announced="2016-04-30T11:00", sources=(f"{ARABIC} {day}",))
        for day in (4, 5, 6, 7)
    ]
    arabic = truce(
        title="نظام التهدئة في الغوطة الشرقية",
        area="الغوطة الشرقية",
        note=ARABIC,
        sources=(ARABIC, f"{ARABIC} 1", f"{ARABIC} 2"),
        records=tuple(claims),
    )
    told = facts(
        Notice(delivery=delivery(), truce=arabic, change=None),
        reader=Reader(zone_name="UTC", zone=UTC),
        truce_zone=UTC,
        now=moment("2016-04-30T21:00"),
        late_after=timedelta(minutes=1),
    )
    message = Renderer().render([told])

    outcome = await opened(f"ntfy://127.0.0.1:{http_sink.port}/truces").send(message)

    assert outcome.verdict is Verdict.ACCEPTED
    assert set(http_sink.paths) == {"/"}
    assert len(http_sink.documents) > 1
    assert all(message.title in document["title"] for document in http_sink.documents)
    assert "\n".join(document["message"] for document in http_sink.documents).split() == message.text.split()
    assert max(len(document["message"].encode()) for document in http_sink.documents) <= 4096


async def test_a_card_for_teams_stays_below_28_kilobytes_of_json(http_sink, tls, trusted):
    http_sink.speak_tls(tls)
    url = f"workflows://127.0.0.1:{http_sink.port}/643e69f83c8944438d68119179a10a64/XcBvAZ0zDkOWkaoeU4r3Tm0Cj4"

    assert (await opened(url).send(digest(30))).verdict is Verdict.ACCEPTED

    assert len(http_sink.bodies) > 1
    assert max(len(body.encode()) for body in http_sink.bodies) < 28_000


async def test_an_event_for_matrix_stays_below_65536_bytes_in_all_its_forms():
    target = opened("matrix://user:password@127.0.0.1:1/#desk:example.org")
    sent = []
    target._service.send = lambda **call: sent.append(call["body"]) or True

    assert (await target.send(digest(60))).verdict is Verdict.ACCEPTED

    events = [{"body": body, "formatted_body": f"<p>{body}</p>".replace("\n", "<br/>")} for body in sent]
    assert len(events) > 1
    assert max(len(json.dumps(event, ensure_ascii=False).encode()) for event in events) < 60_000


def room(url: str) -> Room:
    service = apprise.Apprise.instantiate(url)
    return Room(service, lambda title, text: (title, text, apprise.NotifyFormat.TEXT))


def pieces(url: str, title: str, text: str) -> list[tuple[str, str]]:
    left = Pieces(room(url), title, text)
    found = []
    while left:
        found.append(left.next)
        left.accept()
    return found


PHONE = SERVICES["pushover"].url  # 1,024 characters


def test_a_message_that_fits_goes_out_as_it_is():
    assert pieces(PHONE, "title", "text\n") == [("title", "text\n")]


def test_a_digest_is_split_between_two_alerts():
    alerts = [f"{number}. Truce\n\n" + "\n".join(["a line of an alert"] * 22) for number in range(1, 6)]

    assert pieces(PHONE, "5 alerts", "\n\n----\n\n".join(alerts)) == [
        ("(1/3) 5 alerts", f"{alerts[0]}\n\n----\n\n{alerts[1]}"),
        ("(2/3) 5 alerts", f"{alerts[2]}\n\n----\n\n{alerts[3]}"),
        ("(3/3) 5 alerts", alerts[4]),
    ]


def test_an_alert_that_is_too_large_is_split_at_a_line_which_keeps_what_stands_under_it():
    lines = [f"- statement {number}\n  Source: {'word ' * 60}end" for number in range(10)]

    bodies = [body for _, body in pieces(PHONE, "title", "\n".join(lines))]

    assert len(bodies) == 4
    assert [line for body in bodies for line in re.split(r"\n(?=-)", body)] == lines


def test_a_line_that_is_too_large_is_split_between_words_and_never_in_a_link():
    links = [f"https://example.org/{'a' * length}/end" for length in (300, 400, 500, 600)]

    bodies = [body for _, body in pieces(PHONE, "title", " ".join(f"{ARABIC} {link}" for link in links))]

    assert max(map(len, bodies)) <= 1024
    assert all(any(link in body.split() for body in bodies) for link in links)


@pytest.mark.parametrize("before", ["", "<", "\N{IDEOGRAPHIC FULL STOP}", "\N{CJK UNIFIED IDEOGRAPH-4E2D}" * 800])
def test_no_link_is_split_that_stands_in_a_line_without_spaces(before):
    link = f"https://example.org/{'a' * 900}"

    bodies = [body for _, body in pieces(PHONE, "title", f"{before}{link}\n{'next ' * 100}")]

    assert sum(link in body for body in bodies) == 1


def test_a_link_that_no_message_can_hold_is_told_instead_of_cut():
    link = f"https://example.org/{'a' * 1500}"

    bodies = [body for _, body in pieces(PHONE, "title", f"Source: {link}\nTruce: calm")]

    assert "example" not in "".join(bodies)
    assert "(a link of 1520 characters is too long for this service)" in "".join(bodies)
    assert "Truce: calm" in bodies[-1]


def test_letters_that_belong_together_are_not_parted():
    family = "\N{MAN}\N{ZERO WIDTH JOINER}\N{WOMAN}\N{ZERO WIDTH JOINER}\N{GIRL}"
    accented = "e\N{COMBINING ACUTE ACCENT}"

    for letters in (family, accented):
        bodies = [body for _, body in pieces(PHONE, "title", letters * 600)]
        assert len(bodies) > 1
        assert all(body == letters * body.count(letters) for body in bodies)


def test_a_title_that_would_fill_each_piece_opens_the_text_instead():
    title = "نظام التهدئة في الغوطة الشرقية: ينتهي خلال ساعة واحدة"

    found = pieces(SERVICES["sms"].url, title, f"{ARABIC}\n{LINK}")

    assert [mark for mark, _ in found] == [f"({number}/{len(found)})" for number in range(1, len(found) + 1)]
    assert found[0][1].startswith(title)
    assert any(LINK in body for _, body in found)


def test_where_lines_count_no_line_is_lost():
    text = "\n".join(f"line {number}" for number in range(7))

    bodies = [body for _, body in pieces("xbmc://127.0.0.1:1/", "title", text)]

    assert [body.count("\n") for body in bodies] == [1, 1, 1, 0]
    assert "\n".join(bodies) == text


@pytest.mark.usefixtures("plays")
@pytest.mark.parametrize(
    ("name", "refusal"),
    [
        ("ntfy", (413, {"code": 41303, "error": "JSON body too large"})),
        ("ntfy", (400, {"code": 40014, "error": "invalid request: attachments not allowed"})),
        ("telegram", (400, {"ok": False, "description": "Bad Request: message is too long"})),
        ("discord", (400, {"code": 50035, "errors": {"content": {"_errors": [{"code": "BASE_TYPE_MAX_LENGTH"}]}}})),
        ("signal", (413, "")),
    ],
)
async def test_what_is_refused_as_too_large_is_sent_again_shorter_and_nothing_twice(name, refusal, http_sink):
    taken = []

    def judge(body: str) -> tuple[int, object]:
        if len(SERVICES[name].shown(body)) > 800:
            return refusal
        taken.append(body)
        return 200, {"ok": True}

    http_sink.judge = judge
    message = digest(30, line=LINK)

    outcome = await opened(SERVICES[name].url.format(port=http_sink.port)).send(message)

    assert outcome.verdict is Verdict.ACCEPTED
    sizes = [len(body) for body in http_sink.bodies if body not in taken]
    assert 0 < len(sizes) <= 3
    assert sizes == sorted(sizes, reverse=True)
    shown = "\n".join(map(SERVICES[name].shown, taken))
    assert [shown.count(f"no{number}e") for number in range(30)] == [1] * 30


async def test_one_that_is_refused_after_others_were_taken_goes_on_with_what_is_left(http_sink):
    http_sink.answers = [200, 413, 200]
    text = "\n".join(f"line {number} of the digest" for number in range(400))

    outcome = await opened(f"ntfy://127.0.0.1:{http_sink.port}/desk").send(Message(title="t", text=text, markdown=""))

    first, _refused, *rest = http_sink.documents
    assert outcome.verdict is Verdict.ACCEPTED
    assert "\n".join(document["message"] for document in (first, *rest)) == text
    assert MARK.match(rest[-1]["title"]).groups() == (str(len(rest) + 1), str(len(rest) + 1))


@pytest.mark.usefixtures("plays")
@pytest.mark.parametrize(
    ("name", "refusal", "requests"),
    [
        ("ntfy", (413, ""), 5),
        ("ntfy", (403, {"code": 40301, "error": "forbidden"}), 1),
        ("ntfy", (429, {"code": 42901, "error": "limit reached: too many requests"}), 1),
        ("telegram", (400, {"ok": False, "description": "Bad Request: chat not found"}), 1),
        ("sms", (413, ""), 1),
    ],
)
async def test_what_is_refused_for_another_reason_is_not_sent_again_and_again(name, refusal, requests, http_sink):
    http_sink.judge = lambda _: refusal

    outcome = await opened(SERVICES[name].url.format(port=http_sink.port)).send(digest(30, line=LINK))

    assert outcome.verdict is Verdict.FAILED
    assert len(http_sink.bodies) <= requests


async def test_the_next_try_sends_nothing_of_a_size_that_was_refused_until_one_was_taken(http_sink):
    http_sink.answers = [413, 413, 503]
    target = opened(f"ntfy://127.0.0.1:{http_sink.port}/desk")
    message = digest(30, line=LINK)
    await target.send(message)
    refused = min(len(document["message"]) for document in http_sink.documents[:2])

    http_sink.bodies.clear()
    http_sink.answers = [200]
    assert (await target.send(message)).verdict is Verdict.ACCEPTED
    assert max(len(document["message"]) for document in http_sink.documents) < refused

    http_sink.bodies.clear()
    assert (await target.send(message)).verdict is Verdict.ACCEPTED
    assert len(http_sink.bodies) == 1


async def test_what_is_left_is_split_as_one_and_leaves_no_scraps(http_sink):
    http_sink.judge = lambda body: (413 if len(json.loads(body)["message"]) > 1500 else 200, "")

    await opened(f"ntfy://127.0.0.1:{http_sink.port}/desk").send(digest(60, line=LINK))

    taken = [len(text) for document in http_sink.documents if len(text := document["message"]) <= 1500]
    assert min(taken[:-1]) > max(taken) / 2


@pytest.mark.usefixtures("plays")
async def test_a_service_whose_limit_only_apprise_states_gets_a_longer_link_whole_and_gives_it_up_if_refused(http_sink):
    link = f"https://example.org/{'a' * 300}"
    message = Message(title="Calm", text=f"Source: {link}\nTruce: calm", markdown="")
    target = opened(SERVICES["sms"].url)

    assert (await target.send(message)).verdict is Verdict.ACCEPTED
    assert sum(link in parameter("text")(body) for body in http_sink.bodies) == 1

    http_sink.bodies.clear()
    http_sink.judge = lambda body: (413 if link in parameter("text")(body) else 200, {})
    assert (await target.send(message)).verdict is Verdict.ACCEPTED
    assert "too long for this service" in "".join(parameter("text")(body) for body in http_sink.bodies)


async def test_mail_is_never_split(mailbox):
    target = opened(f"mailto://127.0.0.1:{mailbox.port}?from=a@example.org&to=b@example.org")

    assert (await target.send(digest(300))).verdict is Verdict.ACCEPTED

    assert len(mailbox.mails) == 1


async def test_no_more_pieces_follow_once_a_send_was_given_up_and_may_be_made_anew(http_sink):
    http_sink.hang = True
    url = f"ntfy://127.0.0.1:{http_sink.port}/desk"
    target = open_target(url, "desk", SystemClock(), about="channel desk, URL 1", timeout=timedelta(seconds=0.2))

    assert (await target.send(digest(30))).verdict is Verdict.UNSURE
    http_sink.let_go.set()
    async with asyncio.timeout(10):
        while target._sender.hanging:  # noqa: ASYNC110  a thread sets no event
            await asyncio.sleep(0.01)

    assert len(http_sink.bodies) == 1
