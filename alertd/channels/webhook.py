"""The webhook channel: each message as one signed JSON document, posted to whatever program takes it from there.

The form of the document stands in `webhook.schema.json` beside this module. Its headers are those of Standard
Webhooks: `webhook-id` is the same for every try of the same deliveries, so a receiver that remembers it can drop a
repeat; it goes out as `Idempotency-Key` as well. Nothing here posts a message twice: trying again is decided elsewhere,
and marked.

Whether a message may have arrived is judged by one thing, whether any of it was handed to a connection. What an answer
says beyond its status and Retry-After is never quoted, nor is any part of the URL.
"""

import asyncio
import json
import os
import socket
import ssl
from base64 import b64decode
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from hashlib import sha256
from http import HTTPStatus
from threading import Thread
from types import SimpleNamespace
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from pydantic import SecretStr
from standardwebhooks import Webhook
from yarl import URL

from alertd import __version__
from alertd.channels import Opening, Outcome
from alertd.domain.agenda import Verdict
from alertd.domain.policy import RETRY_AFTER_LONGEST, SEND_TIMEOUT
from alertd.errors import ChannelError
from alertd.logs import register_secret
from alertd.message.facts import Item, Mark, Message
from alertd.times.clock import Clock
from alertd.times.formats import iso_utc

VERSION = 1
"""Of the document. Keys may be added within a version; what a key means changes with it only."""

_TRY_AGAIN = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS})
"""Of the answers that blame the client, those that a later try may not get."""

_KEPT_SECONDS = 1.0
"""The time for which a connection is kept without use.

Long enough for a burst of alerts, and shorter than any common server waits before it closes (gunicorn 2 s, Apache,
Node and uvicorn 5 s): a request that crosses such a close on its way is lost, and nobody can tell whether it arrived.
"""

_ANSWER_SECONDS = 2.0
"""The time for which the body of an answer is waited for, so that its connection can be kept; it is not looked at."""

_SECRET_PREFIX = "whsec_"  # noqa: S105  how the secrets of Standard Webhooks begin


def open_channel(opening: Opening) -> "tuple[WebhookTarget, ...]":
    """Open a target for each URL; raises a permanent ChannelError for a URL or a secret of another form."""
    key = None if opening.secret is None else _key(opening.secret, about=f"channel {opening.channel}")
    return tuple(
        WebhookTarget(name, _address(url, about=f"channel {opening.channel}, URL {position}"), opening.clock, key)
        for position, (url, name) in enumerate(zip(opening.urls, opening.targets, strict=True), start=1)
    )


