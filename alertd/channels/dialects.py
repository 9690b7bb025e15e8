"""The dialect of each service of Apprise: how a text is written so that the service shows it letter by letter.

A truce's title may hold any character and a link nearly any, and each service takes others of them for marks of its
own. A text goes out plain where the service takes it so, else with the escapes of the service. Apprise is told the
format, and what it then changes itself (Slack's `&lt;`, Google Chat's links) is counted on here.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from html import escape

from apprise import NotifyFormat
from apprise.plugins.base import NotifyBase

from alertd.message.wording import cut

_LINK = re.compile(r"(?<=: )https?://[^\s<>\u2066-\u2069]+$|https?://[^\s<>\u2066-\u2069]*[^\s<>\u2066-\u2069.,;:!?]")
"""A link of the web; the sign of a sentence behind it is none of it, unless the link has the end of its line alone."""

_ENTITY = re.compile(r"&(?=#?\w+;)")
_LINE_START = re.compile(r"^(\s*(?:\d{1,9}(?=[.)]))?)([-#+>=]|(?<=\d)[.)])")
"""The first signs of a line that make it a heading, a list, a quotation or the underline of a heading."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """A way to write a text."""

    name: str
    format: NotifyFormat
    """The format that Apprise is told."""
    escaped: Callable[[str], str] = str
    """Writes a text of several lines."""
    title: Callable[[str], str] | None = str
    """Writes a title for the place that a service has for it; None: it would be changed there, and opens the body."""
    heading: str = "{}"
    """The dress of an escaped title that opens the body."""

    def dress(self, service: NotifyBase, title: str, text: str) -> tuple[str, str, NotifyFormat]:
        """A title and a text as Apprise is handed them: title, body, and the format of the body."""
        most = service.title_maxlen
        apart = self.title(title) if self.title and most > 0 else ""
        body = self.escaped(text)
        if title and not 0 < len(apart) <= most:  # it is cut: which truce and when stands there
            body = f"{self.heading.format(self.escaped(title))}\n\n{body}"
        if self.title and len(apart) > most:  # cut without its escapes, so that none of them is
            apart = self.title(cut(title, max(1, most - (len(apart) - len(title)))))
        return apart, body, self.format


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A service and the dialect that was chosen for it."""

    name: str
    dialect: Dialect
    why: str


def dialect_of(service: NotifyBase) -> Dialect:
    """The dialect of a service, whatever `format` its URL asks for; plain text where it has no row and takes that."""
    known = SERVICES.get(service_name(service))
    if known is not None:
        return known.dialect
    formats = type(service).notify_format
    takes = (formats,) if isinstance(formats, str) else formats
    return PLAIN if NotifyFormat.TEXT in takes else HTML if NotifyFormat.HTML in takes else COMMONMARK


def speak(service: NotifyBase, dialect: Dialect) -> None:
    """Have a service of Apprise take the format of a dialect for its own, and not the one that its URL asks for."""
    service.notify_format, service._format_override = dialect.format, None  # noqa: SLF001  nothing else takes it back


def service_name(service: NotifyBase) -> str:
    """The name of a service: the last of the schemes that its URLs may have."""
    scheme = service.secure_protocol or service.protocol or ""
    return str(scheme if isinstance(scheme, str) else scheme[-1])


def _html(text: str, *, line_end: str) -> str:
    return escape(text, quote=False).replace("\n", line_end)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Markdown:
    """The Markdown of a service: its signs, and the way to write each as a letter."""

    signs: re.Pattern[str]
    """Written with a backslash before them, wherever they stand."""
    link: Callable[[str], str] = "<{}>".format
    less: str = r"\<"
    ampersand: str = r"\&"
    """Written where an `&` would begin an entity."""
    equals: str = r"\="
    line_end: str = "\n"
    keeps_indent: bool = False
    """True if spaces that begin a line are shown; else they are left out, as four would make it a line of code."""

    def __call__(self, text: str) -> str:
        lines = [self._line(line.rstrip() if self.keeps_indent else line.strip()) for line in text.split("\n")]
        return self.line_end.join(lines if self.line_end == "\n" else [line for line in lines if line])

    def _line(self, line: str) -> str:
        parts, at = [], 0
        for link in _LINK.finditer(line):
            parts += [self.letters(line[at : link.start()]), self.link(link.group())]
            at = link.end()
        shown = "".join([*parts, self.letters(line[at:])])
        return _LINE_START.sub(lambda start: start[1] + (self.equals if start[2] == "=" else f"\\{start[2]}"), shown)

    def letters(self, text: str) -> str:
        """A part of a line, without links, such that each of its characters is shown."""
        escaped = self.signs.sub(r"\\\g<0>", text)
        return _ENTITY.sub(lambda _: self.ampersand, escaped).replace("<", self.less)


_OUTER_UNDERSCORE = r"(?<![^\W_])_|_(?![^\W_])"
"""An underscore that is not within a word, where it is no sign in most dialects."""

