"""The webhook channel, against real HTTP on loopback: what is posted, how often, and what each answer means."""

import asyncio
import io
import json
import logging
import re
import socket
import ssl
import subprocess
import time
from base64 import b64encode
from dataclasses import replace
from datetime import datetime, timedelta
from email.utils import format_datetime
from importlib.resources import files
from math import inf
from pathlib import Path
from threading import Event, Thread

import pytest
from channels.receiver import DROP, Receiver, answer
from factories import delivery, moment, opening
from jsonschema import Draft202012Validator
from standardwebhooks import Webhook, WebhookVerificationError

from alertd.channels import HAND_OVER_BY, Outcome, http_client, open_targets
from alertd.channels.webhook import VERSION, WebhookTarget
from alertd.domain.acknowledgement import Acknowledgement
from alertd.domain.agenda import Verdict
from alertd.domain.alert import Kind
from alertd.errors import ChannelError
from alertd.logs.lines import configure
from alertd.message.values import Item, Mark, Message
from alertd.times.clock import SystemClock

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
SCHEMA = json.loads(files("alertd.channels").joinpath("webhook.schema.json").read_text())
NOW = moment("2016-05-03T21:45")


class Stopped(SystemClock):
    """A clock that stands still."""

    def now(self) -> datetime:
        return NOW


def item(*marks: Mark, **other) -> Item:
    said = delivery(**({"stage": "15m"} | other))
    return Item(delivery=said, title=f"Calm: {said.kind}", marked=frozenset(marks))


def message_of(*items: Item, message_id: str | None = "abc123") -> Message:
    return Message(title="Calm: ends in 15 min", text="Ends.", markdown="**Ends.**", message_id=message_id, items=items)


MESSAGE = message_of(item())


@pytest.fixture
async def receiver():
    async with Receiver() as running:
        yield running


@pytest.fixture
async def open_target():
    """Open a target; each is closed with the test."""
    opened: list[WebhookTarget] = []

    def open_one(url, *, secret=None, timeout=None, **other):
        (target,) = open_targets("webhook", opening(url, secret=secret, **other))
        if timeout is not None:
            target._timeout_seconds = timeout
        opened.append(target)
        return target

    yield open_one
    for target in opened:
        await target.aclose()


@pytest.fixture(scope="session")
def certificate(tmp_path_factory) -> Path:
    """A key and a certificate of nobody in one file."""
    path = tmp_path_factory.mktemp("tls") / "nobody.pem"
    options = "-newkey rsa:2048 -nodes -days 2 -subj /CN=nobody -keyout - -out -"
    made = subprocess.run(["openssl", "req", "-x509", *options.split()], check=True, capture_output=True)
    path.write_bytes(made.stdout)
    return path


# What is posted.


async def test_the_document_says_which_alerts_it_carries_and_fits_its_schema(receiver, open_target):
    items = (
        item(),
        item(Mark.POSSIBLE_REPEAT, stage="0"),
        item(Mark.LATE, kind=Kind.OPS, stage=None, ends_at=None, truce=None, about="channel desk"),
    )

    outcome = await open_target(receiver.url, clock=Stopped()).send(message_of(*items))

    assert outcome == Outcome(Verdict.ACCEPTED)
    document = receiver.requests[0].document
    Draft202012Validator(SCHEMA).validate(document)
    assert {key: document[key] for key in document if key != "alerts"} == {
        "version": VERSION,
        "type": "alertd.message",
        "timestamp": "2016-05-03T21:45:00Z",
        "message_id": "abc123",
        "title": "Calm: ends in 15 min",
        "text": "Ends.",
        "markdown": "**Ends.**",
    }
    assert document["alerts"][0] == {
        "key": items[0].delivery.key,
        "alert_id": items[0].delivery.short_id,
        "due_at": "2016-05-03T21:45:00Z",
        "truce": "eastern-ghouta",
        "kind": "reminder",
        "stage": "15m",
        "ends_at": "2016-05-03T22:00:00Z",
        "at": "2016-05-03T22:00:00Z",
        "milestone": None,
        "channel": "desk",
        "target": "desk",
        "title": "Calm: reminder",
        "late": False,
        "possible_repeat": False,
        "test": False,
        "acknowledged_at": None,
        "acknowledged_by": None,
        "follows": None,
        "escalation": None,
        "step": None,
    }
    marks = [(alert["late"], alert["possible_repeat"], alert["test"]) for alert in document["alerts"]]
    assert marks == [(False, False, False), (False, True, False), (True, False, False)]
    assert (document["alerts"][2]["truce"], document["alerts"][2]["ends_at"]) == (None, None)


