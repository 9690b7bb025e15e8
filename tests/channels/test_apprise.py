"""Apprise as a channel, against real servers on loopback."""

import asyncio
import io
import logging
import socket
import threading
import time
from datetime import UTC, timedelta

import pytest
from apprise import NotifyType
from apprise.plugins.pushover import PushoverPriority
from factories import delivery, moment, opening, truce

from alertd.channels import Outcome, Target, open_targets
from alertd.channels.apprise import open_target
from alertd.channels.delivery_certainty import definitely_not_sent
from alertd.channels.notification_types import priorities_of
from alertd.domain.agenda import Verdict
from alertd.domain.alert import Kind
from alertd.domain.notice import Notice
from alertd.errors import ChannelError
from alertd.logs.lines import configure
from alertd.message.facts import facts
from alertd.message.render import Renderer
from alertd.message.values import Item, Message, Reader
from alertd.times.clock import SystemClock

SOON = timedelta(seconds=0.5)


def opened(url: str, timeout: timedelta = timedelta(seconds=30)) -> Target:
    return open_target(url, "desk", SystemClock(), about="channel desk, URL 1", timeout=timeout)


async def test_a_message_arrives_with_its_title_and_its_text(http_sink, message):
    outcome = await opened(f"json://127.0.0.1:{http_sink.port}/hook").send(message)

    assert outcome == Outcome(Verdict.ACCEPTED)
    assert http_sink.documents[0]["title"] == message.title
    assert http_sink.documents[0]["message"] == message.text


def carrying(*deliveries):
    items = tuple(Item(delivery=each, title="t") for each in deliveries)
    return Message(title="t", text="text", markdown="text", items=items)


@pytest.mark.parametrize(
    ("kind", "stage", "shown"),
    [
        (Kind.RECORDED, None, "info"),
        (Kind.CLAIMED, None, "info"),
        (Kind.REMINDER, "24h", "info"),
        (Kind.REMINDER, "61m", "info"),
        (Kind.REMINDER, "1h", "warning"),
        (Kind.REMINDER, "15m", "warning"),
        (Kind.REMINDER, "0", "warning"),
        (Kind.MILESTONE, "24h", "info"),
        (Kind.MILESTONE, "1h", "warning"),
        (Kind.LAPSED, "0", "failure"),
        (Kind.LAPSED, "+15m", "failure"),
        (Kind.SHORTENED, None, "failure"),
        (Kind.TERMINATED, None, "failure"),
        (Kind.EXTENDED, None, "success"),
    ],
)
async def test_the_type_that_a_service_shows_follows_the_kind(http_sink, kind, stage, shown):
    await opened(f"json://127.0.0.1:{http_sink.port}/hook").send(carrying(delivery(kind, stage=stage)))

    assert [document["type"] for document in http_sink.documents] == [shown]


async def test_a_message_of_several_alerts_has_the_type_of_the_gravest(http_sink):
    several = [delivery(Kind.EXTENDED), delivery(stage="15m"), delivery(Kind.LAPSED, stage="0"), delivery(Kind.OPENED)]
    for count in (4, 2, 1):
        await opened(f"json://127.0.0.1:{http_sink.port}/hook").send(carrying(*several[:count]))

    assert [document["type"] for document in http_sink.documents] == ["failure", "warning", "success"]


async def test_a_server_that_is_overloaded_is_a_failure_with_its_reason(http_sink, message):
    http_sink.answers = [503]

    outcome = await opened(f"json://127.0.0.1:{http_sink.port}/hook").send(message)

    assert outcome.verdict is Verdict.FAILED
    assert "503" in outcome.detail


async def test_a_reason_belongs_to_its_own_send_however_many_fail_at_once(http_sink, message):
    http_sink.answers = [503]
    failing = [opened(f"json://127.0.0.1:{http_sink.port}/hook") for _ in range(8)]
    refused = [opened(f"json://127.0.0.1:{closed_port()}/hook") for _ in range(8)]

    outcomes = await asyncio.gather(*(target.send(message) for target in [*failing, *refused]))

    assert {"503" in outcome.detail for outcome in outcomes[:8]} == {True}
    assert {"503" in outcome.detail for outcome in outcomes[8:]} == {False}
    assert all(outcome.detail.count("JSON") == 1 for outcome in outcomes)


def closed_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


async def test_where_no_connection_was_made_nothing_was_sent(message):
    outcome = await opened(f"json://127.0.0.1:{closed_port()}/hook").send(message)

    assert outcome.verdict is Verdict.FAILED
    assert outcome.detail.endswith("(ConnectionRefusedError)")


