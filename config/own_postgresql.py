"""The project's own PostgreSQL in var/, for development and tests: started at need, named through the environment."""

import os
from pathlib import Path

from ent.core import postgres

PROJECT = Path(__file__).resolve().parents[1]


def provide(folder: str = "postgres", *, durable: bool = True) -> None:
    """Set DATABASE_URL and DATABASE_OWNER_URL, starting the server if need be, unless DATABASE_URL names another."""
    if os.environ.get("DATABASE_URL"):
        return
    home = Path(os.environ.get("ENT_VAR", PROJECT / "var")) / folder
    server = postgres.start(home, durable=durable)
    os.environ["DATABASE_URL"] = server.service_url
    os.environ["DATABASE_OWNER_URL"] = server.owner_url
