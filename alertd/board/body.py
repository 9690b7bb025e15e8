"""The body of an answer: made once, plain and compressed, for all who ask."""

import re
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
        gzipped = takes_gzip(",".join(request.headers.getall("Accept-Encoding", ())))
        headers = {"Vary": "Accept-Encoding"} | ({"Content-Encoding": "gzip"} if gzipped else {})
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
