"""Acknowledging from a phone: the page that a link in a message leads to. It asks for no token of the board's own.

To look changes nothing, as scanners of mails follow every link; only what the form on the page sends acknowledges. A
link that alertd did not make costs neither a look into the ledger nor a word about what is watched.
"""

import asyncio
from base64 import b64encode
from collections import deque
from contextlib import closing
from hashlib import sha256
from http import HTTPStatus
from urllib.parse import parse_qs, urlsplit

from aiohttp import web

from alertd.board.pages import Pages
from alertd.board.snapshot import SnapshotReader, Sources
from alertd.domain.acknowledgement import Acknowledgement
from alertd.errors import LedgerError
from alertd.ledger.acknowledging import Judged, Refusal, acknowledge, judge
from alertd.logs.lines import get_logger
from alertd.message.acknowledged import acknowledged
from alertd.message.links import Links
from alertd.message.wording import NAME_LENGTH, SENTENCE_LENGTH, clean
from alertd.status.answers import answered_in_words, subject, why_not

log = get_logger(__name__)

WAY = "link"
"""The way in which a link acknowledges."""

WRONG_A_MINUTE = 30
"""Links that alertd did not make are told that there is nothing; from so many in a minute on, to come later."""

_MINUTE = 60.0
_LONGEST_FORM = 4096
_FORM_SECONDS = 10.0

_STATUS = {
    Refusal.UNSENT: HTTPStatus.CONFLICT,
    Refusal.SETTLED_UNSENT: HTTPStatus.CONFLICT,
    Refusal.MOVED: HTTPStatus.CONFLICT,
    Refusal.OVER: HTTPStatus.GONE,
    Refusal.TWICE: HTTPStatus.OK,
}


class Answers:
    """Answers whoever follows the link of an alert."""

    def __init__(self, sources: Sources, reader: SnapshotReader, pages: Pages, links: Links) -> None:
        self._sources = sources
        self._reader = reader
        self._pages = pages
        self._links = links
        self._wrong: deque[float] = deque(maxlen=WRONG_A_MINUTE)
        """Monotonic seconds of the last wrong links."""

    async def look(self, request: web.Request) -> web.StreamResponse:
        """Show the alert and a form, or why there is nothing to acknowledge."""
        _, judged = await self._judged(request, self._given("", None))
        return self._page(judged, asks=judged.refusal is None)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Acknowledge; a second time says that it is done."""
        if _is_from_elsewhere(request):
            raise web.HTTPForbidden(text="Another site sent this: nothing was acknowledged. Open the link itself.\n")
        self._opened(request)
        form = await _form(request)
        by = clean(form.get("by", ""), NAME_LENGTH) or "somebody with the link"
        note = clean(form.get("note", ""), SENTENCE_LENGTH) or None
        key, judged = await self._judged(request, self._given(by, note))
        if judged.refusal is None:
            try:
                judged = await asyncio.to_thread(self._acknowledge, key, judged)
            except LedgerError as error:
                log.warning("board.not_acknowledged", alert=judged.named.short_id, error=str(error))
                command = f"alertd ack {judged.named.short_id}"
                text = f"Nothing was acknowledged: the ledger cannot be written. Try again, or run: {command}\n"
                return web.Response(status=503, text=text)
        return self._page(judged, asks=False)

    def _opened(self, request: web.Request) -> str:
        """The key of the delivery that a link is for; raises `HTTPException` for a link that was not made here."""
        key = self._links.opened(request.match_info["token"])
        if key is not None:
            return key
        now = self._sources.clock.monotonic()
        if len(self._wrong) == WRONG_A_MINUTE and now - self._wrong[0] < _MINUTE:
            raise web.HTTPTooManyRequests(text="Too many wrong links: come back in a minute.\n")
        self._wrong.append(now)
        raise web.HTTPNotFound(text=_NOTHING)

    async def _judged(self, request: web.Request, given: Acknowledgement) -> tuple[str, Judged]:
        key = self._opened(request)
        judged = await self._reader.read(lambda ledger: ledger.run(judge, key, given))
        if judged is None:
            raise web.HTTPNotFound(text=_NOTHING)
        return key, judged

    def _given(self, by: str, note: str | None) -> Acknowledgement:
        return Acknowledgement(at=self._sources.clock.now(), by=by, way=WAY, note=note)

    def _acknowledge(self, key: str, wanted: Judged) -> Judged:
        """Write it; somebody else may have been faster."""
        given = wanted.acknowledgement
        with closing(self._sources.open_to_write()) as ledger:
            judged = ledger.run(acknowledge, key, given, answered_in_words)
        log.info("board.acknowledged", key=key, by=given.by)
        return judged or wanted

    def _page(self, judged: Judged, *, asks: bool) -> web.Response:
        """The page; of an alert that is long over it tells nothing more."""
        refusal, done = judged.refusal, acknowledged(judged.acknowledgement)
        html = self._pages.answer(
            subject="" if refusal is Refusal.OVER else subject(judged, self._sources.zone_for),
            style=_STYLE,
            asks=asks,
            done=f"It is {done}." if not asks and refusal in (None, Refusal.TWICE) else "",
            refused=why_not(refusal, judged) if refusal not in (None, Refusal.TWICE) else "",
        )
        status = HTTPStatus.OK if refusal is None else _STATUS[refusal]
        return web.Response(status=status, text=html, content_type="text/html", headers=_POLICY)


_NOTHING = "There is nothing at this address: is the link whole? Each message also has an id for `alertd ack`.\n"

_STYLE = (
    "body{margin:0 auto;padding:16px;max-width:34rem;font:18px/1.4 system-ui,sans-serif;color-scheme:light dark}"
    "label{display:block;margin:16px 0}input{display:block;box-sizing:border-box;width:100%;padding:12px;font:inherit}"
    "button{width:100%;padding:16px;font:bold 20px system-ui,sans-serif}"
)

_POLICY = {
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{b64encode(sha256(_STYLE.encode()).digest()).decode()}'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )
}


def _is_from_elsewhere(request: web.Request) -> bool:
    """True if a browser says that the page of another site sent this.

    A page that gives away no referrer, as ours, sends the origin `null`: then the other header alone tells.
    """
    site = request.headers.get("Sec-Fetch-Site", "same-origin")
    origin = request.headers.get("Origin", "null")
    return site != "same-origin" or (origin != "null" and urlsplit(origin).netloc.lower() != request.host.lower())


async def _form(request: web.Request) -> dict[str, str]:
    """The fields of the form; raises `HTTPException` for what is none, too long or too slow."""
    if request.content_type != "application/x-www-form-urlencoded":
        raise web.HTTPUnsupportedMediaType(text="Send the form of the page.\n")
    if request.content_length is None or request.content_length > _LONGEST_FORM:
        raise web.HTTPRequestEntityTooLarge(_LONGEST_FORM, request.content_length or 0, text="That is too long.\n")
    try:
        async with asyncio.timeout(_FORM_SECONDS):
            text = (await request.read()).decode()
        return {name: values[0] for name, values in parse_qs(text, max_num_fields=8).items()}
    except TimeoutError:
        raise web.HTTPRequestTimeout(text="The form took too long to come.\n") from None
    except ValueError:
        raise web.HTTPBadRequest(text="That is not the form of the page.\n") from None
