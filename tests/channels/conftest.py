"""Real servers on loopback: what a channel does is judged by what arrives."""

import asyncio
import json
import ssl
import threading
import warnings
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import trustme
from aiosmtpd.smtp import SMTP, Envelope, Session

from alertd.message.values import Message

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # Apprise loads imghdr, which Python 3.11 calls deprecated
    import apprise.plugins.email  # noqa: F401

MESSAGE = Message(
    title="Regime of calm, Eastern Ghouta: ends in 1 h",
    text="Eastern Ghouta ends in 1 h, 0100 Wed 4 May 2016.\nSource: https://example.org/statement",
    markdown="**Eastern Ghouta** ends in 1 h, `0100 Wed 4 May 2016`.",
)


@pytest.fixture(autouse=True)
def _forgets(forgetful) -> None:
    """A secret of one channel is none of the next."""


@pytest.fixture
def message() -> Message:
    return MESSAGE


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def trusted(authority, monkeypatch, tmp_path) -> None:
    """Makes the authority one that this process trusts."""
    bundle = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(bundle)
    monkeypatch.setenv("SSL_CERT_FILE", str(bundle))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(bundle))


@pytest.fixture
def tls(authority) -> ssl.SSLContext:
    """What a server on loopback needs in order to speak TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context


@dataclass
class HttpSink:
    """An HTTP server that answers with the next of `answers` (the last one for ever) and keeps what it was sent."""

    server: ThreadingHTTPServer
    port: int = 0
    answers: list[int] = field(default_factory=lambda: [200])
    hang: bool = False
    drop: bool = False
    """Whether to close the connection once the request was read."""
    trickle: bool = False
    """Whether to answer a byte now and then, without end."""
    location: str | None = None
    """Where a redirect leads."""
    judge: Callable[[str], tuple[int, object]] | None = None
    """Says of a body with which status and which document, or which text, to answer, in place of `answers`."""
    paths: list[str] = field(default_factory=list)
    let_go: threading.Event = field(default_factory=threading.Event)
    reached: threading.Event = field(default_factory=threading.Event)
    bodies: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    """Those of each body."""

    @property
    def documents(self) -> list[dict[str, str]]:
        return [json.loads(body) for body in self.bodies]

    def speak_tls(self, context: ssl.SSLContext) -> None:
        """Speak TLS from now on."""
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)

    def answer(self) -> int:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@pytest.fixture
def http_sink() -> Iterator[HttpSink]:
    class SmtpHandler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            sink.reached.set()
            if sink.hang:
                sink.let_go.wait(30)
            sink.bodies.append(body)
            sink.headers.append(dict(self.headers))
            sink.paths.append(self.path)
            if sink.drop:
                self.close_connection = True
                return
            while sink.trickle and not sink.let_go.wait(0.1):
                self.wfile.write(b"H")
            status, document = sink.judge(body) if sink.judge else (sink.answer(), "")
            reply = document.encode() if isinstance(document, str) else json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(reply)))
            if sink.location is not None:
                self.send_header("Location", sink.location)
            self.end_headers()
            self.wfile.write(reply)

        def log_message(self, *_: object) -> None:
            """Keep the test's output clean."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 128

    server = Server(("127.0.0.1", 0), SmtpHandler)
    sink = HttpSink(server, server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield sink
    sink.let_go.set()
    server.shutdown()
    server.server_close()
    thread.join()


@dataclass
class SmtpMailbox:
    """An SMTP server that keeps what it was sent, or answers with a refusal."""

    port: int = 0
    refusal: str | None = None
    recipient_refusal: str | None = None
    drop: bool = False
    """Whether to close the connection once a mail was read, without an answer."""
    goodbye: bool = True
    """Whether a client that leaves gets an answer."""
    let_go: asyncio.Event | None = None
    """Mails are answered once this is set; None: at once."""
    mails: list[EmailMessage] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.recipient_refusal is not None:
            return self.recipient_refusal
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.let_go is not None:
            await self.let_go.wait()
        if self.refusal is not None:
            return self.refusal
        self.raw.append(envelope.content)
        self.mails.append(message_from_bytes(envelope.content, policy=policy.default))
        if self.drop:
            server.transport.close()
        return "250 OK"

    async def handle_QUIT(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if not self.goodbye:
            server.transport.abort()
        return "221 Bye"


@pytest.fixture
async def mailbox() -> AsyncIterator[SmtpMailbox]:
    box = SmtpMailbox()
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(box, hostname="localhost", auth_require_tls=False), "127.0.0.1", 0
    )
    box.port = server.sockets[0].getsockname()[1]
    yield box
    if box.let_go is not None:
        box.let_go.set()
    server.close()
    await server.wait_closed()
