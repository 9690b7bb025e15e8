"""Recording on the board, by people with a personal token: one page shows what would follow, the next writes it.

The board writes nothing itself, and believes nobody: it asks the helper, which checks the token and writes. The token
stays in a cookie that no other site can have sent; and each form carries a proof of the same token.
"""

import asyncio
import hmac
import re
from collections.abc import Mapping
from hashlib import sha256
from http import HTTPStatus
from urllib.parse import quote, urlsplit

from aiohttp import web
from pydantic import ValidationError

from alertd.board.acknowledger import GuessLimit
from alertd.board.forms import POLICY, STYLE, fields_of, page, require_own
from alertd.board.guard import RECORD, is_https
from alertd.board.pages import Pages
from alertd.board.record_forms import FORMS
from alertd.board.record_protocol import Act, RecordAnswer, RecordRequest, Status, ask
from alertd.logs.lines import get_logger
from alertd.settings import BoardSettings
from alertd.times.clock import Clock

log = get_logger(__name__)

_COOKIE = "alertd_record"
_SHIFT_SECONDS = 12 * 3600
_TOKEN = re.compile(r"[A-Za-z0-9_-]{16,64}")
_LONGEST_FORM = 16_384
_AT_ONCE = 2
_OWN = ("form", "seen", "again")
"""Fields of the page itself."""


class Recorder:
    """Answers whoever wants to record."""

    def __init__(self, settings: BoardSettings, pages: Pages, clock: Clock) -> None:
        self._settings = settings
        self._pages = pages
        self._limit = GuessLimit(clock)
        self._asking = asyncio.Semaphore(_AT_ONCE)
        self._hosts = {urlsplit(settings.url).netloc.lower()} if settings.url else set()

    async def look(self, request: web.Request) -> web.StreamResponse:
        """Show the acts that can be recorded, or the form of one; writes nothing."""
        truce, act = _named(request)
        return await self._form(truce, act, self._token(request, truce), {})

    async def post(self, request: web.Request) -> web.StreamResponse:
        """Sign in or out, show what would follow, or have it written."""
        require_own(request, self._hosts)
        truce, act = _named(request)
        fields = await fields_of(request, _LONGEST_FORM)
        if "personal" in fields:
            return await self._signed_in(request, fields["personal"].strip())
        token = self._token(request, truce)
        if not hmac.compare_digest(fields.get("form", "").encode(errors="replace"), _proof(token).encode()):
            raise web.HTTPForbidden(text=_NOT_YOURS)
        if "leave" in fields:
            return self._signed_out(request)
        given = {name: value for name, value in fields.items() if name not in _OWN}
        if act is None or "again" in fields:
            return await self._form(truce, act, token, given)
        asked = _request(token, truce, act, given, fields.get("seen", ""))
        answer = await self._ask(asked)
        if answer.status is Status.REFUSED:
            return await self._form(truce, act, token, given, answer)
        return self._page(HTTPStatus.OK, truce=truce, by=answer.by, token=token, act=act, given=given, answer=answer)

    async def _form(
        self, truce: str, act: Act | None, token: str, given: Mapping[str, str], refused: RecordAnswer | None = None
    ) -> web.Response:
        """The form of an act, or all acts; with what was filled in, and why it was refused."""
        known = await self._ask(_request(token, truce))
        answer = refused or known
        status = HTTPStatus.OK if answer.status is Status.RECORDS else HTTPStatus.UNPROCESSABLE_ENTITY
        return self._page(
            status, truce=truce, by=known.by, token=token, act=act, given=given, answer=answer, known=known
        )

    def _page(self, status: HTTPStatus, *, act: Act | None, token: str, **shown: object) -> web.Response:
        html = self._pages.record(
            **shown,
            act=act,
            form=None if act is None else FORMS[act],
            forms=FORMS,
            proof=_proof(token),
            two_persons=self._settings.two_persons,
            style=STYLE,
        )
        return page(html, status)

    async def _ask(self, request: RecordRequest) -> RecordAnswer:
        """The helper's answer; raises `HTTPException` where it gives none, or nobody has this token."""
        async with self._asking:
            try:
                answer = await asyncio.to_thread(ask, self._settings.record_socket, request)
            except (OSError, ValidationError) as error:
                log.warning("board.no_record_helper", error=str(error) if isinstance(error, OSError) else "no answer")
                raise web.HTTPServiceUnavailable(text=_NO_HELPER) from None
        if answer.status is Status.NO_TOKEN:
            self._limit.note()
            raise self._sign_in(request.truce, "That is nobody's token. Nothing was written.")
        return answer

    def _token(self, request: web.Request, truce: str) -> str:
        """The token that the browser keeps; raises `HTTPException` with a form for it where there is none."""
        kept = request.cookies.get(_COOKIE, "")
        if not _TOKEN.fullmatch(kept):
            raise self._sign_in(truce, "")
        return kept

    def _sign_in(self, truce: str, said: str) -> web.HTTPUnauthorized:
        html = self._pages.sign_in(truce=truce, said=said, style=STYLE)
        headers = {**POLICY, "WWW-Authenticate": "Bearer"}
        return web.HTTPUnauthorized(text=html, content_type="text/html", headers=headers)

    async def _signed_in(self, request: web.Request, token: str) -> web.Response:
        truce, _ = _named(request)
        if not _TOKEN.fullmatch(token):
            self._limit.note()
            raise self._sign_in(truce, "That is no token. `alertd token NAME` gives one.")
        await self._ask(_request(token, truce))
        answer = self._back(request)
        answer.set_cookie(
            _COOKIE,
            token,
            path=f"{self._settings.prefix}{RECORD}",
            max_age=_SHIFT_SECONDS,
            secure=is_https(request),
            httponly=True,
            samesite="Strict",
        )
        return answer

    def _signed_out(self, request: web.Request) -> web.Response:
        answer = self._back(request)
        answer.del_cookie(_COOKIE, path=f"{self._settings.prefix}{RECORD}")
        return answer

    def _back(self, request: web.Request) -> web.Response:
        """To the same page, by GET."""
        truce, act = _named(request)
        path = f"{self._settings.prefix}{RECORD}{quote(truce, safe='')}" + (f"/{act}" if act else "")
        return web.Response(status=HTTPStatus.SEE_OTHER, headers={"Location": path})


_NOT_YOURS = "This form is not yours, or is old. Nothing was written: open the page anew.\n"
_NO_HELPER = (
    "The helper that writes for the board does not answer. Send the form again: what is written already is not written "
    "twice. If this stays, record by the commands, and look at: systemctl status alertd-record.socket\n"
)


def _request(
    token: str, truce: str, act: Act | None = None, given: Mapping[str, str] | None = None, seen: str = ""
) -> RecordRequest:
    try:
        return RecordRequest(token=token, truce=truce, act=act, given=dict(given or {}), seen=seen)
    except ValidationError:
        raise web.HTTPBadRequest(text="A field is longer than 2,000 characters: nothing was written.\n") from None


def _named(request: web.Request) -> tuple[str, Act | None]:
    """The truce and the act of an address; raises `HTTPException` for an act that is none."""
    act = request.match_info.get("act")
    if act is not None and act not in FORMS:
        raise web.HTTPNotFound(text="Nothing of this kind is recorded here.\n")
    return request.match_info["truce"], None if act is None else Act(act)


def _proof(token: str) -> str:
    """The word in each form that shows it was made for whoever has this token."""
    return hmac.new(token.encode(), b"alertd record", sha256).hexdigest()
