"""Mails, against real mail servers on loopback: what arrives, and what is known of one that does not."""

import asyncio
import socket
import ssl
import subprocess
from base64 import b64encode
from contextlib import asynccontextmanager
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import quote

import pytest
from aiosmtpd.smtp import SMTP, AuthResult
from factories import delivery, moment

from alertd.channels import Outcome, Target
from alertd.channels.apprise import open_target
from alertd.channels.mail_url import for_apprise
from alertd.daemon.rehearsal import VirtualClock
from alertd.domain.agenda import Verdict
from alertd.message.values import Item, Message

SENT_AT = moment("2016-05-03T21:00")
SOON = timedelta(seconds=0.5)
GOLDEN = Path(__file__).parents[1] / "message" / "golden"
PASSWORD = "planted-password"
PEOPLE = "mode=insecure&from=alertd@example.org&to=desk@example.org"


def opened(mailbox, options: str = "", timeout: timedelta = timedelta(seconds=30)) -> Target:
    url = f"mailto://127.0.0.1:{mailbox.port}?{PEOPLE}{options}"
    return open_target(url, "mail", VirtualClock(SENT_AT), about="channel mail, URL 1", timeout=timeout)


def about(*truces: str | None) -> Message:
    """A message with an alert of each of these truces; None: one of alertd itself."""
    items = tuple(Item(delivery=delivery(truce=truce_id), title="title") for truce_id in truces)
    return Message(title="title", text="text\n", markdown="text", html="<p>text</p>", items=items)


async def arrived(mailbox, message: Message, options: str = "") -> EmailMessage:
    outcome = await opened(mailbox, options).send(message)
    assert outcome.verdict is Verdict.ACCEPTED
    return mailbox.mails[-1]


def lines(part: EmailMessage) -> list[str]:
    return part.get_content().splitlines()


async def test_a_mail_is_the_text_and_the_html_as_they_were_rendered(mailbox):
    """Apprise would make the text out of the HTML."""
    text, html = (GOLDEN / f"digest.{form}" for form in ("txt", "html"))
    message = Message(title="3 alerts: Zürich → Homs", text=text.read_text(), markdown="md", html=html.read_text())

    mail = await arrived(mailbox, message)

    assert mail.get_content_type() == "multipart/alternative"
    plain, rich = mail.iter_parts()
    assert (plain.get_content_type(), rich.get_content_type()) == ("text/plain", "text/html")
    assert lines(plain) == message.text.splitlines()
    assert lines(rich) == message.html.splitlines()
    assert mail["Subject"] == message.title
    assert (mail["From"].addresses[0].addr_spec, mail["To"]) == ("alertd@example.org", "desk@example.org")
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Date"].datetime == SENT_AT, "by the clock that the channel was given"


async def test_every_byte_of_a_mail_is_one_that_every_server_takes(mailbox):
    message = Message(title="هدنة " * 30, text="هدنة الغوطة الشرقية\n" * 50, markdown="", html="<p>هدنة</p>" * 500)

    mail = await arrived(mailbox, message)

    assert mail["Subject"] == message.title.strip()
    raw = mailbox.raw[-1]
    assert raw.isascii()
    assert max(map(len, raw.splitlines())) <= 998


@pytest.mark.parametrize("length", [60, 70, 76, 90, 200])
async def test_a_subject_is_one_line(length, mailbox):
    title = ("Calm in ghouta: ends in 8 s, " * 9)[:length].strip()

    await arrived(mailbox, Message(title=title, text="text", markdown="text"))

    assert f"Subject: {title}".encode() in mailbox.raw[-1].splitlines()


async def test_a_subject_keeps_the_isolate_of_a_name(mailbox):
    title = "\u2068هدنة\u2069: ends in 1 h"  # noqa: RUF001  that letter is Arabic

    mail = await arrived(mailbox, Message(title=title, text="text", markdown="text"))

    assert mail["Subject"] == title


async def test_a_url_may_ask_for_the_text_alone(mailbox):
    mail = await arrived(mailbox, about("homs"), "&format=text")

    assert mail.get_content_type() == "text/plain"
    assert lines(mail) == ["text"]


async def test_a_long_digest_is_one_mail_and_never_cut(mailbox):
    message = Message(title="100 alerts", text="line of a digest\n" * 5000, markdown="", html="<p>line</p>\n" * 5000)

    mail = await arrived(mailbox, message)

    assert len(mailbox.mails) == 1
    plain, rich = mail.iter_parts()
    assert len(lines(plain)) == len(lines(rich)) == 5000


