"""Whom the staged entries of a run speak of, and in which schools: a human already known, or a new one.

It is worked out anew before a preview and before an application, from the directory as it then is. A new human is
given their id here, so that links between entries can be resolved before anybody is written. Two humans are made one
only where the files themselves say so (link 70), or where a guardian and a member of staff have the same name, the
same first name and the same known birth date, and nobody else has.
"""

from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from ent.directory.actions.imports import RANK, Note, note
from ent.directory.enums import AnomalyStage, ImportEntity
from ent.directory.models import (
    ImportAnomaly,
    ImportRun,
    ImportSchool,
    StagedAccount,
    StagedPerson,
    StagedPresence,
)

SYSTEM = (
    "CASE s.entity WHEN 'eleves' THEN 'aaf_eleve' WHEN 'personnels' THEN 'aaf_personnel' ELSE 'aaf_responsable' END"
)
# As `login_base` makes it from the files.
LOGIN = """concat_ws('.',
    nullif(left(trim(both '-' from regexp_replace(lower(unaccent(p.first_name)), '[^a-z]+', '-', 'g')), 35), ''),
    nullif(left(trim(both '-' from regexp_replace(lower(unaccent(p.last_name)), '[^a-z]+', '-', 'g')), 34), ''))"""

PEOPLE = f"""
INSERT INTO directory_stagedperson (staged_id, run_id, person_id, is_new)
SELECT s.id, s.run_id, coalesce(x.person_id, m.person_id, nextval('directory_person_id_seq')),
    x.person_id IS NULL AND coalesce(m.is_new, true)
FROM directory_stagedentry s
LEFT JOIN directory_externalid x ON x.system = {SYSTEM} AND x.issuer = %(issuer)s AND x.value = s.entry
LEFT JOIN merged m ON m.entity = s.entity AND m.entry = s.entry
WHERE s.run_id = %(run)s AND s.entity = ANY(%(entities)s) AND s.operation <> 'seen'
    AND (s.operation = 'add' OR x.person_id IS NOT NULL)
"""

# Tables just filled: the planner would take them for empty and walk through them again and again.
STATISTICS = "SELECT ent_analyze_staged()"
# The same after a great import, where autovacuum has not passed yet.
DIRECTORY_STATISTICS = "SELECT ent_analyze_directory()"

MERGED = """
CREATE TEMP TABLE merged (entity text, entry text, person_id bigint, is_new boolean, label text) ON COMMIT DROP
"""

# Link 70: the guardian is the pupil. Their names must agree, and nobody else be called so by two pupils.
ONESELF = """
CREATE TEMP TABLE oneself ON COMMIT DROP AS
SELECT s.id, s.facts->>'login' AS login, l.g AS guardian
FROM directory_stagedentry s CROSS JOIN LATERAL jsonb_to_recordset(s.facts->'links') AS l(g text, r text)
WHERE s.run_id = %(run)s AND s.entity = 'eleves' AND s.operation = 'add'
    AND s.facts @> '{"links": [{"r": "70"}]}' AND l.r = '70';
ANALYZE oneself;
INSERT INTO merged (entity, entry, person_id, is_new)
SELECT 'responsables', g.entry, min(p.person_id), bool_and(p.is_new)
FROM oneself o
JOIN directory_stagedperson p ON p.staged_id = o.id
JOIN directory_stagedentry g ON g.run_id = %(run)s AND g.entity = 'responsables' AND g.entry = o.guardian
    AND g.operation = 'add' AND g.facts->>'login' = o.login
GROUP BY g.entry HAVING count(DISTINCT p.person_id) = 1;
ANALYZE merged
"""

