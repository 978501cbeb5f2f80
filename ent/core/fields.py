"""Model fields whose content is encrypted at rest, and how their values follow a change of master key."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.core.exceptions import FieldError
from django.db import connection, models

from ent.core import crypto


class SealedField(models.BinaryField):  # type: ignore[type-arg]
    """Base of the encrypted fields: the column holds a sealed value bound to its table and column.

    It cannot be searched or ordered by; `ent keys rotate` seals it again under the current master key.
    A migration that renames its table or column must seal its values again: the old name no longer opens them.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["editable"] = False
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("editable", None)
        return name, path, args, kwargs

    @property
    def purpose(self) -> bytes:
        return f"{self.model._meta.db_table}.{self.column}".encode()

    def dump(self, value: Any) -> bytes:
        raise NotImplementedError

    def load(self, plain: bytes) -> Any:
        raise NotImplementedError

    def get_prep_value(self, value: Any) -> Any:
        return value

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        return None if value is None else crypto.seal(self.dump(value), purpose=self.purpose)

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        return None if value is None else self.load(crypto.unseal(bytes(value), purpose=self.purpose))

    def get_lookup(self, lookup_name: str) -> Any:
        # Each sealing differs, so a comparison would silently find nothing.
        if lookup_name != "isnull":
            raise FieldError(f"“{self.name}” is encrypted: it cannot be searched by “{lookup_name}”.")
        return super().get_lookup(lookup_name)

    def value_to_string(self, obj: Any) -> str:
        raise TypeError("A sealed value is not serialised in the clear.")


class SealedTextField(SealedField):
    """Encrypted text."""

    def dump(self, value: str) -> bytes:
        return value.encode()

    def load(self, plain: bytes) -> str:
        return plain.decode()


class SealedJSONField(SealedField):
    """Encrypted JSON."""

    def dump(self, value: Any) -> bytes:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()

    def load(self, plain: bytes) -> Any:
        return json.loads(plain)


class SealedBytesField(SealedField):
    """Encrypted bytes, such as another key."""

    def dump(self, value: bytes) -> bytes:
        return bytes(value)

    def load(self, plain: bytes) -> bytes:
        return plain


@dataclass(frozen=True, slots=True)
class SealedColumn:
    """Where sealed values lie."""

    table: str
    column: str
    primary_key: str

    @property
    def purpose(self) -> bytes:
        return f"{self.table}.{self.column}".encode()


@dataclass(frozen=True, slots=True)
class Resealed:
    """What one batch did. `last` is the primary key to go on after, None at the end; `unreadable` are primary keys."""

    done: int
    last: Any
    unreadable: tuple[Any, ...] = ()


# The name of the master key is in the clear at the head of a sealed value (see ent.core.crypto); bytes, since a
# damaged value may hold anything there.
KEY_NAME = "CASE WHEN length({column}) > 2 THEN substring({column} FROM 3 FOR get_byte({column}, 1)) ELSE '' END"


def sealed_columns() -> Iterator[SealedColumn]:
    """Every column of every model that holds sealed values."""
    for model in apps.get_models():
        for field in model._meta.local_fields:
            if isinstance(field, SealedField):
                yield SealedColumn(model._meta.db_table, str(field.column), str(model._meta.pk.column))


def count_by_key(column: SealedColumn) -> dict[str, int]:
    """How many values of the column lie under each master key, by its name."""
    sql = "SELECT {key_name}, count(*) FROM {table} WHERE {column} IS NOT NULL GROUP BY 1 ORDER BY 1"
    with connection.cursor() as cursor:
        cursor.execute(sql.format(**_quoted(column)))
        return {bytes(name).decode(errors="replace"): values for name, values in cursor.fetchall()}


def reseal_batch(column: SealedColumn, *, after: Any = None, size: int = 200) -> Resealed:
    """Seal again, under the current master key, up to `size` values that lie under another. Call it in a transaction.

    A value that changes meanwhile is left alone: whoever changed it has sealed it under the current key.
    """
    rows = _under_another_key(column, after, size)
    fresh, unreadable = [], []
    for key, sealed in rows:
        try:
            plain = crypto.unseal(bytes(sealed), purpose=column.purpose)
        except crypto.CannotOpen:
            unreadable.append(key)
        else:
            fresh.append((crypto.seal(plain, purpose=column.purpose), key, sealed))
    done = 0
    with connection.cursor() as cursor:
        sql = "UPDATE {table} SET {column} = %s WHERE {primary_key} = %s AND {column} = %s"
        for row in fresh:
            cursor.execute(sql.format(**_quoted(column)), row)
            done += cursor.rowcount
    return Resealed(done, rows[-1][0] if rows else None, tuple(unreadable))


def _under_another_key(column: SealedColumn, after: Any, size: int) -> list[tuple[Any, bytes]]:
    further = "" if after is None else "AND {primary_key} > %s "
    sql = "SELECT {primary_key}, {column} FROM {table} WHERE {column} IS NOT NULL AND {key_name} <> %s "
    sql += further + "ORDER BY {primary_key} LIMIT %s"
    values = [crypto.current_key_name().encode(), *([] if after is None else [after]), size]
    with connection.cursor() as cursor:
        cursor.execute(sql.format(**_quoted(column)), values)
        return cursor.fetchall()


def _quoted(column: SealedColumn) -> dict[str, str]:
    name = connection.ops.quote_name
    parts = {"table": name(column.table), "column": name(column.column), "primary_key": name(column.primary_key)}
    return parts | {"key_name": KEY_NAME.format(**parts)}