async def test_mails_of_one_truce_are_a_thread_whatever_their_subjects(mailbox):
    first, second, other = [await arrived(mailbox, about(truce)) for truce in ("homs", "homs", "latakia")]

    assert first["References"] == second["References"] == "<homs.truce@example.org>"
    assert first["In-Reply-To"] == first["References"]
    assert other["References"] == "<latakia.truce@example.org>"
    assert len({mail["Message-ID"] for mail in mailbox.mails}) == 3


async def test_the_id_of_a_thread_stands_as_it_is_however_long(mailbox):
    truce = "a-very-long-id-" * 12

    await arrived(mailbox, about(truce))

    assert f"References: <{truce}.truce@example.org>".encode() in mailbox.raw[-1]


@pytest.mark.parametrize("truces", [("homs", "latakia"), (None,), ("homs", None), ()])
async def test_what_is_about_several_truces_or_none_is_in_no_thread(truces, mailbox):
    mail = await arrived(mailbox, about(*truces))

    assert mail["References"] is None
    assert mail["In-Reply-To"] is None


async def test_several_alerts_of_one_truce_are_in_its_thread(mailbox):
    mail = await arrived(mailbox, about("homs", "homs"))

    assert mail["References"] == "<homs.truce@example.org>"


async def test_headers_of_the_url_stay_and_none_of_them_makes_two_mails_one(mailbox):
    own = "&+References=%3Cours@example.org%3E&+X-Priority=1&+Auto-Submitted=no&+Message-ID=%3Csame@example.org%3E"

    for _ in range(2):
        await arrived(mailbox, about("homs"), own)

    for mail in mailbox.mails:
        assert mail.get_all("References") == ["<ours@example.org>"]
        assert mail["In-Reply-To"] is None
        assert mail["X-Priority"] == "1"
        assert mail.get_all("Auto-Submitted") == ["no"]
        assert mail["Message-ID"] != "<same@example.org>"


async def test_a_mail_carries_the_id_that_the_ledger_gave_it(mailbox):
    message = Message(title="title", text="text", markdown="text", message_id="0123456789ab")

    assert ".0123456789ab@example.org>" in (await arrived(mailbox, message))["Message-ID"]


@pytest.mark.parametrize("written", ["Homs\r\nBcc: spy@example.org", "Homs\nBcc: spy@example.org\n\nbody"])
async def test_nothing_that_somebody_wrote_can_add_a_header(written, mailbox):
    message = Message(
        title=written,
        text="text\n",
        markdown="text",
        message_id="0123456789ab",
        items=(Item(delivery=delivery(truce="homs"), title=written),),
    )

    mail = await arrived(mailbox, message)

    assert mail["Bcc"] is None
    assert mail["Subject"] == " ".join(written.split())
    assert lines(mail) == ["text"]


async def test_a_mail_that_is_turned_away_was_surely_not_sent(mailbox, message):
    mailbox.refusal = "451 4.3.0 try later"

    outcome = await opened(mailbox).send(message)

    assert outcome.verdict is Verdict.FAILED
    assert outcome.detail == "the mail server refused the mail: 451 4.3.0 try later"


async def test_an_address_that_is_turned_away_gets_nothing(mailbox, message):
    mailbox.recipient_refusal = "550 5.1.1 no such person"

    outcome = await opened(mailbox).send(message)

    assert outcome.verdict is Verdict.REFUSED
    assert outcome.detail == "the mail server refused the mail: 550 5.1.1 no such person"


async def test_a_server_that_reads_a_mail_and_hangs_up_may_have_taken_it(mailbox, message):
    mailbox.drop = True

    outcome = await opened(mailbox).send(message)

    assert len(mailbox.mails) == 1
    assert outcome.verdict is Verdict.UNSURE
    assert outcome.detail == "the mail server may have taken the mail: Connection unexpectedly closed"


async def test_an_answer_that_is_none_may_mean_anything(mailbox, message):
    mailbox.refusal = "gibberish"

    assert (await opened(mailbox).send(message)).verdict is Verdict.UNSURE


async def test_a_server_that_takes_a_mail_and_says_no_goodbye_has_taken_it(mailbox, message):
    mailbox.goodbye = False

    assert (await opened(mailbox).send(message)).verdict is Verdict.ACCEPTED


