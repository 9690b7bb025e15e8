"""A mail: both forms of a message in one, the thread of its truce, and the way to the server that a URL names.

Apprise reads the URL. Composing and sending is done here: Apprise would make the text out of the HTML, and would call
a mail that the server refused and one that it may have taken by the same name.
"""

import smtplib
import ssl
from base64 import b64encode
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from email.headerregistry import Address, BaseHeader, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP, Policy
from email.utils import format_datetime, make_msgid

from apprise import NotifyFormat
from apprise.plugins.email.base import NotifyEmail
from apprise.plugins.email.common import SecureMailMode

from alertd.channels import Outcome
from alertd.domain.agenda import Verdict
from alertd.message.values import Message
from alertd.message.wording import clean, one_line

_GOODBYE_SECONDS = 5
"""The time that the server may take to say goodbye; the mail is its own by then."""

_KEPT = frozenset({"date", "from", "message-id", "subject", "to"})
"""Headers that no URL replaces: with the same Message-ID on each, all mails but the first would be lost."""

_NEVER = 500
_LOGGED_IN = frozenset({235, 503})
"""The answers to a log-in that went well, and to one that was not needed again."""

_SELF_SIGNED = frozenset({18, 19})
"""OpenSSL's X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT and X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN."""

_UNTRUSTED = (
    "the certificate of the mail server is not trusted; give it one that is, install that of its authority on this "
    "machine, or add verify=no to the URL"
)

_LONGEST_LINE = 998
"""Characters: RFC 5322, 2.1.1."""


class _Unfolded(UnstructuredHeader, BaseHeader):
    """A header on one line: to keep to 78 the library would encode an id, and begin a subject with an empty line."""

    def fold(self, *, policy: Policy) -> str:
        """Folded only where it has to be: encoded, or longer than is allowed."""
        line = f"{self.name}: {self}"
        whole = line.isascii() and len(line) <= _LONGEST_LINE
        return line + policy.linesep if whole else super().fold(policy=policy)


_registry = HeaderRegistry(default_class=_Unfolded)
_registry.map_to_type("subject", _Unfolded)
_POLICY = SMTP.clone(header_factory=_registry, cte_type="7bit")
"""No server needs to know of eight bits."""


def compose(service: NotifyEmail, message: Message, now: datetime) -> EmailMessage:
    """The mail as it is sent: text and HTML as alternatives, or the text alone where the URL says `format=text`."""
    sender = _address(service.from_addr)
    mail = EmailMessage(policy=_POLICY)
    if not message.is_sms:  # a gateway would put it into the SMS
        mail["Subject"] = one_line(message.title)
    mail["From"] = sender
    mail["To"] = _address(service.targets[0])
    if service.reply_to:
        mail["Reply-To"] = [_address((service.names.get(address), address)) for address in sorted(service.reply_to)]
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = make_msgid(message.message_id, sender.domain)
    mail["Auto-Submitted"] = "auto-generated"  # so that nobody's holiday notice answers it
    for name, value in _thread(service, message, sender):
        mail[name] = value
    for name, value in service.headers.items():
        if name.strip().lower() not in _KEPT:
            del mail[name]
            mail[name] = clean(value)
    mail.set_content(message.text)
    if message.html and service.resolve_format(NotifyFormat.HTML) is NotifyFormat.HTML:
        mail.add_alternative(message.html, subtype="html")
    return mail


def _address(person: Sequence[object]) -> Address:
    """The name, which may be missing, and the address of somebody in Apprise's words."""
    name, address = person
    return Address(display_name=clean(str(name or "")), addr_spec=str(address))


def _thread(service: NotifyEmail, message: Message, sender: Address) -> Iterator[tuple[str, str]]:
    """The thread that gathers the mails of one truce: all answer the same mail, which never was.

    A message about several truces, or about alertd, belongs to no thread, and a thread that the URL names comes first.
    """
    threads = {"in-reply-to", "references"}
    truces = {item.delivery.truce for item in message.items}
    if len(truces) != 1 or None in truces or threads & {name.strip().lower() for name in service.headers}:
        return
    root = f"<{truces.pop()}.truce@{sender.domain}>"
    yield "In-Reply-To", root
    yield "References", root


