"""Jobs run after what caused them, by real workers that may die."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from procrastinate.jobs import Job

from ent.core import jobs
from ent.core.tests import worker as tests_worker
from ent.core.tests.worker import lines

PATIENCE_S = 20


class Workers:
    """Starts worker processes on the test database, and ends them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.started: list[subprocess.Popen[bytes]] = []

    def start(self) -> subprocess.Popen[bytes]:
        url = urlsplit(settings.DATABASE_URL)._replace(path="/" + connection.settings_dict["NAME"]).geturl()
        process = subprocess.Popen(
            [sys.executable, "-m", "ent.core.tests.worker", str(self.folder)],
            env={**os.environ, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "config.settings.test"},
        )
        self.started.append(process)
        return process

    def end(self) -> None:
        for process in self.started:
            process.kill()
            process.wait()


@pytest.fixture
def workers(django_db_setup: None, django_db_blocker: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Workers]:
    """The queue, emptied before and after; what the test writes is committed, so that workers see it."""
    started = Workers(tmp_path)
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        _empty_queue()
        yield started
        started.end()
        _empty_queue()
        connection.close()


def _empty_queue() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")
        cursor.execute("DELETE FROM procrastinate_workers")


def _states(name: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT status FROM procrastinate_jobs WHERE task_name = %s ORDER BY id", [name])
        return [row[0] for row in cursor.fetchall()]


def _wait_until(true: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.05)


def _read(folder: Path) -> list[str]:
    return [line for line in lines(folder) if line != "tick"]


def test_a_job_runs_once_what_asked_for_it_is_committed(workers: Workers, tmp_path: Path) -> None:
    workers.start()
    with transaction.atomic():
        jobs.enqueue(tests_worker.note, folder=str(tmp_path), line="bonjour")
        time.sleep(0.5)
        assert _read(tmp_path) == []
    _wait_until(lambda: _read(tmp_path) == ["bonjour"], "the job")
    _wait_until(lambda: _states("tests.note_line") == ["succeeded"], "its state")


def test_a_job_of_a_transaction_rolled_back_never_runs(workers: Workers, tmp_path: Path) -> None:
    with transaction.atomic():
        jobs.enqueue(tests_worker.note, folder=str(tmp_path), line="jamais")
        transaction.set_rollback(True)
    jobs.enqueue(tests_worker.note, folder=str(tmp_path), line="après")
    workers.start()
    _wait_until(lambda: _states("tests.note_line") == ["succeeded"], "the other job")
    assert _read(tmp_path) == ["après"]


def test_what_a_failing_job_enqueued_is_rolled_back_with_it(workers: Workers, tmp_path: Path) -> None:
    jobs.enqueue(tests_worker.enqueue_and_fail, folder=str(tmp_path))
    workers.start()
    _wait_until(lambda: _states("tests.enqueue_and_fail") == ["failed"], "the failure")
    assert _states("tests.note_line") == []


def test_a_worker_killed_in_the_middle_of_a_job_leaves_it_to_another(workers: Workers, tmp_path: Path) -> None:
    jobs.enqueue(tests_worker.take_time, folder=str(tmp_path), seconds=2)
    first = workers.start()
    _wait_until(lambda: _read(tmp_path) == [f"begin {first.pid}"], "the first worker to begin")
    second = workers.start()
    first.kill()
    _wait_until(lambda: f"end {second.pid}" in _read(tmp_path), "the second worker to end the job")
    assert _read(tmp_path) == [f"begin {first.pid}", f"begin {second.pid}", f"end {second.pid}"]


def test_a_job_is_never_given_twice_by_workers_that_rescue_together(workers: Workers, tmp_path: Path) -> None:
    for _ in range(2):
        jobs.enqueue(tests_worker.take_time, folder=str(tmp_path), seconds=1.5)
    first = workers.start()
    _wait_until(lambda: len(_read(tmp_path)) == 2, "both jobs to begin")
    for _ in range(3):
        workers.start()
    first.kill()
    _wait_until(lambda: _states("tests.take_time") == ["succeeded", "succeeded"], "both jobs")
    begun = [line for line in _read(tmp_path) if line.startswith("begin")]
    assert len(begun) == 4


def test_a_stopping_worker_finishes_its_job_first(workers: Workers, tmp_path: Path) -> None:
    jobs.enqueue(tests_worker.take_time, folder=str(tmp_path), seconds=1)
    only = workers.start()
    _wait_until(lambda: len(_read(tmp_path)) == 1, "the job to begin")
    only.send_signal(signal.SIGTERM)
    assert only.wait(PATIENCE_S) == 0
    assert _read(tmp_path) == [f"begin {only.pid}", f"end {only.pid}"]
    assert _states("tests.take_time") == ["succeeded"]


def test_a_job_that_kills_its_workers_is_given_up(workers: Workers, tmp_path: Path) -> None:
    jobs.enqueue(tests_worker.kill_worker, folder=str(tmp_path))
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET attempts = %s", [jobs.MOST_RUNS - 2])
    for tries in (1, 2):
        workers.start().wait(PATIENCE_S)
        assert _read(tmp_path) == ["try"] * tries
    workers.start()
    _wait_until(lambda: _states("tests.kill_worker") == ["failed"], "the job to be given up")
    assert _read(tmp_path) == ["try"] * 2


def test_a_failed_job_is_tried_again_later_then_given_up(workers: Workers, tmp_path: Path) -> None:
    jobs.enqueue(tests_worker.fail_twice, folder=str(tmp_path))
    workers.start()
    _wait_until(lambda: _states("tests.fail_twice") == ["succeeded"], "the third try")
    assert _read(tmp_path) == ["try"] * 3
    jobs.enqueue(tests_worker.always_fail, folder=str(tmp_path))
    _wait_until(lambda: _states("tests.always_fail") == ["failed"], "the last failure")
    assert _read(tmp_path) == ["try"] * 5


def test_waits_double_and_are_spread() -> None:
    backoff = jobs.Backoff(times=5, first=10, longest=60)
    job = Job(id=1, queue="default", lock=None, queueing_lock=None, task_name="x", attempts=0)
    waits = []
    for attempts in range(5):
        decision = backoff.get_retry_decision(exception=RuntimeError(), job=job.evolve(attempts=attempts))
        waits.append(decision and (decision.retry_at - timezone.now()).total_seconds())
    assert waits[-1] is None
    for wait, expected in zip(waits, [10, 20, 40, 60], strict=False):
        assert expected * 0.79 < wait < expected * 1.21


def test_a_job_may_be_asked_for_later(workers: Workers, tmp_path: Path) -> None:
    later = timezone.now() + timedelta(hours=1)
    jobs.enqueue(tests_worker.note, not_before=later, folder=str(tmp_path), line="plus tard")
    jobs.enqueue(tests_worker.note, folder=str(tmp_path), line="maintenant")
    workers.start()
    _wait_until(lambda: _states("tests.note_line") == ["todo", "succeeded"], "the one of now")
    assert _read(tmp_path) == ["maintenant"]


def test_a_periodic_job_runs_at_each_tick_however_many_workers(workers: Workers, tmp_path: Path) -> None:
    workers.start()
    workers.start()
    _wait_until(lambda: lines(tmp_path).count("tick") >= 2, "two ticks")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), count(DISTINCT defer_timestamp) FROM procrastinate_periodic_defers WHERE task_name = %s",
            ["tests.tick_each_second"],
        )
        runs, ticks = cursor.fetchone()
    assert runs == ticks


def test_jobs_run_as_the_service_which_cannot_bypass_row_security(workers: Workers, tmp_path: Path) -> None:
    jobs.enqueue(tests_worker.tell_role, folder=str(tmp_path))
    workers.start()
    _wait_until(lambda: len(_read(tmp_path)) == 1, "the job")
    assert _read(tmp_path) == [urlsplit(settings.DATABASE_URL).username]


def test_an_unknown_job_is_refused_at_once(db: None) -> None:
    with pytest.raises(LookupError):
        jobs.enqueue("tests.unknown_job")


def test_old_jobs_are_forgotten_those_of_today_are_kept(workers: Workers, tmp_path: Path) -> None:
    for line in ("hier", "aujourd’hui"):
        jobs.enqueue(tests_worker.note, folder=str(tmp_path), line=line)
    workers.start()
    _wait_until(lambda: _states("tests.note_line") == ["succeeded"] * 2, "both jobs")
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE procrastinate_events SET at = at - interval '25 hours'"
            " WHERE job_id = (SELECT min(id) FROM procrastinate_jobs WHERE task_name = 'tests.note_line')"
        )
    jobs.forget_old()
    assert _states("tests.note_line") == ["succeeded"]