async def test_an_alert_that_somebody_sees_to_says_who_and_since_when(receiver, open_target):
    given = Acknowledgement(at=moment("2016-05-03T21:50"), by="Lena", way="command", note=None)
    await open_target(receiver.url).send(message_of(replace(item(), acknowledgement=given)))

    document = receiver.requests[0].document
    Draft202012Validator(SCHEMA).validate(document)
    (alert,) = document["alerts"]
    assert (alert["acknowledged_at"], alert["acknowledged_by"]) == ("2016-05-03T21:50:00Z", "Lena")


@pytest.mark.parametrize("kind", Kind)
async def test_every_kind_of_alert_fits_the_schema(kind, receiver, open_target):
    await open_target(receiver.url).send(message_of(item(kind=kind, stage=None), message_id=None))

    Draft202012Validator(SCHEMA).validate(receiver.requests[0].document)


async def test_the_schema_names_every_key_and_no_other(receiver, open_target):
    await open_target(receiver.url).send(MESSAGE)

    document = receiver.requests[0].document
    for found, described in ((document, SCHEMA), (document["alerts"][0], SCHEMA["$defs"]["alert"])):
        assert set(found) == set(described["properties"]) == set(described["required"])
    assert SCHEMA["properties"]["version"]["const"] == VERSION
    with pytest.raises(Exception, match="is not of type"):
        Draft202012Validator(SCHEMA).validate(document | {"title": None})


@pytest.mark.parametrize("secret", [SECRET, SECRET.removeprefix("whsec_"), SECRET + "==", "Zm9v"])
async def test_a_receiver_of_standard_webhooks_verifies_the_signature(secret, receiver, open_target):
    await open_target(receiver.url, secret=secret).send(MESSAGE)

    (request,) = receiver.requests
    assert Webhook(secret).verify(request.body, request.headers) == request.document
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(request.body.replace("Ends", "Stays"), request.headers)
    with pytest.raises(WebhookVerificationError):
        Webhook("b3RoZXI=").verify(request.body, request.headers)


async def test_without_a_secret_nothing_is_signed_and_the_id_and_time_are_there(receiver, open_target):
    await open_target(receiver.url, clock=Stopped()).send(MESSAGE)

    headers = receiver.requests[0].headers
    assert "webhook-signature" not in headers
    assert headers["webhook-timestamp"] == str(int(NOW.timestamp()))
    assert headers["content-type"] == "application/json"


async def test_the_id_stays_over_retries_and_is_another_for_any_other_delivery(receiver, open_target):
    target = open_target(receiver.url)
    retry = message_of(item(Mark.LATE, Mark.POSSIBLE_REPEAT), message_id="def456")
    digest = (item(), item(stage="1h"))
    for sent in (
        MESSAGE,
        retry,
        message_of(item(stage="1h")),
        message_of(item(target="desk#2")),
        message_of(*digest),
        message_of(*reversed(digest)),
    ):
        await target.send(sent)

    ids = [request.headers["webhook-id"] for request in receiver.requests]
    assert ids[0] == ids[1]
    assert ids[4] == ids[5]
    assert len(set(ids)) == 4
    assert ids == [request.headers["idempotency-key"] for request in receiver.requests]
    assert not any("." in message_id for message_id in ids)  # a dot separates what is signed


async def test_a_test_of_an_alert_does_not_make_the_alert_look_like_its_repeat(receiver, open_target):
    target = open_target(receiver.url)
    await target.send(message_of(item(Mark.TEST)))
    await target.send(MESSAGE)

    first, second = receiver.requests
    assert first.document["alerts"][0]["test"]
    assert first.headers["webhook-id"] != second.headers["webhook-id"]


# The connection.


async def test_many_messages_go_over_one_connection(receiver, open_target):
    target = open_target(receiver.url)
    receiver.answers = [answer(200, body=b"ok"), answer(503, body=b"x" * 60_000), answer(200)]

    for _ in range(50):
        await target.send(MESSAGE)

    receiver.answers, receiver.pause_before_body = [answer(200, body=b"ok")], 0.05
    for _ in range(3):
        await target.send(MESSAGE)

    assert (len(receiver.requests), receiver.connections) == (53, 1)


