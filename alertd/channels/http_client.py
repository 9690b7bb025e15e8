"""A client for HTTP/1.1 that tells exactly how far a request got, and whose connections are kept for a moment.

A request is handed over once and never again by itself. Of an answer its status is what counts: it stands as soon as
its first line has been read, whatever is wrong with the rest; redirects are not followed, and bodies are kept for those
alone who ask.
"""

import asyncio
import os
import re
import select
import socket
import ssl
from base64 import b64encode
from collections.abc import Callable, Mapping
from errno import ECONNRESET
from functools import cache
from http import HTTPStatus
from math import inf
from typing import cast

from aiohappyeyeballs import start_connection
from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser
from yarl import URL

from alertd.channels import HAND_OVER_BY
from alertd.channels.http_names import resolve

KEPT_SECONDS = 1.0
"""The time for which a connection is kept without use.

Long enough for a burst of alerts, and shorter than any common server waits before it closes (gunicorn 2 s, Apache,
Node and uvicorn 5 s): a request that crosses such a close on its way is lost, and nobody can tell whether it arrived.
"""

ANSWER_SECONDS = 2.0
"""The time for which the rest of an answer is waited for, so that its connection can be kept; it is not looked at."""

_LARGEST_ANSWER = 1_000_000
"""Bytes of an answer that are taken in; what is longer costs its connection."""

_HAPPY_EYEBALLS_SECONDS = 0.25
"""The head start of the first address of a server (RFC 8305)."""

_LONGEST_LINE = 1_000
"""Bytes of an answer in which its status is looked for."""

_TRUSTED_ANSWERS = 2
"""Answers on one connection that show that the server does not close after each."""

_CLOCK_SECONDS = 0.001
"""The time by which a loop may call too early."""

_STATUS_LINE = re.compile(rb"(?:HTTP/[0-9.]+|ICY) +(?P<status>[2-5][0-9]{2})(?: |\r?\n|$)")


class ProxyRefusedError(OSError):
    """The proxy leads nowhere: no request has reached the server."""


class Exchange:
    """A request, and as much as is known of its answer."""

    def __init__(self, *, keeps_body: bool = False) -> None:
        self.body: bytearray | None = bytearray() if keeps_body else None
        """The body of the answer, as far as it came; None where nobody asks."""
        self.is_complete = False
        """True once the answer has come to its end; one whose end is that of its connection never does."""
        self.begun = False
        """True if any of the request was handed to a connection, and so may arrive."""
        self.status: int | None = None
        """The status of the answer; None before one could be read."""
        self.headers: dict[str, str] = {}
        """The headers of the answer as far as they could be read, by their names in small letters."""
        self.answered = False
        """True if anything came back."""


