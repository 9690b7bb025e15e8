"""Facts about alerts into messages, through the templates that stand beside this module in `templates/`.

What a message says is decided before it comes here; a template decides its order and dress. Templates fail on a name
that does not exist, and need not remember to escape: whatever they print in markdown or HTML is escaped as it is
printed, for a truce's title is what anybody may have written. Those of the config folder override these, in a process
of their own, once they have shown that they can tell every kind of alert.
"""

import re
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from jinja2 import (
    BaseLoader,
    ChoiceLoader,
    FunctionLoader,
    PackageLoader,
    StrictUndefined,
    TemplateSyntaxError,
    UndefinedError,
)
from jinja2.exceptions import SecurityError
from jinja2.loaders import split_template_path
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from alertd.domain.policy import DIGEST_ITEMS
from alertd.errors import AlertdError, Code, Level, Problem
from alertd.files.beneath import read_beneath
from alertd.logs import redact_problems
from alertd.logs.lines import get_logger
from alertd.message.compiling import TrustedEnvironment
from alertd.message.digest import message_title
from alertd.message.isolates import is_right_to_left, isolated
from alertd.message.specimens import specimens
from alertd.message.template_process import TOO_MUCH_MEMORY, LimitExceeded, TemplateProcess
from alertd.message.values import Facts, Item, Message
from alertd.toml.validation import unknown_key

log = get_logger(__name__)

_MARKDOWN_SIGNS = re.compile(r"([\\`*_\[\]~|])")
_ENTITY = re.compile(r"&(?=#?\w+;)")
_LINE_SIGNS = re.compile(r"^([0-9]{0,9})([#+>.)=-])")
_SIGN = re.compile(r"[\\`*_\[\]~|&<]|^[0-9]{0,9}[#+>.)=-]")
"""Any of these; most lines have none."""
_EMPTY_LINES = re.compile(r"\n{3,}")
_SAFE_LINK = re.compile(r"https?://[^\s<>]+\Z")

