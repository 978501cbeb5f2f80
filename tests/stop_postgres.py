"""`python -m tests.stop_postgres`: stop the tests' own PostgreSQL, which otherwise waits for the next run."""

from config.own_postgresql import PROJECT
from ent.core import postgres

if __name__ == "__main__":
    postgres.stop(PROJECT / "var" / "test-postgres")