class HttpClient:
    """Requests to the server of one address, directly or through a proxy."""

    def __init__(self, url: URL, proxy: URL | None = None) -> None:
        """`url` and `proxy` are http or https; a user and a password in them go out as basic authentication.

        Raises ValueError for an address of another form.
        """
        if url.scheme not in ("http", "https") or not url.host or not url.port:
            raise ValueError("an address begins with http:// or https:// and names a server")
        self._url = url
        self._proxy = proxy
        self._idle: list[_KeptConnection] = []
        self._open: set[_KeptConnection] = set()
        self._timer: asyncio.TimerHandle | None = None
        headers, target = {"Host": _host(url), **_authorization("Authorization", url)}, url.raw_path_qs
        if proxy is not None and url.scheme == "http":
            headers |= _authorization("Proxy-Authorization", proxy)
            target = str(url.with_user(None).with_fragment(None))
        self._head = f"{target} HTTP/1.1\r\n{_lines(headers)}"
        """All requests have it behind their method."""

    async def exchange(
        self, exchange: Exchange, method: str, headers: Mapping[str, str], body: bytes = b"", *, seconds: float = inf
    ) -> None:
        """Send a request, and wait until its answer is there, or its connection is lost.

        Raises OSError where no connection could be made; nothing was handed over then. Raises TimeoutError, which is
        one too, where all of it takes longer than so many seconds, or no connection was there by `HAND_OVER_BY`.
        """
        length = f"Content-Length: {len(body)}\r\n" if body or method != "GET" else ""
        request = f"{method} {self._head}{_lines(headers)}{length}\r\n".encode("ascii") + body
        loop, hand_over_by = asyncio.get_running_loop(), HAND_OVER_BY.get()
        ends_at = loop.time() + seconds
        connection = await self._kept_connection() or await self._connect(min(ends_at, hand_over_by))
        try:
            if loop.time() > hand_over_by:
                raise TimeoutError  # noqa: TRY301  the connection is closed
            self._watch(connection, ends_at)
            await connection.exchange(exchange, request)
        except BaseException:
            connection.close()
            raise
        if connection.is_usable:
            self._idle.append(connection)
            self._watch(connection, loop.time() + KEPT_SECONDS)

    async def aclose(self) -> None:
        """Close the connections; a request that hangs ends with its own."""
        self._set_timer(inf)
        lost = [connection.close() for connection in self._open]
        if lost:
            await asyncio.wait(lost)

    def _watch(self, connection: "_KeptConnection", ends_at: float) -> None:
        """End what a connection does at a moment of the loop; one timer serves all, and is seldom set."""
        connection.ends_at = ends_at
        if self._timer is None or ends_at < self._timer.when():
            self._set_timer(ends_at)

    def _set_timer(self, ends_at: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_at(ends_at, self._expire) if ends_at < inf else None

    def _expire(self) -> None:
        """End what has come to its moment, and wait for the next."""
        now = asyncio.get_running_loop().time() + _CLOCK_SECONDS
        for connection in [each for each in self._open if each.ends_at <= now]:
            connection.expire()
        self._set_timer(min((each.ends_at for each in self._open), default=inf))

    async def _kept_connection(self) -> "_KeptConnection | None":
        """A connection that waits for a request; None where the server has closed them all."""
        while self._idle:
            connection = self._idle.pop()
            if connection.has_news:
                # Two turns of the loop, for it to notice that the server has closed the connection meanwhile.
                await asyncio.sleep(0)
                await asyncio.sleep(0)
            if connection.is_usable:
                return connection
        return None

    async def _connect(self, ends_at: float) -> "_KeptConnection":
        async with asyncio.timeout_at(ends_at if ends_at < inf else None):
            return await self._connected()

    async def _connected(self) -> "_KeptConnection":
        loop = asyncio.get_running_loop()
        first = self._proxy or self._url
        host, port = cast("str", first.raw_host), cast("int", first.port)
        found = await resolve(host, port)
        opened = await start_connection(found, happy_eyeballs_delay=_HAPPY_EYEBALLS_SECONDS)
        tls, name = (_tls(), host) if first.scheme == "https" else (None, None)
        _, connection = await loop.create_connection(
            lambda: _KeptConnection(self._watch), sock=opened, ssl=tls, server_hostname=name
        )
        self._open.add(connection)
        connection.when_lost(self._open.discard)
        if self._proxy is not None and self._url.scheme == "https":
            try:
                await self._tunnel(connection, self._proxy)
            except BaseException:
                connection.close()
                raise
        return connection

    async def _tunnel(self, connection: "_KeptConnection", proxy: URL) -> None:
        """Have the proxy pass on whatever is said to the server, and agree with the server on a cipher."""
        place = f"{self._url.host_subcomponent}:{self._url.port}"
        headers = {"Host": place, **_authorization("Proxy-Authorization", proxy)}
        asked = Exchange()
        request = f"CONNECT {place} HTTP/1.1\r\n{_lines(headers)}\r\n"
        await connection.exchange(asked, request.encode("ascii"), tunnel=True)
        if asked.status is None or asked.status // 100 != HTTPStatus.OK // 100:
            answer = "nothing" if asked.status is None else f"HTTP {asked.status}"
            raise ProxyRefusedError(f"the proxy answered {answer}")
        await connection.start_tls(_tls(), cast("str", self._url.raw_host))


class _KeptConnection(asyncio.Protocol):
    """One connection, with one request at a time."""

    def __init__(self, watch: "Callable[[_KeptConnection, float], None]") -> None:
        """`watch` has it expire at a moment of the loop."""
        self.ends_at = inf
        """The moment of the loop at which what it does is to end."""
        self._watch = watch
        self._transport: asyncio.Transport | None = None
        self._exchange: Exchange | None = None
        self._ended: asyncio.Future[None] | None = None
        self._parser = HttpResponseParser(self)
        self._first_line = b""
        self._received = 0
        self._is_tunnel = False
        self._is_kept = False
        self._rest_is_awaited = False
        """True once the rest of the answer is waited for."""
        self._answers = 0
        self._poll = select.poll()
        self._lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    @property
    def is_usable(self) -> bool:
        """True if another request can go over it."""
        return self._is_kept and self._transport is not None and not self._transport.is_closing()

    @property
    def _has_ended(self) -> bool:
        return self._ended is None or self._ended.done()

    def when_lost(self, tell: Callable[["_KeptConnection"], object]) -> None:
        """Call a function once the connection is gone."""
        self._lost.add_done_callback(lambda _: tell(self))

    @property
    def has_news(self) -> bool:
        """True if something came that was not read yet, such as its end.

        That of a server that closes after each answer may be on its way; one that has given two does not.
        """
        return self._answers < _TRUSTED_ANSWERS or bool(self._poll.poll(0))

    def expire(self) -> None:
        """End a request that takes too long, or else the connection."""
        self.ends_at = inf
        if self._exchange is None or self._exchange.status is not None or self._ended is None or self._ended.done():
            self._end(kept=False)
        else:
            self._ended.set_exception(TimeoutError())

    def close(self) -> asyncio.Future[None]:
        """End it at once; gives the moment at which it is gone."""
        if self._transport is not None:
            self._transport.abort()
        return self._lost

    async def exchange(self, exchange: Exchange, request: bytes, *, tunnel: bool = False) -> None:
        """Hand over a request and wait for the end of its answer, or of the connection.

        Raises ConnectionResetError where the server has closed it already.
        """
        loop = asyncio.get_running_loop()
        if self._transport is None or self._transport.is_closing():
            raise ConnectionResetError(ECONNRESET, "the server closed the connection")
        self._exchange, self._ended, self._is_tunnel = exchange, loop.create_future(), tunnel
        self._parser, self._first_line, self._received, self._is_kept = HttpResponseParser(self), b"", 0, False
        self._rest_is_awaited = False
        exchange.begun = True
        self._transport.write(request)
        try:
            await self._ended
        finally:
            self._read_status()
            self._exchange = self._ended = None

    async def start_tls(self, context: ssl.SSLContext, name: str) -> None:
        """Go on encrypted; raises OSError where the other side cannot, or is not whom it says to be."""
        transport = cast("asyncio.Transport", self._transport)
        loop = asyncio.get_running_loop()
        self._transport = await loop.start_tls(transport, self, context, server_hostname=name)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport = cast("asyncio.Transport", transport)
        self._poll.register(transport.get_extra_info("socket"), select.POLLIN)

    def data_received(self, data: bytes) -> None:
        """Read on in the answer; what nobody asked for ends the connection."""
        if self._exchange is None or self._has_ended:
            self._end(kept=False)
            return
        self._exchange.answered = True
        self._received += len(data)
        if b"\n" not in self._first_line:
            self._first_line += data[:_LONGEST_LINE]
        try:
            self._parser.feed_data(data)
        except (HttpParserError, HttpParserUpgrade):
            self._end(kept=False)
        if self._received > _LARGEST_ANSWER:
            self._end(kept=False)
        is_awaited = self._rest_is_awaited or self._exchange.body is not None
        if self._exchange.status is not None and not (self._has_ended or is_awaited):
            self._rest_is_awaited = True
            self._watch(self, min(self.ends_at, asyncio.get_running_loop().time() + ANSWER_SECONDS))

    def connection_lost(self, _error: Exception | None) -> None:
        """Take the end of the connection for the end of the answer."""
        self._end(kept=False)
        if not self._lost.done():
            self._lost.set_result(None)

    def on_message_begin(self) -> None:
        """The parser has found an answer, or one that only announces it."""
        if self._exchange is not None and not self._has_ended:
            self._exchange.headers = {}

    def on_header(self, name: bytes, value: bytes) -> None:
        """The parser has found a header."""
        if self._exchange is not None and not self._has_ended:
            self._exchange.headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        """The parser has found the end of the headers: from here on the answer counts."""
        status = self._parser.get_status_code()
        if self._exchange is None or self._has_ended or status < HTTPStatus.OK:  # which only announces the answer
            return
        self._exchange.status = status
        if self._is_tunnel:
            self._end(kept=True)

    def on_body(self, data: bytes) -> None:
        """The parser has found a part of what the answer says."""
        if self._exchange is not None and self._exchange.body is not None and not self._has_ended:
            self._exchange.body += data

    def on_message_complete(self) -> None:
        """The parser has found the end of the answer."""
        if self._exchange is not None and self._exchange.status is not None:
            self._exchange.is_complete = True
            self._answers += 1
            self._end(kept=self._parser.should_keep_alive())

    def _read_status(self) -> None:
        """Read the status of an answer that the parser cannot read."""
        if self._exchange is not None and self._exchange.status is None:
            line = _STATUS_LINE.match(self._first_line)
            self._exchange.status = None if line is None else int(line["status"])

    def _end(self, *, kept: bool) -> None:
        """Tell who waits that the answer is as complete as it will be."""
        self._is_kept = kept
        if not kept:
            self.close()
        if self._ended is not None and not self._has_ended:
            self._ended.set_result(None)


@cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()


def _lines(headers: Mapping[str, str]) -> str:
    return "".join([f"{name}: {value}\r\n" for name, value in headers.items()])


def _host(url: URL) -> str:
    port = "" if url.is_default_port() else f":{url.port}"
    return f"{url.host_subcomponent}{port}"


def _authorization(header: str, url: URL) -> dict[str, str]:
    """Basic authentication by the user and password of an address, in UTF-8 (RFC 7617)."""
    if url.user is None and url.password is None:
        return {}
    given = f"{url.user or ''}:{url.password or ''}".encode()
    return {header: f"Basic {b64encode(given).decode('ascii')}"}


def why_not_connected(error: Exception | None) -> str:
    """The words for an error of a connection, which quote nothing."""
    match error:
        case ProxyRefusedError():
            return f"no connection could be made: {error}"
        case ssl.SSLCertVerificationError():
            return "the certificate of the server is not trusted"
        case ssl.SSLError():
            return "no TLS connection could be made"
        case socket.gaierror():
            return "the name of the server cannot be resolved"
        case OSError(errno=int(number)) if number > 0:
            return f"no connection could be made: {os.strerror(number)}"
        case _:
            return f"no connection could be made ({type(error).__name__})"