def test_a_name_that_is_not_found_is_a_connection_that_was_not_made():
    with pytest.raises(socket.gaierror) as caught:
        socket.create_connection(("127.0.0.1", "no-such-service"))
    assert definitely_not_sent(caught.value)


async def test_where_the_certificate_is_not_trusted_nothing_was_sent(http_sink, tls, message):
    http_sink.speak_tls(tls)

    outcome = await opened(f"jsons://127.0.0.1:{http_sink.port}/hook").send(message)

    assert outcome.verdict is Verdict.FAILED
    assert "SSLCertVerificationError" in outcome.detail
    assert http_sink.bodies == []


async def test_where_the_other_side_speaks_no_tls_nothing_was_sent(http_sink, message):
    outcome = await opened(f"jsons://127.0.0.1:{http_sink.port}/hook").send(message)

    assert outcome.verdict is Verdict.FAILED
    assert "SSLError" in outcome.detail


@pytest.mark.parametrize("schema", ["json", "jsons"])
async def test_a_server_that_reads_the_message_and_hangs_up_may_have_taken_it(schema, http_sink, tls, trusted, message):
    http_sink.drop = True
    if schema == "jsons":
        http_sink.speak_tls(tls)

    outcome = await opened(f"{schema}://127.0.0.1:{http_sink.port}/hook").send(message)

    assert len(http_sink.bodies) == 1
    assert outcome.verdict is Verdict.UNSURE
    assert outcome.detail.startswith("it may have arrived: A Connection error occurred")


async def test_a_service_that_gives_no_reason_may_have_sent(message):
    target = opened("json://127.0.0.1/hook")
    target._service.send = lambda **_: False

    assert await target.send(message) == Outcome(Verdict.UNSURE, "it may have arrived: Apprise gave no reason")


async def test_a_hang_is_unsure_at_the_limit_and_three_at_most_hang_at_a_time(http_sink, message):
    http_sink.hang = True
    target = opened(f"json://127.0.0.1:{http_sink.port}/hook", SOON)

    began = time.monotonic()
    first = await target.send(message)
    within = time.monotonic() - began
    more = [await target.send(message) for _ in range(2)]
    before = time.monotonic()
    last = await target.send(message)
    at_once = time.monotonic() - before
    await target.aclose()

    assert {outcome.verdict for outcome in (first, *more)} == {Verdict.UNSURE}
    assert last == Outcome(Verdict.FAILED, "3 earlier sends still hang")
    assert http_sink.reached.is_set()
    assert 0.4 < within < 4
    assert at_once < 0.4


async def test_a_server_that_answers_a_byte_now_and_then_holds_up_no_later_message(http_sink, message):
    http_sink.trickle = True
    target = opened(f"json://127.0.0.1:{http_sink.port}/hook", timedelta(seconds=2))
    assert (await target.send(message)).verdict is Verdict.UNSURE

    http_sink.trickle = False

    assert (await target.send(message)).verdict is Verdict.ACCEPTED


@pytest.mark.parametrize("option", ["", "&redirect=yes"])
async def test_no_redirect_is_followed_with_headers_that_may_hold_a_token(http_sink, message, option):
    http_sink.answers, http_sink.location = [307], f"http://localhost:{http_sink.port}/elsewhere"

    outcome = await opened(f"json://127.0.0.1:{http_sink.port}/hook?+X-Token=planted{option}").send(message)

    assert outcome.verdict is Verdict.FAILED
    assert "307" in outcome.detail
    assert len(http_sink.bodies) == 1


async def test_a_target_is_free_again_once_the_hanging_send_has_ended(http_sink, message):
    http_sink.hang = True
    target = opened(f"json://127.0.0.1:{http_sink.port}/hook", SOON)
    await target.send(message)
    http_sink.hang = False
    http_sink.let_go.set()

    async with asyncio.timeout(10):
        while (await target.send(message)).verdict is not Verdict.ACCEPTED:  # noqa: ASYNC110  a thread sets no event
            await asyncio.sleep(0.02)


async def test_one_that_hangs_delays_no_other(http_sink, message):
    http_sink.hang = True
    hanging = [opened(f"json://127.0.0.1:{http_sink.port}/hook") for _ in range(40)]
    sends = [asyncio.create_task(target.send(message)) for target in hanging]
    began = time.monotonic()

    outcome = await opened(f"json://127.0.0.1:{closed_port()}/hook").send(message)

    assert outcome.verdict is Verdict.FAILED
    assert time.monotonic() - began < 5
    http_sink.let_go.set()
    assert {outcome.verdict for outcome in await asyncio.gather(*sends)} == {Verdict.ACCEPTED}


