"""Acknowledging from a phone: the page that a link in a message leads to. It asks for no token of the board's own.

To look changes nothing, as scanners of mails follow every link; only what the form on the page sends acknowledges. A
link that alertd did not make costs neither a look into the ledger nor a word about what is watched.
"""

import asyncio
from base64 import b64encode
from hashlib import sha256
from http import HTTPStatus
from urllib.parse import parse_qs, urlsplit

from aiohttp import web

from alertd.board.acknowledger import STATUS, Acknowledger, GuessLimit
from alertd.board.pages import Pages
from alertd.board.snapshot import SnapshotReader, Sources
from alertd.domain.acknowledgement import Acknowledgement
from alertd.ledger.acknowledging import Judged, Refusal
from alertd.message.acknowledged import acknowledged
from alertd.message.links import Links
from alertd.message.wording import NAME_LENGTH, SENTENCE_LENGTH, clean
from alertd.status.answers import escalation_in_words, subject, why_not

_LONGEST_FORM = 4096
_FORM_SECONDS = 10.0


class Answers:
    """Answers whoever follows the link of an alert."""

    def __init__(self, sources: Sources, reader: SnapshotReader, pages: Pages, links: Links) -> None:
        self._acknowledger = Acknowledger(sources, reader, "link")
        self._pages = pages
        self._links = links
        self._zone_for = sources.zone_for
        self._limit = GuessLimit(sources.clock)

    async def look(self, request: web.Request) -> web.StreamResponse:
        """Show the alert and a form, or why there is nothing to acknowledge."""
        judged, _ = await self._judged(request, "", None)
        return self._page(judged, asks=judged.refusal is None)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Acknowledge; a second time says that it is done."""
        if _is_from_elsewhere(request, self._links):
            raise web.HTTPForbidden(text="Another site sent this: nothing was acknowledged. Open the link itself.\n")
        self._opened(request)
        form = await _form(request)
        by = clean(form.get("by", ""), NAME_LENGTH) or "somebody with the link"
        judged, given = await self._judged(request, by, clean(form.get("note", ""), SENTENCE_LENGTH) or None)
        if judged.refusal is None:
            judged = await self._acknowledger.write(judged, given)
        return self._page(judged, asks=False)

    def _opened(self, request: web.Request) -> str:
        """The key of the delivery that a link is for; raises `HTTPException` for a link that was not made here."""
        key = self._links.opened(request.match_info["token"])
        if key is None:
            self._limit.note()
            raise web.HTTPNotFound(text=_NOTHING)
        return key

    async def _judged(self, request: web.Request, by: str, note: str | None) -> tuple[Judged, Acknowledgement]:
        given = self._acknowledger.given(by, note)
        judged = await self._acknowledger.judge(self._opened(request), given)
        if judged is None:
            raise web.HTTPNotFound(text=_NOTHING)
        return judged, given

    def _page(self, judged: Judged, *, asks: bool) -> web.Response:
        """The page; of an alert that is long over it tells nothing more."""
        refusal, done = judged.refusal, f"It is {acknowledged(judged.acknowledgement)}."
        html = self._pages.answer(
            subject="" if refusal is Refusal.OVER else subject(judged, self._zone_for),
            style=_STYLE,
            asks=asks,
            done=f"{done} {escalation_in_words(judged)}" if not asks and refusal in (None, Refusal.TWICE) else "",
            refused=why_not(refusal, judged) if refusal not in (None, Refusal.TWICE) else "",
        )
        status = HTTPStatus.OK if refusal is None else STATUS[refusal]
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


def _is_from_elsewhere(request: web.Request, links: Links) -> bool:
    """True if a browser says that the page of another site sent this.

    A page that gives away no referrer, as ours, sends the origin `null`: then the other header alone tells.
    """
    site = request.headers.get("Sec-Fetch-Site", "same-origin")
    origin = request.headers.get("Origin", "null")
    ours = {request.host.lower(), urlsplit(links.url).netloc.lower()}  # a proxy may ask by another name
    return site != "same-origin" or (origin != "null" and _host(origin) not in ours)


def _host(origin: str) -> str:
    """The host and port of an origin; raises `HTTPException` for what is none."""
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        raise web.HTTPForbidden(text="Another site sent this: nothing was acknowledged.\n") from None


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
