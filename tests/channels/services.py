"""The services of Apprise, played: each shows a message as the service's documented rules have it."""

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import unescape
from html.parser import HTMLParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl

from markdown_it import MarkdownIt
from markdown_it.token import Token


@dataclass
class Request:
    path: str
    headers: dict[str, str]
    """By their names in lower case."""
    body: str

    @property
    def document(self) -> dict:
        return json.loads(self.body)

    @property
    def lines(self) -> list[str]:
        """The lines of every text in it, as they are written."""
        sent = self.document if self.body.startswith("{") else self.form
        return [line for text in _texts(sent) for line in text.splitlines()]

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body, keep_blank_values=True))


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _texts(part)


@dataclass
class Player:
    """A server that takes whatever a service of Apprise sends, and says yes in the words of each."""

    port: int
    server: ThreadingHTTPServer
    requests: list[Request] = field(default_factory=list)


@contextmanager
def player() -> Iterator[Player]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            headers = {name.lower(): value for name, value in self.headers.items()}
            played.requests.append(Request(self.path, headers, body))
            yes = (
                b"ok"
                if self.path.startswith("/services")
                else json.dumps({"ok": True, "status": 1, "room_id": "!r:example.org", "event_id": "$e"}).encode()
            )
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(yes)))
            self.end_headers()
            self.wfile.write(yes)

        do_PUT = do_GET = do_POST  # noqa: N815  http.server's

        def log_message(self, *_: object) -> None:
            """Keep the test's output clean."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    played = Player(server.server_address[1], server)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield played
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass(frozen=True)
class Shown:
    """A message on the reader's screen."""

    text: str
    """With the title, where that has a place of its own, as the first line."""
    links: tuple[str, ...] = ()
    """The addresses of what is marked as a link."""


def telegram(request: Request) -> Shown:
    """https://core.telegram.org/bots/api#html-style: a tag that it does not know is refused."""
    assert request.document["parse_mode"] == "HTML"
    seen: list[str] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            assert tag == "b", f"Unsupported start tag {tag}"

        def handle_data(self, data: str) -> None:
            seen.append(data)

    reader = Reader()
    reader.feed(request.document["text"])
    reader.close()
    return Shown("".join(seen))


def slack(request: Request) -> Shown:
    """https://docs.slack.dev/messaging/formatting-message-text: with mrkdwn off, `<` and `&` still count."""
    assert request.document["mrkdwn"] is False
    (attachment,) = request.document["attachments"]
    assert "mrkdwn_in" not in attachment
    parts = [attachment["title"], attachment["text"]]
    assert not [part for part in parts if re.search(r"[<>]|&(?!amp;|lt;|gt;)", part)]
    plain = [re.sub("&(amp|lt|gt);", lambda found: unescape(found[0]), part) for part in parts]
    return Shown("\n".join(plain))


_DISCORD = re.compile(
    r"\\(?P<escaped>[^0-9A-Za-z\s])"
    r"|<(?P<link>[^: >]+:/[^ >]+)>"
    r"|(?P<bare>https?://[^\s<]+[^<.,:;\"'\]\s])"
    r"|\*\*(?P<strong>(?:\\[\s\S]|[^\\])+?)\*\*(?!\*)"
    r"|(?P<sign>\*(?=\S)[^*]+\*|_(?=\S)[^_]+_|~~[^~]+~~|`[^`]+`|\|\|.+?\|\||\[[^\]]*\]\([^)]*\)|<[@#:at][^>]*>)"
    r"|(?P<emoji>:[\w+-]+:)"
)


def discord(request: Request) -> Shown:
    """https://support.discord.com/hc/en-us/articles/210298617, in the order in which its apps try the rules."""
    assert "embeds" not in request.document
    links: list[str] = []

    def shown(text: str) -> str:
        def replaced(found: re.Match[str]) -> str:
            link = found["link"] or found["bare"]
            if link:
                links.append(link)
                return link
            if found["strong"]:
                return shown(found["strong"])
            assert found["escaped"], f"read as a sign: {found[0]}"
            return found["escaped"]

        return _DISCORD.sub(replaced, text)

    content = request.document["content"]
    assert not re.search(r"^\s*(#{1,3} |-# |>|[-*] |\d+\. )", content, re.MULTILINE)
    return Shown(shown(content), tuple(links))


def matrix(request: Request) -> Shown:
    """https://spec.matrix.org/latest/client-server-api/#mtext: without a `format`, `body` is plain text."""
    assert "format" not in request.document
    assert "formatted_body" not in request.document
    return Shown(request.document["body"])


def _text_of(tokens: list[Token], links: list[str]) -> Iterator[str]:
    for token in tokens:
        if token.type == "inline":
            yield from _text_of(token.children or [], links)
            yield "\n"
        elif token.type in {"softbreak", "hardbreak"}:
            yield "\n"
        elif token.type == "link_open":
            links.append(str(token.attrs["href"]))
        else:
            assert token.type in {
                "text",
                "paragraph_open",
                "paragraph_close",
                "strong_open",
                "strong_close",
                "link_close",
            }
            yield token.content


