"""Each service shows what was meant, whatever signs a name or a link has."""

import importlib
import json
from html import unescape
from pathlib import Path
from urllib.parse import unquote

import pytest
from apprise import NotifyFormat
from channels.services import SERVICES, Player, Request, Shown, discord, markdown, mattermost, player, teams
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from alertd.channels import Outcome, Target, dialects
from alertd.channels.apprise import open_target
from alertd.domain.agenda import Verdict
from alertd.message.values import Message
from alertd.times.clock import SystemClock

COMMONMARK = MarkdownIt("commonmark")
DOCS = Path(__file__).parents[2] / "docs"
LINK = "https://example.org/_a_b__c*d*e[f](g)~h~#i+j-k=l|m{n}o.p!q?r=1&s=2_3"
ODD_LINK = 'https://example.org/a_b"c`d`\\e<f>g&amp;h'
TITLE = 'Calm_of *Homs* [\u2068حمص\u2069] (🕊️) ~~x~~ ||y|| <b>z</b> & "q" \\ `c` # - 1. &lt; :dove: @all *'
TEXT = f"""End, in 24 h
  0100 Wed 4 May 2016 Asia/Damascus (+03:00) = 2200Z Tue 3 May
_ * [ ] ( ) ~ > # + - = | {{ }} . ! & < " \\ `
**bold** __bold__ *it* _it_ ~~gone~~ `code` [text](https://example.org/x) ![i](x) <u>t</u> &copy; :dove:
- a list
+ a list
* a list
1. a list
2) a list
# a heading
-# small
> quoted
====
----
[x]: https://example.org
| a | b |
|---|---|
Parties: النظام السوري و \u200fجيش الإسلام\u200f (🕊️), \u2068دوما\u2069.
Source: {LINK}
Odd: {ODD_LINK}
He said so (see https://example.org/c_d), and https://example.org/e_f.
<at>desk</at> <@123> <!channel> <https://example.org/|x>

Truce: Calm_of_Homs [calm_of_homs]
"""  # noqa: RUF001  that letter is Arabic


@pytest.fixture
def played(request, tls, trusted):
    with player() as played:
        if request.node.callspec.params.get("name") == "workflows":  # it knows nothing but TLS
            played.server.socket = tls.wrap_socket(played.server.socket, server_side=True)
        yield played


def opened(name: str, played: Player, monkeypatch: pytest.MonkeyPatch, options: str = "") -> Target:
    """The target of a service on loopback."""
    url, _, address = SERVICES[name]
    if address is not None:
        where, attribute, path = address
        module, _, plugin = where.partition(".")
        place = f"http://127.0.0.1:{played.port}{path.replace('{{', '{').replace('}}', '}')}"
        monkeypatch.setattr(getattr(importlib.import_module(f"apprise.plugins.{module}"), plugin), attribute, place)
    return open_target(url.format(port=played.port) + options, "desk", SystemClock(), about="channel desk, URL 1")


async def sent(target: Target, name: str, played: Player, message: Message) -> Shown:
    assert await target.send(message) == Outcome(Verdict.ACCEPTED)
    return SERVICES[name][1](played.requests[-1])


def lines(text: str) -> list[str]:
    """The lines with letters in them; the spaces around a line are no letters."""
    return [line.strip() for line in text.splitlines() if line.strip()]


@pytest.mark.parametrize("name", SERVICES)
async def test_a_service_shows_each_letter_of_names_and_links(name, played, monkeypatch):
    monkeypatch.setattr("apprise.plugins.twilio.NotifyTwilio.body_sms_maxlen", 10_000)
    monkeypatch.setattr("apprise.plugins.workflows.NotifyWorkflows.body_maxlen", 10_000)
    monkeypatch.setattr("apprise.plugins.pushover.NotifyPushover.body_maxlen", 10_000)
    monkeypatch.setattr("apprise.plugins.discord.NotifyDiscord.body_maxlen", 10_000)
    message = Message(title=TITLE, text=TEXT, markdown="Not for chats.")

    for options in ("", "?format=html", "?format=markdown", "?format=text"):
        shown = await sent(opened(name, played, monkeypatch, options), name, played, message)

        assert lines(shown.text) == lines(f"{TITLE}\n{TEXT}"), options


