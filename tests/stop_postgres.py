"""`python -m tests.stop_postgres`: stop the tests' own PostgreSQL, which otherwise waits for the next run."""

import os
from pathlib import Path

from config.own_postgresql import PROJECT
from ent.core import postgres

if __name__ == "__main__":
    postgres.stop(Path(os.environ.get("ENT_VAR", PROJECT / "var")) / "test-postgres")