_BRACKET = re.compile(r"[\[\]]")
_SIGNS = re.compile(r"[\\`*_~|\[\]]")
_COMMONMARK = _Markdown(signs=_SIGNS)
_GOOGLE = _Markdown(signs=re.compile(rf"[\\`*~|\[\]]|{_OUTER_UNDERSCORE}"))
_TEAMS = _Markdown(
    # Only what would be a sign: apps of Teams for phones show the backslash too.
    signs=re.compile(rf"[\\`*]|{_OUTER_UNDERSCORE}|~(?=~)|(?<=~)~|(?<=\])[(:]|!(?=\[|\Z)"),
    less="&lt;",
    ampersand="&amp;",
    equals="&#61;",
    line_end="\n\n",
)


def _google_link(link: str) -> str:
    """A link for Apprise's way to Google Chat, which undoes backslashes, and where `|` ends an address."""
    address = link.replace("\\", "\\\\")
    return f"[{_GOOGLE.letters(link)}](<{address}>)" if "|" in link else f"<{address}>"


def _teams_link(link: str) -> str:
    """A link whose text is its own address, where a bracket would end the address early."""
    address = link.replace("(", "%28").replace(")", "%29").replace("\\", "%5C")
    text = _BRACKET.sub(r"\\\g<0>", _TEAMS.letters(link))
    return f"[{text}]({address})"


PLAIN = Dialect(name="plain text", format=NotifyFormat.TEXT)
COMMONMARK = Dialect(
    name="Markdown, its signs escaped", format=NotifyFormat.MARKDOWN, escaped=_COMMONMARK, heading="**{}**"
)
HTML = Dialect(name="HTML", format=NotifyFormat.HTML, escaped=partial(_html, line_end="<br>\n"))

_PLAIN_BODY = replace(PLAIN, title=None)
_OWN_MARKDOWN = Dialect(
    name="its Markdown, the signs escaped",
    format=NotifyFormat.TEXT,
    escaped=replace(_COMMONMARK, less="&lt;", ampersand="&amp;", equals="&#61;"),
    heading="**{}**",
    title=None,
)
"""Markdown that a service reads in every message, and that Apprise is not told of."""

_TEAMS_LINKED = replace(_TEAMS, link=_teams_link)

SERVICES: Mapping[str, Service] = {
    "tgram": Service(
        name="Telegram",
        dialect=replace(HTML, escaped=partial(_html, line_end="\n"), heading="<b>{}</b>", title=None),
        why="Its Markdown refuses a sign that is not closed, for ever. HTML has three signs, and an escape for each.",
    ),
    "slack": Service(
        name="Slack",
        dialect=PLAIN,
        why="`mrkdwn` has no escapes, so it is off. Apprise writes `&`, `<` and `>` as entities, in plain text too.",
    ),
    "discord": Service(
        name="Discord",
        dialect=replace(
            _OWN_MARKDOWN,
            escaped=_Markdown(
                signs=re.compile(r"[\\`*_~|\[\]]|:(?=[\w+-]+:)"), ampersand="&", equals="=", keeps_indent=True
            ),
        ),
        why="It reads Markdown in every message. A link stands in `<>`, where no sign counts and no preview is made.",
    ),
    "matrixs": Service(
        name="Matrix",
        dialect=_PLAIN_BODY,
        why="`body` alone is shown as it stands. Apprise would put `# ` before a title, so that opens the text.",
    ),
    "mmosts": Service(
        name="Mattermost",
        dialect=_OWN_MARKDOWN,
        why="It reads Markdown in every message. A link stands in `<>`, where no sign counts.",
    ),
    "workflows": Service(
        name="Teams (workflows)",
        dialect=Dialect(
            name="the Markdown of Adaptive Cards, the signs escaped",
            format=NotifyFormat.MARKDOWN,
            escaped=_TEAMS_LINKED,
            title=_TEAMS_LINKED,
            heading="**{}**",
        ),
        why="Apprise fills text blocks, which read Markdown. Only what would be a sign is escaped, as some apps for "
        "phones show the backslash; each line is a paragraph of its own, as a single line end is none there.",
    ),
    "gchat": Service(
        name="Google Chat",
        dialect=replace(
            COMMONMARK, name="its own signs, escaped", heading="{}", escaped=replace(_GOOGLE, link=_google_link)
        ),
        why="It reads signs in every message. A link stands in `<>`; one with `|` is shown whole, with `%7C` in the "
        "address. A line that begins with `- ` becomes a point of a list.",
    ),
    "ntfys": Service(name="ntfy", dialect=PLAIN, why="It shows plain text as it stands, unless Markdown is asked for."),
    "signals": Service(
        name="Signal", dialect=_PLAIN_BODY, why="`text_mode` is `normal`: no sign is read. There is no title."
    ),
    "pover": Service(name="Pushover", dialect=PLAIN, why="Without `html=1` it shows plain text as it stands."),
    "twilio": Service(
        name="SMS (Twilio; others the same)",
        dialect=PLAIN,
        why="An SMS has letters and nothing else. There is no title.",
    ),
}
"""The services that people asked about. Any other gets plain text where it takes that, else what it takes, escaped."""
