"""The contents that each truce file has had, as fingerprints: by them a node that has an older one is found out.

Of each file the newest content, the node that read it last, and a number of contents before it. On one machine it is
always the same node.
"""

from collections.abc import Collection, Iterator
from datetime import datetime

from sqlalchemy import Connection, Row, delete, false, insert, select, true, update

from alertd.ledger.nodes import GONE, FileContents, NewerContent
from alertd.ledger.schema import file_content

ALONE = ""
"""The name of the one node of a ledger that no other can have."""

KEPT = 100
"""Contents of a file that are kept: more than one that a node can be behind by."""

_AT_ONCE = 500
"""Files that one statement names."""


def behind(connection: Connection, contents: FileContents) -> dict[str, NewerContent]:
    """Those of some files of a node whose content is an older one, by their names.

    Only where another node read the newest: what its own reader takes back is an edit like any other.
    """
    found = contents.of
    newest = {
        row.name: NewerContent(node=row.node, seen_at=row.seen_at, is_gone=row.content == GONE)
        for row in _rows(connection, found, is_newest=True)
        if row.node != contents.node and row.content != found[row.name]
    }
    earlier = _rows(connection, newest, is_newest=False)
    return {row.name: newest[row.name] for row in earlier if row.content == found[row.name]}


def keep(connection: Connection, contents: FileContents, now: datetime) -> None:
    """Keep what a node has read of some files, or that it has deleted them, as their newest contents."""
    found = contents.of
    newest = {row.name: row for row in _rows(connection, found, is_newest=True)}
    fresh = [name for name, content in found.items() if name not in newest or newest[name].content != content]
    taken_over = [name for name in newest.keys() - set(fresh) if newest[name].node != contents.node]
    for names in _parts([name for name in fresh if name in newest]):
        connection.execute(update(file_content).where(file_content.c.name.in_(names)).values(is_newest=False))
    for names in _parts(taken_over):
        of_them = file_content.c.name.in_(names) & file_content.c.is_newest
        connection.execute(update(file_content).where(of_them).values(node=contents.node))
    numbers = {name: newest[name].number + 1 if name in newest else 1 for name in fresh}
    rows = [
        {
            "name": name,
            "number": number,
            "content": found[name],
            "node": contents.node,
            "seen_at": now,
            "is_newest": True,
        }
        for name, number in numbers.items()
    ]
    if rows:
        connection.execute(insert(file_content), rows)
    for name, number in numbers.items():
        if number > KEPT:
            is_too_old = (file_content.c.name == name) & (file_content.c.number <= number - KEPT)
            connection.execute(delete(file_content).where(is_too_old))


def read_by(connection: Connection, node: str) -> frozenset[str]:
    """The files whose newest content a node was the last to read."""
    query = select(file_content.c.name).where(file_content.c.is_newest, file_content.c.node == node)
    return frozenset(connection.scalars(query))


def _rows(connection: Connection, names: Collection[str], *, is_newest: bool) -> Iterator[Row[tuple[object, ...]]]:
    """The newest content of some files, or all that are kept of those before it."""
    for part in _parts(names):
        is_wanted = file_content.c.is_newest == (true() if is_newest else false())
        yield from connection.execute(select(file_content).where(file_content.c.name.in_(part), is_wanted))


def _parts(names: Collection[str]) -> Iterator[list[str]]:
    every = sorted(names)
    for start in range(0, len(every), _AT_ONCE):
        yield every[start : start + _AT_ONCE]
