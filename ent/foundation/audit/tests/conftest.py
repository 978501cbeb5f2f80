"""The journal under its owner, who can do everything, and under many writers at once."""

from collections.abc import Callable, Iterator

import pytest
from django.db import connection, transaction

from ent.foundation.schools import scope
from ent.foundation.schools.ownership import as_owner

Sql = Callable[..., None]
TABLES = "audit_record, audit_seal, audit_unsealed, audit_sealingkey"


@pytest.fixture
def owner(django_db_setup: None, django_db_blocker) -> Iterator[Sql]:
    """The test runs as the owner of the tables, in a transaction that is undone. Gives a way to run SQL."""
    with django_db_blocker.unblock(), as_owner(), transaction.atomic(), scope.use(scope.EVERYTHING):
        empty_journal()
        yield run
        transaction.set_rollback(True)


@pytest.fixture
def tamper(owner: Sql) -> Sql:
    """Runs SQL as an owner who switches the triggers off: the attacker whom only the seals betray."""

    def forge(sql: str, *values: object) -> None:
        for table in ("audit_record", "audit_seal"):
            run(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        run(sql, *values)
        for table in ("audit_record", "audit_seal"):
            run(f"ALTER TABLE {table} ENABLE TRIGGER USER")

    return forge


@pytest.fixture
def committed(django_db_setup: None, django_db_blocker) -> Iterator[None]:
    """What the test writes is committed, as the service, so that several connections see it; removed after."""
    with django_db_blocker.unblock():
        with as_owner(), transaction.atomic():
            empty_journal()
        yield
        with as_owner(), transaction.atomic():
            empty_journal()
        connection.close()


def empty_journal() -> None:
    """As the owner. Other tests run a real service, whose nightly jobs write here what no rollback takes back."""
    for table in ("audit_record", "audit_seal"):
        run(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    run(f"TRUNCATE {TABLES} RESTART IDENTITY")
    for table in ("audit_record", "audit_seal"):
        run(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def run(sql: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
