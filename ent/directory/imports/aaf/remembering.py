"""What was applied is remembered entry by entry, so that the same entry costs nothing the next time."""

from typing import Any

from django.db import connection

from ent.directory.models import ImportRun

# Only what was applied in every school it concerns, and about which nothing had to be said.
REMEMBER = """
INSERT INTO directory_sourceentry AS e (issuer, entity, entry, digest, run_id)
SELECT %(issuer)s, s.entity, s.entry, s.digest, s.run_id
FROM directory_stagedentry s
WHERE s.run_id = %(run)s AND s.operation = 'add' AND length(s.digest) = 16
    AND NOT EXISTS (SELECT FROM directory_importanomaly a WHERE a.run_id = s.run_id AND a.entity = s.entity
        AND a.entry = s.entry AND NOT a.is_notice)
    AND CASE WHEN s.entity IN ('mef', 'matieres') THEN true
        WHEN s.entity = 'structures' THEN (s.facts->>'school')::bigint = ANY(%(applied)s)
        ELSE EXISTS (SELECT FROM directory_stagedpresence p WHERE p.staged_id = s.id)
            AND NOT EXISTS (SELECT FROM directory_stagedpresence p
                WHERE p.staged_id = s.id AND p.school_id <> ALL(%(applied)s)) END
ON CONFLICT (issuer, entity, entry) DO UPDATE SET digest = excluded.digest, run_id = excluded.run_id
"""

# A delta, or a departure, makes what was remembered stale: the next complete file is looked at.
FORGET = """
DELETE FROM directory_sourceentry e USING directory_stagedentry s
WHERE s.run_id = %(run)s AND s.operation IN ('modify', 'delete')
    AND e.issuer = %(issuer)s AND e.entity = s.entity AND e.entry = s.entry
"""

GONE = """
DELETE FROM directory_sourceentry e
WHERE e.issuer = %(issuer)s AND e.entity = ANY(%(entities)s) AND (e.entity, e.entry) NOT IN (
    SELECT s.entity, s.entry FROM directory_stagedentry s WHERE s.run_id = %(run)s)
"""


def remember(run: ImportRun) -> None:
    """Note what the run has applied. Call it in a transaction, before its staged entries are forgotten."""
    applied = list(run.schools.filter(applied_at__isnull=False).values_list("school_id", flat=True))
    values: dict[str, Any] = {
        "run": run.pk,
        "issuer": run.issuer,
        "applied": applied,
        "entities": list(run.options["entities"]),
    }
    with connection.cursor() as cursor:
        cursor.execute(REMEMBER, values)
        cursor.execute(FORGET, values)
        if not run.is_delta:
            # Who left and comes back must be looked at, even with the very same entry.
            cursor.execute(GONE, values)