async def test_where_nobody_listens_nothing_was_sent(mailbox, message):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        mailbox.port = free.getsockname()[1]
        outcome = await opened(mailbox).send(message)

    assert outcome.verdict is Verdict.FAILED
    assert outcome.detail == "cannot log in at the mail server: [Errno 111] Connection refused"


async def test_a_mail_server_that_answers_late_may_have_taken_the_mail(mailbox, message):
    mailbox.let_go = asyncio.Event()

    outcome = await opened(mailbox, "&cto=0.1", SOON).send(message)

    assert outcome.verdict is Verdict.UNSURE


async def test_what_apprise_encrypts_is_left_to_it_and_its_failures_tell_nothing(mailbox, message):
    """Without the library for it Apprise sends nothing, and says so no better than where a connection broke."""
    outcome = await opened(mailbox, "&pgp=encrypt").send(message)

    assert outcome.verdict is Verdict.UNSURE
    assert mailbox.mails == []


@pytest.mark.parametrize("said", [PASSWORD, f"\0desk\0{PASSWORD}"])
async def test_a_server_that_says_the_log_in_back_gives_nothing_away(mailbox, message, said):
    echo = b64encode(said.encode()).decode()

    async def refuse(server, _words):
        await server.push(f"535 5.7.8 not you: {echo}")
        return AuthResult(success=False, handled=True)

    mailbox.auth_PLAIN = mailbox.auth_LOGIN = refuse
    url = f"mailto://desk:{PASSWORD}@127.0.0.1:{mailbox.port}?{PEOPLE}"

    outcome = await open_target(url, "desk", VirtualClock(SENT_AT), about="channel desk, URL 1").send(message)

    assert outcome.verdict is Verdict.REFUSED
    assert "535 5.7.8 not you: " in outcome.detail
    assert echo not in outcome.detail


@pytest.mark.parametrize(
    ("where", "reply", "verdict"),
    [
        ("refusal", "554 5.7.1 spam", Verdict.REFUSED),
        ("refusal", "552 5.3.4 too large", Verdict.REFUSED),
        ("refusal", "452 4.3.1 disk full", Verdict.FAILED),
        ("recipient_refusal", "450 4.2.0 greylisted, try again in 300 seconds", Verdict.FAILED),
        ("recipient_refusal", "553 5.1.3 no such address", Verdict.REFUSED),
    ],
)
async def test_what_a_server_never_takes_is_not_tried_again(mailbox, message, where, reply, verdict):
    setattr(mailbox, where, reply)

    outcome = await opened(mailbox).send(message)

    assert outcome == Outcome(verdict, f"the mail server refused the mail: {reply}")


@asynccontextmanager
async def asking_for_a_log_in(box, *, starttls=None, implicit=None, says=None):
    """A server that wants a user and a password; gives what it was told, and each try in its order."""
    tries: list[tuple[str, bytes, bytes]] = []

    def log_in(_server, _session, _envelope, mechanism, given) -> AuthResult:
        tries.append((mechanism, given.login, given.password))
        return AuthResult(success=says is None, handled=False, message=says)

    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(
            box,
            hostname="localhost",
            auth_require_tls=False,
            authenticator=log_in,
            tls_context=starttls,
            require_starttls=starttls is not None,
        ),
        "127.0.0.1",
        0,
        ssl=implicit,
    )
    box.port = server.sockets[0].getsockname()[1]
    yield tries
    server.close()
    await server.wait_closed()


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize("mode", ["insecure", "starttls", "ssl"])
@pytest.mark.parametrize("log_in", [("desk", "a:b@c/d?e#f%"), ("büro", "über:π✓"), ("desk@example.org", "x")])
async def test_any_user_and_password_log_in_once_in_each_mode(mailbox, message, tls, mode, log_in):
    user, password = log_in
    secure = {"starttls": {"starttls": tls}, "ssl": {"implicit": tls}}.get(mode, {})
    async with asking_for_a_log_in(mailbox, **secure) as tries:
        options = f"mode={mode}&from=alertd@example.org&to=desk@example.org"
        url = f"mailto{'' if mode == 'insecure' else 's'}://{quote(user, safe='')}:{quote(password, safe='')}"
        target = open_target(
            f"{url}@127.0.0.1:{mailbox.port}?{options}", "mail", VirtualClock(SENT_AT), about="channel mail, URL 1"
        )
        assert await target.send(message) == Outcome(Verdict.ACCEPTED)
    assert [(login, given) for _, login, given in tries] == [(user.encode(), password.encode())]
    assert len(mailbox.mails) == 1


