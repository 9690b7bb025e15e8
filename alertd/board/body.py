"""The body of an answer: made once, plain and compressed, for all who ask."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from gzip import compress
from hashlib import sha256

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
"""Answers a request."""

_GZIP_LEVEL = 4


@dataclass(frozen=True, slots=True)
class Body:
    """An answer as it goes over the wire, plain and compressed."""

    plain: bytes
    gzipped: bytes
    etag: str
    """Weak, by RFC 9110, section 8.8.3: equal where nothing that counts is different."""

    @classmethod
    def of(cls, text: str | bytes, *, counts: str | None = None) -> "Body":
        """Compress a text once for all who ask; `counts` is what of it tells it from another, the whole by default."""
        plain = text.encode() if isinstance(text, str) else text
        digest = sha256(plain if counts is None else counts.encode()).hexdigest()
        return cls(plain, compress(plain, _GZIP_LEVEL, mtime=0), f'W/"{digest[:32]}"')

    def answer(self, request: web.Request, kind: str) -> web.Response:
        """The answer to a request, in the form that it takes; 304 where whoever asks has it."""
        known = ",".join(request.headers.getall("If-None-Match", ()))
        if self.etag in (each.strip() for each in known.split(",")):
            return web.Response(status=304, headers={"ETag": self.etag, "Vary": "Accept-Encoding"})
        gzipped = takes_gzip(",".join(request.headers.getall("Accept-Encoding", ())))
        headers = {"ETag": self.etag, "Vary": "Accept-Encoding"} | ({"Content-Encoding": "gzip"} if gzipped else {})
        return web.Response(
            body=self.gzipped if gzipped else self.plain, content_type=kind, charset="utf-8", headers=headers
        )


def takes_gzip(accepted: str) -> bool:
    """True if an Accept-Encoding header allows gzip, by RFC 9110, section 12.5.3; an empty one allows none."""
    weights = {}
    for part in accepted.lower().split(","):
        coding, *parameters = (word.strip() for word in part.split(";"))
        weights[coding] = next((_weight(value) for value in parameters if value.startswith("q")), 1.0)
    return weights.get("gzip", weights.get("x-gzip", weights.get("*", 0.0))) > 0


def _weight(parameter: str) -> float:
    """The weight in `q=0.5`; what is no weight counts as none."""
    matched = _WEIGHT.fullmatch(parameter)
    return 0.0 if matched is None else float(matched["weight"])


_WEIGHT = re.compile(r"q\s*=\s*(?P<weight>0(\.[0-9]{0,3})?|1(\.0{0,3})?)")
