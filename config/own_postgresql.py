"""The project's own PostgreSQL in var/, for development and tests: started at need, named through the environment."""

import os
from pathlib import Path

import psycopg

from ent.core import postgres

PROJECT = Path(__file__).resolve().parents[1]
# The folder of the server that was provided; child processes inherit it.
PROVIDED = "ENT_POSTGRES_HOME"

OTHERS = """
SELECT count(*) FROM pg_stat_activity
WHERE datname IS NOT NULL AND usename IS NOT NULL AND pid <> pg_backend_pid()
"""


def provide(folder: str = "postgres", *, durable: bool = True) -> None:
    """Set DATABASE_URL and DATABASE_OWNER_URL, starting the server if need be, unless DATABASE_URL names another."""
    if os.environ.get("DATABASE_URL"):
        return
    home = Path(os.environ.get("ENT_VAR", PROJECT / "var")) / folder
    server = postgres.start(home, durable=durable)
    os.environ["DATABASE_URL"] = server.service_url
    os.environ["DATABASE_OWNER_URL"] = server.owner_url
    os.environ[PROVIDED] = str(home)


def leave() -> None:
    """Stop the provided server, unless someone else is connected to it; another server is never touched."""
    home = os.environ.get(PROVIDED)
    if home is None:
        return
    try:
        with psycopg.connect(os.environ["DATABASE_OWNER_URL"], connect_timeout=5) as database:
            others = database.execute(OTHERS).fetchone()
    except psycopg.OperationalError:
        return
    if others == (0,):
        postgres.stop(Path(home))


if __name__ == "__main__":
    leave()