async def test_a_kept_connection_that_the_server_closed_costs_nothing(receiver, open_target):
    target = open_target(receiver.url)
    for _ in range(20):
        assert (await target.send(MESSAGE)).verdict is Verdict.ACCEPTED
        receiver.close_connections()
        await asyncio.sleep(0.01)

    assert (len(receiver.requests), receiver.connections) == (20, 20)


async def test_a_server_that_closes_after_each_answer_without_saying_so_makes_no_message_unsure(receiver, open_target):
    target = open_target(receiver.url)
    receiver.closes_after_answer = True

    outcomes = [await target.send(MESSAGE) for _ in range(50)]

    assert {outcome.verdict for outcome in outcomes} == {Verdict.ACCEPTED}
    assert len(receiver.requests) == 50


def serve_on_two_connections(listening: socket.socket, first: int, closed: Event) -> None:
    """Answer so many requests on one connection, close it without a word, and then one on another."""
    for requests in (first, 1):
        connection, _ = listening.accept()
        with connection, connection.makefile("rb") as reader:
            for _ in range(requests):
                head = iter(reader.readline, b"\r\n")
                (length,) = [int(line.split()[1]) for line in head if line.lower().startswith(b"content-length:")]
                reader.read(length)
                connection.sendall(answer(200))
        closed.set()


