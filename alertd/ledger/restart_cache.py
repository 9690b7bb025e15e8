"""A cache for the next start: an index of the truces, what was read of each file, and the key that it rests on.

None of it is needed for a truth: where it is missing, everything is read and planned anew, with the same outcome.
"""

from collections.abc import Iterable, Sequence
from sys import intern

from sqlalchemy import Connection, delete, insert, select, update

from alertd.domain.truce import over_at
from alertd.ledger import schema
from alertd.ledger.upsert import insert_or_update
from alertd.ledger.values import CacheKey, KnownTruce, RememberedFile, TruceIndexEntry, TruceStanding

_REMEMBER = insert_or_update(schema.register_file, ["traits", "blocks"])

_READING = "reading"
_PLANNING = "planning"


def index(connection: Connection) -> dict[str, TruceIndexEntry]:
    """The index entry of every truce ever recorded, by its id."""
    table = schema.truce
    query = select(
        table.c.id,
        table.c.standing,
        table.c.file,
        table.c.tags,
        table.c.over_at,
        table.c.look_at,
        table.c.rest_from,
        table.c.is_asked_about,
    )
    standings = {standing.value: standing for standing in TruceStanding}
    tags_of: dict[str, tuple[str, ...]] = {}
    return {
        truce: TruceIndexEntry(
            standing=standings[standing],
            file=intern(file),
            tags=tags_of.setdefault(tags, tuple(tags.split("\n")) if tags else ()),
            over_at=over,
            look_at=look_at,
            rest_from=rest_from,
            is_asked_about=is_asked_about,
        )
        for truce, standing, file, tags, over, look_at, rest_from, is_asked_about in connection.execute(query)
    }


def reindex(connection: Connection, known: Iterable[KnownTruce]) -> dict[str, TruceIndexEntry]:
    """Write down what is to be kept at hand of truces whose plans stay as they are; gives it, by their ids."""
    found = {
        known_truce.truce.id: TruceIndexEntry(
            standing=known_truce.standing,
            file=known_truce.file,
            tags=known_truce.truce.tags,
            over_at=over_at(known_truce.truce),
            look_at=None,
            rest_from=None,
            is_asked_about=False,
        )
        for known_truce in known
    }
    for truce, entry in found.items():
        values = columns_of(entry)
        connection.execute(update(schema.truce).where(schema.truce.c.id == truce).values(values))
    return found


def columns_of(entry: TruceIndexEntry) -> dict[str, object]:
    """The columns of a truce that its index entry alone fills."""
    return {
        "tags": "\n".join(entry.tags),
        "over_at": entry.over_at,
        "look_at": entry.look_at,
        "rest_from": entry.rest_from,
        "is_asked_about": entry.is_asked_about,
    }


def remembered(connection: Connection) -> tuple[CacheKey, tuple[RememberedFile, ...]]:
    """The cache key, and what was last read of each truce file."""
    query = select(schema.register_file).order_by(schema.register_file.c.name)
    files = tuple(RememberedFile(row.name, row.traits, row.blocks) for row in connection.execute(query))
    return _cache_key(connection), files


def remember(connection: Connection, read: Sequence[RememberedFile]) -> None:
    """Keep what was read of some files; a file of which nothing is left to remember is forgotten."""
    table = schema.register_file
    for file in read:
        if not file.blocks and file.traits is None:
            connection.execute(delete(table).where(table.c.name == file.name))
            continue
        connection.execute(_REMEMBER, {"name": file.name, "traits": file.traits, "blocks": file.blocks})


def _cache_key(connection: Connection) -> CacheKey:
    """On what plans and readings rest."""
    table = schema.cache_key
    known = {row.of: row.digest for row in connection.execute(select(table))}
    return CacheKey(reading=known.get(_READING), planning=known.get(_PLANNING))


def store_cache_key(connection: Connection, now: CacheKey) -> None:
    """Write down on what they rest from now on. What was read under another key is forgotten."""
    if now.reading is None or now.reading != _cache_key(connection).reading:
        connection.execute(delete(schema.register_file))
    connection.execute(delete(schema.cache_key))
    known = {_READING: now.reading, _PLANNING: now.planning}
    values = [{"of": of, "digest": fingerprint} for of, fingerprint in known.items() if fingerprint is not None]
    if values:
        connection.execute(insert(schema.cache_key), values)
