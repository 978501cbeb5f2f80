"""The two roles of the service and the database they share."""

from collections.abc import Mapping

import psycopg
from psycopg.sql import SQL, Identifier, Literal

from ent.core.postgres.cluster import ADMIN, HOST, OWNER, SERVICE

# The owner creates test databases; the service obeys row-level security and owns nothing.
_RIGHTS = {
    OWNER: SQL("LOGIN CREATEDB NOSUPERUSER NOCREATEROLE NOREPLICATION NOBYPASSRLS"),
    SERVICE: SQL("LOGIN NOCREATEDB NOSUPERUSER NOCREATEROLE NOREPLICATION NOBYPASSRLS"),
}


def connect(port: int, passwords: Mapping[str, str], database: str = "postgres") -> psycopg.Connection:
    """A connection of the superuser, each statement committed at once. Raises psycopg.OperationalError."""
    return psycopg.connect(
        host=HOST, port=port, user=ADMIN, password=passwords[ADMIN], dbname=database, connect_timeout=5, autocommit=True
    )


def prepare(port: int, passwords: Mapping[str, str], database: str) -> None:
    """Bring roles, database and schema to what they must be, from whatever they are."""
    with connect(port, passwords) as server:
        for role, rights in _RIGHTS.items():
            known = server.execute("SELECT FROM pg_roles WHERE rolname = %s", [role]).rowcount
            verb = SQL("ALTER" if known else "CREATE")
            password = Literal(passwords[role])
            server.execute(SQL("{} ROLE {} {} PASSWORD {}").format(verb, Identifier(role), rights, password))
        if not server.execute("SELECT FROM pg_database WHERE datname = %s", [database]).rowcount:
            server.execute(SQL("CREATE DATABASE {}").format(Identifier(database)))
    with connect(port, passwords, database) as server:
        for statement in (
            "ALTER DATABASE {database} OWNER TO {owner}",
            "ALTER SCHEMA public OWNER TO {owner}",
            "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
            "GRANT CONNECT ON DATABASE {database} TO {service}",
            "GRANT USAGE ON SCHEMA public TO {service}",
        ):
            names = {"database": Identifier(database), "owner": Identifier(OWNER), "service": Identifier(SERVICE)}
            server.execute(SQL(statement).format(**names))
