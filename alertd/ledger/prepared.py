"""Statements that are compiled once for each database, and then run straight on its driver.

In a burst a few statements run for thousands of rows, and SQLAlchemy's own way to run them takes longer than the
database does. The expression stays the one source of the text for both databases, and its types still turn values into
those of the driver and back.
"""

from collections import namedtuple
from collections.abc import Iterable, Mapping, Sequence
from functools import cache, partial
from typing import Any

from sqlalchemy import Connection, Dialect, Select, UpdateBase
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.sql.compiler import SQLCompiler

Values = Mapping[str, Any]
"""Values for the parameters of a statement, by name; a list for one that is `expanding`."""


class Prepared:
    """A statement, each call of which gives values for the same parameters.

    An error is that of the driver: the ledger makes advice of it.
    """

    def __init__(self, statement: Select[Any] | UpdateBase) -> None:
        self.statement = statement
        self._compiled: dict[str, SQLCompiler] = {}
        self._forms: dict[tuple[object, ...], _Form] = {}

    def all(self, connection: Connection, values: Values) -> list[Any]:
        """The rows that a query gives, with their columns as attributes."""
        form, cursor = self._run(connection, values)
        return form.rows(cursor.fetchall())

    def run(self, connection: Connection, values: Values) -> int:
        """Change rows; gives their number."""
        _, cursor = self._run(connection, values)
        return cursor.rowcount

    def run_each(self, connection: Connection, rows: Sequence[Values]) -> int:
        """Change rows with each of one or more sets of values, none of them a list; gives the number of rows in all."""
        form, cursor = self._form(connection.dialect, rows[0]), connection.connection.cursor()
        cursor.executemany(form.text, list(map(form.parameters, rows)))
        return cursor.rowcount

    def _run(self, connection: Connection, values: Values) -> "tuple[_Form, DBAPICursor]":
        padded = {name: _padded(value) if isinstance(value, list) else value for name, value in values.items()}
        form, cursor = self._form(connection.dialect, padded), connection.connection.cursor()
        cursor.execute(form.text, form.parameters(padded))
        return form, cursor

    def _form(self, dialect: Dialect, values: Values) -> "_Form":
        key = (dialect.name, *(len(value) for value in values.values() if isinstance(value, list)))
        if key not in self._forms:
            self._forms[key] = _Form(self._compile(dialect, values), values)
        return self._forms[key]

    def _compile(self, dialect: Dialect, values: Values) -> SQLCompiler:
        if dialect.name not in self._compiled:
            compiled = self.statement.compile(dialect=dialect, column_keys=list(values))
            assert isinstance(compiled, SQLCompiler)  # noqa: S101  tells mypy what a statement is compiled to
            self._compiled[dialect.name] = compiled
        return self._compiled[dialect.name]


def _padded(items: list[Any]) -> list[Any]:
    """The items, the last one as often as makes their number a power of two: a statement has few forms then."""
    return items + items[-1:] * ((1 << (len(items) - 1).bit_length()) - len(items))


@cache
def _row_class(columns: tuple[str, ...]) -> type[tuple[Any, ...]]:
    return namedtuple("Row", columns)  # noqa: PYI024  the columns are those of a statement


class _Form:
    """A statement as one database takes it, with as many places as its lists have items."""

    def __init__(self, compiled: SQLCompiler, values: Values) -> None:
        dialect, expanded = compiled.dialect, compiled.construct_expanded_state(values)
        places = expanded.parameter_expansion
        self.text = expanded.statement
        self._order = expanded.positiontup or ()
        self._constants = {place: expanded.parameters[place] for place in self._order}
        self._lists = [(name, places[name]) for name, value in values.items() if isinstance(value, list)]
        self._to_driver = {
            place: process
            for bind, name in compiled.bind_names.items()
            if (process := bind.type.dialect_impl(dialect).bind_processor(dialect)) is not None
            for place in places.get(name, [name])
        }
        columns = compiled.statement.selected_columns if isinstance(compiled.statement, Select) else ()
        self._new_row = partial(tuple.__new__, _row_class(tuple(column.name for column in columns)))
        self._from_driver = [
            (number, process)
            for number, column in enumerate(columns)
            if (process := column.type.dialect_impl(dialect).result_processor(dialect, None)) is not None
        ]

    def parameters(self, values: Values) -> list[Any]:
        """Values as the driver takes them, in the order of their places."""
        by_place = {**self._constants, **values}
        for name, places in self._lists:
            by_place.update(zip(places, values[name], strict=True))
        for place, process in self._to_driver.items():
            by_place[place] = process(by_place[place])
        return [by_place[place] for place in self._order]

    def rows(self, found: Sequence[Sequence[Any]]) -> list[Any]:
        """Rows from those of the driver: column by column, which is quickest."""
        columns: list[Iterable[Any]] = list(zip(*found, strict=True))
        if columns:
            for number, process in self._from_driver:
                columns[number] = map(process, columns[number])
        return list(map(self._new_row, zip(*columns, strict=True)))