# A new guardian and a member of staff, new or known, then a new member of staff and a known guardian.
SAME_HUMAN = f"""
CREATE TEMP TABLE candidate ON COMMIT DROP AS
SELECT s.entity, s.entry, s.facts->>'login' || ' ' || (s.facts->>'born') AS name, (s.facts->>'born')::date AS born,
    p.person_id, p.is_new
FROM directory_stagedentry s LEFT JOIN directory_stagedperson p ON p.staged_id = s.id
WHERE s.run_id = %(run)s AND s.operation = 'add' AND s.entity IN ('responsables', 'personnels')
    AND s.facts->>'born' IS NOT NULL AND NOT EXISTS (
        SELECT FROM merged m WHERE m.entity = s.entity AND m.entry = s.entry);
ANALYZE candidate;
-- Whoever was born one of these days first: the planner, left free, may walk through the directory for each person.
WITH born_then AS MATERIALIZED (
    SELECT p.id, p.first_name, p.last_name, p.birth_date FROM directory_person p
    WHERE EXISTS (SELECT FROM candidate) AND p.birth_date IN (SELECT c.born FROM candidate c))
INSERT INTO candidate (entity, entry, name, person_id, is_new)
SELECT DISTINCT CASE x.system WHEN 'aaf_personnel' THEN 'personnels' ELSE 'responsables' END, x.value,
    {LOGIN} || ' ' || to_char(p.birth_date, 'YYYY-MM-DD'), p.id, false
FROM born_then p JOIN directory_externalid x ON x.person_id = p.id
WHERE x.issuer = %(issuer)s AND x.system IN ('aaf_personnel', 'aaf_responsable');
ANALYZE candidate;
INSERT INTO merged (entity, entry, person_id, is_new, label)
SELECT 'responsables', g.entry, t.person_id, t.is_new, t.entry
FROM (SELECT name, min(entry) AS entry FROM candidate WHERE entity = 'responsables'
      GROUP BY name HAVING count(DISTINCT entry) = 1) g
JOIN (SELECT name, min(entry) AS entry, min(person_id) AS person_id, bool_and(is_new) AS is_new
      FROM candidate WHERE entity = 'personnels'
      GROUP BY name HAVING count(DISTINCT entry) = 1) t USING (name)
WHERE t.person_id IS NOT NULL AND NOT EXISTS (SELECT FROM directory_externalid x
    WHERE x.system = 'aaf_responsable' AND x.issuer = %(issuer)s AND x.value = g.entry);
ANALYZE merged
"""

# Staff come before guardians, so a member of staff who is already a known guardian is looked for first.
KNOWN_GUARDIANS = f"""
INSERT INTO merged (entity, entry, person_id, is_new, label)
SELECT 'personnels', s.entry, min(p.id), false, min(x.value)
FROM directory_stagedentry s
JOIN directory_person p ON p.birth_date = (s.facts->>'born')::date AND {LOGIN} = s.facts->>'login'
JOIN directory_externalid x ON x.person_id = p.id AND x.system = 'aaf_responsable' AND x.issuer = %(issuer)s
WHERE s.run_id = %(run)s AND s.entity = 'personnels' AND s.operation = 'add' AND s.facts->>'born' IS NOT NULL
    AND NOT EXISTS (SELECT FROM directory_externalid y
        WHERE y.person_id = p.id AND y.system IN ('aaf_personnel', 'aaf_eleve'))
    AND NOT EXISTS (SELECT FROM directory_stagedentry o WHERE o.run_id = s.run_id AND o.entity = s.entity
        AND o.operation = 'add' AND o.entry <> s.entry
        AND o.facts->>'login' = s.facts->>'login' AND o.facts->>'born' = s.facts->>'born')
GROUP BY s.entry HAVING count(DISTINCT p.id) = 1
"""

MERGES = """
SELECT m.entity, s.file, m.entry, m.label, s.facts->>'first' || ' ' || (s.facts->>'last')
FROM merged m JOIN directory_stagedentry s ON s.run_id = %(run)s AND s.entity = m.entity AND s.entry = m.entry
WHERE m.label IS NOT NULL AND NOT EXISTS (SELECT FROM directory_externalid x
    WHERE x.person_id = m.person_id AND x.issuer = %(issuer)s AND x.value = m.entry
        AND x.system = CASE m.entity WHEN 'personnels' THEN 'aaf_personnel' ELSE 'aaf_responsable' END)
ORDER BY m.entry
"""