FOLDER = "templates"
"""In the config folder: what overrides the templates that stand beside this module."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Form:
    """One of the forms of a message, and how its template is read."""

    finish: Callable[[str], str]
    """The last step on the text once it stands."""
    link: Callable[[str], Markup | str] = str
    finalize: Callable[[object], object] | None = None
    """Escapes a printed value, where Jinja does not do it."""
    autoescape: bool = False


class Renderer:
    """Turns the facts of one alert, or of several that go together, into a message."""

    def __init__(
        self, loader: BaseLoader | None = None, *, instead: "Mapping[str, UserTemplate] | None" = None
    ) -> None:
        """`instead` are the templates, by form, that count instead of those of the loader."""
        self._templates = _compiled(loader) if loader else _built_in()
        self._instead = dict(instead or {})

    def render(
        self, facts: Sequence[Facts], *, message_id: str | None = None, html: bool = True, sms: bool = False
    ) -> Message:
        """One message of at least one alert, in the order given; several make a digest, named after the first.

        Without `html`, which costs as much as the rest together, for channels that never look at it. As `sms` its text
        is a line for each alert, whatever the templates say.
        """
        if sms:
            text = "".join(f"{each.sms}\n" for each in facts)
            return Message(
                title=self._form("title", facts),
                text=text,
                markdown=text,
                message_id=message_id,
                items=_items(facts),
                is_sms=True,
            )
        forms = {name: self._form(name, facts) for name in FORMS if html or name != "html"}
        names = [name for each in facts for name in (each.name, each.called, each.area)]
        rtl = is_right_to_left(forms["text"])
        texts: dict[str, Any] = {
            name: isolated(form, names, right_to_left=rtl, has_tags=name == "html") for name, form in forms.items()
        }
        return Message(
            **texts,
            message_id=message_id,
            items=_items(facts),
        )

    def _form(self, name: str, facts: Sequence[Facts]) -> str:
        """One form; where an overriding template fails after all, in the built-in one: an alert is never lost to it.

        One that goes out of bounds holds up every alert while it does, and is not tried again.
        """
        if name in self._instead:
            try:
                return self._instead[name].render(facts)
            except TemplateRefused as refused:
                log.error("template.failed", file=_file(name), line=refused.line, error=refused.message)  # noqa: TRY400
                if refused.out_of_bounds:
                    del self._instead[name]
        return self._templates[name].render(facts)


def _items(facts: Sequence[Facts]) -> tuple[Item, ...]:
    return tuple(
        Item(
            delivery=each.delivery,
            title=each.title,
            marked=each.marked,
            follows=each.follows,
            acknowledgement=each.acknowledgement,
        )
        for each in facts
    )


class Template:
    """The template of one form; those that override are sandboxed: only what alertd brings itself is trusted."""

    def __init__(self, loader: BaseLoader, name: str, *, sandboxed: bool) -> None:
        """Raises `TemplateRefused` where it cannot be read."""
        self._form = FORMS[name]
        kind = ImmutableSandboxedEnvironment if sandboxed else TrustedEnvironment
        environment = kind(
            loader=loader,
            undefined=StrictUndefined,
            finalize=self._form.finalize,
            autoescape=self._form.autoescape,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        environment.filters["link"] = self._form.link
        environment.filters["message_title"] = message_title
        with _refused():
            self._template = environment.get_template(f"{name}.jinja")
        self._environment, self._names = environment, dict(self._template.globals)
        self._context = self._template.new_context(self._names, shared=True)

    def render(self, facts: Sequence[Facts]) -> str:
        """The text. Raises `TemplateRefused` for whatever goes wrong in it."""
        with _refused():
            return self._form.finish(self._rendered(facts))

    def _rendered(self, facts: Sequence[Facts]) -> str:
        """As `jinja2.Template.render`, which looks up all its globals again at each call, and builds a context."""
        self._names["alerts"] = facts
        self._context.vars.clear()  # what a template has set itself
        try:
            return "".join(self._template.root_render_func(self._context))
        except Exception:  # noqa: BLE001  it is raised again, with the lines of the template
            self._environment.handle_exception()


def _compiled(loader: BaseLoader) -> Mapping[str, Template]:
    """The template of each form."""
    return {name: Template(loader, name, sandboxed=False) for name in FORMS}


@cache
def _built_in() -> Mapping[str, Template]:
    """Those that alertd brings, which a process compiles once."""
    return _compiled(PackageLoader("alertd.message"))


@dataclass(frozen=True, slots=True)
class Question:
    """A question to the process of templates."""

    form: str
    facts: Sequence[Facts]


@dataclass(frozen=True, slots=True)
class Answer:
    """A text, or why there is none."""

    text: str | None
    code: Code = Code.SYNTAX
    message: str = ""
    line: int = 1


class UserTemplate:
    """The template of one form in the config folder, which runs in a process of its own."""

    def __init__(self, process: TemplateProcess, form: str) -> None:
        self._process = process
        self._form = form

    def render(self, facts: Sequence[Facts]) -> str:
        """The text. Raises `TemplateRefused` for whatever goes wrong in it."""
        try:
            answer = self._process.ask(Question(self._form, facts))
        except LimitExceeded as error:
            raise TemplateRefused(Code.SYNTAX, f"the template is ended: {error}", 1, out_of_bounds=True) from None
        assert isinstance(answer, Answer)  # noqa: S101  nothing else answers
        if answer.text is None:
            raise TemplateRefused(answer.code, answer.message, answer.line)
        return answer.text


class TemplateRefused(AlertdError):
    """A template that cannot be used, with its line where that is known."""

    def __init__(self, code: Code, message: str, line: int, *, out_of_bounds: bool = False) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.line = line
        self.out_of_bounds = out_of_bounds


def user_loader(config_dir: Path) -> BaseLoader:
    """The loader of a template of the config folder: it looks beside that template, then among the built-in ones."""

    def load(name: str) -> tuple[str, str, None] | None:
        file = "/".join((FOLDER, *split_template_path(name)))
        try:
            return read_beneath(config_dir, file).decode(), file, None
        except FileNotFoundError:
            return None
        except OSError as error:
            raise TemplateSyntaxError(error.strerror or type(error).__name__, 1, name) from error

    return ChoiceLoader([FunctionLoader(load), PackageLoader("alertd.message")])


def load_renderer(config_dir: Path) -> tuple[Renderer, tuple[Problem, ...]]:
    """The renderer with the templates that override the built-in ones, and why some of them cannot.

    Each is tried on every kind of alert, alone and together, so that what is broken is refused now and not at three in
    the morning; the built-in one counts instead.
    """
    process = TemplateProcess("alertd.message.template_worker", str(config_dir))
    instead: dict[str, UserTemplate] = {}
    problems: list[Problem] = []
    for name in sorted(path.name for path in (config_dir / FOLDER).glob("*.jinja")):
        form = name.removesuffix(".jinja")
        if form not in FORMS:
            message = unknown_key(name, [f"{known}.jinja" for known in FORMS])
            problems.append(_problem(form, Level.WARNING, TemplateRefused(Code.UNKNOWN_KEY, message, 1)))
            continue
        try:
            template = UserTemplate(process, form)
            _try(template)
        except TemplateRefused as refused:
            problems.append(_problem(form, Level.ERROR, refused))
        else:
            instead[form] = template
    return Renderer(instead=instead), tuple(redact_problems(problems))


def _try(template: UserTemplate) -> None:
    alerts = list(specimens())
    for facts in (*([alert] for alert in alerts), *batched(alerts, DIGEST_ITEMS)):
        if not template.render(facts).strip():
            raise TemplateRefused(Code.MISSING, f"it says nothing of an alert of kind {facts[0].delivery.kind}", 1)


def batched(alerts: Sequence[Facts], size: int) -> Iterator[Sequence[Facts]]:
    """The alerts in digests of at most so many."""
    for start in range(0, len(alerts), size):
        yield alerts[start : start + size]


def _file(form: str) -> str:
    return f"{FOLDER}/{form}.jinja"


def _problem(form: str, level: Level, refused: TemplateRefused) -> Problem:
    instead = "" if level is Level.WARNING else ": the built-in one is used"
    return Problem(_file(form), refused.line, None, level, refused.code, f"{refused.message}{instead}")


@contextmanager
def _refused() -> Iterator[None]:
    """Turn whatever a template raises into advice: it is a program, and anything can go wrong in it."""
    try:
        yield
    except TemplateRefused:
        raise
    except TemplateSyntaxError as error:
        raise TemplateRefused(Code.SYNTAX, f"the template cannot be read: {error.message}", error.lineno) from error
    except (UndefinedError, AttributeError) as error:
        message = f"the template names what does not exist: {error}"
        raise TemplateRefused(Code.UNKNOWN_KEY, message, _line(error)) from error
    except SecurityError as error:
        message = f"the template does what templates may not do: {error.message}"
        raise TemplateRefused(Code.SYNTAX, message, _line(error)) from error
    except MemoryError as error:
        raise TemplateRefused(Code.SYNTAX, f"the template is ended: {TOO_MUCH_MEMORY}", _line(error)) from None
    except Exception as error:
        message = f"the template fails: {type(error).__name__}: {error}"
        raise TemplateRefused(Code.SYNTAX, message, _line(error)) from error


def _line(error: BaseException) -> int:
    """The line of the template on which it failed."""
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if frame.filename.endswith(".jinja") and frame.lineno]
    return lines[-1] if lines else 1


def _finalize(value: object) -> object:
    return value if isinstance(value, Markup) else escape_markdown(str(value))


@lru_cache(maxsize=256)
def escape_markdown(text: str) -> str:
    """The text such that markdown shows it as it stands, wherever in a line it is printed."""
    if not _SIGN.search(text):
        return text
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
    if "\n\n\n" in text:  # the pattern takes longer than the template
        text = _EMPTY_LINES.sub("\n\n", text)
    return text.strip() + "\n"


def _ended(text: str) -> str:
    return text.strip() + "\n"


def _one_line(text: str) -> str:
    return " ".join(text.split())


FORMS: Mapping[str, _Form] = {
    "title": _Form(finish=_one_line),
    "text": _Form(finish=_tidy),
    "markdown": _Form(finish=_tidy, link=_link, finalize=_finalize),
    "html": _Form(finish=_ended, link=_html_link, autoescape=True),
}
"""The forms of a message by name, each the name of its template too: `title.jinja`."""
