"""The proxy through which a webhook is reached: which one, what it is told, and what becomes of its answers."""

import asyncio
import ssl
import subprocess
from base64 import b64encode
from contextlib import asynccontextmanager, suppress

import pytest
from channels.receiver import Receiver, answer
from factories import opening
from pydantic import SecretStr
from yarl import URL

from alertd.channels import Outcome, http_client, open_targets
from alertd.channels.http_proxies import Proxies
from alertd.domain.agenda import Verdict
from alertd.errors import ChannelError
from alertd.logs import redact
from alertd.message.values import Message

MESSAGE = Message(title="Calm", text="Ends.", markdown="Ends.", message_id="a", items=())
VARIABLES = ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy")


@pytest.fixture(autouse=True)
def no_proxy_of_this_machine(monkeypatch):
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


class Tunnel:
    """A proxy that connects wherever it is asked to; everything it is told is kept."""

    def __init__(self, leads_to: int | None = None, reply: bytes = b"HTTP/1.1 200 Established\r\n\r\n") -> None:
        self.heads: list[str] = []
        self._leads_to, self._reply = leads_to, reply

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.heads.append((await reader.readuntil(b"\r\n\r\n")).decode())
        writer.write(self._reply)
        if self._leads_to is not None:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._leads_to)
            await asyncio.gather(pipe(reader, far_writer), pipe(far_reader, writer))
        writer.close()


async def pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await reader.read(65_536):
            writer.write(data)
    writer.close()


@asynccontextmanager
async def serving(serve, **other):
    server = await asyncio.start_server(serve, "127.0.0.1", 0, **other)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await server.wait_closed()


async def send(url: str, **other) -> Outcome:
    (target,) = open_targets("webhook", opening(url, **other))
    try:
        return await target.send(MESSAGE)
    finally:
        await target.aclose()


async def test_a_proxy_of_the_environment_is_asked_for_the_whole_address(monkeypatch):
    async with Receiver() as proxy:
        monkeypatch.setenv("http_proxy", f"http://us%C3%A9r:pa%3Ass@127.0.0.1:{proxy.port}")
        assert await send("http://user:word@hooks.invalid:81/hook?a=1") == Outcome(Verdict.ACCEPTED)
        (request,) = proxy.requests
        assert request.headers["host"] == "hooks.invalid:81"
        assert request.headers["proxy-authorization"] == f"Basic {b64encode('usér:pa:ss'.encode()).decode()}"
        assert request.headers["authorization"] == f"Basic {b64encode(b'user:word').decode()}"


async def test_the_first_line_names_the_whole_address_and_no_password(monkeypatch):
    proxy = Tunnel(reply=answer(200))
    async with serving(proxy.serve) as port:
        monkeypatch.setenv("HTTP_PROXY", f"127.0.0.1:{port}")
        assert await send("http://user:word@hooks.invalid:81/hook?a=1") == Outcome(Verdict.ACCEPTED)
    assert proxy.heads[0].startswith("POST http://hooks.invalid:81/hook?a=1 HTTP/1.1\r\n")


async def test_the_proxy_of_the_channel_counts_before_the_environment(monkeypatch):
    async with Receiver() as proxy:
        monkeypatch.setenv("HTTP_PROXY", "http://elsewhere.invalid:1")
        monkeypatch.setenv("NO_PROXY", "*")
        own = SecretStr(f"http://127.0.0.1:{proxy.port}")
        assert await send("http://hooks.invalid/hook", proxy=own) == Outcome(Verdict.ACCEPTED)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    path = tmp_path_factory.mktemp("tls") / "hooks.pem"
    options = "-newkey rsa:2048 -nodes -days 2 -subj /CN=hooks.invalid -addext subjectAltName=DNS:hooks.invalid"
    command = ["openssl", "req", "-x509", *options.split(), "-keyout", "-", "-out", "-"]
    path.write_bytes(subprocess.run(command, check=True, capture_output=True).stdout)
    return path


