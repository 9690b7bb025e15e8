"""Facts about alerts into messages, through the templates that stand beside this module in `templates/`.

What a message says is settled before it comes here; a template decides its order and dress. Templates run in a
sandbox, fail on a name that does not exist, and need not remember to escape: whatever they print in markdown or HTML
is escaped as it is printed, for a truce's title is what anybody may have written.
"""

import re
from collections.abc import Callable, Sequence

from jinja2 import BaseLoader, PackageLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from alertd.domain.message import Facts, Item, Message

_MARKDOWN_SIGNS = re.compile(r"([\\`*_\[\]~|])")
_ENTITY = re.compile(r"&(?=#?\w+;)")
_LINE_SIGNS = re.compile(r"^([0-9]{0,9})([#+>.)=-])")
_SAFE_LINK = re.compile(r"https?://[^\s<>]+\Z")


class Renderer:
    """Turns the facts of one alert, or of several that go together, into a message."""

    def __init__(self, loader: BaseLoader | None = None) -> None:
        loader = loader or PackageLoader("alertd")
        plain = _environment(loader, finalize=None)
        self._title = plain.get_template("title.jinja")
        self._text = plain.get_template("text.jinja")
        self._markdown = _environment(loader, finalize=_finalize).get_template("markdown.jinja")
        self._html = _environment(loader, finalize=None, html=True).get_template("html.jinja")

    def render(self, facts: Sequence[Facts], *, message_id: str | None = None) -> Message:
        """One message of at least one alert, in the order given; several make a digest, named after the first."""
        return Message(
            title=" ".join(self._title.render(alerts=facts).split()),
            text=_tidy(self._text.render(alerts=facts)),
            markdown=_tidy(self._markdown.render(alerts=facts)),
            html=self._html.render(alerts=facts).strip() + "\n",
            message_id=message_id,
            items=tuple(Item(delivery=one.delivery, title=one.title, marked=one.marked) for one in facts),
        )


def _environment(
    loader: BaseLoader, finalize: Callable[[object], object] | None, *, html: bool = False
) -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(
        loader=loader,
        undefined=StrictUndefined,
        finalize=finalize,
        autoescape=html,  # markdown is escaped by `finalize`, and plain text not at all
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["link"] = _html_link if html else _link
    return environment


def _finalize(value: object) -> object:
    return value if isinstance(value, Markup) else escape_markdown(str(value))


def escape_markdown(text: str) -> str:
    """The text such that markdown shows it as it stands, wherever in a line it is printed."""
    escaped = _MARKDOWN_SIGNS.sub(r"\\\1", _ENTITY.sub("&amp;", text).replace("<", "&lt;"))
    return _LINE_SIGNS.sub(r"\1\\\2", escaped)


def _link(source: str) -> Markup | str:
    """A web address as a link; whatever else a source may be stays text."""
    return Markup(f"<{source}>") if _SAFE_LINK.match(source) else source  # noqa: S704  markdown, and no < or > within


def _html_link(source: str) -> Markup | str:
    """The same in HTML, where text is escaped as it is printed."""
    return Markup('<a href="{0}">{0}</a>').format(source) if _SAFE_LINK.match(source) else source


def _tidy(text: str) -> str:
    """Without the empty lines that a template leaves where it had nothing to say."""
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"