async def test_a_late_answer_is_never_called_a_failure(http_sink, message):
    """Apprise would give up after four seconds and call it failed, although the message has arrived."""
    target = opened(f"json://127.0.0.1:{http_sink.port}/hook")
    http_sink.hang = True
    send = asyncio.create_task(target.send(message))
    await asyncio.sleep(5)
    http_sink.let_go.set()

    assert (await send).verdict is Verdict.ACCEPTED


async def test_the_throttle_of_apprise_is_off(http_sink, message):
    target = opened(f"ntfy://127.0.0.1:{http_sink.port}/topic")
    began = time.monotonic()

    outcomes = [await target.send(message) for _ in range(3)]

    assert {outcome.verdict for outcome in outcomes} == {Verdict.ACCEPTED}
    assert time.monotonic() - began < 4  # 5.5 s between two sends, where it is on


async def test_a_long_message_arrives_whole_in_pieces(http_sink):
    text = "Eastern Ghouta ends in 1 h. " + "\n".join(f"line {number} of the digest" for number in range(2000))

    outcome = await opened(f"json://127.0.0.1:{http_sink.port}/hook?format=text").send(
        Message(title="2 alerts", text=text, markdown="")
    )

    pieces = [document["message"] for document in http_sink.documents]
    assert outcome.verdict is Verdict.ACCEPTED
    assert len(pieces) > 1
    assert pieces[0].startswith(text[:120])
    assert "\n".join(pieces) == text


async def test_the_first_piece_of_a_long_digest_lists_all_that_happens(http_sink):
    each = [
        facts(
            Notice(delivery=delivery(truce=f"truce-{number}"), truce=truce(id=f"truce-{number}"), change=None),
            reader=Reader(zone_name="UTC", zone=UTC),
            truce_zone=UTC,
            now=moment("2016-04-30T21:00"),
            late_after=timedelta(minutes=1),
        )
        for number in range(40)
    ]

    outcome = await opened(f"ntfy://127.0.0.1:{http_sink.port}/topic").send(Renderer().render(each))

    pieces = http_sink.bodies
    assert outcome.verdict is Verdict.ACCEPTED
    assert len(pieces) > 1
    for number, alert in enumerate(each, start=1):
        assert f"{number}. {alert.title}" in pieces[0]
    assert all(f"[truce-{number}]" in "".join(pieces) for number in range(40))


async def test_a_message_that_arrived_in_part_may_be_a_repeat(http_sink):
    http_sink.answers = [200, 503]
    text = "\n".join(f"line {number} of the digest" for number in range(800))

    outcome = await opened(f"ntfy://127.0.0.1:{http_sink.port}/topic").send(
        Message(title="2 alerts", text=text, markdown="")
    )

    assert outcome.verdict is Verdict.UNSURE
    assert "a part of it was sent" in outcome.detail


async def test_a_title_longer_than_a_service_takes_opens_the_body(http_sink):
    title = "Eastern Ghouta " * 20

    await opened(f"json://127.0.0.1:{http_sink.port}/hook").send(Message(title=title, text="*text*", markdown=""))

    assert http_sink.documents[0]["message"] == f"{title.strip()}\n\n*text*"


async def test_a_service_with_a_bug_may_have_sent(http_sink, message):
    target = opened(f"json://127.0.0.1:{http_sink.port}/hook")

    def broken(**_: object) -> bool:
        raise KeyError("sekrit-in-an-error")

    target._service.send = broken

    outcome = await target.send(message)

    assert outcome.verdict is Verdict.UNSURE
    assert outcome.detail.startswith("KeyError at test_apprise.py:")


@pytest.mark.parametrize(
    "url",
    [
        "mailto://127.0.0.1?from=a@example.org&to=b@example.org,c@example.org",
        "mailto://127.0.0.1/b@example.org/c@example.org?from=a@example.org",
        "mailto://127.0.0.1?from=a@example.org&to=b@example.org&cc=c@example.org",
        "mailto://127.0.0.1?from=a@example.org&to=b@example.org&bcc=c@example.org",
        "ntfy://127.0.0.1/one/two",
        "clicksend://user:password@15551234567/15551234568?batch=yes",
        "smseagles://token@127.0.0.1/15551234567/15551234568?batch=yes",
    ],
)
def test_a_url_that_stands_for_several_recipients_is_refused(url):
    with pytest.raises(ChannelError, match="channel desk, URL 1: it stands for several recipients") as caught:
        opened(url)
    assert caught.value.permanent


