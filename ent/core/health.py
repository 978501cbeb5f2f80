"""What the service needs to answer: its database, its migrations, the wall between schools, its job queue."""

from collections.abc import Callable
from functools import cache

import psycopg
from django.db import connection
from django.db.migrations.loader import MigrationLoader

OK = "ok"


def parts() -> dict[str, str]:
    """Each part and its state: `ok`, or a word that says what fails; never an address or an identifier.

    It opens a connection of its own, so that a full pool is not taken for a database that is down, and so that
    the answer comes within about two seconds.
    """
    checks: dict[str, Callable[[psycopg.Connection], str]] = {
        "migrations": _migrations,
        "isolation": _isolation,
        "jobs": _jobs,
    }
    try:
        with _connect() as database:
            return {"database": OK} | {name: _state(check, database) for name, check in checks.items()}
    except psycopg.Error:
        return {"database": "unreachable"} | dict.fromkeys(checks, "unknown")


def _connect() -> psycopg.Connection:
    parameters = connection.get_connection_params()
    for ours in ("cursor_factory", "context"):
        parameters.pop(ours, None)
    return psycopg.connect(**{**parameters, "connect_timeout": 2, "autocommit": True})


def _state(check: Callable[[psycopg.Connection], str], database: psycopg.Connection) -> str:
    try:
        return check(database)
    except psycopg.Error:
        return "unreachable"


def _migrations(database: psycopg.Connection) -> str:
    applied = set(database.execute("SELECT app, name FROM django_migrations").fetchall())
    return OK if _last_migrations() <= applied else "pending"


@cache
def _last_migrations() -> frozenset[tuple[str, str]]:
    """The last migration of each app, as the code that runs knows them."""
    return frozenset(MigrationLoader(None).graph.leaf_nodes())


def _isolation(database: psycopg.Connection) -> str:
    """Row-level security holds for the service: it neither owns the tables nor may bypass it."""
    off = "SELECT 1 FROM pg_class WHERE relrowsecurity AND NOT row_security_active(oid) LIMIT 1"
    return "off" if database.execute(off).fetchone() else OK


def _jobs(database: psycopg.Connection) -> str:
    database.execute("SELECT FROM procrastinate_jobs LIMIT 1")
    return OK
