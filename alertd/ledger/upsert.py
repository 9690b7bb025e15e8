"""Inserting what may be there already, in words that SQLite and PostgreSQL share."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from sqlalchemy import Insert, Table, insert, text


def insert_once(table: Table) -> Insert:
    """Insert rows; one whose key is there is left as it is."""
    return _ending_with(insert(table), "ON CONFLICT DO NOTHING")


def insert_or_update(
    table: Table, columns: Iterable[str], otherwise: Mapping[str, str] = MappingProxyType({})
) -> Insert:
    """Insert rows; of one whose key is there these columns take the new values, or those of other SQL."""
    (key,) = table.primary_key
    values = {column: f"excluded.{column}" for column in columns} | dict(otherwise)
    sets = ", ".join(f"{column} = {value}" for column, value in values.items())
    return _ending_with(insert(table), f"ON CONFLICT ({key.name}) DO UPDATE SET {sets}")


def _ending_with(statement: Insert, clause: str) -> Insert:
    statement.apply_syntax_extension_point(lambda existing: [*existing, text(clause)], "post_values")
    return statement
