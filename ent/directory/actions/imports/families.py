"""Who answers for the pupils of a school, and the place this gives them there.

The SQL runs inside an attempt (see `attempt`), on its temporary tables. Parameters: run, school, issuer, day.
"""

LINKS = """
CREATE TEMP TABLE link ON COMMIT DROP AS
SELECT h.person_id AS pupil_id, g.person_id AS guardian_id, l.g AS guardian_entry, l.r AS relation, l.l AS legal,
    l.p AS pays, l.c AS contact_rank, l.q AS payment_rank, h.file, h.entry
FROM here h
CROSS JOIN LATERAL jsonb_to_recordset(h.links) AS l(g text, r text, l int, p boolean, c int, q int)
LEFT JOIN here g ON g.entity = 'responsables' AND g.entry = l.g AND g.operation IN ('add', 'modify')
WHERE h.entity = 'eleves' AND h.operation IN ('add', 'modify');
-- A guardian whom these files do not bring is looked for in the directory, then among the pupils.
UPDATE link l SET guardian_id = coalesce(
    (SELECT x.person_id FROM directory_externalid x
     WHERE x.system = 'aaf_responsable' AND x.issuer = %(issuer)s AND x.value = l.guardian_entry),
    (SELECT x.person_id FROM directory_externalid x
     WHERE x.system = 'aaf_eleve' AND x.issuer = %(issuer)s AND x.value = l.guardian_entry))
WHERE l.guardian_id IS NULL;
CREATE INDEX ON link (pupil_id, guardian_id);
ANALYZE link;
INSERT INTO oddity (kind, entity, file, entry, field, value)
SELECT 'guardian', 'eleves', file, entry, 'ENTElevePersRelEleve', guardian_entry FROM link WHERE guardian_id IS NULL;
INSERT INTO oddity (kind, entity, file, entry, field, value)
SELECT 'oneself', 'eleves', file, entry, 'ENTElevePersRelEleve', guardian_entry FROM link
WHERE guardian_id = pupil_id AND relation <> '70';
DELETE FROM link WHERE guardian_id IS NULL OR (guardian_id = pupil_id AND relation <> '70');
-- Two entries may be one human: the first link stands.
DELETE FROM link a USING link b WHERE a.pupil_id = b.pupil_id AND a.guardian_id = b.guardian_id AND a.ctid > b.ctid;
"""

# Only a guardian who is someone's pupil can close a circle, so the walk starts from these few.
CYCLES = """
CREATE TEMP TABLE circle ON COMMIT DROP AS
WITH RECURSIVE walk AS (
    SELECT l.pupil_id AS origin, l.guardian_id AS first, l.guardian_id AS at, 1 AS depth
    FROM link l
    WHERE l.guardian_id <> l.pupil_id AND (
        EXISTS (SELECT FROM link o WHERE o.pupil_id = l.guardian_id AND o.guardian_id <> o.pupil_id)
        OR EXISTS (SELECT FROM directory_guardianship o
            WHERE o.pupil_id = l.guardian_id AND o.guardian_id <> o.pupil_id))
    UNION
    SELECT w.origin, w.first, e.guardian_id, w.depth + 1
    FROM walk w CROSS JOIN LATERAL (
        SELECT guardian_id FROM link WHERE pupil_id = w.at AND guardian_id <> pupil_id
        UNION SELECT guardian_id FROM directory_guardianship WHERE pupil_id = w.at AND guardian_id <> pupil_id) e
    WHERE w.at <> w.origin AND w.depth < 20)
SELECT DISTINCT origin AS pupil_id, first AS guardian_id FROM walk WHERE at = origin;
INSERT INTO oddity (kind, entity, file, entry, field, value)
SELECT 'cycle', 'eleves', l.file, l.entry, 'ENTElevePersRelEleve', l.guardian_entry
FROM link l JOIN circle USING (pupil_id, guardian_id);
DELETE FROM link l USING circle c WHERE l.pupil_id = c.pupil_id AND l.guardian_id = c.guardian_id;
"""

