"""Schools taken two at a time: PostgreSQL works on one while the other is prepared, and on both where it has two cores.

Each school keeps its own transaction, on a connection of its own. Two schools that share someone, by the files or by
the directory, are never taken together: neither sees the other half-written, and neither waits for the other's rows.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from itertools import permutations
from typing import TypeVar

from django.db import connection

from ent.directory.models import ImportRun, ImportSchool

T = TypeVar("T")

AT_ONCE = 2

# The schools of whoever is in several, each list once.
SHARED = """
SELECT DISTINCT schools FROM (
    SELECT array_agg(DISTINCT school_id) AS schools FROM (
        SELECT p.person_id, pr.school_id
        FROM directory_stagedpresence pr JOIN directory_stagedperson p ON p.staged_id = pr.staged_id
        WHERE pr.run_id = %(run)s
        UNION ALL SELECT person_id, school_id FROM directory_membership) place
    GROUP BY person_id HAVING min(school_id) < max(school_id)) shared
"""

Neighbours = frozenset[tuple[int, int]]


def neighbours(run: ImportRun) -> Neighbours:
    """The pairs of schools, in both orders, that share someone. Call it once the run is matched."""
    with connection.cursor() as cursor:
        cursor.execute(SHARED, {"run": run.pk})
        return frozenset(pair for (schools,) in cursor.fetchall() for pair in permutations(schools, 2))


def abreast(
    lines: Iterable[ImportSchool], work: Callable[[ImportSchool], T], shared: Neighbours
) -> Iterator[tuple[ImportSchool, T]]:
    """Call `work` on each line in a thread, `AT_ONCE` together; yields each line with the answer, as they come.

    What `work` raises is raised here, once the schools under way are done; no other is begun.
    """
    waiting = list(lines)
    under_way: dict[Future[T], ImportSchool] = {}
    with ThreadPoolExecutor(AT_ONCE) as threads:
        while waiting or under_way:
            while len(under_way) < AT_ONCE and (line := _next(waiting, under_way.values(), shared)):
                waiting.remove(line)
                under_way[threads.submit(_work_in_thread, work, line)] = line
            done, _others = wait(under_way, return_when=FIRST_COMPLETED)
            for future in done:
                yield under_way.pop(future), future.result()


def _next(waiting: list[ImportSchool], busy: Collection[ImportSchool], shared: Neighbours) -> ImportSchool | None:
    """The first school that shares nobody with those under way."""
    for line in waiting:
        if not any((line.school_id, other.school_id) in shared for other in busy):
            return line
    return None


def _work_in_thread(work: Callable[[ImportSchool], T], line: ImportSchool) -> T:
    try:
        return work(line)
    finally:
        # The connection is this thread's own, and nobody else would give it back.
        connection.close()
