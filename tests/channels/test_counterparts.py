"""Apprise against the servers that desks really run: mail with STARTTLS and login, and an MQTT broker.

The tests marked `counterparts` need a program that no virtual environment holds; see `markers` in pyproject.toml.
"""

import asyncio
import getpass
import io
import logging
import os
import shutil
import socket
import subprocess
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
from paho.mqtt.client import CallbackAPIVersion, Client
from process import until

from alertd.channels import Outcome, Target
from alertd.channels.apprise import open_target
from alertd.domain.agenda import Verdict
from alertd.logs.lines import configure
from alertd.times.clock import SystemClock

USER, PASSWORD, WRONG = "desk-user", "r1ght-sekrit", "wr0ng-sekrit"


def opened(url: str) -> Target:
    return open_target(url, "desk", SystemClock(), about="channel desk, URL 1")


@pytest.fixture
async def strict(mailbox, tls) -> AsyncIterator[None]:
    """Lets the mailbox take mails over TLS alone, and only from one who can log in."""

    def log_in(_server, _session, _envelope, _mechanism, given: LoginPassword) -> AuthResult:
        return AuthResult(success=(given.login, given.password) == (USER.encode(), PASSWORD.encode()), handled=False)

    def connected() -> SMTP:
        return SMTP(
            mailbox,
            hostname="localhost",
            tls_context=tls,
            require_starttls=True,
            auth_required=True,
            authenticator=log_in,
        )

    server = await asyncio.get_running_loop().create_server(connected, "127.0.0.1", 0)
    mailbox.port = server.sockets[0].getsockname()[1]
    yield
    server.close()
    await server.wait_closed()


def login(mailbox, password: str = PASSWORD, options: str = "") -> Target:
    people = "from=alertd@example.org&to=desk@example.org"
    return opened(f"mailtos://{USER}:{password}@127.0.0.1:{mailbox.port}?{people}{options}")


async def test_a_mail_server_with_starttls_and_login_takes_a_mail(mailbox, strict, trusted, message):
    outcome = await login(mailbox).send(message)

    assert outcome == Outcome(Verdict.ACCEPTED)
    assert [mail["Subject"] for mail in mailbox.mails] == [message.title]


async def test_a_wrong_password_is_refused_with_the_reason_and_shows_no_secret(
    mailbox, strict, trusted, message, quiet_afterwards
):
    stream = io.StringIO()
    configure("debug", stream=stream, tty=False)
    logging.getLogger("apprise").setLevel(1)

    outcome = await login(mailbox, WRONG).send(message)

    assert outcome.verdict is Verdict.REFUSED
    assert outcome.detail.startswith("cannot log in at the mail server: 535 ")
    assert mailbox.mails == []
    assert "sekrit" not in outcome.detail + stream.getvalue()


async def test_a_mail_server_whose_certificate_nobody_vouches_for_gets_nothing(mailbox, strict, message):
    outcome = await login(mailbox).send(message)

    assert outcome.verdict is Verdict.FAILED
    assert outcome.detail.startswith("the certificate of the mail server is not trusted")
    assert mailbox.mails == []


async def test_a_url_may_do_without_the_certificate(mailbox, strict, message):
    assert (await login(mailbox, options="&verify=no").send(message)).verdict is Verdict.ACCEPTED


@dataclass
class Broker:
    """An MQTT broker that knows one user, and a client of it that listens."""

    port: int
    heard: list[str]

    def url(self, password: str) -> str:
        return f"mqtt://{USER}:{password}@127.0.0.1:{self.port}/truces?qos=1"


@pytest.fixture
def broker(tmp_path) -> Iterator[Broker]:
    path = f"{os.environ['PATH']}{os.pathsep}/usr/sbin"
    program = shutil.which("mosquitto", path=path)
    assert program is not None, "mosquitto is missing: apt-get install mosquitto"
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    people = tmp_path / "people"
    subprocess.run(["mosquitto_passwd", "-b", "-c", str(people), USER, PASSWORD], check=True)
    config = tmp_path / "mosquitto.conf"
    config.write_text(f"user {getpass.getuser()}\nlistener {port} 127.0.0.1\npassword_file {people}\n")
    with (tmp_path / "mosquitto.log").open("wb") as log:
        process = subprocess.Popen([program, "-c", str(config)], stderr=log)
    listener = Client(CallbackAPIVersion.VERSION2)
    listener.username_pw_set(USER, PASSWORD)
    heard: list[str] = []
    ready: list[bool] = []
    listener.on_message = lambda _client, _data, message: heard.append(message.payload.decode())
    listener.on_connect = lambda *_: listener.subscribe("truces", qos=1)
    listener.on_subscribe = lambda *_: ready.append(True)
    try:
        until(lambda: _listens(port), "a broker that listens")
        listener.connect("127.0.0.1", port)
        listener.loop_start()
        until(lambda: ready, "a client that listens")
        yield Broker(port, heard)
    finally:
        listener.disconnect()
        listener.loop_stop()
        process.terminate()
        process.wait(10)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.counterparts
async def test_an_mqtt_broker_passes_a_message_on_to_who_listens(broker, message):
    outcome = await opened(broker.url(PASSWORD)).send(message)

    assert outcome == Outcome(Verdict.ACCEPTED)
    (heard,) = await asyncio.to_thread(until, lambda: broker.heard, "the message")
    assert heard == f"{message.title}\n\n{message.text}"


@pytest.mark.counterparts
async def test_an_mqtt_broker_that_does_not_know_the_password_passes_nothing_on(broker, message):
    target = opened(broker.url(WRONG).removesuffix("?qos=1"))

    outcome = await target.send(message)
    target._service.client.loop_stop()

    assert outcome.verdict is not Verdict.ACCEPTED
    assert "sekrit" not in outcome.detail
    assert broker.heard == []
