"""Turns DATABASE_URL into Django's database settings."""

from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

NEVER = 10**9


def from_url(url: str, *, pool_size: int = 0) -> dict[str, Any]:
    """`postgresql://user:password@host:port/name?sslmode=…` as a DATABASES entry.

    `pool_size` > 0 keeps that many connections per process. Every setting of ours is transaction-local, so that a
    transaction-pooling proxy may stand in between.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"postgresql", "postgres"}:
        raise ValueError(f"DATABASE_URL must begin with postgresql://, not “{parts.scheme}”")
    options: dict[str, Any] = dict(parse_qsl(parts.query))
    options.setdefault("application_name", "ent")
    # psycopg prepares only what asks for it (ent.core.prepared).
    options["prepare_threshold"] = NEVER
    if pool_size:
        options["pool"] = {"min_size": 1, "max_size": pool_size, "timeout": 10}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": str(parts.port or 5432),
        "CONN_MAX_AGE": 0,
        "DISABLE_SERVER_SIDE_CURSORS": True,
        "OPTIONS": options,
    }
