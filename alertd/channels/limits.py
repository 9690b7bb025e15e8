"""The largest message that each service of Apprise takes, counted as the service counts: after every escape.

Apprise counts characters, whatever the service counts; what is too large it turns into a file, or the service refuses
it for ever.
"""

import json
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import escape, unescape
from typing import Any

import apprise
from apprise.plugins.base import NotifyBase
from apprise.plugins.email.base import NotifyEmail

from alertd.channels.dialects import service_name

Dress = Callable[[str, str], tuple[str, str, apprise.NotifyFormat]]
"""Gives a title and a text the form in which Apprise is handed them: title, body, and the format of the body."""

_TAG = re.compile(r"<[^>]*>")

_SHORT = 160
"""The length of an SMS. Services of this limit and less count the characters of one, as UCS-2 has them."""

_SLACK_HEADER = 150
"""Characters of the header of a Slack message in blocks: https://docs.slack.dev/reference/block-kit/blocks/header-block"""

_MATRIX_EVENT = 4_000
"""Bytes of a Matrix event that are none of its text, as Apprise reckons them."""

_TEAMS_CARD = 1_500
"""Bytes of a card in Teams that are none of its text."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A message as a service of Apprise, with attributes of its own, gets it in order to send it."""

    service: Any
    title: str
    body: str
    is_html: bool
    lines: int


@dataclass(frozen=True, slots=True)
class Limit:
    """The size that a service takes at most."""

    most: int
    size: Callable[[Sent], int]


@dataclass(frozen=True, slots=True)
class Room:
    """The room that one message of a service has."""

    service: NotifyBase
    dress: Dress

    @property
    def is_known(self) -> bool:
        """True if the service itself states the limit; else it is what Apprise takes for one, and may be less."""
        return service_name(self.service) in _LIMITS

    @property
    def most(self) -> int:
        """The smallest of its limits."""
        return min((limit.most for limit in _limits(self.service)), default=sys.maxsize)

    def filled(self, title: str, text: str) -> float:
        """The part of the room that a message fills; more than 1 is too large."""
        sent = _sent(self.service, *self.dress(title, text))
        return max((limit.size(sent) / limit.most for limit in _limits(self.service)), default=0.0)


def prepare(service: Any) -> None:  # noqa: ANN401  what is set is an attribute of a few services
    """Keep a service from making a file of what it thinks too large, and from titles that are refused."""
    if service_name(service) == "ntfys":
        service.ntfy_json_upstream_size_limit = sys.maxsize
    if service_name(service) == "slack" and service.use_blocks:
        service.title_maxlen = _SLACK_HEADER


def _limits(service: NotifyBase) -> tuple[Limit, ...]:
    """The limits of a service; none for mail.

    A service without a row has the limit that Apprise declares. Its unit is not known there, so bytes of UTF-8 count:
    there are never fewer of them than of UTF-16 units or characters.
    """
    if isinstance(service, NotifyEmail):
        return ()
    known = _LIMITS.get(service_name(service))
    if known is None:
        declared = int(service.body_maxlen)
        known = (Limit(declared, _utf16 if declared <= _SHORT else _utf8),)
    if service.body_max_line_count > 0:
        known += (Limit(service.body_max_line_count, _lines),)
    return known + _SLACK_BLOCKS if getattr(service, "use_blocks", False) else known


def _sent(service: NotifyBase, title: str, body: str, body_format: apprise.NotifyFormat) -> Sent:
    """The message that Apprise makes of a title and a body: the service's own marks in, and the title in its place."""
    # Nothing else tells what it will send. That of all services does: Matrix's own takes long to find a limit.
    (call,) = NotifyBase._build_send_calls(  # noqa: SLF001
        service, title=title, body=body or ".", body_format=body_format, overflow=apprise.OverflowMode.UPSTREAM
    )
    is_html = call["body_format"] is apprise.NotifyFormat.HTML
    merged = bool(title) and service.title_maxlen <= 0
    return Sent(service, call["title"], call["body"], is_html, len(body.splitlines()) + merged)


def _utf16_length(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _json_length(text: str) -> int:
    """Bytes of a text in JSON that spells every letter as itself."""
    return len(json.dumps(text, ensure_ascii=False).encode("utf-8", "surrogatepass"))


def _utf8(sent: Sent) -> int:
    return len(sent.body.encode("utf-8", "surrogatepass"))


def _utf16(sent: Sent) -> int:
    return _utf16_length(sent.body)


def _characters(sent: Sent) -> int:
    return len(sent.body)


def _lines(sent: Sent) -> int:
    return sent.lines


def _shown_utf16(sent: Sent) -> int:
    """UTF-16 units of what is left once tags are out and entities are letters again."""
    return _utf16_length(unescape(_TAG.sub("", sent.body)) if sent.is_html else sent.body)


def _with_title_utf16(sent: Sent) -> int:
    return _utf16_length(f"{sent.title}\r\n{sent.body}" if sent.title else sent.body)


def _ntfy_document(sent: Sent) -> int:
    """Bytes of the JSON that Apprise posts, where every letter beyond ASCII takes six."""
    service = sent.service
    document = {"topic": service.topics, "title": sent.title, "message": sent.body}
    return len(json.dumps(document | {"attach": service.attach, "filename": service.filename}))


def _matrix_event(sent: Sent) -> int:
    """Bytes of the event: the text, and the same in HTML, where a link stands twice; a third more once encrypted."""
    texts = (sent.title, sent.body)
    size = _MATRIX_EVENT + sum(_json_length(text) + 2 * _json_length(escape(text)) for text in texts)
    return size * 4 // 3 + _MATRIX_EVENT if sent.service.e2ee else size


def _teams_card(sent: Sent) -> int:
    return _TEAMS_CARD + len(json.dumps([sent.title, sent.body]))


_SLACK_BLOCKS = (Limit(3_000, _utf16),)
"""https://docs.slack.dev/reference/block-kit/blocks/section-block"""

_LIMITS: Mapping[str, tuple[Limit, ...]] = {
    # https://docs.ntfy.sh/publish/#limitations; the server reads JSON of twice as many bytes
    "ntfys": (Limit(4_096, _utf8), Limit(8_000, _ntfy_document)),
    # https://core.telegram.org/bots/api#sendmessage: "after entities parsing", in the units of its entities
    "tgram": (Limit(4_096, _shown_utf16),),
    # https://discord.com/developers/docs/resources/webhook#execute-webhook; an emoji may count as two
    "discord": (Limit(2_000, _with_title_utf16),),
    # https://docs.slack.dev/reference/methods/chat.postMessage#truncating: it cuts at 40,000
    "slack": (Limit(35_000, _utf16),),
    # https://spec.matrix.org/latest/client-server-api/#size-limits
    "matrixs": (Limit(65_536, _matrix_event),),
    # https://docs.mattermost.com: 16,383 runes, and 4,000 in a database of before version 5
    "mmosts": (Limit(4_000, _characters),),
    # https://learn.microsoft.com/en-us/connectors/teams/#known-issues-and-limitations: about 28 KB; 21 KB pass for sure
    "workflows": (Limit(21_000, _teams_card),),
    # It answers "Message is longer than 4096 characters"; others have counted bytes
    "gchat": (Limit(4_096, _utf8),),
    # Apps take 2,048 bytes and drop more; signal-cli makes an attachment of more than 2,000
    "signals": (Limit(2_000, _utf8),),
    # https://pushover.net/api#limits: "1024 4-byte UTF-8 characters"
    "pover": (Limit(1_024, _characters),),
}
