"""Chat and email through Apprise: one service object a target, which sends on a thread of its own.

Apprise's own dispatcher is not used: it shares a pool of a few threads among all services and makes each wait for
its throttle. Nothing from outside this module sees a URL, and nothing leaves it with a secret inside.
"""

import logging
import re
import sys
import threading
from base64 import b64encode
from collections import Counter
from collections.abc import Iterator, Sized
from contextlib import contextmanager, suppress
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from math import ceil
from typing import Any, TypeGuard

import apprise
from apprise.plugins.base import NotifyBase
from apprise.plugins.email.base import NotifyEmail, PGPMode
from yarl import URL

from alertd.channels import Opening, Outcome
from alertd.channels.blocking import BlockingSender
from alertd.channels.delivery_certainty import definitely_not_sent, first_cause
from alertd.channels.dialects import dialect_of, speak
from alertd.channels.http_proxies import known_proxies
from alertd.channels.limits import Room, prepare
from alertd.channels.mail import compose, post
from alertd.channels.mail_url import for_apprise
from alertd.channels.notification_types import notification_type, priorities_of
from alertd.channels.pieces import Pieces, is_too_large
from alertd.channels.requests_proxy import through
from alertd.domain.agenda import Verdict
from alertd.domain.policy import SEND_TIMEOUT
from alertd.errors import ChannelError
from alertd.logs import Redactor, redact, register_parts, register_secret, secret_parts
from alertd.message.values import Message
from alertd.message.wording import clean, one_line
from alertd.times.clock import Clock

_DETAIL_LONGEST = 300
"""Characters of a reason."""

_GRACE_SECONDS = 5
"""The time beyond the hard limit for which a service may wait for its answer.

Apprise calls an answer that is late a failure. It may be a success, so the hard limit, which says UNSURE, has to
come first.
"""

_HANGING_AT_MOST = 3
"""Threads of one target that may hang: a server that sends a byte now and then never lets go of one."""

_SPOKEN_OPTIONS = frozenset({"cto", "format", "mode", "overflow", "rto", "smtp", "verify"})
"""Options of a URL whose values tell nothing."""

_PORTS = 65_536
_ANY_ADDRESS = URL("https://example.org")

_ANOTHER_URL = re.compile(r"[\s,;]+[a-z0-9]{2,}://", re.IGNORECASE)

_PRIORITY = re.compile(r"[?&]priority=[^&]", re.IGNORECASE)


def open_channel(opening: Opening) -> "tuple[AppriseTarget, ...]":
    """Open a target for each URL; an error names the place of the URL in its list, never the URL."""
    proxies = known_proxies(opening.proxy)
    proxy = proxies.of(_ANY_ADDRESS, about=f"channel {opening.channel}") if opening.proxy else None
    return tuple(
        open_target(
            url.get_secret_value(), name, opening.clock, proxy, about=f"channel {opening.channel}, URL {position}"
        )
        for position, (url, name) in enumerate(zip(opening.urls, opening.targets, strict=True), start=1)
    )


def open_target(  # noqa: PLR0913  a target, and how it is told of
    url: str,
    name: str,
    clock: Clock,
    proxy: URL | None = None,
    *,
    about: str,
    timeout: timedelta = SEND_TIMEOUT,
) -> "AppriseTarget":
    """Open the one service and recipient that a URL stands for.

    Raises a permanent ChannelError that begins with `about`, where the URL cannot be loaded or has several.
    """
    service = _load(url)
    hidden = (secret_parts(url, host=True, spoken=_SPOKEN_OPTIONS) - _address(service)) | _log_in(service)
    register_parts(hidden)
    if service is not None and service.password:
        register_secret(service.password)
    if service is None:
        raise ChannelError(
            f"{about}: Apprise cannot load it; compare it with the page of that service in Apprise's documentation, "
            "install the packages that it names, and write one URL an entry",
            permanent=True,
        )
    if service.port is not None and not 0 < int(service.port) < _PORTS:
        raise ChannelError(f"{about}: its port is none: write one from 1 to {_PORTS - 1}", permanent=True)
    if isinstance(service, NotifyEmail) and not service.targets:
        raise ChannelError(f"{about}: it names no address to send to; add to=desk@example.org", permanent=True)
    if getattr(service, "topics", None) == []:
        raise ChannelError(
            f"{about}: it names no topic to send to; write one such as ntfys://ntfy.sh/desk", permanent=True
        )
    if _ANOTHER_URL.search(url) or _recipients(service) > 1:
        raise ChannelError(
            f"{about}: it stands for several recipients; list a URL for each, so that a retry repeats nobody else's",
            permanent=True,
        )
    if isinstance(service, NotifyEmail) and proxy is not None:
        raise ChannelError(f"{about}: mail goes through no proxy of HTTP; leave out `proxy`", permanent=True)
    has_priority = _PRIORITY.search(url) is not None
    return AppriseTarget(name, service, clock, Redactor(hidden), proxy, has_priority=has_priority, timeout=timeout)


