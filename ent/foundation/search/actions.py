"""Keeping the index in line with what it is made of. Derived data: nothing here is recorded."""

from collections.abc import Iterable
from typing import Any

from django.db import connection

from ent.foundation.schools import scope
from ent.foundation.schools.models import School
from ent.foundation.search.queries import sources

# Rows of the slice that the source no longer gives are removed; rows that did not change are not written.
REFRESH = """
WITH fresh AS MATERIALIZED ({select}), gone AS (
    DELETE FROM search_searchentry old
    WHERE old.kind = %(kind)s
        AND (%(schools)s::bigint[] IS NULL OR old.school_id = ANY(%(schools)s::bigint[]))
        AND (%(objects)s::bigint[] IS NULL OR old.object_id = ANY(%(objects)s::bigint[]))
        AND NOT EXISTS (
            SELECT FROM fresh WHERE fresh.school_id = old.school_id AND fresh.object_id = old.object_id
        )
)
INSERT INTO search_searchentry AS kept (school_id, kind, object_id, title, subtitle, body, audience)
SELECT school_id, %(kind)s, object_id, left(title, 200), left(subtitle, 200), body, audience FROM fresh
ON CONFLICT (school_id, kind, object_id) DO UPDATE
    SET title = excluded.title, subtitle = excluded.subtitle, body = excluded.body, audience = excluded.audience
    WHERE (kept.title, kept.subtitle, kept.body, kept.audience)
        IS DISTINCT FROM (excluded.title, excluded.subtitle, excluded.body, excluded.audience)
"""


def refresh(kind: str, school_ids: Iterable[int] | None = None) -> int:
    """Bring one kind up to date in these schools, or in every school, by one statement a school.

    Returns how many entries were written. Runs in the current transaction and scope: call it in the action that
    changed a whole school, under `scope.EVERYTHING` or in the scope of that school. Raises `KeyError`.
    """
    ids = School.objects.values_list("pk", flat=True) if school_ids is None else school_ids
    return sum(_refresh(kind, schools=[pk]) for pk in list(ids))


def refresh_objects(kind: str, object_ids: Iterable[int]) -> int:
    """Bring these things of one kind up to date, in the schools of the current scope. Returns how many were written.

    For an action on a few of them: a person's name, membership, division, guardians.
    """
    return _refresh(kind, objects=list(object_ids))


def refresh_schools(school_ids: Iterable[int] | None = None) -> None:
    """Bring every kind up to date in these schools, or in all, each school in a transaction of its own."""
    ids = School.objects.values_list("pk", flat=True) if school_ids is None else school_ids
    for pk in list(ids):
        with scope.use(scope.EVERYTHING):
            for kind, source in sources.items():
                if source.select:
                    refresh(kind, [pk])


def _refresh(kind: str, *, schools: list[int] | None = None, objects: list[int] | None = None) -> int:
    scope.current()
    parameters: dict[str, Any] = {"kind": kind, "schools": schools, "objects": objects}
    with connection.cursor() as cursor:
        cursor.execute(REFRESH.format(select=sources[kind].select), parameters)
        return int(cursor.rowcount)
