"""The body of an answer: made once, plain and compressed, for all who ask."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from gzip import compress

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
"""Answers a request."""

_GZIP_LEVEL = 4


@dataclass(frozen=True, slots=True)
class Body:
    """An answer as it goes over the wire, plain and compressed."""

    plain: bytes
    gzipped: bytes

    @classmethod
    def of(cls, text: str | bytes) -> "Body":
        """Compress a text once for all who ask."""
        plain = text.encode() if isinstance(text, str) else text
        return cls(plain, compress(plain, _GZIP_LEVEL, mtime=0))

    def answer(self, request: web.Request, kind: str) -> web.Response:
        """The answer to a request, in the form that it takes."""
        gzipped = "gzip" in request.headers.get("Accept-Encoding", "")
        headers = {"Vary": "Accept-Encoding"} | ({"Content-Encoding": "gzip"} if gzipped else {})
        return web.Response(
            body=self.gzipped if gzipped else self.plain, content_type=kind, charset="utf-8", headers=headers
        )
