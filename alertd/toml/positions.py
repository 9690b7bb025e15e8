"""The line of each key in a TOML text.

tomllib gives values without positions, so a problem first has a path and then, here, a line. Only files with a
problem are parsed a second time: a good file never pays for it. What the values mean is no concern of this module.
"""

import tomllib
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    import tree_sitter

KeyPath: TypeAlias = tuple[str | int, ...]
"""The way to a value: table names and keys, and for every array the index, as in `("truce", 0, "ends")`."""

_KEY_AND_VALUE = 2
_BYTES_AT_ONCE = 16_384
"""The bytes of a text that are parsed in one go, some milliseconds: as long as that, nothing else runs."""
_KEYS = frozenset({"bare_key", "quoted_key", "dotted_key"})


class Positions:
    """The lines of every table, key and array element of one TOML text; what cannot be parsed has none."""

    def __init__(self, text: str) -> None:
        self._lines: dict[KeyPath, int] = {}
        self._lengths: dict[KeyPath, int] = {}
        self._source = text.encode()
        for node in parsed(self._source).root_node.named_children:
            if node.type == "pair":
                self._add_pair(node, ())
            elif node.type in {"table", "table_array_element"}:
                self._add_table(node)

    def line(self, path: KeyPath) -> int:
        """The 1-based line of a path; of the nearest table or key around it where it does not stand in the text."""
        for length in range(len(path), 0, -1):
            if (line := self._lines.get(path[:length])) is not None:
                return line
        return 1

    def _add_table(self, node: "tree_sitter.Node") -> None:
        children = [child for child in node.named_children if child.type in _KEYS or child.type == "pair"]
        if not children or children[0].type == "pair":
            return
        key, *pairs = children
        *parents, name = self._parts(key)
        table: KeyPath = ()
        for part in parents:
            table = self._last_element((*table, part))
        table = (*table, name)
        self._lines.setdefault(table, _line(node))
        if node.type == "table_array_element":
            index = self._lengths.get(table, 0)
            self._lengths[table] = index + 1
            table = (*table, index)
            self._lines[table] = _line(node)
        for pair in pairs:
            self._add_pair(pair, table)

    def _last_element(self, table: KeyPath) -> KeyPath:
        """A header below an array of tables speaks of its last element."""
        length = self._lengths.get(table, 0)
        return (*table, length - 1) if length else table

    def _add_pair(self, node: "tree_sitter.Node", table: KeyPath) -> None:
        children = [child for child in node.named_children if child.type != "comment"]
        if len(children) != _KEY_AND_VALUE:
            return
        key, value = children
        path = table
        for part in self._parts(key):
            path = (*path, part)
            self._lines.setdefault(path, _line(node))
        self._add_value(value, path)

    def _add_value(self, node: "tree_sitter.Node", path: KeyPath) -> None:
        if node.type == "inline_table":
            for pair in node.named_children:
                if pair.type == "pair":
                    self._add_pair(pair, path)
        elif node.type == "array":
            elements = (child for child in node.named_children if child.type != "comment")
            for index, element in enumerate(elements):
                self._lines[*path, index] = _line(element)
                self._add_value(element, (*path, index))

    def _parts(self, key: "tree_sitter.Node") -> list[str]:
        """The parts of a key, outermost first, without their quotes."""
        if key.type == "dotted_key":
            return [part for child in key.named_children for part in self._parts(child)]
        text = self._source[key.start_byte : key.end_byte].decode()  # the node's own text costs much more
        if key.type == "bare_key":
            return [text]
        (name,) = tomllib.loads(f"{text} = 0")
        return [name]


def parsed(source: bytes) -> "tree_sitter.Tree":
    """The syntax tree of a text, made piece by piece: between two of them other threads have their turn."""
    import tree_sitter  # noqa: PLC0415  half a MiB that a good file never pays for
    import tree_sitter_toml  # noqa: PLC0415  likewise

    language = tree_sitter.Language(tree_sitter_toml.language())
    return tree_sitter.Parser(language).parse(lambda at, _: source[at : at + _BYTES_AT_ONCE])


def _line(node: "tree_sitter.Node") -> int:
    return node.start_point[0] + 1