async def test_a_close_that_the_loop_has_not_read_yet_is_seen_before_a_message_goes(open_target):
    """The loop may be busy with other things until the very moment at which the next message goes."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        closed = Event()
        server = Thread(target=serve_on_two_connections, args=(listening, 5, closed))
        server.start()
        target = open_target(f"http://127.0.0.1:{listening.getsockname()[1]}/")

        outcomes = [await target.send(MESSAGE) for _ in range(5)]
        closed.wait(5)
        outcomes.append(await target.send(MESSAGE))

        server.join(5)
    assert [outcome.verdict for outcome in outcomes] == [Verdict.ACCEPTED] * 6


async def test_a_connection_that_is_kept_has_the_same_limits(receiver, open_target, monkeypatch):
    """One timer serves all: what is to end soon is not to wait for what ends later."""
    monkeypatch.setattr(http_client, "KEPT_SECONDS", 0.1)
    target = open_target(receiver.url, timeout=0.3)
    assert await target.send(MESSAGE) == Outcome(Verdict.ACCEPTED)
    receiver.let_go = asyncio.Event()

    assert await target.send(MESSAGE) == Outcome(Verdict.UNSURE, "no answer within 0.3 s")

    receiver.let_go = None
    assert await target.send(MESSAGE) == Outcome(Verdict.ACCEPTED)
    await asyncio.sleep(0.2)
    assert await target.send(MESSAGE) == Outcome(Verdict.ACCEPTED)
    assert receiver.connections == 3


async def test_a_connection_is_let_go_before_a_server_would_close_it(receiver, open_target, monkeypatch):
    """A close that crosses the next message on its way would make that message unsure."""
    monkeypatch.setattr(http_client, "KEPT_SECONDS", 0.1)
    target = open_target(receiver.url)

    await target.send(MESSAGE)
    await asyncio.sleep(0.3)
    await target.send(MESSAGE)

    assert receiver.connections == 2


def test_no_common_server_closes_sooner_than_a_connection_is_let_go():
    gunicorn_seconds = 2.0
    assert gunicorn_seconds > http_client.KEPT_SECONDS


async def test_a_connection_that_drops_is_never_posted_to_again_by_itself(receiver, open_target):
    target = open_target(receiver.url)
    await target.send(MESSAGE)
    receiver.answers = [DROP, answer(200)]

    outcome = await target.send(MESSAGE)

    assert outcome.verdict is Verdict.UNSURE
    assert (len(receiver.requests), receiver.connections) == (2, 1)
    assert (await target.send(MESSAGE)).verdict is Verdict.ACCEPTED


async def test_a_closed_target_opens_again(receiver, open_target):
    target = open_target(receiver.url)
    await target.send(MESSAGE)
    await target.aclose()
    await target.aclose()

    assert (await target.send(MESSAGE)).verdict is Verdict.ACCEPTED
    assert receiver.connections == 2


# What an answer means.


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        (200, Verdict.ACCEPTED),
        (202, Verdict.ACCEPTED),
        (204, Verdict.ACCEPTED),
        (299, Verdict.ACCEPTED),
        (301, Verdict.REFUSED),
        (304, Verdict.REFUSED),
        (308, Verdict.REFUSED),
        (400, Verdict.REFUSED),
        (401, Verdict.REFUSED),
        (404, Verdict.REFUSED),
        (410, Verdict.REFUSED),
        (422, Verdict.REFUSED),
        (408, Verdict.FAILED),
        (425, Verdict.FAILED),
        (429, Verdict.FAILED),
        (500, Verdict.FAILED),
        (503, Verdict.FAILED),
        (599, Verdict.FAILED),
    ],
)
async def test_each_status_has_its_outcome(status, verdict, receiver, open_target):
    receiver.answers = [answer(status)]

    outcome = await open_target(receiver.url).send(MESSAGE)

    assert outcome.verdict is verdict
    assert (str(status) in outcome.detail) is (verdict is not Verdict.ACCEPTED)


async def test_a_redirect_is_not_followed_and_its_address_not_told(receiver, open_target):
    receiver.answers = [answer(307, f"Location: {receiver.url}/planted-token"), answer(200)]

    outcome = await open_target(receiver.url).send(MESSAGE)

    assert outcome.verdict is Verdict.REFUSED
    assert "Location" in outcome.detail
    assert "planted" not in outcome.detail
    assert len(receiver.requests) == 1


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120),
        (format_datetime(NOW + timedelta(minutes=3), usegmt=True), 180),
        ("Tuesday, 03-May-16 21:47:00 GMT", 120),
        ("3601", 3600),
        ("9" * 4000, 3600),
        (format_datetime(NOW + timedelta(days=300), usegmt=True), 3600),
        ("0", None),
        ("-5", None),
        (format_datetime(NOW - timedelta(minutes=3), usegmt=True), None),
        ("soon", None),
        ("", None),
        ("Fri, 99 Foo 2016 99:99:99 GMT", None),
        ("Fri, 31 Dec 99999999999999999999 23:59:59 GMT", None),
        ("Fri, 31 Dec 2027 23:59:59 +9999", None),
        ("1.5", None),
    ],
)
async def test_what_a_server_asks_for_is_honoured_up_to_an_hour(header, seconds, receiver, open_target):
    receiver.answers = [answer(503, f"Retry-After: {header}")]

    outcome = await open_target(receiver.url, clock=Stopped()).send(MESSAGE)

    assert outcome.verdict is Verdict.FAILED
    assert outcome.retry_after == (None if seconds is None else timedelta(seconds=seconds))


@pytest.mark.parametrize(
    ("reply", "detail"),
    [
        (DROP, "the connection was lost before an answer came"),
        (b"HTTP/1.1 2", "what came back is no answer in HTTP"),
        (b"SSH-2.0-OpenSSH_9.2\r\n\r\n", "what came back is no answer in HTTP"),
        (b"ok", "what came back is no answer in HTTP"),
        (b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n", "what came back is no answer in HTTP"),
    ],
)
async def test_what_may_have_arrived_is_unsure_and_says_why(reply, detail, receiver, open_target):
    receiver.answers, receiver.closes_after_answer = [reply], True

    outcome = await open_target(receiver.url).send(MESSAGE)

    assert outcome.verdict is Verdict.UNSURE
    assert outcome.detail.startswith(detail)


OK = b"HTTP/1.1 200 OK\r\n"


@pytest.mark.parametrize(
    "reply",
    [
        OK + b"Content-Security-Policy: " + b"x" * 9_000 + b"\r\nContent-Length: 2\r\n\r\nok",
        OK + b"".join(b"X-%d: %s\r\n" % (number, b"y" * 900) for number in range(60)) + b"Content-Length: 0\r\n\r\n",
        OK + b"X-Endless: " + b"x" * 2_000_000,
        OK + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\nok",
        OK + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\nok",
        OK + b"Content-Length: nonsense\r\n\r\nok",
        OK + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\nok",
        OK + b"Transfer-Encoding: chunked\r\n\r\nZZ\r\nok\r\n0\r\n\r\n",
        OK + b"Content-Encoding: br\r\nContent-Length: 2\r\n\r\nok",
        OK + b"Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\nok",
        OK + b"X Bad Header: 1\r\nContent-Length: 0\r\n\r\n",
        OK + b"X-Server: Z\xfcrich\r\nX-Other: a\x01b\r\nContent-Length: 0\r\n\r\n",
        OK + b"X-Long: a\r\n b\r\nContent-Length: 0\r\n\r\n",
        OK,
        b"HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.1 200 OK\nContent-Length: 2\n\nok",
        b"HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 Tr\xc3\xa8s bien\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.0 200 OK\r\n\r\n",
        b"HTTP/2 200 OK\r\n\r\n",
        b"ICY 200 OK\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n" + OK + b"Content-Length: 0\r\n\r\n",
        b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + OK + b"Content-Length: 0\r\n\r\n",
    ],
    ids=lambda reply: reply[:40].decode("latin-1"),
)
async def test_an_answer_that_says_yes_is_a_yes_whatever_is_wrong_with_the_rest(reply, receiver, open_target):
    receiver.answers, receiver.closes_after_answer = [reply, answer(200)], True
    target = open_target(receiver.url)

    assert await target.send(MESSAGE) == Outcome(Verdict.ACCEPTED)
    assert await target.send(MESSAGE) == Outcome(Verdict.ACCEPTED)
    assert len(receiver.requests) == 2


async def test_what_comes_behind_an_answer_is_not_taken_for_the_next(receiver, open_target):
    receiver.answers = [answer(200) + answer(503, "Retry-After: 60"), answer(410)]
    target = open_target(receiver.url)

    assert await target.send(MESSAGE) == Outcome(Verdict.ACCEPTED)
    assert (await target.send(MESSAGE)).detail == "HTTP 410 Gone"


async def test_a_yes_without_an_end_is_a_yes_at_the_limit(receiver, open_target):
    receiver.answers = [OK + b"X-Slow: "]

    assert await open_target(receiver.url, timeout=0.2).send(MESSAGE) == Outcome(Verdict.ACCEPTED)


async def test_a_user_and_a_password_go_out_in_utf_8(receiver, open_target):
    url = receiver.url.replace("//", "//%D0%B4%D0%B5%D1%81%D0%BA:p%3Aß%40@")

    assert await open_target(url).send(MESSAGE) == Outcome(Verdict.ACCEPTED)
    assert receiver.requests[0].headers["authorization"] == f"Basic {b64encode('деск:p:ß@'.encode()).decode()}"


async def test_an_answer_counts_whatever_becomes_of_its_body(receiver, open_target, monkeypatch):
    monkeypatch.setattr(http_client, "ANSWER_SECONDS", 0.2)
    target = open_target(receiver.url)
    receiver.answers = [b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + b"x" * 90_000]

    began = time.monotonic()
    outcome = await target.send(MESSAGE)

    assert outcome == Outcome(Verdict.ACCEPTED)
    assert time.monotonic() - began < 5
    receiver.answers = [b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\nContent-Encoding: gzip\r\n\r\nhalf"]
    assert (await target.send(MESSAGE)) == Outcome(Verdict.ACCEPTED)
    receiver.answers = [answer(200)]
    assert (await target.send(MESSAGE)) == Outcome(Verdict.ACCEPTED)
    assert receiver.connections == 3


# Where no answer comes.


def closed_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


async def test_a_refused_connection_has_surely_delivered_nothing(open_target):
    outcome = await open_target(f"http://127.0.0.1:{closed_port()}/hook").send(MESSAGE)

    assert outcome == Outcome(Verdict.FAILED, "no connection could be made: Connection refused")


async def test_a_name_that_nobody_knows_has_surely_delivered_nothing(open_target, monkeypatch):
    def unknown(*_arguments, **_options):
        raise socket.gaierror(socket.EAI_NONAME, "planted-host is not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)

    outcome = await open_target("http://planted-host.invalid/hook").send(MESSAGE)

    assert outcome == Outcome(Verdict.FAILED, "the name of the server cannot be resolved")


async def test_names_are_resolved_and_one_that_takes_long_takes_no_thread_of_the_loop(
    receiver, open_target, monkeypatch
):
    resolve, let_go = socket.getaddrinfo, asyncio.Event()
    loop = asyncio.get_running_loop()

    def slow(host, *arguments, **options):
        if host == "slow.invalid":
            asyncio.run_coroutine_threadsafe(let_go.wait(), loop).result(30)
            raise socket.gaierror(socket.EAI_AGAIN, "try again")
        return resolve("127.0.0.1" if host == "fast.invalid" else host, *arguments, **options)

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    hanging = [asyncio.create_task(open_target("http://slow.invalid/hook").send(MESSAGE)) for _ in range(40)]
    await asyncio.sleep(0.05)
    began = time.monotonic()

    outcome = await open_target(receiver.url.replace("127.0.0.1", "fast.invalid")).send(MESSAGE)
    await asyncio.to_thread(time.monotonic)

    assert outcome == Outcome(Verdict.ACCEPTED)
    assert time.monotonic() - began < 5
    let_go.set()
    assert {(await sending).verdict for sending in hanging} == {Verdict.FAILED}


async def test_a_name_server_that_hangs_has_surely_delivered_nothing(open_target, monkeypatch):
    let_go, loop = asyncio.Event(), asyncio.get_running_loop()

    def hang(*_arguments, **_options):
        asyncio.run_coroutine_threadsafe(let_go.wait(), loop).result(30)
        raise socket.gaierror(socket.EAI_AGAIN, "try again")

    monkeypatch.setattr(socket, "getaddrinfo", hang)

    outcome = await open_target("http://hooks.invalid/hook", timeout=0.2).send(MESSAGE)

    assert outcome == Outcome(Verdict.FAILED, "no connection in time")
    let_go.set()


async def test_a_message_whose_time_is_over_before_there_is_a_connection_is_surely_not_delivered(open_target):
    """Another node may have sent it since."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        HAND_OVER_BY.set(asyncio.get_running_loop().time() + 0.2)
        async with asyncio.timeout(20):
            outcome = await open_target(f"https://127.0.0.1:{silent.getsockname()[1]}/hook").send(MESSAGE)
    assert outcome == Outcome(Verdict.FAILED, "no connection in time")


