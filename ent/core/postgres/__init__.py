"""The PostgreSQL the project starts for itself, whole inside one folder. Runs before Django is configured.

Production names its own server by ``DATABASE_URL`` and never comes here (docs/adr/0003-own-postgresql.md).
"""

from ent.core.postgres.errors import PostgresError
from ent.core.postgres.server import Server, running, start, status, stop

__all__ = ["PostgresError", "Server", "running", "start", "status", "stop"]
