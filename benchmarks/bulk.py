"""Many rows, quickly: COPY on PostgreSQL, batches on SQLite."""

from collections.abc import Iterable, Iterator, Mapping
from enum import Enum
from itertools import chain, islice
from typing import Any

import sqlalchemy as sa
from psycopg.types.json import Jsonb
from sqlalchemy.engine import Connection

BATCH = 5000


def fill(connection: Connection, table: Any, rows: Iterable[Mapping[str, Any]]) -> None:
    """Insert rows; columns that they leave out get the model's default."""
    if connection.dialect.name == "postgresql":
        _copy(connection, table, rows)
        return
    waiting = iter(rows)
    while batch := [dict(row) for row in islice(waiting, BATCH)]:
        connection.execute(sa.insert(table), batch)


def _copy(connection: Connection, table: Any, rows: Iterable[Mapping[str, Any]]) -> None:
    waiting = iter(rows)
    first = next(waiting, None)
    if first is None:
        return
    explicit = set(first)
    columns = [each for each in table.columns if not _numbers_itself(each)]
    columns += [each for each in table.columns if _numbers_itself(each) and each.name in explicit]
    names = ", ".join(f'"{each.name}"' for each in columns)
    cursor = connection.connection.cursor()
    with cursor.copy(f"COPY {table.name} ({names}) FROM STDIN") as copy:
        for values in _plain(columns, chain([first], waiting)):
            copy.write_row(values)
    for each in table.columns:
        if _numbers_itself(each) and each.name in explicit:
            connection.exec_driver_sql(
                f"SELECT setval(pg_get_serial_sequence('{table.name}', '{each.name}'), "  # noqa: S608
                f"(SELECT max({each.name}) FROM {table.name}))"
            )


def _plain(columns: list[Any], rows: Iterable[Mapping[str, Any]]) -> Iterator[list[Any]]:
    defaults = [each.default for each in columns]
    is_json = [isinstance(each.type, sa.JSON) or _wraps_json(each.type) for each in columns]
    for row in rows:
        values = []
        for column, default, wrapped in zip(columns, defaults, is_json, strict=True):
            value = row.get(column.name)
            if value is None and column.name not in row and default is not None:
                value = default.arg(None) if default.is_callable else default.arg
            if isinstance(value, Enum):
                value = value.value
            values.append(Jsonb(dict(value)) if wrapped and value is not None else value)
        yield values


def _numbers_itself(column: Any) -> bool:
    return column.table.autoincrement_column is column


def _wraps_json(kind: Any) -> bool:
    return isinstance(kind, sa.types.TypeDecorator) and isinstance(kind.impl, sa.JSON)