async def test_a_message_whose_time_is_over_goes_over_no_kept_connection_either(open_target, receiver):
    target = open_target(receiver.url)
    assert await target.send(MESSAGE) == Outcome(Verdict.ACCEPTED)
    HAND_OVER_BY.set(asyncio.get_running_loop().time() - 1)
    assert await target.send(MESSAGE) == Outcome(Verdict.FAILED, "no connection in time")
    HAND_OVER_BY.set(inf)
    assert await target.send(MESSAGE) == Outcome(Verdict.ACCEPTED)
    assert len(receiver.requests) == 2


async def test_a_server_that_speaks_no_tls_was_surely_told_nothing(open_target):
    def speak_plainly(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(answer(400))
        writer.close()

    server = await asyncio.start_server(speak_plainly, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]

    outcome = await open_target(f"https://127.0.0.1:{port}/hook").send(MESSAGE)

    assert outcome == Outcome(Verdict.FAILED, "no TLS connection could be made")
    server.close()
    await server.wait_closed()


async def test_a_certificate_that_nobody_vouches_for_is_told_as_that(open_target, certificate):
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    server = await asyncio.start_server(lambda _reader, writer: writer.close(), "127.0.0.1", 0, ssl=context)
    port = server.sockets[0].getsockname()[1]

    outcome = await open_target(f"https://127.0.0.1:{port}/hook").send(MESSAGE)

    assert outcome == Outcome(Verdict.FAILED, "the certificate of the server is not trusted")
    server.close()
    await server.wait_closed()


async def test_a_hang_is_unsure_at_the_limit(receiver, open_target):
    receiver.let_go = asyncio.Event()
    target = open_target(receiver.url, timeout=0.3)

    began = time.monotonic()
    outcome = await target.send(MESSAGE)

    assert outcome == Outcome(Verdict.UNSURE, "no answer within 0.3 s")
    assert 0.2 < time.monotonic() - began < 5
    receiver.let_go.set()
    assert (await target.send(MESSAGE)).verdict is Verdict.ACCEPTED
    assert receiver.connections == 2


async def test_one_that_hangs_delays_no_other_and_ends_when_it_is_closed(receiver, open_target):
    receiver.let_go = asyncio.Event()
    hanging = [open_target(receiver.url) for _ in range(40)]
    sends = [asyncio.create_task(target.send(MESSAGE)) for target in hanging]
    async with asyncio.timeout(10):
        while len(receiver.requests) < 40:  # noqa: ASYNC110  a receiver sets no event
            await asyncio.sleep(0.01)
    began = time.monotonic()

    async with Receiver() as other:
        assert (await open_target(other.url).send(MESSAGE)).verdict is Verdict.ACCEPTED
    assert time.monotonic() - began < 5

    for target in hanging:
        await target.aclose()
    async with asyncio.timeout(10):
        assert {(await sending).verdict for sending in sends} == {Verdict.UNSURE}


# What is secret.


@pytest.mark.parametrize(
    "url",
    [
        "",
        "planted-nonsense",
        "planted.example.org/hook",
        "ftp://planted.example.org/hook",
        "https://a..b/planted",
        "https://planted planted.example.org/hook",
        "json://planted.example.org/hook",
        "https://",
        "https:///planted",
        "https://planted.example.org:99999/hook",
        "http://[planted/hook",
    ],
)
def test_a_url_of_another_form_is_told_by_channel_and_place_and_never_shown(url):
    with pytest.raises(ChannelError) as caught:
        open_targets("webhook", opening("https://example.org/hook", url))
    assert caught.value.permanent
    assert str(caught.value).startswith("channel desk, URL 2: ")
    assert "planted" not in str(caught.value)


@pytest.mark.parametrize(
    "secret", ["planted secret!", "whsec_", "whsec_planted_with_underscores", "whsk_cGxhbnRlZA==", "a"]
)
def test_a_secret_of_another_form_is_told_and_never_shown(secret):
    with pytest.raises(ChannelError, match="channel desk: its `secret` is not in base64") as caught:
        open_targets("webhook", opening("https://example.org/hook", secret=secret))
    assert "planted" not in str(caught.value)


async def test_a_secret_is_in_no_outcome_no_log_line_and_no_repr(receiver, open_target, quiet_afterwards):
    planted = {"us3r-sekrit-a", "pw-sekrit-b", "path-sekrit-c", "query-sekrit-d", "frag-sekrit-e", SECRET, SECRET[6:]}
    stream = io.StringIO()
    configure("debug", stream=stream, tty=False)
    logging.getLogger().setLevel(logging.DEBUG)
    told = ""
    for port in (receiver.port, closed_port()):
        place = f"us3r-sekrit-a:pw-sekrit-b@127.0.0.1:{port}/path-sekrit-c?t=query-sekrit-d#frag-sekrit-e"
        target = open_target(f"http://{place}", secret=SECRET)
        for reply in (answer(503, body=b"path-sekrit-c"), answer(302, "Location: /path-sekrit-c"), DROP):
            receiver.answers = [reply]
            told += f"{target!r} {await target.send(MESSAGE)}"
    for sekrit in planted:
        logging.getLogger("another.package").error("posting with %s", sekrit)

    assert receiver.requests[0].headers["authorization"].startswith("Basic ")
    assert "503" in told
    assert "posting with" in stream.getvalue()
    for sekrit in planted:
        assert sekrit not in told
        assert sekrit not in stream.getvalue()


KINDS_OF_0_1_0 = {
    *("recorded", "reminder", "lapsed", "extended", "claimed", "shortened", "corrected", "opened", "terminated"),
    *("withdrawn", "review", "ops", "shift", "missed"),
}
KEYS_OF_0_1_0 = {
    *("key", "alert_id", "due_at", "truce", "kind", "stage", "ends_at", "channel", "target", "title"),
    *("late", "possible_repeat", "test"),
}


def test_the_changelog_of_the_schema_announces_each_kind_and_key_that_is_new():
    alert = SCHEMA["$defs"]["alert"]
    kinds, keys = set(alert["properties"]["kind"]["enum"]), set(alert["properties"])
    assert kinds >= KINDS_OF_0_1_0
    assert keys >= KEYS_OF_0_1_0
    new = (kinds - KINDS_OF_0_1_0) | (keys - KEYS_OF_0_1_0)
    assert new == {*re.findall("`([a-z_]+)`", SCHEMA["$comment"])} - {"reminder", "ends_at"}
