"""What the logs tell of a failure, and what they keep for themselves."""

import json
import logging
import sys

import pytest
from django.db import IntegrityError, connection, transaction

from ent.core.logs import JsonFormatter

NAME = ".".join(["ines", "moreau"])


@pytest.fixture
def table(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE account_once (identifier text UNIQUE) ON COMMIT DROP")
        cursor.execute("INSERT INTO account_once VALUES (%s)", [NAME])


def test_a_row_that_the_database_refuses_is_not_quoted(table: None) -> None:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("INSERT INTO account_once VALUES (%s)", [NAME])
    except IntegrityError:
        record = logging.LogRecord("ent", logging.ERROR, __file__, 1, "broken", (), sys.exc_info())
    line = JsonFormatter().format(record)
    assert NAME not in line
    traceback = json.loads(line)["traceback"]
    assert "account_once" in traceback
    assert "The above exception was the direct cause" in traceback