class WebhookTarget:
    """One URL, with connections of its own to it."""

    def __init__(
        self, name: str, url: URL, clock: Clock, key: bytes | None = None, *, timeout: timedelta = SEND_TIMEOUT
    ) -> None:
        self.name = name
        self._url = url
        self._clock = clock
        self._signer = None if key is None else Webhook(key)
        self._timeout_seconds = timeout.total_seconds()
        self._session: aiohttp.ClientSession | None = None

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name!r})"

    async def send(self, message: Message) -> Outcome:
        """Post the message once, and tell what the answer or its absence means."""
        # Two turns of the loop, for it to notice that the server has closed a kept connection meanwhile.
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        posting = _Posting()
        try:
            async with asyncio.timeout(self._timeout_seconds):
                return await self._post(message, posting)
        except TimeoutError:
            limit = f"{self._timeout_seconds:g} s"
            if posting.begun:
                return Outcome(Verdict.UNSURE, f"no answer within {limit}")
            return Outcome(Verdict.FAILED, f"no connection within {limit}")
        except (aiohttp.ClientError, OSError) as error:
            if posting.begun:
                return Outcome(Verdict.UNSURE, "the connection was lost before an answer came that could be read")
            return Outcome(Verdict.FAILED, _why_not_connected(error))

    async def aclose(self) -> None:
        """Close the connections; a send that hangs ends with them."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _post(self, message: Message, posting: "_Posting") -> Outcome:
        if self._session is None:
            self._session = _open_session()
        now = self._clock.now()
        body = document(message, now)
        async with self._session.post(
            self._url,
            data=body.encode(),
            headers=self._headers(message, now, body),
            allow_redirects=False,
            trace_request_ctx=posting,
        ) as response:
            outcome = _outcome(response.status, response.headers.get("Retry-After"), self._clock.now())
            await _drain(response)
            return outcome

    def _headers(self, message: Message, now: datetime, body: str) -> dict[str, str]:
        identity = message_identity(message, now)
        headers = {
            "Content-Type": "application/json",
            "Idempotency-Key": identity,
            "User-Agent": f"alertd/{__version__}",
            "webhook-id": identity,
            "webhook-timestamp": str(int(now.timestamp())),
        }
        if self._signer is not None:
            headers["webhook-signature"] = self._signer.sign(identity, now, body)
        return headers


@dataclass
class _Posting:
    """The progress of one post."""

    begun: bool = False
    """True if any of it was handed to a connection, and so may arrive."""


# What is posted.


def document(message: Message, now: datetime) -> str:
    """The JSON document of a message that is sent now."""
    return json.dumps(
        {
            "version": VERSION,
            "type": "alertd.message",
            "timestamp": iso_utc(now),
            "message_id": message.message_id,
            "title": message.title,
            "text": message.text,
            "markdown": message.markdown,
            "alerts": [_alert(item) for item in message.items],
        },
        ensure_ascii=False,
    )


def _alert(item: Item) -> dict[str, object]:
    delivery = item.delivery
    return {
        "key": delivery.key,
        "alert_id": delivery.short_id,
        "due_at": iso_utc(delivery.due_at),
        "truce": delivery.truce,
        "kind": delivery.kind,
        "stage": None if delivery.stage is None else str(delivery.stage),
        "ends_at": None if delivery.ends_at is None else iso_utc(delivery.ends_at),
        "channel": delivery.channel,
        "target": delivery.target,
        "title": item.title,
        "late": Mark.LATE in item.marked,
        "possible_repeat": Mark.POSSIBLE_REPEAT in item.marked,
        "test": Mark.TEST in item.marked,
    }


def message_identity(message: Message, now: datetime) -> str:
    """The identity of a message: two are the same where they carry the same deliveries.

    A test is the same as nothing else, or the alert that it shows would later pass for its repeat.
    """
    of = sorted(item.delivery.key for item in message.items)
    if not of or any(Mark.TEST in item.marked for item in message.items):
        of = [now.isoformat(), message.title, *of]
    return "msg_" + sha256("\n".join(of).encode()).hexdigest()[:32]


# What became of it.


def _outcome(status: int, retry_after: str | None, now: datetime) -> Outcome:
    """The outcome that an answer means."""
    answer = f"HTTP {status}"
    with suppress(ValueError):  # a number that HTTP does not know has no name
        answer = f"{answer} {HTTPStatus(status).phrase}"
    match status // 100:
        case 2:
            return Outcome(Verdict.ACCEPTED)
        case 3:
            hint = "redirects are not followed: write the address that the answer's Location header names"
            return Outcome(Verdict.REFUSED, f"{answer}: {hint}")
        case 4 if status not in _TRY_AGAIN:
            return Outcome(Verdict.REFUSED, answer)
        case _:
            return Outcome(Verdict.FAILED, answer, _retry_after(retry_after, now))


def _retry_after(header: str | None, now: datetime) -> timedelta | None:
    """The time that a server asks to be left alone: its header has seconds or a date; None where it asks not."""
    text = (header or "").strip()
    if text.isascii() and text.isdigit():
        # Nine digits are thirty years; more would lead out of what can be counted.
        asked = timedelta(seconds=int(text[:9]))
    else:
        try:
            until = parsedate_to_datetime(text)
        except ValueError:
            return None
        asked = (until if until.tzinfo else until.replace(tzinfo=UTC)) - now
    return min(asked, RETRY_AFTER_LONGEST) if asked > timedelta() else None


def _why_not_connected(error: Exception) -> str:
    match error:
        case aiohttp.ClientConnectorCertificateError():
            return "the certificate of the server is not trusted"
        case aiohttp.ClientConnectorDNSError():
            return "the name of the server cannot be resolved"
        case aiohttp.ClientSSLError() | ssl.SSLError():
            return "no TLS connection could be made"
        case OSError(errno=int(number)) if number > 0:
            return f"no connection could be made: {os.strerror(number)}"
        case _:
            return f"no connection could be made ({type(error).__name__})"


async def _drain(response: aiohttp.ClientResponse) -> None:
    """Take in the rest of an answer, without which its connection cannot be kept; whatever happens changes nothing."""
    with suppress(TimeoutError, aiohttp.ClientError, OSError):
        async with asyncio.timeout(_ANSWER_SECONDS):
            while await response.content.readany():
                pass


# The connection.


def _open_session() -> aiohttp.ClientSession:
    """A session in the loop that runs now; it keeps connections, and nothing else from one message to the next."""
    tracing = aiohttp.TraceConfig()
    tracing.on_request_chunk_sent.append(_note_begun)
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(keepalive_timeout=_KEPT_SECONDS, resolver=_ThreadedResolver()),
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=None),
        trace_configs=[tracing],
    )


async def _note_begun(
    _session: aiohttp.ClientSession, context: SimpleNamespace, _sent: aiohttp.TraceRequestChunkSentParams
) -> None:
    """Note that the first of a request is handed over: aiohttp says so right before the head and body leave as one."""
    context.trace_request_ctx.begun = True


class _ThreadedResolver(AbstractResolver):
    """Looks up names on threads of its own, so that a name server that hangs takes none from anybody else."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """The addresses of a host; raises OSError where it has none."""
        found: Future[list[ResolveResult]] = Future()
        found.set_running_or_notify_cancel()  # from here on giving up the wait cannot cancel it
        Thread(target=_look_up, args=(host, port, family, found), name="resolve", daemon=True).start()
        return await asyncio.wrap_future(found)

    async def close(self) -> None:
        """Nothing is held between two names."""


def _look_up(host: str, port: int, family: socket.AddressFamily, found: Future[list[ResolveResult]]) -> None:
    numeric = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV
    try:
        infos = socket.getaddrinfo(host, port, family, socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
        found.set_result(
            [
                ResolveResult(
                    hostname=host, host=_numeric(address), port=port, family=kind, proto=protocol, flags=numeric
                )
                for kind, _, protocol, _, address in infos
            ]
        )
    except Exception as error:  # noqa: BLE001  a thread that died without a result would look like one that hangs
        found.set_exception(error if isinstance(error, OSError) else OSError(type(error).__name__))


def _numeric(address: tuple[Any, ...]) -> str:
    """An address as text, with its zone where it is of one link only."""
    return socket.getnameinfo(address, socket.NI_NUMERICHOST | socket.NI_NUMERICSERV)[0]


# What is secret.


def _address(url: SecretStr, *, about: str) -> URL:
    """The address that a URL stands for."""
    try:
        address = URL(url.get_secret_value().strip())
        port = address.port
    except ValueError:
        address, port = URL(), None
    if address.scheme not in ("http", "https") or not address.host or not port:
        raise ChannelError(
            f"{about}: it is no address of a webhook; write one such as https://example.org/hook", permanent=True
        )
    return address


def _key(secret: SecretStr, *, about: str) -> bytes:
    """The bytes that a secret stands for, which is kept out of the log without its prefix as well."""
    encoded = secret.get_secret_value().strip().removeprefix(_SECRET_PREFIX)
    register_secret(encoded)
    bare = encoded.rstrip("=")  # the example of Standard Webhooks has more padding than newer Pythons let through
    try:
        key = b64decode(bare + "=" * (-len(bare) % 4), validate=True)
    except ValueError:
        key = b""
    if not key:
        raise ChannelError(
            f"{about}: its `secret` is not in base64, with or without whsec_ before it; make one with "
            "`openssl rand -base64 32` and give the same to the receiver",
            permanent=True,
        )
    return key
