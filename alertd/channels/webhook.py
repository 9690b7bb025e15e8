"""The webhook channel: each message as one signed JSON document, posted to whatever program takes it from there.

The form of the document stands in `webhook.schema.json` beside this module. Its headers are those of Standard
Webhooks: `webhook-id` is the same for every try of the same deliveries, so a receiver that remembers it can drop a
repeat; it goes out as `Idempotency-Key` as well. Nothing here posts a message twice: trying again is decided elsewhere,
and marked.

Whether a message may have arrived is judged by one thing, whether any of it was handed to a connection; whether it was
taken, by the status of the answer, whatever is wrong with the rest. What an answer says beyond its status and
Retry-After is never quoted, nor is any part of the URL.
"""

import asyncio
import re
from base64 import b64decode
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from hashlib import sha256
from http import HTTPStatus

import orjson
from pydantic import SecretStr
from standardwebhooks import Webhook
from yarl import URL

from alertd import __version__
from alertd.channels import Opening, Outcome
from alertd.channels.http_client import Exchange, HttpClient, why_not_connected
from alertd.channels.http_proxies import known_proxies
from alertd.domain.agenda import Verdict
from alertd.domain.policy import RETRY_AFTER_LONGEST, SEND_TIMEOUT
from alertd.errors import ChannelError
from alertd.logs import register_secret
from alertd.message.values import Item, Mark, Message
from alertd.times.clock import Clock
from alertd.times.formats import iso_utc

VERSION = 1
"""Of the document. Keys may be added within a version; what a key means changes with it only."""

_TRY_AGAIN = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS})
"""Of the answers that blame the client, those that a later try may not get."""

_USER_AGENT = f"alertd/{__version__}"
_ACCEPTED = Outcome(Verdict.ACCEPTED)

_HOST = re.compile(r"[A-Za-z0-9_-]{1,63}(?:\.[A-Za-z0-9_-]{1,63})*\.?")
_SECRET_PREFIX = "whsec_"  # noqa: S105  how the secrets of Standard Webhooks begin


def open_channel(opening: Opening) -> "tuple[WebhookTarget, ...]":
    """Open a target for each URL; raises a permanent ChannelError for a URL or a secret of another form."""
    key = None if opening.secret is None else _key(opening.secret, about=f"channel {opening.channel}")
    proxies = known_proxies(opening.proxy)
    targets = []
    for position, (url, name) in enumerate(zip(opening.urls, opening.targets, strict=True), start=1):
        about = f"channel {opening.channel}, URL {position}"
        address = _address(url, about=about)
        targets.append(WebhookTarget(name, HttpClient(address, proxies.of(address, about=about)), opening.clock, key))
    return tuple(targets)


class WebhookTarget:
    """One URL, with connections of its own to it."""

    def __init__(
        self,
        name: str,
        client: HttpClient,
        clock: Clock,
        key: bytes | None = None,
        *,
        timeout: timedelta = SEND_TIMEOUT,
    ) -> None:
        self.name = name
        self._client = client
        self._clock = clock
        self._signer = None if key is None else Webhook(key)
        self._timeout_seconds = timeout.total_seconds()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name!r})"

    async def send(self, message: Message) -> Outcome:
        """Post the message once, and tell what the answer or its absence means."""
        now = self._clock.now()
        body = document(message, now)
        exchange, trouble = Exchange(), None
        try:
            headers = self._headers(message, now, body)
            await asyncio.sleep(0)  # what goes together is written before the first of it is handed over
            await self._client.exchange(exchange, "POST", headers, body, seconds=self._timeout_seconds)
        except OSError as error:  # a TimeoutError is one
            trouble = error
        if exchange.status is not None:
            return _outcome(exchange.status, exchange.headers.get("retry-after"), self._clock.now())
        is_late = isinstance(trouble, TimeoutError)
        if not exchange.begun:
            return Outcome(Verdict.FAILED, "no connection in time" if is_late else why_not_connected(trouble))
        if exchange.answered:
            return Outcome(Verdict.UNSURE, "what came back is no answer in HTTP: check what the URL leads to")
        late = f"no answer within {self._timeout_seconds:g} s"
        return Outcome(Verdict.UNSURE, late if is_late else "the connection was lost before an answer came")

    async def aclose(self) -> None:
        """Close the connections; a send that hangs ends with them."""
        await self._client.aclose()

    def _headers(self, message: Message, now: datetime, body: bytes) -> dict[str, str]:
        identity = message_identity(message, now)
        headers = {
            "Content-Type": "application/json",
            "Idempotency-Key": identity,
            "User-Agent": _USER_AGENT,
            "webhook-id": identity,
            "webhook-timestamp": str(int(now.timestamp())),
        }
        if self._signer is not None:
            headers["webhook-signature"] = self._signer.sign(identity, now, body.decode())
        return headers


# What is posted.


def document(message: Message, now: datetime) -> bytes:
    """The JSON document of a message that is sent now."""
    return orjson.dumps(
        {
            "version": VERSION,
            "type": "alertd.message",
            "timestamp": iso_utc(now),
            "message_id": message.message_id,
            "title": message.title,
            "text": message.text,
            "markdown": message.markdown,
            "alerts": [_alert(item) for item in message.items],
        }
    )


def _alert(item: Item) -> dict[str, object]:
    delivery, given, follows = item.delivery, item.acknowledgement, item.delivery.follows
    return {
        "key": delivery.key,
        "alert_id": delivery.short_id,
        "due_at": iso_utc(delivery.due_at),
        "truce": delivery.truce,
        "kind": delivery.kind,
        "stage": None if delivery.stage is None else str(delivery.stage),
        "ends_at": None if delivery.ends_at is None else iso_utc(delivery.ends_at),
        "at": None if delivery.at is None else iso_utc(delivery.at),
        "milestone": delivery.milestone,
        "channel": delivery.channel,
        "target": delivery.target,
        "title": item.title,
        "late": Mark.LATE in item.marked,
        "possible_repeat": Mark.POSSIBLE_REPEAT in item.marked,
        "test": Mark.TEST in item.marked,
        "acknowledged_at": None if given is None else iso_utc(given.at),
        "acknowledged_by": None if given is None else given.by,
        "follows": None if follows is None else follows.kind,
        "escalation": None if follows is None else follows.escalation,
        "step": None if follows is None else follows.step,
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
    if status // 100 == HTTPStatus.OK // 100:
        return _ACCEPTED
    answer = f"HTTP {status}"
    with suppress(ValueError):  # a number that HTTP does not know has no name
        answer = f"{answer} {HTTPStatus(status).phrase}"
    match status // 100:
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
        except (ValueError, TypeError, OverflowError):  # whatever a date that is none makes of it
            return None
        asked = (until if until.tzinfo else until.replace(tzinfo=UTC)) - now
    return min(asked, RETRY_AFTER_LONGEST) if asked > timedelta() else None


# What is secret.


def _address(url: SecretStr, *, about: str) -> URL:
    """The address that a URL stands for."""
    try:
        address = URL(url.get_secret_value().strip())
        port = address.port
    except ValueError:
        address, port = URL(), None
    host = address.raw_host or ""
    named = _HOST.fullmatch(host) or ":" in host  # or the number of a machine in IPv6
    if address.scheme not in ("http", "https") or not named or not port:
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
