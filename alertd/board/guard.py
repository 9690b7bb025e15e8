"""The right to read the board, and the headers of every answer: nothing goes out that has not passed here.

Only GET and HEAD exist, but for what acknowledges an alert or records, which asks for a proof of its own. The name by
which the board was asked for is checked, so that no page of another site can read it through a viewer's browser. A
token, where one is set, is compared in constant time.

A proxy in front says by `X-Forwarded-Proto` that it is asked by https. Anybody is believed: all that follows is that
whoever says so gets a cookie that goes over https alone.
"""

import hmac
import re
from hashlib import sha256

from aiohttp import web
from markupsafe import Markup
from yarl import URL

from alertd.board.body import Handler
from alertd.logs import register_secret
from alertd.message.links import ANSWERS
from alertd.settings import LOOPBACK, BoardSettings

COOKIE = "alertd_board"

_READ = ("GET", "HEAD")
_YEAR_SECONDS = 365 * 24 * 3600

_POLICY = "Content-Security-Policy"

HEADERS = {
    _POLICY: (
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
    "Server": "alertd",
}

_PROBES = ("/healthz", "/readyz")
"""They ask for nothing but a sign of life, and need no token and no name: whoever probes asks by an address."""

ACKS = "/api/v1/acks"
"""The address at which programs acknowledge."""

RECORD = "/record/"
"""The address of the pages on which people record; the id of a truce follows."""

_FEEDS = ("/calendar.ics", "/api/", "/metrics", "/state", "/live", "/static/")
"""The addresses that programs ask for: they send their token each time, and keep no cookie."""


class Guard:
    """Turns away whoever may not read."""

    def __init__(self, settings: BoardSettings) -> None:
        named = (*settings.hosts, settings.public_host)
        self._hosts = {settings.host.lower(), "localhost", LOOPBACK, "[::1]", *filter(None, named)}
        self._has_links = settings.links is not None and bool(settings.links.key)
        self._writes = settings.write
        self._has_acks = bool(settings.ack_token and settings.ack_token.get_secret_value())
        self._token = None if settings.token is None else settings.token.get_secret_value().encode()
        self._prefix = settings.prefix
        if settings.token is not None:
            register_secret(settings.token.get_secret_value())
            register_secret(self._cookie())
        for secret in (settings.link_key, settings.ack_token):
            if secret is not None:
                register_secret(secret.get_secret_value())

    @web.middleware
    async def check(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Pass on a request that may be answered; raises aiohttp's `HTTPException` for any other."""
        is_probe = self._asked(request) in _PROBES
        if not is_probe and _name(request.host) not in self._hosts:
            text = "The board does not answer to this name: add it to `hosts` in [board].\n"
            return web.Response(status=421, text=text)
        is_answer, methods = self._answered(request)
        if request.method not in methods:
            raise web.HTTPMethodNotAllowed(request.method, methods, text="The board can only be read.\n")
        if self._token is None or is_probe or is_answer:
            return await handler(request)
        given = request.query.get("token")
        if given is not None and self._is_token(given):
            is_feed = self._asked(request).startswith(_FEEDS)
            return await handler(request) if is_feed else self._remember(request)
        if self._is_token(bearer(request)) or self._is_cookie(request.cookies.get(COOKIE, "")):
            return await handler(request)
        return _ask_for_token(request)

    async def dress(self, _request: web.Request, response: web.StreamResponse) -> None:
        """Give an answer the headers that all have."""
        policy = response.headers.get(_POLICY, HEADERS[_POLICY])
        response.headers.update({**HEADERS, _POLICY: policy})

    def _answered(self, request: web.Request) -> tuple[bool, tuple[str, ...]]:
        """If a request is for an address that asks for a proof of its own, and the methods that exist there."""
        if self._has_links and self._asked(request).startswith(ANSWERS):
            return True, (*_READ, "POST")
        if self._has_acks and self._asked(request) == ACKS:
            return True, ("POST",)
        if self._writes and self._asked(request).startswith(RECORD):
            return False, (*_READ, "POST")
        return False, _READ

    def _asked(self, request: web.Request) -> str:
        """The path without the prefix, which a proxy may have taken off."""
        return request.path.removeprefix(self._prefix)

    def _is_token(self, given: str) -> bool:
        return self._token is not None and hmac.compare_digest(given.encode(errors="replace"), self._token)

    def _is_cookie(self, given: str) -> bool:
        return hmac.compare_digest(given.encode(errors="replace"), self._cookie().encode())

    def _cookie(self) -> str:
        """The cookie that a browser keeps: proof that it knew the token, from which the token cannot be had."""
        return hmac.new(self._token or b"", b"alertd board", sha256).hexdigest()

    def _remember(self, request: web.Request) -> web.Response:
        """Have a browser keep the proof, and lead it to the same page without the token in its address."""
        rest = [(name, value) for name, value in request.query.items() if name != "token"]
        # Two slashes at the beginning would name another site.
        path = f"{self._prefix}/{self._asked(request).lstrip('/')}"
        answer = web.Response(status=303, headers={"Location": str(URL.build(path=path, query=rest))})
        answer.set_cookie(
            COOKIE,
            self._cookie(),
            path=self._prefix or "/",
            max_age=_YEAR_SECONDS,
            secure=is_https(request),
            httponly=True,
            samesite="Lax",
        )
        return answer


def _ask_for_token(request: web.Request) -> web.Response:
    """A refusal, with a form for people."""
    headers = {"WWW-Authenticate": "Bearer"}
    if "text/html" not in request.headers.get("Accept", ""):
        text = "This board wants its token: open it once with ?token=…, or send Authorization: Bearer ….\n"
        return web.Response(status=401, text=text, headers=headers)
    rest = Markup().join(
        Markup('<input type="hidden" name="{}" value="{}">').format(name, value)
        for name, value in request.query.items()
        if name != "token"
    )
    said = "That is not its token." if "token" in request.query else ""
    form = _FORM.format(said=said, rest=rest)
    return web.Response(status=401, text=form, content_type="text/html", headers=headers)


_FORM = Markup(
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>alertd: token</title>'
    '<meta name="viewport" content="width=device-width, initial-scale=1"></head>'
    "<body><h1>This board wants its token</h1><p>{said}</p>"
    '<form method="get">{rest}<label>Token <input type="password" name="token" required autofocus></label> '
    "<button>Open the board</button></form>"
    "<p>This browser is asked for it once. A program sends Authorization: Bearer ….</p></body></html>"
)


def _name(host: str) -> str:
    """The name in a Host header, without its port and the dot of the root; empty where it is no such header."""
    matched = _HOST.fullmatch(host)
    return "" if matched is None else matched["name"].lower().removesuffix(".")


_HOST = re.compile(r"(?P<name>[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")


def is_https(request: web.Request) -> bool:
    """True if the browser asked by https: us, or the proxy that it sees."""
    scheme = request.headers.get("X-Forwarded-Proto", request.scheme)
    return scheme.partition(",")[0].strip().lower() == "https"


def bearer(request: web.Request) -> str:
    """The word that a program sends; empty without one."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""