class AppriseTarget:
    """One service object of Apprise, with one recipient."""

    def __init__(  # noqa: PLR0913  a service, and what surrounds it
        self,
        name: str,
        service: NotifyBase,
        clock: Clock,
        redactor: Redactor,
        proxy: URL | None = None,
        *,
        has_priority: bool = False,
        timeout: timedelta = SEND_TIMEOUT,
    ) -> None:
        """`proxy` is that of the channel; without it Apprise takes the one of the environment.

        `has_priority`: the URL says which priority its messages have.
        """
        self.name = name
        self._proxy = proxy
        self._clock = clock
        self._service = service
        self._redactor = redactor
        self._sender = BlockingSender(name, timeout, hanging_at_most=_HANGING_AT_MOST)
        service.request_rate_per_sec = 0
        self._share: float | None = None
        self._priorities = {} if has_priority else priorities_of(service)
        self._usual_priority = getattr(service, "priority", None)
        self._dialect = dialect_of(service)
        prepare(service)
        if not _is_plain_mail(service):
            speak(service, self._dialect)
        service.redirects = False
        patience_seconds = ceil(timeout.total_seconds()) + _GRACE_SECONDS
        if isinstance(service, NotifyEmail):
            service.socket_connect_timeout = patience_seconds
        else:
            service.socket_read_timeout = patience_seconds

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name!r})"

    async def send(self, message: Message) -> Outcome:
        """Send in the form that the service likes best; what is too large for one message is split, never cut."""
        # Another send may still use the service object, in which some services keep that they are logged in.
        service = copy(self._service) if self._sender.is_busy else self._service
        given_up = threading.Event()
        try:
            return await self._sender.run(partial(self._notify, service, message, given_up))
        finally:
            given_up.set()

    async def aclose(self) -> None:
        """Nothing is held between two sends, and nobody waits for one that hangs."""

    def _notify(self, service: NotifyBase, message: Message, given_up: threading.Event) -> Outcome:
        if _is_plain_mail(service):
            outcome = post(service, compose(service, message, self._clock.now()))
            return replace(outcome, detail=self._presentable(outcome.detail))
        taken = Counter[str]()
        service.mark_delivered = partial(_count, taken)  # type: ignore[method-assign]  # for each piece accepted
        with _ear.listening(self._redactor) as heard, through(self._proxy):
            sent = self._send(service, message, given_up, taken, heard)
        if sent:
            return Outcome(Verdict.ACCEPTED)
        reason = self._presentable(heard.summary) or "Apprise gave no reason"
        if taken:
            return Outcome(Verdict.UNSURE, f"a part of it was sent, then: {reason}")
        if _may_have_arrived(service, heard):
            return Outcome(Verdict.UNSURE, f"it may have arrived: {reason}")
        return Outcome(Verdict.FAILED, reason)

    def _send(
        self,
        service: NotifyBase,
        message: Message,
        given_up: threading.Event,
        taken: Counter[str],
        heard: "_CapturedLog",
    ) -> bool:
        """Send a message in as many pieces as it takes; what is refused as too large goes out again in shorter ones.

        Nothing more is sent once the send was given up: by then all of it may go out anew. The try after one that
        failed begins with the size of piece with which that one ended.
        """
        dress = partial(self._dialect.dress, service)
        pieces = Pieces(Room(service, dress), _title(message), message.text, self._share)
        grave = notification_type(message)
        if self._priorities:
            usual = self._usual_priority
            service.priority = self._priorities.get(grave, usual)  # type: ignore[attr-defined]  # these have it
        send = partial(service.notify, notify_type=grave, overflow=apprise.OverflowMode.UPSTREAM)
        while pieces:
            if given_up.is_set():
                return False
            self._share, known, before = pieces.share, len(heard.reasons), taken.total()
            title, body, body_format = dress(*pieces.next)
            if send(title=title, body=body, body_format=body_format):
                pieces.accept()
            elif (
                taken.total() > before
                or heard.broke is not None  # no answer, so none that says that it is too large
                or not is_too_large(heard.reasons[known:])
                or not pieces.shorten()
            ):
                return False
        self._share = None
        return True

    def _presentable(self, reason: str) -> str:
        return clean(redact(self._redactor(reason)), _DETAIL_LONGEST)


def _title(message: Message) -> str:
    return "" if message.is_sms else one_line(message.title)


def _count(taken: Counter[str], key: Any, per_message: bool = False) -> None:  # noqa: ANN401, ARG001, FBT001, FBT002  Apprise's
    taken["pieces"] += 1