def test_a_mail_url_without_an_address_is_refused():
    with pytest.raises(ChannelError, match="channel desk, URL 1: it names no address to send to"):
        opened("mailto://127.0.0.1?from=a@example.org&to=nonsense")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "nonsense",
        "foo://tok3n-sekrit-x/",
        "slack://tok3n-sekrit-x",
        "dbus://[",
        "json://127.0.0.1/a, json://127.0.0.1/b",
    ],
)
def test_a_url_that_cannot_be_loaded_is_told_by_channel_and_place_and_never_shown(url, caplog):
    fine = "json://127.0.0.1/hook"
    with pytest.raises(ChannelError) as caught:
        open_targets("apprise", opening(fine, url))
    assert caught.value.permanent
    assert str(caught.value).startswith("channel desk, URL 2: ")
    assert "sekrit" not in str(caught.value) + caplog.text


async def test_a_secret_is_in_no_outcome_no_log_line_and_no_repr(http_sink, message, quiet_afterwards):
    secrets = {"us3r-sekrit-a", "pw-sekrit-b", "path-sekrit-c", "query-sekrit-d", "header-sekrit-e", "hunter2", "hook"}
    stream = io.StringIO()
    configure("debug", stream=stream, tty=False)
    logging.getLogger().setLevel(logging.DEBUG)
    logging.getLogger("apprise").setLevel(1)
    http_sink.answers = [503]
    place = f"127.0.0.1:{http_sink.port}"
    urls = [
        f"json://us3r-sekrit-a:pw-sekrit-b@{place}/path-sekrit-c?-token=query-sekrit-d&+X-Token=header-sekrit-e",
        f"json://us3r-sekrit-a:hunter2@127.0.0.1:{closed_port()}/hook",
    ]
    told = ""
    for target in open_targets("apprise", opening(*urls)):
        told += f"{target!r} {vars(target)} {await target.send(message)}"

    assert "503" in told
    assert "JSON POST URL" in stream.getvalue()  # Apprise at its most talkative
    assert {secret for secret in secrets if secret in told} == set()
    assert {secret for secret in secrets if secret in stream.getvalue()} == set()


async def test_an_sms_goes_out_without_a_title(http_sink):
    line = "GHOUTA ENDS 15M 0100 WED (2200Z) #x7sbvv\n"
    sent = Message(title="Ghouta: ends in 15 min", text=line, markdown=line, is_sms=True)
    await opened(f"json://127.0.0.1:{http_sink.port}/hook").send(sent)

    assert [(document["title"], document["message"]) for document in http_sink.documents] == [("", line.strip())]


@pytest.mark.parametrize(
    ("url", "usual", "near", "grave"),
    [
        ("ntfy://127.0.0.1:{port}/desk", None, "high", "max"),
        ("ntfy://127.0.0.1:{port}/desk?priority=low", "low", "low", "low"),
        ("gotify://127.0.0.1:{port}/token", 5, 8, 10),
        ("gotify://127.0.0.1:{port}/token?priority=normal", 5, 5, 5),
    ],
)
async def test_a_phone_does_not_keep_for_later_what_is_near_or_grave(http_sink, url, usual, near, grave):
    target = opened(url.format(port=http_sink.port))
    for alert in (
        delivery(stage="24h"),
        delivery(stage="15m"),
        delivery(Kind.LAPSED, stage="0"),
        delivery(Kind.OPENED),
    ):
        assert (await target.send(carrying(alert))).verdict is Verdict.ACCEPTED
    documents = zip(http_sink.headers, http_sink.documents, strict=True)

    seen = [headers.get("X-Priority", document.get("priority")) for headers, document in documents]
    assert seen == [usual, near, grave, usual]


def test_pushover_is_asked_for_no_answer():
    target = opened(f"pover://{'u' * 30}@{'t' * 30}")
    assert priorities_of(target._service)[NotifyType.FAILURE] == PushoverPriority.HIGH


async def test_several_messages_go_to_one_target_at_the_same_time(http_sink, message):
    http_sink.hang = True
    http_sink.let_go.wait = threading.Barrier(5).wait  # until all five are there
    target = opened(f"json://127.0.0.1:{http_sink.port}/hook")
    outcomes = await asyncio.gather(*(target.send(message) for _ in range(5)))
    assert outcomes == [Outcome(Verdict.ACCEPTED)] * 5
    assert len(http_sink.bodies) == 5