async def test_a_colon_in_a_password_may_stand_as_it_is(mailbox, message):
    async with asking_for_a_log_in(mailbox) as tries:
        url = f"mailto://desk:one:two@127.0.0.1:{mailbox.port}?{PEOPLE}"
        target = open_target(url, "mail", VirtualClock(SENT_AT), about="channel mail, URL 1")
        assert await target.send(message) == Outcome(Verdict.ACCEPTED)
    assert tries[-1][2] == b"one:two"


async def test_a_wrong_password_is_refused_and_tried_once(mailbox, message, tls, trusted):
    async with asking_for_a_log_in(mailbox, implicit=tls, says="535 5.7.8 wrong") as tries:
        url = f"mailtos://desk:word@127.0.0.1:{mailbox.port}?{PEOPLE.replace('insecure', 'ssl')}"
        target = open_target(url, "mail", VirtualClock(SENT_AT), about="channel mail, URL 1")
        outcome = await target.send(message)
    assert outcome.verdict is Verdict.REFUSED
    assert outcome.detail.startswith("cannot log in at the mail server: 535 5.7.8")
    assert len(tries) == 1


@pytest.fixture(scope="module")
def self_signed(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("tls") / "own.pem"
    options = "-newkey rsa:2048 -nodes -days 2 -subj /CN=mail -addext subjectAltName=IP:127.0.0.1 -keyout - -out -"
    made = subprocess.run(["openssl", "req", "-x509", *options.split()], check=True, capture_output=True)
    path.write_bytes(made.stdout)
    return path


@pytest.mark.parametrize("mode", ["starttls", "ssl"])
async def test_a_certificate_that_signed_itself_is_refused_with_what_to_do(mailbox, message, self_signed, mode):
    own = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    own.load_cert_chain(self_signed)
    async with asking_for_a_log_in(mailbox, **{{"starttls": "starttls", "ssl": "implicit"}[mode]: own}) as tries:
        options = f"mode={mode}&from=alertd@example.org&to=desk@example.org"
        url = f"mailtos://desk:word@127.0.0.1:{mailbox.port}?{options}"
        target = open_target(url, "mail", VirtualClock(SENT_AT), about="channel mail, URL 1")
        outcome = await target.send(message)
        assert outcome.verdict is Verdict.REFUSED
        assert outcome.detail.startswith("the certificate of the mail server is not trusted; give it one that is")
        assert "verify=no" in outcome.detail
        assert tries == []
        trusting = open_target(f"{url}&verify=no", "mail", VirtualClock(SENT_AT), about="channel mail, URL 1")
        assert await trusting.send(message) == Outcome(Verdict.ACCEPTED)


async def test_an_address_with_letters_beyond_ascii_in_its_domain_gets_its_mail(mailbox, message):
    url = f"mailto://127.0.0.1:{mailbox.port}?mode=insecure&from=alertd@b%C3%BCcher.example&to=desk@exämple.org"
    target = open_target(url, "mail", VirtualClock(SENT_AT), about="channel mail, URL 1")
    assert await target.send(message) == Outcome(Verdict.ACCEPTED)
    assert mailbox.mails[0]["To"] == "desk@xn--exmple-cua.org"
    assert mailbox.mails[0]["From"] == "alertd@xn--bcher-kva.example"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("mailto://mail.example.org?to=a@b.org", "mailto://mail.example.org?to=a@b.org"),
        ("mailtos://u:p%3Aq@mail.exämple.org:465?mode=ssl", "mailtos://u:p%3Aq@mail.xn--exmple-cua.org:465?mode=ssl"),
        ("mailto://u:p:q@mail.example.org", "mailto://u:p%3Aq@mail.example.org"),
        ("mailto://u:p@mail.example.org/a@ex%C3%A4mple.org", "mailto://u:p@mail.example.org/a@xn--exmple-cua.org"),
        ("slack://a:b:c@exämple", "slack://a:b:c@exämple"),
    ],
)
def test_a_mail_url_is_put_into_words_that_apprise_reads(url, expected):
    assert for_apprise(url) == expected
