"""The settings of the node that was active last, as digests of their parts: by them a node with others is found out."""

from collections.abc import Mapping

from sqlalchemy import Connection, delete, insert, select

from alertd.ledger.nodes import OtherSettings
from alertd.ledger.schema import node_settings


def compare(connection: Connection, parts: Mapping[str, str], node: str) -> OtherSettings | None:
    """The parts in which a node differs from the one that was active before it; None where that was itself.

    `parts` are the digests of its settings, by the names of their parts.
    """
    kept = {row.part: row for row in connection.execute(select(node_settings))}
    before = {row.node for row in kept.values()} - {node}
    digests = {part: row.digest for part, row in kept.items()}
    names = tuple(sorted(part for part in parts.keys() | digests.keys() if parts.get(part) != digests.get(part)))
    return OtherSettings(node=before.pop(), parts=names) if before and names else None


def keep(connection: Connection, parts: Mapping[str, str], node: str) -> None:
    """Keep the settings of the node that is active now."""
    connection.execute(delete(node_settings))
    rows = [{"part": part, "digest": digest, "node": node} for part, digest in parts.items()]
    if rows:
        connection.execute(insert(node_settings), rows)
