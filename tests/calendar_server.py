"""A real HTTPS server on loopback, which answers with bytes as they are given."""

import asyncio
import ssl
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
import trustme

from alertd.channels import http_client

AUTHORITY = trustme.CA()


@dataclass
class CalendarServer:
    """Answers each request with `answer`, and keeps what was asked."""

    answer: bytes = b""
    hangs: bool = False
    port: int = 0
    asked: list[bytes] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.port}/private-5e2a9c/duty.ics"

    async def reply(self, reader, writer):
        self.asked.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(self.answer)
        await writer.drain()
        if self.hangs:
            await reader.read()
        writer.close()


def ok(text: bytes, *headers: str) -> bytes:
    """A good answer."""
    return "\r\n".join(("HTTP/1.1 200 OK", *headers, f"Content-Length: {len(text)}", "", "")).encode() + text


@asynccontextmanager
async def calendar_server(authority=AUTHORITY, port=0):
    """A server that speaks TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    served = CalendarServer()
    server = await asyncio.start_server(served.reply, "127.0.0.1", port, ssl=context)
    served.port = server.sockets[0].getsockname()[1]
    try:
        yield served
    finally:
        server.close()
        await server.wait_closed()


@pytest.fixture
def trusted(monkeypatch, tmp_path_factory):
    """Makes the server's authority one that this process trusts."""
    bundle = tmp_path_factory.mktemp("authority") / "authority.pem"
    AUTHORITY.cert_pem.write_to_path(bundle)
    monkeypatch.setenv("SSL_CERT_FILE", str(bundle))
    http_client._tls.cache_clear()
    yield bundle
    http_client._tls.cache_clear()


@pytest.fixture
async def server(trusted):
    async with calendar_server() as served:
        yield served
