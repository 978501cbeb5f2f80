"""A real worker in a process of its own, for tests: `python -m ent.core.tests.worker FOLDER`.

Its jobs write what they do into the folder, where the test reads it.
"""

import os
import sys
import time
from pathlib import Path

import django
from django.conf import settings
from django.db import connection, transaction
from procrastinate.contrib.django import app

if __name__ == "__main__":
    django.setup()

from ent.core import jobs

FAST = jobs.Pulse(every=0.3, dead_after=1.5)


@jobs.job(name="tests.note_line")
def note(folder: str, line: str) -> None:
    """Write one line."""
    _write(folder, line)


@jobs.job(name="tests.take_time")
def take_time(folder: str, seconds: float) -> None:
    """Begin, last, end."""
    _write(folder, f"begin {os.getpid()}")
    time.sleep(seconds)
    _write(folder, f"end {os.getpid()}")


@jobs.job(name="tests.fail_twice", retry=jobs.Backoff(times=3, first=0.1))
def fail_twice(folder: str) -> None:
    """Succeed at the third try."""
    _write(folder, "try")
    if lines(folder).count("try") < 3:
        raise RuntimeError("not yet")


@jobs.job(name="tests.always_fail", retry=jobs.Backoff(times=2, first=0.1))
def always_fail(folder: str) -> None:
    _write(folder, "try")
    raise RuntimeError("never")


@jobs.job(name="tests.kill_worker")
def kill_worker(folder: str) -> None:
    """What a job that exhausts the memory looks like."""
    _write(folder, "try")
    os.kill(os.getpid(), 9)


@jobs.job(name="tests.tell_role")
def tell_role(folder: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        _write(folder, cursor.fetchone()[0])


@jobs.job(name="tests.enqueue_and_fail")
def enqueue_and_fail(folder: str) -> None:
    with transaction.atomic():
        jobs.enqueue(note, folder=folder, line="from a job rolled back")
        raise RuntimeError("rolled back")


def lines(folder: str | Path) -> list[str]:
    file = Path(folder) / "lines"
    return file.read_text().splitlines() if file.exists() else []


def _write(folder: str, line: str) -> None:
    with (Path(folder) / "lines").open("a") as file:
        file.write(line + "\n")


if __name__ == "__main__":
    # The service’s own periodic jobs would write, by the hour, into the base of the tests that follow.
    # Run as __main__, the module is not the one the jobs were declared in: it is declared for it alone.
    assert settings.MODE == "test"
    app.periodic_registry.periodic_tasks.clear()
    folder = sys.argv[1]

    @jobs.job(name="tests.tick_each_second", every="* * * * * */1")
    def tick() -> None:
        _write(folder, "tick")

    jobs.run_worker(pulse=FAST)
