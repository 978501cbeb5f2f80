"""Writing many rows at once."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection
from psycopg import sql


def insert_rows(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Insert rows by COPY, in the current transaction. Returns how many.

    PostgreSQL refuses COPY into a table under row-level security, so they go through a temporary one; the policies of
    the table apply as to any insertion. The other columns take their default in the database: there must be one.
    """
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    target, incoming = sql.Identifier(table), sql.Identifier(f"incoming_{table}"[:63])
    connection.ensure_connection()
    with connection.connection.cursor() as cursor:
        cursor.execute(
            sql.SQL("CREATE TEMP TABLE {} ON COMMIT DROP AS SELECT {} FROM {} WHERE false").format(
                incoming, names, target
            )
        )
        with cursor.copy(sql.SQL("COPY {} ({}) FROM STDIN").format(incoming, names)) as copy:
            for row in rows:
                copy.write_row(row)
        cursor.execute(sql.SQL("INSERT INTO {} ({}) SELECT {} FROM {}").format(target, names, names, incoming))
        count = cursor.rowcount
        cursor.execute(sql.SQL("DROP TABLE {}").format(incoming))
        return count
