"""Forms that people send to the board, and the plain pages that they stand on."""

import asyncio
from base64 import b64encode
from collections.abc import Collection
from hashlib import sha256
from http import HTTPStatus
from urllib.parse import parse_qs, urlsplit

from aiohttp import web

_SECONDS = 10.0
_MOST_FIELDS = 16

STYLE = (
    "html{background:Canvas;color:CanvasText;color-scheme:light dark}"
    "body{margin:0 auto;padding:16px;max-width:34rem;font:18px/1.4 system-ui,sans-serif}"
    "label{display:block;margin:16px 0}input{display:block;box-sizing:border-box;width:100%;padding:12px;font:inherit}"
    "button{width:100%;padding:16px;font:bold 20px system-ui,sans-serif}"
    "input[type=radio],input[type=checkbox]{display:inline;width:24px;height:24px;vertical-align:middle}"
    "a{display:inline-block;padding:12px 0}nav a{display:block;font-size:20px}"
    "button.other{margin-top:16px;font:inherit}body{overflow-wrap:anywhere}fieldset{margin:16px 0;border:1px solid}"
    ".error,.warning{border-left:6px solid;padding-left:12px}"
)

POLICY = {
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{b64encode(sha256(STYLE.encode()).digest()).decode()}'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )
}


def page(html: str, status: HTTPStatus) -> web.Response:
    """An answer with a page that has `STYLE` and asks for nothing else."""
    return web.Response(status=status, text=html, content_type="text/html", headers=POLICY)


def require_own(request: web.Request, hosts: Collection[str]) -> None:
    """Raise `HTTPException` where a browser says that the page of another site sent this.

    A page that gives away no referrer, as ours, sends the origin `null`: then the other header alone tells.
    """
    site = request.headers.get("Sec-Fetch-Site", "same-origin")
    origin = request.headers.get("Origin", "null")
    ours = {request.host.lower(), *hosts}  # a proxy may ask by another name
    if site != "same-origin" or (origin != "null" and _host(origin) not in ours):
        raise _elsewhere()


def _host(origin: str) -> str:
    """The host and port of an origin; raises `HTTPException` for what is none."""
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        raise _elsewhere() from None


def _elsewhere() -> web.HTTPForbidden:
    return web.HTTPForbidden(text="Another site sent this: nothing was done. Open the page itself.\n")


async def fields_of(request: web.Request, longest: int) -> dict[str, str]:
    """The fields of the form; raises `HTTPException` for what is none, too long or too slow."""
    if request.content_type != "application/x-www-form-urlencoded":
        raise web.HTTPUnsupportedMediaType(text="Send the form of the page.\n")
    if request.content_length is None or request.content_length > longest:
        raise web.HTTPRequestEntityTooLarge(longest, request.content_length or 0, text="That is too long.\n")
    try:
        async with asyncio.timeout(_SECONDS):
            text = (await request.read()).decode()
        return {name: values[0] for name, values in parse_qs(text, max_num_fields=_MOST_FIELDS).items()}
    except TimeoutError:
        raise web.HTTPRequestTimeout(text="The form took too long to come.\n") from None
    except ValueError:
        raise web.HTTPBadRequest(text="That is not the form of the page.\n") from None