# Where an entry says the person is, and where those already known are: that is where they may leave.
PRESENCES = """
INSERT INTO directory_stagedpresence (run_id, school_id, staged_id)
SELECT DISTINCT %(run)s::bigint, r.s, s.id
FROM directory_stagedentry s
JOIN directory_stagedperson p ON p.staged_id = s.id
CROSS JOIN LATERAL jsonb_to_recordset(s.facts->'roles') AS r(s bigint)
WHERE s.run_id = %(run)s AND s.entity IN ('eleves', 'personnels');
INSERT INTO directory_stagedpresence (run_id, school_id, staged_id)
SELECT DISTINCT %(run)s::bigint, m.school_id, p.staged_id
FROM directory_stagedperson p
JOIN directory_stagedentry s ON s.id = p.staged_id
JOIN directory_membership m ON m.person_id = p.person_id AND m.source = 'aaf' AND m.ends IS NULL
WHERE p.run_id = %(run)s AND NOT p.is_new AND CASE s.entity
    WHEN 'eleves' THEN m.profile IN ('eleve', 'apprenti')
    -- An adult pupil answers for themselves without being there as a guardian.
    WHEN 'responsables' THEN m.profile IN ('responsable', 'eleve', 'apprenti')
    ELSE m.profile NOT IN ('eleve', 'apprenti', 'responsable') END
ON CONFLICT DO NOTHING;
INSERT INTO directory_stagedpresence (run_id, school_id, staged_id)
SELECT DISTINCT %(run)s::bigint, pr.school_id, g.id
FROM directory_stagedpresence pr
JOIN directory_stagedentry s ON s.id = pr.staged_id AND s.entity = 'eleves'
CROSS JOIN LATERAL jsonb_to_recordset(s.facts->'links') AS l(g text)
JOIN directory_stagedentry g ON g.run_id = %(run)s AND g.entity = 'responsables' AND g.entry = l.g
JOIN directory_stagedperson p ON p.staged_id = g.id
WHERE pr.run_id = %(run)s
ON CONFLICT DO NOTHING
"""

LOST = """
SELECT s.entity, s.file, s.entry, s.operation, p.staged_id IS NOT NULL
FROM directory_stagedentry s LEFT JOIN directory_stagedperson p ON p.staged_id = s.id
WHERE s.run_id = %(run)s AND s.entity IN ('eleves', 'responsables', 'personnels') AND s.operation <> 'seen'
    AND (p.staged_id IS NULL OR NOT EXISTS (SELECT FROM directory_stagedpresence pr WHERE pr.staged_id = s.id))
ORDER BY s.entity, s.entry
"""

# `prenom.nom`, then `prenom.nom2`…: a base holds no digit, so what follows it is the number. Homonyms are numbered in
# the order of their entries. The operators of the pattern index compare bytes, whatever the collation.
IDENTIFIERS = f"""
CREATE TEMP TABLE newcomer ON COMMIT DROP AS
SELECT DISTINCT ON (p.person_id) p.person_id, s.entity, s.entry, s.facts->>'login' AS base
FROM directory_stagedperson p JOIN directory_stagedentry s ON s.id = p.staged_id
WHERE p.run_id = %(run)s AND p.is_new AND s.operation = 'add'
    AND EXISTS (SELECT FROM directory_stagedpresence pr WHERE pr.staged_id = s.id)
ORDER BY p.person_id, {RANK.format("s.")};
INSERT INTO directory_stagedaccount (person_id, run_id, identifier)
SELECT n.person_id, %(run)s,
    n.base || CASE WHEN coalesce(t.last, 0) + n.rank = 1 THEN '' ELSE (coalesce(t.last, 0) + n.rank)::text END
FROM (SELECT person_id, base, row_number() OVER (PARTITION BY base ORDER BY entity, entry) AS rank FROM newcomer) n
JOIN (SELECT b.base, (
        SELECT max(coalesce(nullif(substr(a.identifier, length(b.base) + 1), '')::int, 1))
        FROM accounts_account a
        WHERE a.identifier ~>=~ b.base AND a.identifier ~<~ (b.base || ':')
            AND substr(a.identifier, length(b.base) + 1) ~ '^[0-9]{{0,6}}$') AS last
      FROM (SELECT DISTINCT base FROM newcomer) b) t USING (base)
"""

SCHOOLS = """
SELECT DISTINCT school_id FROM directory_stagedpresence WHERE run_id = %(run)s
UNION SELECT (facts->>'school')::bigint FROM directory_stagedentry
WHERE run_id = %(run)s AND entity = 'structures' AND operation IN ('add', 'modify') AND facts->>'school' IS NOT NULL
"""

# Schools that this académie has already given, and of which a complete import says nothing.
ABSENT = """
SELECT s.id, s.name, s.city, s.uai FROM schools_school s
WHERE s.is_open AND EXISTS (
    SELECT FROM directory_importschool l JOIN directory_importrun r ON r.id = l.run_id
    WHERE l.school_id = s.id AND l.is_in_files AND l.applied_at IS NOT NULL AND r.issuer = %(issuer)s)
    AND NOT EXISTS (SELECT FROM directory_importschool l
        WHERE l.run_id = %(run)s AND l.school_id = s.id AND l.is_in_files)
ORDER BY s.uai
"""

