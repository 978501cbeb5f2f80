"""Pytest plugin, loaded first (see pyproject.toml): the tests' own PostgreSQL, or the one that DATABASE_URL names."""

from config import own_postgresql

own_postgresql.provide("test-postgres", durable=False)