def post(service: NotifyEmail, mail: EmailMessage) -> Outcome:
    """Hand a mail to the server; the reason of a failure is the server's own, and may still hold a secret."""
    try:
        server = _log_in(service)
    except ssl.SSLCertVerificationError as error:
        # One that signed itself stays so; any other may be renewed.
        verdict = Verdict.REFUSED if error.verify_code in _SELF_SIGNED else Verdict.FAILED
        return Outcome(verdict, f"{_UNTRUSTED}: {error.verify_message}")
    except (OSError, ValueError) as error:  # ValueError: a name that the protocol cannot spell
        return Outcome(_no(error), f"cannot log in at the mail server: {_answer(error)}")
    try:
        server.send_message(mail, str(service.from_addr[1]), [service.targets[0][1]])
    except OSError as error:
        server.close()
        if _is_refusal(error):
            return Outcome(_no(error), f"the mail server refused the mail: {_answer(error)}")
        return Outcome(Verdict.UNSURE, f"the mail server may have taken the mail: {_answer(error)}")
    _say_goodbye(server)
    return Outcome(Verdict.ACCEPTED)


def _log_in(service: NotifyEmail) -> smtplib.SMTP:
    """A connection that is ready for a mail; until then nothing of one is sent."""
    host, port, patience_seconds = service.smtp_host, service.port or 0, service.socket_connect_timeout
    context = ssl.create_default_context()
    if not service.verify_certificate:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if service.secure_mode == SecureMailMode.SSL:
        server: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=patience_seconds, context=context)
    else:
        server = smtplib.SMTP(host, port, timeout=patience_seconds)
    try:
        if service.secure_mode == SecureMailMode.STARTTLS:
            server.starttls(context=context)
        if service.user and service.password:
            _give_password(server, service.user, service.password)
    except BaseException:
        server.close()
        raise
    return server


def _give_password(server: smtplib.SMTP, user: str, password: str) -> None:
    """Log in, in UTF-8 (RFC 4616), and once: smtplib knows ASCII alone, and tries each way that the server has.

    Raises OSError where the server says no, or cannot be told such a password.
    """
    server.ehlo_or_helo_if_needed()
    offered = server.esmtp_features.get("auth", "").upper().split()
    is_ascii = user.isascii() and password.isascii()
    if is_ascii and ("PLAIN" not in offered or not isinstance(server.sock, ssl.SSLSocket)):
        server.login(user, password)  # without TLS a way that does not show the password comes first
        return
    if "PLAIN" not in offered:
        raise smtplib.SMTPNotSupportedError("it does not offer AUTH PLAIN, which this user or password needs")
    log_in = f"\0{user}\0{password}".encode()
    code, answer = server.docmd("AUTH", f"PLAIN {b64encode(log_in).decode()}")
    if code not in _LOGGED_IN:
        raise smtplib.SMTPAuthenticationError(code, answer)


def _no(error: OSError | ValueError) -> Verdict:
    """The verdict on a mail that was not taken: a 5yz stays as it is however often one asks (RFC 5321, 4.2.1)."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, _ = next(iter(error.recipients.values()))
    elif isinstance(error, smtplib.SMTPResponseException):
        code = error.smtp_code
    elif isinstance(error, smtplib.SMTPNotSupportedError):
        return Verdict.REFUSED
    else:
        return Verdict.FAILED
    return Verdict.REFUSED if _NEVER <= code < _NEVER + 100 else Verdict.FAILED


def _is_refusal(error: OSError) -> bool:
    """True if the server said no, or was never asked; a connection that broke says neither."""
    if isinstance(error, smtplib.SMTPResponseException):
        return 400 <= error.smtp_code < 600  # noqa: PLR2004  4yz and 5yz: RFC 5321, 4.2.1
    return isinstance(error, smtplib.SMTPRecipientsRefused | smtplib.SMTPNotSupportedError)


def _answer(error: OSError | ValueError) -> str:
    """The words of the other side or the system; the text of a ValueError may quote the password."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, answer = next(iter(error.recipients.values()))
        return _reply(code, answer)
    if isinstance(error, smtplib.SMTPResponseException):
        return _reply(error.smtp_code, error.smtp_error)
    return str(error) if isinstance(error, OSError) else type(error).__name__


def _reply(code: int, text: bytes | str) -> str:
    return f"{code} {text.decode(errors='replace') if isinstance(text, bytes) else text}"


def _say_goodbye(server: smtplib.SMTP) -> None:
    """End a connection whose mail was taken: nothing that happens from here on changes that."""
    with suppress(OSError):
        if server.sock is not None:
            server.sock.settimeout(_GOODBYE_SECONDS)
        server.quit()
    server.close()
