"""Work done later, outside a request: declared by `@job` in an app's `tasks.py`, asked for by `enqueue`.

A job lives in the database of what caused it: enqueued in a transaction that rolls back, it never runs.
A worker that dies in the middle of a job leaves it to another, so **a job may run twice**: it must find
out what is left to do and do that (see docs/features/jobs.md). Its arguments are ids, never names or contents:
they are logged.
"""

import asyncio
import logging
import random
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import wraps
from typing import Any, Generic, ParamSpec

from asgiref.sync import async_to_sync
from django.utils import timezone
from procrastinate import App, JobContext, exceptions, manager, psycopg_connector, retry, tasks
from procrastinate import jobs as stored
from procrastinate.contrib.django import app as procrastinate_app
from procrastinate.contrib.django import django_connector, utils
from procrastinate.worker import Worker

from ent.core.logs import request_id

P = ParamSpec("P")
log = logging.getLogger("ent.jobs")

# A job that was under way each time its worker died is given up after so many runs: it may be what kills them.
MOST_RUNS = 5
KEEP_DONE_HOURS = 24
KEEP_FAILED_HOURS = 30 * 24


@dataclass(frozen=True, kw_only=True)
class Backoff(retry.BaseRetryStrategy):
    """Try again after `first` seconds, then twice as long each time, at most `longest`; `times` tries in all."""

    times: int = 8
    first: float = 15
    longest: float = 3600

    def get_retry_decision(self, *, exception: BaseException, job: stored.Job) -> retry.RetryDecision | None:
        if job.attempts + 1 >= self.times:
            return None
        # Spread, so that what failed together does not come back together.
        delay = min(self.first * 2**job.attempts, self.longest) * random.uniform(0.8, 1.2)  # noqa: S311
        return retry.RetryDecision(retry_at=timezone.now() + timedelta(seconds=delay))


@dataclass(frozen=True)
class Job(Generic[P]):
    """A declared job; calling it runs it here and now."""

    name: str
    run: Callable[P, None]

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> None:
        self.run(*args, **kwargs)


def job(
    *, name: str, queue: str = "default", retry: Backoff | None = None, every: str = "", lock: str = ""
) -> Callable[[Callable[P, None]], Job[P]]:
    """Declare a job named `app.verb_noun`.

    `every` is a cron line in UTC (minute hour day month weekday, or six fields, seconds last) for a job without
    arguments, which the next tick repeats: it takes no `retry`. Two jobs of the same `lock` never run together.
    """
    if every and retry:
        raise TypeError(f"{name}: a periodic job is repeated by its next tick, not by retry")

    def decorate(function: Callable[P, None]) -> Job[P]:
        @wraps(function)
        def run(**arguments: Any) -> None:
            if every:
                arguments.pop("timestamp", None)
            function(**arguments)  # type: ignore[call-arg]

        task = procrastinate_app.task(
            name=name,
            queue=queue,
            retry=retry or False,
            lock=lock or (name if every else None),
            queueing_lock=name if every else None,
            task_middleware=[_logged],
        )(run)
        if every:
            procrastinate_app.periodic(cron=every)(task)  # type: ignore[arg-type]
        return Job(name, function)

    return decorate


# Its own connector: inside a worker, procrastinate's app talks through another connection than Django's.
_jobs = manager.JobManager(django_connector.DjangoConnector())


def enqueue(wanted: Job[Any] | str, *, not_before: datetime | None = None, lock: str = "", **arguments: Any) -> int:
    """Ask for a job, in the current transaction. Returns its id.

    A module below the job's `tasks.py` names it by its text. Raises `LookupError` for an unknown job and
    `TypeError` for arguments that JSON cannot hold.
    """
    name = wanted if isinstance(wanted, str) else wanted.name
    task = procrastinate_app.tasks.get(name)
    if task is None:
        raise LookupError(f"no job is named “{name}”")
    return tasks.configure_task(
        name=name, job_manager=_jobs, queue=task.queue, lock=lock or task.lock, schedule_at=not_before
    ).defer(**arguments)