PLACED_ANOMALIES = """
UPDATE directory_importanomaly a SET school_id = pr.school_id
FROM directory_stagedentry s JOIN directory_stagedpresence pr ON pr.staged_id = s.id
WHERE a.run_id = %(run)s AND a.school_id IS NULL AND a.entry <> ''
    AND s.run_id = a.run_id AND s.entity = a.entity AND s.entry = a.entry
"""


def match(run: ImportRun) -> None:
    """Fill StagedPerson, StagedPresence, StagedAccount and the run's lines by school. Call it in one transaction."""
    StagedAccount.objects.filter(run_id=run.pk)._raw_delete("default")
    StagedPresence.objects.filter(run_id=run.pk)._raw_delete("default")
    StagedPerson.objects.filter(run_id=run.pk)._raw_delete("default")
    ImportAnomaly.objects.filter(run=run, school=None, stage=AnomalyStage.PLANNING).delete()
    values: dict[str, Any] = {"run": run.pk, "issuer": run.issuer}
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS pg_temp.merged, pg_temp.candidate, pg_temp.oneself, pg_temp.newcomer")
        cursor.execute(MERGED)
        cursor.execute(STATISTICS)
        cursor.execute(DIRECTORY_STATISTICS)
        cursor.execute(KNOWN_GUARDIANS, values)
        cursor.execute(PEOPLE, {**values, "entities": ["eleves", "personnels"]})
        cursor.execute(STATISTICS)
        _run(cursor, ONESELF, values)
        _run(cursor, SAME_HUMAN, values)
        cursor.execute(MERGES, values)
        merges = cursor.fetchall()
        cursor.execute(PEOPLE, {**values, "entities": ["responsables"]})
        cursor.execute(STATISTICS)
        _run(cursor, PRESENCES, values)
        cursor.execute(STATISTICS)
        _run(cursor, IDENTIFIERS, values)
        cursor.execute(LOST, values)
        lost = cursor.fetchall()
        cursor.execute(PLACED_ANOMALIES, values)
        absent = []
        if run.options.get("whole_region") and not run.is_delta:
            cursor.execute(ABSENT, values)
            absent = cursor.fetchall()
        cursor.execute(SCHOOLS, values)
        schools = [school for (school,) in cursor.fetchall()]
    note(run, [*map(_merge, merges), *map(_loss, lost), *map(_absence, absent)], AnomalyStage.PLANNING)
    known = set(run.schools.values_list("school_id", flat=True))
    ImportSchool.objects.bulk_create(ImportSchool(run=run, school_id=pk) for pk in schools if pk not in known)


def _run(cursor: Any, script: str, values: dict[str, Any]) -> None:
    for statement in script.split(";\n"):
        cursor.execute(statement, values)


def _merge(row: tuple[str, str, str, str, str]) -> Note:
    entity, file, entry, other, name = row
    sentence = _(
        "Rapprochement : %(name)s, responsable et membre du personnel (%(other)s), même nom et même date de "
        "naissance : une seule personne."
    )
    return Note(entity, sentence % {"name": name, "other": other}, file, entry, is_notice=True)


def _loss(row: tuple[str, str, str, str, bool]) -> Note:
    entity, file, entry, operation, is_known = row
    if operation == "modify" and not is_known:
        sentence = _("Cette entrée modifie une personne inconnue de l’annuaire : elle est ignorée.")
    elif operation == "delete":
        sentence = _("Cette entrée supprime une personne que l’annuaire n’a pas, ou plus : il n’y a rien à fermer.")
    elif entity == ImportEntity.GUARDIANS:
        sentence = _("Ce responsable n’a aucun élève dans les établissements importés : il est laissé de côté.")
    else:
        sentence = _("Cette personne n’est dans aucun établissement ouvert à l’ENT : elle est laissée de côté.")
    # Deleting twice is what a delta read again does: nothing is wrong.
    return Note(entity, sentence, file, entry, is_notice=operation == "delete")


def _absence(row: tuple[int, str, str, str]) -> Note:
    _pk, name, city, uai = row
    sentence = _(
        "%(name)s (%(city)s) est absent de ces fichiers complets : rien n’y est changé. "
        "Vérifiez l’export s’il devait y être."
    )
    return Note(ImportEntity.STRUCTURES, sentence % {"name": name, "city": city}, entry=uai)