async def test_https_goes_through_a_tunnel_in_which_the_server_is_known_by_its_certificate(monkeypatch, certificate):
    posted = []

    async def hook(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        posted.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(answer(200))
        writer.close()

    trusting = ssl.create_default_context(cafile=certificate)
    monkeypatch.setattr(http_client, "_tls", lambda: trusting)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    async with serving(hook, ssl=context) as far:
        proxy = Tunnel(far)
        async with serving(proxy.serve) as near:
            monkeypatch.setenv("HTTPS_PROXY", f"http://user:word@127.0.0.1:{near}")
            assert await send("https://hooks.invalid/hook") == Outcome(Verdict.ACCEPTED)
    assert proxy.heads[0].startswith("CONNECT hooks.invalid:443 HTTP/1.1\r\nHost: hooks.invalid:443\r\n")
    assert f"Proxy-Authorization: Basic {b64encode(b'user:word').decode()}" in proxy.heads[0]
    assert posted[0].startswith(b"POST /hook HTTP/1.1\r\nHost: hooks.invalid\r\n")
    assert b"Proxy-Authorization" not in posted[0]


@pytest.mark.parametrize(
    ("reply", "detail"),
    [
        (b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n", "HTTP 407"),
        (b"HTTP/1.1 502 Bad Gateway\r\n\r\n", "HTTP 502"),
        (b"SSH-2.0\r\n", "nothing"),
    ],
)
async def test_a_proxy_that_leads_nowhere_has_surely_delivered_nothing(monkeypatch, reply, detail):
    async with serving(Tunnel(reply=reply).serve) as port:
        monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{port}")
        outcome = await send("https://hooks.invalid/hook")
    assert outcome == Outcome(Verdict.FAILED, f"no connection could be made: the proxy answered {detail}")


PROXY = "http://proxy.example.org:3128"


@pytest.mark.parametrize(
    ("variables", "url", "expected"),
    [
        ({}, "http://hooks.example.org/", None),
        ({"HTTP_PROXY": PROXY}, "http://hooks.example.org/", PROXY),
        ({"HTTP_PROXY": PROXY}, "https://hooks.example.org/", None),
        ({"ALL_PROXY": PROXY}, "https://hooks.example.org/", PROXY),
        ({"HTTPS_PROXY": "proxy.example.org:3128"}, "https://hooks.example.org/", PROXY),
        ({"HTTPS_PROXY": ""}, "https://hooks.example.org/", None),
        ({"https_proxy": PROXY, "HTTPS_PROXY": "http://other:1"}, "https://hooks.example.org/", PROXY),
    ],
)
def test_the_variables_are_those_of_everybody(variables, url, expected):
    found = Proxies(variables).of(URL(url), about="channel desk")
    assert found == (None if expected is None else URL(expected))


@pytest.mark.parametrize(
    ("listed", "host", "is_direct"),
    [
        ("example.org", "example.org", True),
        ("example.org", "hooks.example.org", True),
        (".example.org", "hooks.example.org", True),
        ("*.example.org", "hooks.example.org", True),
        ("example.org", "badexample.org", False),
        (" a.org , EXAMPLE.org ", "example.org", True),
        ("example.org:8080", "example.org:8080", True),
        ("example.org:8080", "example.org:8081", False),
        ("*", "anything", True),
        ("10.0.0.0/8", "10.2.3.4", True),
        ("10.0.0.0/8", "11.2.3.4", False),
        ("127.0.0.1", "127.0.0.1:99", True),
        ("::1", "[::1]:99", True),
        ("fd00::/8", "[fd00::5]", True),
        ("", "example.org", False),
        (",", "example.org", False),
    ],
)
def test_what_no_proxy_lists_is_reached_directly(listed, host, is_direct):
    proxies = Proxies({"HTTP_PROXY": PROXY, "NO_PROXY": listed})
    assert (proxies.of(URL(f"http://{host}/"), about="channel desk") is None) is is_direct


@pytest.mark.parametrize(
    "wrong", ["socks5://proxy:1080", "http://", "http://planted:99999", "://planted", "http://[planted"]
)
def test_a_proxy_of_another_form_is_told_by_channel_and_never_shown(wrong):
    with pytest.raises(ChannelError) as refused:
        open_targets("webhook", opening("https://hooks.invalid/", proxy=SecretStr(wrong)))
    assert str(refused.value) == (
        "channel desk, URL 1: its `proxy` cannot be used; write one such as http://proxy.example.org:3128"
    )


async def test_apprise_goes_through_the_proxy_of_its_channel_and_no_other_channel_does():
    async with Receiver() as proxy, Receiver() as direct:
        urls = ("json://hooks.invalid/hook", f"json://127.0.0.1:{direct.port}/hook")
        own = SecretStr(f"http://127.0.0.1:{proxy.port}")
        (proxied,) = open_targets("apprise", opening(urls[0], proxy=own))
        (plain,) = open_targets("apprise", opening(urls[1]))
        for target in (proxied, plain):
            assert await target.send(MESSAGE) == Outcome(Verdict.ACCEPTED)
        assert proxy.requests[0].headers["host"] == "hooks.invalid"
        assert (len(proxy.requests), len(direct.requests)) == (1, 1)


def test_a_mail_has_no_proxy_of_http():
    with pytest.raises(ChannelError, match="mail goes through no proxy of HTTP; leave out `proxy`"):
        open_targets(
            "apprise", opening("mailto://mail.invalid?to=a@example.org&from=b@example.org", proxy=SecretStr(PROXY))
        )


def test_a_password_of_a_proxy_is_kept_out_of_the_log(monkeypatch, quiet_afterwards):
    monkeypatch.setenv("HTTPS_PROXY", "http://user:gurkensalat@proxy.invalid:3128")
    open_targets(
        "webhook", opening("https://hooks.invalid/", proxy=SecretStr("http://user:zwiebelkuchen@proxy.invalid:1"))
    )
    assert "gurkensalat" not in redact("tried gurkensalat and zwiebelkuchen")
    assert "zwiebelkuchen" not in redact("tried gurkensalat and zwiebelkuchen")