def _logged(call_next: Callable[[], Any], context: JobContext, worker: Worker | None) -> Any:
    """One line a run: the job's name and its time."""
    request_id.set(f"job-{context.job.id}")
    start = time.perf_counter()
    outcome = "failed"
    try:
        result = call_next()
        outcome = "done"
        return result
    finally:
        took = round((time.perf_counter() - start) * 1000, 1)
        log.info("job %s", outcome, extra={"job": context.job.task_name, "ms": took})


@dataclass(frozen=True)
class Pulse:
    """How fast a dead worker is noticed, in seconds: it says `every` so often that it lives."""

    every: float = 5
    dead_after: float = 20


def run_worker(*, concurrency: int = 2, pulse: Pulse | None = None) -> None:
    """Run jobs until SIGTERM or SIGINT; the ones under way are then finished first.

    `concurrency` jobs run side by side, each in a thread with a database connection of its own.
    """
    asyncio.run(_work(concurrency, pulse or Pulse()))


async def _work(concurrency: int, pulse: Pulse) -> None:
    connector = psycopg_connector.PsycopgConnector(kwargs=utils.connector_params(), min_size=1, max_size=3)
    with procrastinate_app.replace_connector(connector) as app:
        async with app.open_async():
            rescue = asyncio.create_task(_rescue_now_and_then(app, pulse))
            try:
                await app.run_worker_async(
                    concurrency=concurrency,
                    update_heartbeat_interval=pulse.every,
                    stalled_worker_timeout=pulse.dead_after,
                )
            finally:
                rescue.cancel()
                with suppress(asyncio.CancelledError):
                    await rescue


# One statement, so that two workers that rescue at once never give the same job twice. A periodic job whose next
# tick already waits is not repeated: the two would hold the same place in the queue.
RESCUE = """
WITH living AS (
    SELECT id FROM procrastinate_workers WHERE last_heartbeat > now() - make_interval(secs => %(dead_after)s)
), abandoned AS MATERIALIZED (
    SELECT j.id, j.task_name, j.attempts, EXISTS (
        SELECT FROM procrastinate_jobs next
        WHERE next.queueing_lock = j.queueing_lock AND next.status = 'todo'
    ) AS followed
    FROM procrastinate_jobs j
    WHERE j.status = 'doing' AND (j.worker_id IS NULL OR j.worker_id NOT IN (SELECT id FROM living))
    FOR UPDATE OF j SKIP LOCKED
)
SELECT id, task_name, followed OR attempts + 1 >= %(most_runs)s AS given_up,
    CASE WHEN followed OR attempts + 1 >= %(most_runs)s
        THEN procrastinate_finish_job_v1(id, 'failed', false)
        ELSE procrastinate_retry_job_v2(id, now(), NULL, NULL, NULL)
    END
FROM abandoned
"""


async def _rescue_now_and_then(app: App, pulse: Pulse) -> None:
    """Hand over the jobs of workers that no longer live."""
    while True:
        try:
            rows = await app.connector.execute_query_all_async(RESCUE, dead_after=pulse.dead_after, most_runs=MOST_RUNS)
            for row in rows:
                log.warning("job given up" if row["given_up"] else "job handed over", extra={"job": row["task_name"]})
        except exceptions.ConnectorException:
            log.warning("the database does not answer; the jobs of dead workers wait")
        await asyncio.sleep(pulse.every)


def forget_old() -> None:
    """Remove the jobs done since a day, and those that failed since a month."""
    forget = async_to_sync(_jobs.delete_old_jobs)
    forget(nb_hours=KEEP_DONE_HOURS)
    forget(nb_hours=KEEP_FAILED_HOURS, include_failed=True, include_aborted=True, include_cancelled=True)
