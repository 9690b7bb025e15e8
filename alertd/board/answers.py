"""Acknowledging from a phone: the page that a link in a message leads to. It asks for no token of the board's own.

To look changes nothing, as scanners of mails follow every link; only what the form on the page sends acknowledges. A
link that alertd did not make costs neither a look into the ledger nor a word about what is watched.
"""

from http import HTTPStatus
from urllib.parse import urlsplit

from aiohttp import web

from alertd.board.acknowledger import STATUS, Acknowledger, GuessLimit
from alertd.board.forms import STYLE, fields_of, page, require_own
from alertd.board.pages import Pages
from alertd.board.snapshot import SnapshotReader, Sources
from alertd.domain.acknowledgement import Acknowledgement
from alertd.ledger.acknowledging import Judged, Refusal
from alertd.message.acknowledged import acknowledged
from alertd.message.links import Links
from alertd.message.wording import NAME_LENGTH, SENTENCE_LENGTH, clean
from alertd.status.answers import escalation_in_words, subject, why_not

_LONGEST_FORM = 4096


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
        require_own(request, {urlsplit(self._links.url).netloc.lower()})
        self._opened(request)
        form = await fields_of(request, _LONGEST_FORM)
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
            style=STYLE,
            asks=asks,
            done=f"{done} {escalation_in_words(judged)}" if not asks and refusal in (None, Refusal.TWICE) else "",
            refused=why_not(refusal, judged) if refusal not in (None, Refusal.TWICE) else "",
        )
        return page(html, HTTPStatus.OK if refusal is None else STATUS[refusal])


_NOTHING = "There is nothing at this address: is the link whole? Each message also has an id for `alertd ack`.\n"
