"""Acting as the owner of the tables: migrations and upkeep, never a request."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import connection

from ent.core import databases


@contextmanager
def as_owner() -> Iterator[None]:
    """The default connection belongs to the owner of the tables inside the block, to the service after."""
    service = dict(connection.settings_dict)
    owner = databases.from_url(settings.DATABASE_OWNER_URL)
    connection.close()
    if service["OPTIONS"].get("pool"):
        connection.close_pool()  # type: ignore[attr-defined]  # PostgreSQL's connection alone has one
    connection.settings_dict.update({key: owner[key] for key in ("USER", "PASSWORD", "HOST", "PORT", "OPTIONS")})
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.update(service)
