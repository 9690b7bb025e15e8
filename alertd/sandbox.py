"""Where templates run: apart from everything, with every name known, and never for ever.

Jinja's own sandbox keeps a template from the rest of the program; it does not keep it from looping, or from writing
without end. Here every turn of a loop, every call and every printed character is counted, and what could grow by itself
is measured before it does. Nothing here knows what a template is for.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import wraps
from typing import Any

from jinja2 import Template, nodes
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

STEPS_AT_MOST = 20_000
"""Turns of loops and calls in one rendering; a digest of 20 long alerts takes some 2,000."""

CHARACTERS_AT_MOST = 200_000
"""Characters of one rendering, and of any text on the way to it."""

NUMBER_AT_MOST = 10_000
"""A larger number in a call or a filter asks for as many blanks, turns or digits."""

_WIDE = re.compile(r"[0-9]{5}")
_BOUNDED = "bounded"
_MEASURED = "measured"


class TooMuch(SecurityError):
    """A template that does not come to its end within bounds."""


class _BoundedTemplate(Template):
    """A template whose rendering is counted."""

    environment: "BoundedEnvironment"

    def render(self, *arguments: Any, **named: Any) -> str:  # noqa: ANN401  Jinja's
        self.environment.begin()
        return self.environment.collect(self.generate(*arguments, **named))


class BoundedEnvironment(ImmutableSandboxedEnvironment):
    """A sandbox in which every rendering ends; takes the options of the sandbox that it is."""

    intercepted_binops = frozenset({"+", "*", "**", "%"})

    def __init__(self, *, finalize: Callable[[object], object] | None = None, **options: Any) -> None:  # noqa: ANN401
        self._dress = finalize
        self.begin()
        super().__init__(finalize=self._print, **options)
        self.template_class = _BoundedTemplate
        del self.globals["lipsum"]
        self.filters = {name: self._measured_filter(name, one) for name, one in self.filters.items()}
        self.filters[_BOUNDED] = self._counted
        self.filters[_MEASURED] = self._measured

    def begin(self) -> None:
        """Count from nothing, for one rendering."""
        self._steps = self._characters = 0

    def collect(self, pieces: Iterable[str]) -> str:
        """The pieces as one text, as long as they are not too long together."""
        length, collected = 0, []
        for piece in pieces:
            length += len(piece)
            self._require(length)
            collected.append(piece)
        return "".join(collected)

    def call(self, context: Context, obj: Any, /, *arguments: Any, **named: Any) -> Any:  # noqa: ANN401  Jinja's
        """A call within a template."""
        self._step()
        self._require_small((*arguments, *named.values()))
        method = getattr(obj, "__wrapped__", obj)
        if getattr(method, "__name__", "") in {"format", "format_map"}:
            self._require_narrow(getattr(method, "__self__", ""))
        return self._measured(super().call(context, obj, *arguments, **named))

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:  # noqa: ANN401  Jinja's
        """A calculation within a template."""
        if operator == "**":
            raise TooMuch("powers are not counted here")
        if operator == "%" and isinstance(left, str):
            self._require_narrow(left)
        if operator == "*":
            for many, times in ((left, right), (right, left)):
                if isinstance(many, str | list | tuple) and isinstance(times, int):
                    self._require(len(many) * times)
        return self._measured(super().call_binop(context, operator, left, right))

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        """The template, in which every loop counts its turns and every joined text is measured."""
        template = super()._parse(source, name, filename)
        for loop in template.find_all(nodes.For):
            loop.iter = nodes.Filter(loop.iter, _BOUNDED, [], [], None, None, lineno=loop.lineno)
        for joined in tuple(template.find_all(nodes.Concat)):
            parts = nodes.Concat(joined.nodes, lineno=joined.lineno)
            joined.nodes = [nodes.Filter(parts, _MEASURED, [], [], None, None, lineno=joined.lineno)]
        template.set_environment(self)
        return template

    def _counted(self, items: Iterable[object]) -> Iterator[object]:
        for item in items:
            self._step()
            yield item

    def _step(self) -> None:
        self._steps += 1
        if self._steps > STEPS_AT_MOST:
            raise TooMuch(f"it takes more than {STEPS_AT_MOST} turns of its loops and calls")

    def _print(self, value: object) -> object:
        dressed = value if self._dress is None else self._dress(value)
        self._characters += len(str(dressed))
        self._require(self._characters)
        return dressed

    def _measured_filter(self, name: str, of: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(of)
        def measured(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401  whatever a template gives it
            self._require_small((*arguments[1:], *named.values()))
            if name == "format":
                for argument in arguments:
                    self._require_narrow(argument)
            return self._measured(of(*arguments, **named))

        return measured

    def _measured(self, value: Any) -> Any:  # noqa: ANN401  whatever a template makes
        if isinstance(value, str | list | tuple):
            self._require(len(value))
        elif isinstance(value, int) and value.bit_length() > 64:  # noqa: PLR2004  what no message needs
            raise TooMuch("it counts to a number without end")
        return value

    def _require(self, length: int) -> None:
        if length > CHARACTERS_AT_MOST:
            raise TooMuch(f"it writes more than {CHARACTERS_AT_MOST} characters")

    def _require_small(self, values: Iterable[object]) -> None:
        if any(isinstance(value, int) and value > NUMBER_AT_MOST for value in values):
            raise TooMuch(f"it asks for more than {NUMBER_AT_MOST} of something")

    def _require_narrow(self, form: object) -> None:
        if isinstance(form, str) and _WIDE.search(form):
            raise TooMuch("it asks for a width without end")
