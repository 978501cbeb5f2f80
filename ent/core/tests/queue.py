"""The job queue inside a test's own transaction: what waits, and running it here and now."""

import json
from typing import Any

from django.db import connection
from procrastinate.contrib.django import app


def waiting(name: str = "") -> list[dict[str, Any]]:
    """The arguments of the jobs that wait, oldest first; of those named `name`, if it is given."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT args::text FROM procrastinate_jobs WHERE status = 'todo' AND %s IN ('', task_name) ORDER BY id",
            [name],
        )
        return [json.loads(row[0]) for row in cursor.fetchall()]


def run_jobs() -> int:
    """Run the jobs that are due until none is left, and return how many. A failing job fails the test."""
    ran = 0
    while job := _next():
        name, arguments = job
        app.tasks[name].func(**arguments)
        ran += 1
    return ran


def _next() -> tuple[str, dict[str, Any]] | None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE procrastinate_jobs SET status = 'succeeded' WHERE id = (SELECT id FROM procrastinate_jobs"
            " WHERE status = 'todo' AND coalesce(scheduled_at, now()) <= now() ORDER BY id LIMIT 1)"
            " RETURNING task_name, args::text"
        )
        row = cursor.fetchone()
    return (row[0], json.loads(row[1])) if row else None
