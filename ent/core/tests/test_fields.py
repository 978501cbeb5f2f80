"""Sealing again touches the values under another key, and those alone."""

import pytest
from django.db import connection

from ent.core import crypto, fields

COLUMN = fields.SealedColumn("essay", "phone", "id")


@pytest.mark.django_db
def test_an_empty_column_is_left_empty(settings) -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE essay (id int PRIMARY KEY, phone bytea) ON COMMIT DROP")
        old = crypto.seal(b"06 39 98 10 10", purpose=COLUMN.purpose)
        cursor.execute("INSERT INTO essay VALUES (1, NULL), (2, %s), (3, NULL)", [old])
        settings.MASTER_KEYS = [crypto.new_key("fresh"), *settings.MASTER_KEYS]
        assert fields.reseal_batch(COLUMN) == fields.Resealed(done=1, last=2)
        assert fields.reseal_batch(COLUMN, after=2) == fields.Resealed(done=0, last=None)
        assert fields.count_by_key(COLUMN) == {"fresh": 1}
        cursor.execute("SELECT phone FROM essay ORDER BY id")
        values = [row[0] and crypto.unseal(bytes(row[0]), purpose=COLUMN.purpose) for row in cursor.fetchall()]
    assert values == [None, b"06 39 98 10 10", None]


def test_the_same_value_is_sealed_differently_each_time() -> None:
    assert crypto.seal(b"x", purpose=COLUMN.purpose) != crypto.seal(b"x", purpose=COLUMN.purpose)