def _is_plain_mail(service: NotifyBase) -> TypeGuard[NotifyEmail]:
    """True for a mail that can be composed here: what Apprise signs, encrypts or sends to Delta Chat is left to it."""
    return type(service) is NotifyEmail and service.pgp_mode == PGPMode.NONE


def _may_have_arrived(service: NotifyBase, heard: "_CapturedLog") -> bool:
    """True if a message may have arrived for all that was told of its failure.

    Warnings without an error are an answer, such as a status of HTTP. But the mails that Apprise sends do not tell a
    refusal from a connection that broke, and MQTT keeps what it could not send and may send it later.
    """
    if heard.broke is None:
        return not heard.reasons or isinstance(service, NotifyEmail) or service.protocol == "mqtt"
    return heard.broke


def _load(url: str) -> NotifyBase | None:
    """The service of a URL; None where there is none, or where its parser stumbles over what it was given."""
    with (
        _ear.listening(Redactor(secret_parts(url, host=True, spoken=_SPOKEN_OPTIONS))),
        suppress(AttributeError, LookupError, TypeError, ValueError),
    ):
        return apprise.Apprise.instantiate(for_apprise(url.strip()), asset=_asset())
    return None


def _asset() -> apprise.AppriseAsset:
    """The sender that messages name; no redirect is followed, as it would lead headers with tokens elsewhere."""
    return apprise.AppriseAsset(app_id="alertd", app_desc="alertd", http_redirects=False)


def _log_in(service: NotifyBase | None) -> frozenset[str]:
    """User and password as a mail server gets them, in base64, and may say them back."""
    if not isinstance(service, NotifyEmail) or not service.password:
        return frozenset()
    user, password = service.user or "", service.password
    forms = (user, password, f"\0{user}\0{password}", f"{user}\0{user}\0{password}")
    return frozenset(b64encode(form.encode()).decode() for form in forms if form)


def _address(service: NotifyBase | None) -> frozenset[str]:
    """The parts of a URL that only say which machine it leads to, and so may be told."""
    if service is None or "host" not in service.template_tokens:
        return frozenset()
    host = str(service.host)  # of some services the host's place may hold a topic instead
    port = {str(service.port)} if service.port else set()
    return frozenset({host, *port}) if "." in host or host == "localhost" else frozenset(port)


def _recipients(service: NotifyBase) -> int:
    """The number of people or rooms that one send goes to, hidden copies and those of one batch included."""
    if hasattr(service, "batch"):
        service.batch = False  # it makes one of many, and means nothing for one
    named = (getattr(service, name, None) for name in ("targets", "cc", "bcc"))
    targets, *copies = (len(people) if isinstance(people, Sized) else 0 for people in named)
    return max(len(service), targets) + sum(copies)


@dataclass(slots=True)
class _CapturedLog:
    """Everything that Apprise logged while it sent."""

    reasons: list[str] = field(default_factory=list)
    """Its warnings and errors, redacted, each with the type of the error behind it."""
    broke: bool | None = None
    """True if an error behind them came when the connection stood, and so perhaps after the message; None: no error."""

    def take(self, reason: str, error: BaseException | None) -> None:
        """Keep a reason, and judge the error that was being handled when it was logged."""
        if error is not None:
            reason = f"{reason} ({first_cause(error)})"
            self.broke = bool(self.broke) or not definitely_not_sent(error)
        self.reasons.append(reason)

    @property
    def summary(self) -> str:
        """The reasons in one line, each once."""
        return "; ".join(dict.fromkeys(self.reasons))


class _LogCapture(logging.Filter):
    """Hears what Apprise logs on a thread, which is where it tells why a send failed, and takes the secrets out.

    It logs an error where it catches it, so what it caught is there to be judged.

    A filter of the logger itself comes before every handler. It is installed once for all threads: the list of
    filters is no place for changes while lines are logged.
    """

    def __init__(self) -> None:
        super().__init__()
        self._listening: dict[int, tuple[Redactor, _CapturedLog]] = {}

    @contextmanager
    def listening(self, redactor: Redactor) -> Iterator[_CapturedLog]:
        """Collect the warnings and errors that this thread logs meanwhile."""
        heard = _CapturedLog()
        self._listening[threading.get_ident()] = (redactor, heard)
        try:
            yield heard
        finally:
            del self._listening[threading.get_ident()]

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every line pass, without its secrets."""
        redactor, heard = self._listening.get(threading.get_ident(), (None, None))
        if redactor is not None and heard is not None:
            record.msg, record.args = redactor(record.getMessage()), ()
            if record.levelno >= logging.WARNING:
                heard.take(record.msg, sys.exc_info()[1])
        return True


_ear = _LogCapture()
logging.getLogger("apprise").addFilter(_ear)