GUARDIANSHIPS = """
CREATE TEMP TABLE untied ON COMMIT DROP AS
SELECT g.id FROM here h JOIN directory_guardianship g ON g.pupil_id = h.person_id AND g.source = 'aaf'
WHERE h.entity = 'eleves' AND h.links IS NOT NULL AND NOT h.is_new AND NOT EXISTS (
    SELECT FROM link l WHERE l.pupil_id = g.pupil_id AND l.guardian_id = g.guardian_id)
UNION
SELECT g.id FROM here h JOIN directory_guardianship g ON g.guardian_id = h.person_id AND g.source = 'aaf'
WHERE h.entity = 'responsables' AND h.operation = 'delete' AND NOT EXISTS (
    SELECT FROM link l WHERE l.pupil_id = g.pupil_id AND l.guardian_id = g.guardian_id);
WITH gone AS (
    DELETE FROM directory_guardianship g USING untied u WHERE g.id = u.id
    RETURNING g.pupil_id, g.guardian_id)
INSERT INTO field_change SELECT DISTINCT 'eleves', gone.pupil_id, 'guardian', p.first_name || ' ' || p.last_name, ''
FROM gone JOIN directory_person p ON p.id = gone.guardian_id;
INSERT INTO field_change
SELECT 'eleves', l.pupil_id, 'guardian', p.first_name || ' ' || p.last_name || ' (' || g.relation || ')',
    p.first_name || ' ' || p.last_name || ' (' || l.relation || ')'
FROM link l JOIN directory_guardianship g USING (pupil_id, guardian_id) JOIN directory_person p ON p.id = l.guardian_id
WHERE (g.relation, g.legal, g.pays, g.contact_rank, g.payment_rank)
    IS DISTINCT FROM (l.relation, l.legal, l.pays, l.contact_rank, l.payment_rank);
INSERT INTO field_change
SELECT 'eleves', l.pupil_id, 'guardian', '', p.first_name || ' ' || p.last_name
FROM link l JOIN directory_person p ON p.id = l.guardian_id
WHERE NOT EXISTS (SELECT FROM newcomer n WHERE n.person_id = l.pupil_id)
    AND NOT EXISTS (SELECT FROM directory_guardianship g
        WHERE g.pupil_id = l.pupil_id AND g.guardian_id = l.guardian_id);
INSERT INTO directory_guardianship AS g (pupil_id, guardian_id, relation, legal, pays, contact_rank, payment_rank,
    source)
SELECT pupil_id, guardian_id, relation, legal, pays, contact_rank, payment_rank, 'aaf' FROM link
ON CONFLICT (pupil_id, guardian_id) DO UPDATE SET relation = excluded.relation, legal = excluded.legal,
    pays = excluded.pays, contact_rank = excluded.contact_rank, payment_rank = excluded.payment_rank
WHERE (g.relation, g.legal, g.pays, g.contact_rank, g.payment_rank) IS DISTINCT FROM
    (excluded.relation, excluded.legal, excluded.pays, excluded.contact_rank, excluded.payment_rank);
"""

# Guardians belong to every school of their wards, and to no other by this source.
GUARDIAN_MEMBERSHIPS = """
CREATE TEMP TABLE answering ON COMMIT DROP AS
SELECT DISTINCT g.guardian_id AS person_id
FROM directory_membership m JOIN directory_guardianship g ON g.pupil_id = m.person_id AND g.guardian_id <> g.pupil_id
WHERE m.school_id = %(school)s AND m.profile IN ('eleve', 'apprenti') AND m.ends IS NULL;
CREATE INDEX ON answering (person_id);
ANALYZE answering;
WITH closed AS (
    UPDATE directory_membership m SET ends = greatest(%(day)s::date, m.starts),
        grace_until = greatest(%(day)s::date, m.starts) + interval '3 months'
    WHERE m.school_id = %(school)s AND m.profile = 'responsable' AND m.source = 'aaf' AND m.ends IS NULL
        AND NOT EXISTS (SELECT FROM answering a WHERE a.person_id = m.person_id)
    RETURNING m.id, m.person_id)
INSERT INTO mark SELECT 'ferme', 'responsables', person_id, id FROM closed;
WITH back AS (
    UPDATE directory_membership m SET ends = NULL, grace_until = NULL FROM answering a
    WHERE m.person_id = a.person_id AND m.school_id = %(school)s AND m.profile = 'responsable' AND m.source = 'aaf'
        AND m.ends IS NOT NULL
    RETURNING m.id, m.person_id)
INSERT INTO mark SELECT 'rouvert', 'responsables', person_id, id FROM back;
WITH made AS (
    INSERT INTO directory_membership (school_id, person_id, profile, function, starts, source)
    SELECT %(school)s, a.person_id, 'responsable', '', %(day)s, 'aaf' FROM answering a
    WHERE NOT EXISTS (SELECT FROM directory_membership m WHERE m.person_id = a.person_id
        AND m.school_id = %(school)s AND m.profile = 'responsable')
    RETURNING id, person_id)
INSERT INTO mark SELECT 'cree', 'responsables', person_id, id FROM made;
"""
