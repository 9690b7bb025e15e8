"""Compiles the templates that alertd brings, which are trusted: an attribute is read as Python reads it.

Jinja itself searches for an item as well, and puts an undefined value in the place of what is missing; that search is
half of what a message costs. Templates of the config folder keep it, for its errors and its sandbox.
"""

from jinja2 import Environment
from jinja2.compiler import CodeGenerator, Frame
from jinja2.nodes import Getattr


class _PlainAttributes(CodeGenerator):
    def visit_Getattr(self, node: Getattr, frame: Frame) -> None:  # noqa: N802  the name is the library's
        """Write `value.name`."""
        self.write("(")
        self.visit(node.node, frame)
        self.write(f").{node.attr}")


class TrustedEnvironment(Environment):
    """The environment of the templates that alertd brings."""

    code_generator_class = _PlainAttributes