def markdown(text: str, reader: MarkdownIt) -> Shown:
    links: list[str] = []
    return Shown("".join(_text_of(reader.parse(text), links)), tuple(links))


_MATTERMOST = MarkdownIt("commonmark").enable(["table", "strikethrough"])
_TEAMS = MarkdownIt("js-default")


def mattermost(request: Request) -> Shown:
    """https://docs.mattermost.com/end-user-guide/collaborate/format-messages.html: CommonMark, tables, struck text."""
    return markdown(request.document["text"], _MATTERMOST)


def teams(request: Request) -> Shown:
    """https://learn.microsoft.com/adaptive-cards/authoring-cards/text-features; a single line end is none there."""
    blocks = [each for each in request.document["attachments"][0]["content"]["body"] if each["type"] == "TextBlock"]
    seen = [markdown(re.sub(r"(?<!\n)\n(?!\n)", " ", block["text"]), _TEAMS) for block in blocks]
    return Shown("\n".join(each.text for each in seen), tuple(link for each in seen for link in each.links))


_GOOGLE = re.compile(
    r"\\(?P<escaped>[*_~`])|<(?P<link>https?:[^|>]+)(?:\|(?P<label>[^>]*))?>"
    r"|(?P<sign>\*[^*\n]+\*|(?<!\w)_[^_\n]+_(?!\w)|~[^~\n]+~|`[^`\n]+`|<[^>]*>)"
)


def google_chat(request: Request) -> Shown:
    """https://developers.google.com/workspace/chat/format-messages; a backslash and entities as Apprise has them."""
    links: list[str] = []

    def shown(text: str) -> str:
        def replaced(found: re.Match[str]) -> str:
            if found["link"]:
                links.append(unescape(found["link"]))
                return shown(found["label"]) if found["label"] else found["link"]
            assert found["escaped"], f"read as a sign: {found[0]}"
            return found["escaped"]

        return _GOOGLE.sub(replaced, text)

    text = request.document["text"]
    assert not re.search(r"^\s*(\* |>)", text, re.MULTILINE)  # `- ` is shown as a bullet, which says the same
    return Shown(unescape(shown(text)), tuple(links))


def ntfy(request: Request) -> Shown:
    """https://docs.ntfy.sh/publish/#markdown-formatting: plain text, unless a header asks for Markdown."""
    assert not {"x-markdown", "markdown", "md"} & request.headers.keys()
    assert not request.document.get("markdown")
    return Shown(f"{request.document['title']}\n{request.document['message']}")


def signal(request: Request) -> Shown:
    """https://bbernhard.github.io/signal-cli-rest-api: signs count where `text_mode` is `styled`."""
    assert request.document["text_mode"] == "normal"
    return Shown(request.document["message"])


def pushover(request: Request) -> Shown:
    """https://pushover.net/api#html: plain text, unless `html` is 1."""
    assert "html" not in request.form
    return Shown(f"{request.form['title']}\n{request.form['message']}")


def sms(request: Request) -> Shown:
    """https://www.twilio.com/docs/messaging/api/message-resource: letters and nothing else."""
    return Shown(request.form["Body"])


SERVICES = {
    "tgram": ("tgram://123456789:abcdefg_hijklmnop/123", telegram, ("telegram.NotifyTelegram", "notify_url", "/bot")),
    "slack": (
        "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ",
        slack,
        ("slack.NotifySlack", "webhook_url", "/services"),
    ),
    "discord": ("discord://123456789/abcdefghijkl", discord, ("discord.NotifyDiscord", "notify_url", "/webhooks")),
    "matrixs": ("matrix://syt_token@127.0.0.1:{port}/!AbCdEfGhIjKl:example.org", matrix, None),
    "mmosts": ("mmost://127.0.0.1:{port}/3ccdd113474722377935511fc85d3dd4", mattermost, None),
    "workflows": ("workflows://127.0.0.1:{port}/643e69f83c8944438d68119179a10a64/XcBvAZ0zDkOWk", teams, None),
    "gchat": (
        "gchat://workspace/key/token",
        google_chat,
        ("google_chat.NotifyGoogleChat", "notify_url", "/v1/spaces/{{workspace}}/messages"),
    ),
    "ntfys": ("ntfy://127.0.0.1:{port}/desk", ntfy, None),
    "signals": ("signal://127.0.0.1:{port}/+41790000001/+41790000002", signal, None),
    "pover": ("pover://" + "u" * 30 + "@" + "a" * 30, pushover, ("pushover.NotifyPushover", "notify_url", "/messages")),
    "twilio": (
        f"twilio://AC{'0' * 32}:{'1' * 32}@+14155550100/+41790000002",
        sms,
        ("twilio.NotifyTwilio", "notify_sms_url", "/{{sid}}"),
    ),
}
"""By the name of each: a URL, how it is shown, and where Apprise keeps its address, if that is not in the URL."""