@pytest.mark.parametrize("name", SERVICES)
async def test_the_page_tells_what_goes_to_a_service_and_what_that_shows(name, played, monkeypatch):
    meant = ["Calm_of *Homs* <2016> & [حمص]", "Source: https://example.org/_a_/b*c*d[e]?f=1&g=(h)~i#j"]

    shown = await sent(
        opened(name, played, monkeypatch), name, played, Message(title=meant[0], text=f"{meant[1]}\n", markdown="")
    )

    written = [next(line for line in played.requests[-1].lines if word in line) for word in ("Calm", "example.org")]
    cells = " | ".join(f"`{line}`" for line in written)
    assert lines(shown.text) == meant
    assert f"| {dialects.SERVICES[name].name} | {cells} | as meant |" in (DOCS / "channels.md").read_text().splitlines()


@pytest.mark.parametrize("name", ["discord", "mmosts", "workflows", "gchat"])
async def test_a_link_that_is_marked_as_such_leads_to_its_own_address(name, played, monkeypatch):
    links = [LINK, "https://example.org/x_y.", "https://example.org/a_(b)_c[d", "https://example.org/e_f"]
    text = f"Source: {links[0]}\nSource: {links[1]}\n{links[2]} (see {links[3]}, then).\n"

    shown = await sent(opened(name, played, monkeypatch), name, played, Message(title="Calm", text=text, markdown=""))

    assert [unquote(link) for link in shown.links] == links


_PIECES = st.sampled_from([*'_*[]()~>#+-=|{}.!&<"\\`:;,/?1a \n', "https://example.org/", "amp;", "حمص", "🕊️"])


@example("Now!https://example.org/a\\b(c)[d")
@given(text=st.lists(_PIECES, max_size=25).map("".join))
def test_markdown_of_each_sort_shows_any_text(text):
    readers = {
        dialects.COMMONMARK: lambda written: markdown(written, COMMONMARK),
        dialects.SERVICES["mmosts"].dialect: lambda written: mattermost(request(text=written)),
        dialects.SERVICES["workflows"].dialect: lambda written: teams(card(written)),
        dialects.SERVICES["discord"].dialect: lambda written: discord(request(content=written)),
    }
    for dialect, reader in readers.items():
        shown = reader(dialect.escaped(text))

        assert [" ".join(line.split()) for line in lines(shown.text)] == [
            " ".join(line.split()) for line in lines(text)
        ]


def request(**document: object) -> Request:
    return Request("/", {}, json.dumps(document))


def card(text: str) -> Request:
    return request(attachments=[{"content": {"body": [{"type": "TextBlock", "text": text}]}}])


@pytest.mark.parametrize("name", ["workflows"])
async def test_a_title_that_is_too_long_is_cut_between_its_letters_and_whole_in_the_text(name, played, monkeypatch):
    title = "*" * 240 + " Calm in Homs"

    shown = await sent(opened(name, played, monkeypatch), name, played, Message(title=title, text="text", markdown=""))

    short, whole, text = lines(shown.text)
    assert title.startswith(short.removesuffix("…"))
    assert short.endswith("…")
    assert [whole, text] == [title, "text"]


@pytest.mark.parametrize(
    ("url", "body_format"),
    [
        ("json://127.0.0.1/hook?format=markdown", NotifyFormat.TEXT),
        ("zulip://bot-name@org/" + "a" * 32, NotifyFormat.TEXT),
        ("mailgun://user@example.org/" + "a" * 32 + "-" + "b" * 8 + "-" + "c" * 8, NotifyFormat.HTML),
        ("rocket://user:password@127.0.0.1/#desk?format=html", NotifyFormat.MARKDOWN),
    ],
)
def test_a_service_without_a_row_gets_plain_text_where_it_takes_that(url, body_format):
    service = open_target(url, "desk", SystemClock(), about="channel desk, URL 1")._service

    assert dialects.dialect_of(service).format is body_format
    assert service.resolve_format(NotifyFormat.MARKDOWN) is body_format


def test_other_markdown_and_html_show_each_letter_too():
    marked = dialects.COMMONMARK.escaped(TEXT)
    page = dialects.HTML.escaped(TEXT)

    assert lines(markdown(marked, COMMONMARK).text) == lines(TEXT)
    assert lines(unescape(page.replace("<br>", ""))) == lines(TEXT)


def test_every_row_has_a_service_that_plays_it():
    assert dialects.SERVICES.keys() == SERVICES.keys()
