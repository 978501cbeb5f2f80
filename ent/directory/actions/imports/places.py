"""Where people are in a school: its structures, memberships, enrolments, functions and services.

The SQL runs inside an attempt (see `attempt`), on its temporary tables. Parameters: run, school, year, issuer, day,
complete (the entities of which the run gives everybody).
"""

PROFILES = """(VALUES ('eleve', 'eleves', 'aaf_eleve'), ('apprenti', 'eleves', 'aaf_eleve'),
    ('enseignant', 'personnels', 'aaf_personnel'), ('direction', 'personnels', 'aaf_personnel'),
    ('vie_scolaire', 'personnels', 'aaf_personnel'), ('administratif', 'personnels', 'aaf_personnel'),
    ('documentaliste', 'personnels', 'aaf_personnel'), ('collectivite', 'personnels', 'aaf_personnel'),
    ('invite', 'personnels', 'aaf_personnel')) AS e(profile, entity, system)"""

ROLES = """
CREATE TEMP TABLE role ON COMMIT DROP AS
SELECT h.person_id, h.entity, coalesce(r.p, old.profile, 'eleve') AS profile, max(r.f) AS function,
    min(h.schooling->>'entered')::date AS entered
FROM here h
CROSS JOIN LATERAL jsonb_to_recordset(h.roles) AS r(s bigint, p text, f text)
LEFT JOIN LATERAL (
    SELECT m.profile FROM directory_membership m
    WHERE r.p IS NULL AND m.person_id = h.person_id AND m.school_id = %(school)s AND m.profile IN ('eleve', 'apprenti')
    ORDER BY m.ends DESC NULLS FIRST LIMIT 1) old ON true
WHERE h.operation IN ('add', 'modify') AND r.s = %(school)s
GROUP BY 1, 2, 3;
INSERT INTO role (person_id, entity, profile)
SELECT h.person_id, h.entity, h.profile FROM here h
WHERE h.operation = 'modify' AND h.profile IS NOT NULL AND h.roles IS NULL AND EXISTS (
    SELECT FROM directory_membership m WHERE m.person_id = h.person_id AND m.school_id = %(school)s
        AND m.profile IN ('eleve', 'apprenti') AND m.ends IS NULL);
ANALYZE role;
"""

# Who leaves: those whom an entry says elsewhere or gone and, when the files give everybody, those they no longer name.
LEAVING = f"""
CREATE TEMP TABLE leaving ON COMMIT DROP AS
SELECT m.id AS membership_id, m.person_id, m.profile, e.entity
FROM directory_membership m JOIN {PROFILES} USING (profile)
WHERE m.school_id = %(school)s AND m.source = 'aaf' AND m.ends IS NULL
    AND NOT EXISTS (SELECT FROM role r WHERE r.person_id = m.person_id AND r.profile = m.profile)
    AND (EXISTS (
            SELECT FROM here h WHERE h.person_id = m.person_id AND h.entity = e.entity AND (
                h.operation = 'delete' OR h.is_whole OR (h.profile IS NOT NULL AND EXISTS (
                    SELECT FROM role r WHERE r.person_id = m.person_id AND r.entity = e.entity))))
        OR (e.entity = ANY(%(complete)s)
            AND EXISTS (SELECT FROM directory_externalid x
                WHERE x.person_id = m.person_id AND x.system = e.system AND x.issuer = %(issuer)s)
            AND NOT EXISTS (SELECT FROM directory_externalid x
                JOIN directory_stagedentry s ON s.run_id = %(run)s AND s.entity = e.entity AND s.entry = x.value
                    AND s.operation <> 'delete'
                WHERE x.person_id = m.person_id AND x.system = e.system AND x.issuer = %(issuer)s)));
ANALYZE leaving;
"""

# Whether the run says anything of the school.
SOMETHING = """
SELECT EXISTS (SELECT FROM here) OR EXISTS (SELECT FROM leaving) OR EXISTS (
    SELECT FROM directory_stagedentry s WHERE s.run_id = %(run)s AND s.entity = 'structures'
        AND s.operation <> 'seen' AND (s.facts->>'school')::bigint = %(school)s)
"""

# A change of profile in the same school is no departure.
DEPARTURES = """
SELECT
    (SELECT count(*) FROM directory_membership m WHERE m.school_id = %(school)s AND m.source = 'aaf'
        AND m.ends IS NULL AND m.profile IN ('eleve', 'apprenti')),
    (SELECT count(DISTINCT person_id) FROM leaving l WHERE entity = 'eleves'
        AND NOT EXISTS (SELECT FROM role r WHERE r.person_id = l.person_id AND r.entity = l.entity)),
    (SELECT count(DISTINCT person_id) FROM directory_membership m WHERE m.school_id = %(school)s AND m.source = 'aaf'
        AND m.ends IS NULL AND m.profile NOT IN ('eleve', 'apprenti', 'responsable')),
    (SELECT count(DISTINCT person_id) FROM leaving l WHERE entity = 'personnels'
        AND NOT EXISTS (SELECT FROM role r WHERE r.person_id = l.person_id AND r.entity = l.entity)
        AND NOT EXISTS (SELECT FROM directory_membership m WHERE m.person_id = l.person_id
            AND m.school_id = %(school)s AND m.ends IS NULL
            AND m.profile NOT IN ('eleve', 'apprenti', 'responsable')
            AND m.id NOT IN (SELECT membership_id FROM leaving)))
"""

# --- Divisions and groups of the year

STRUCTURES = """
CREATE TEMP TABLE structure ON COMMIT DROP AS
SELECT DISTINCT ON (kind, code) x.kind, x.code, x.label, x.parts, m.id AS mef_id, coalesce(m.label, '') AS level
FROM directory_stagedentry s
CROSS JOIN LATERAL (
    SELECT 'd' AS kind, d.c AS code, d.l AS label, d.parts
    FROM jsonb_to_recordset(s.facts->'divisions') AS d(c text, l text, parts jsonb)
    UNION ALL
    SELECT 'g', g.c, g.l, g.parts FROM jsonb_to_recordset(s.facts->'groups') AS g(c text, l text, parts jsonb)) x
LEFT JOIN directory_mef m ON x.kind = 'd' AND m.code = x.parts->>0
WHERE s.run_id = %(run)s AND s.entity = 'structures' AND s.operation IN ('add', 'modify')
    AND (s.facts->>'school')::bigint = %(school)s;
CREATE TEMP TABLE spoken ON COMMIT DROP AS
SELECT s.facts ? 'divisions' AS divisions, s.facts ? 'groups' AS groups
FROM directory_stagedentry s
WHERE s.run_id = %(run)s AND s.entity = 'structures' AND s.operation IN ('add', 'modify')
    AND (s.facts->>'school')::bigint = %(school)s;
"""

DIVISIONS = """
INSERT INTO structure_change (effect, key, label, field, before, after)
SELECT CASE WHEN d.is_open THEN 'modifie' ELSE 'rouvert' END, 'd:' || s.code, s.label, x.field, x.before, x.after
FROM structure s JOIN directory_division d ON d.year_id = %(year)s AND d.code = s.code
LEFT JOIN directory_mef old ON old.id = d.mef_id LEFT JOIN directory_mef new ON new.id = s.mef_id
CROSS JOIN LATERAL (VALUES ('label', d.label, s.label), ('mef', coalesce(old.label, ''), coalesce(new.label, '')),
    ('state', CASE WHEN d.is_open THEN '' ELSE 'fermée' END, '')) AS x(field, before, after)
WHERE s.kind = 'd' AND x.before <> x.after;
UPDATE directory_division d SET label = s.label, mef_id = s.mef_id, level = s.level, is_open = true
FROM structure s
WHERE s.kind = 'd' AND d.year_id = %(year)s AND d.code = s.code
    AND (d.label, d.mef_id, d.level, d.is_open) IS DISTINCT FROM (s.label, s.mef_id, s.level, true);
WITH made AS (
    INSERT INTO directory_division (school_id, year_id, code, label, mef_id, level, source, is_open)
    SELECT %(school)s, %(year)s, s.code, s.label, s.mef_id, s.level, 'aaf', true FROM structure s
    WHERE s.kind = 'd' AND NOT EXISTS (
        SELECT FROM directory_division d WHERE d.year_id = %(year)s AND d.code = s.code)
    RETURNING code, label)
INSERT INTO structure_change (effect, key, label) SELECT 'cree', 'd:' || code, label FROM made;
WITH shut AS (
    UPDATE directory_division d SET is_open = false
    WHERE d.year_id = %(year)s AND d.source = 'aaf' AND d.is_open AND (SELECT bool_or(divisions) FROM spoken)
        AND NOT EXISTS (SELECT FROM structure s WHERE s.kind = 'd' AND s.code = d.code)
    RETURNING code, label)
INSERT INTO structure_change (effect, key, label) SELECT 'ferme', 'd:' || code, label FROM shut;
"""

GROUPS = """
INSERT INTO structure_change (effect, key, label, field, before, after)
SELECT CASE WHEN g.is_open THEN 'modifie' ELSE 'rouvert' END, 'g:' || s.code, s.label, x.field, x.before, x.after
FROM structure s JOIN directory_group g ON g.year_id = %(year)s AND g.code = s.code
CROSS JOIN LATERAL (VALUES ('label', g.label, s.label), ('state', CASE WHEN g.is_open THEN '' ELSE 'fermé' END, ''))
    AS x(field, before, after)
WHERE s.kind = 'g' AND x.before <> x.after;
UPDATE directory_group g SET label = s.label, is_open = true
FROM structure s
WHERE s.kind = 'g' AND g.year_id = %(year)s AND g.code = s.code
    AND (g.label, g.is_open) IS DISTINCT FROM (s.label, true);
WITH made AS (
    INSERT INTO directory_group (school_id, year_id, code, label, source, is_open)
    SELECT %(school)s, %(year)s, s.code, s.label, 'aaf', true FROM structure s
    WHERE s.kind = 'g' AND NOT EXISTS (SELECT FROM directory_group g WHERE g.year_id = %(year)s AND g.code = s.code)
    RETURNING code, label)
INSERT INTO structure_change (effect, key, label) SELECT 'cree', 'g:' || code, label FROM made;
WITH shut AS (
    UPDATE directory_group g SET is_open = false
    WHERE g.year_id = %(year)s AND g.source = 'aaf' AND g.is_open AND (SELECT bool_or(groups) FROM spoken)
        AND NOT EXISTS (SELECT FROM structure s WHERE s.kind = 'g' AND s.code = g.code)
    RETURNING code, label)
INSERT INTO structure_change (effect, key, label) SELECT 'ferme', 'g:' || code, label FROM shut;
CREATE TEMP TABLE part ON COMMIT DROP AS
SELECT DISTINCT g.id AS group_id, d.id AS division_id, g.code, g.label, p.code AS division_code, d.label AS division
FROM structure s
JOIN directory_group g ON g.year_id = %(year)s AND g.code = s.code
CROSS JOIN LATERAL jsonb_array_elements_text(s.parts) AS p(code)
LEFT JOIN directory_division d ON d.year_id = %(year)s AND d.code = p.code
WHERE s.kind = 'g';
INSERT INTO oddity (kind, entity, file, entry, field, value)
SELECT 'part', 'structures', '', code, 'ENTStructureGroupes', division_code FROM part WHERE division_id IS NULL;
WITH gone AS (
    DELETE FROM directory_groupdivision gd USING directory_group g, structure s
    WHERE g.id = gd.group_id AND g.year_id = %(year)s AND s.kind = 'g' AND s.code = g.code AND g.source = 'aaf'
        AND NOT EXISTS (SELECT FROM part p WHERE p.group_id = gd.group_id AND p.division_id = gd.division_id)
    RETURNING g.code, g.label, gd.division_id)
INSERT INTO structure_change (effect, key, label, field, before, after)
SELECT 'modifie', 'g:' || gone.code, gone.label, 'divisions', d.label, ''
FROM gone JOIN directory_division d ON d.id = gone.division_id;
WITH made AS (
    INSERT INTO directory_groupdivision (school_id, group_id, division_id)
    SELECT %(school)s, p.group_id, p.division_id FROM part p
    WHERE p.division_id IS NOT NULL ON CONFLICT (group_id, division_id) DO NOTHING RETURNING group_id, division_id)
INSERT INTO structure_change (effect, key, label, field, before, after)
SELECT 'modifie', 'g:' || p.code, p.label, 'divisions', '', p.division
FROM made JOIN part p USING (group_id, division_id)
WHERE NOT EXISTS (SELECT FROM structure_change c WHERE c.key = 'g:' || p.code AND c.effect = 'cree');
"""

# --- Memberships

CLOSE = """
WITH closed AS (
    UPDATE directory_membership m SET ends = greatest(%(day)s::date, m.starts),
        grace_until = greatest(%(day)s::date, m.starts) + interval '3 months'
    FROM leaving l WHERE m.id = l.membership_id RETURNING m.id, m.person_id, l.entity)
INSERT INTO mark SELECT 'ferme', entity, person_id, id FROM closed;
WITH ended AS (
    UPDATE directory_enrolment e SET ends = greatest(%(day)s::date, e.starts)
    FROM leaving l
    WHERE e.membership_id = l.membership_id AND (e.ends IS NULL OR e.ends > %(day)s::date)
    RETURNING l.entity, l.person_id, e.division_id)
INSERT INTO field_change SELECT ended.entity, ended.person_id, 'enrolment', d.label, ''
FROM ended JOIN directory_division d ON d.id = ended.division_id;
DELETE FROM directory_headteacher t USING leaving l WHERE t.membership_id = l.membership_id AND t.source = 'aaf';
DELETE FROM directory_teachingassignment t USING leaving l WHERE t.membership_id = l.membership_id AND t.source = 'aaf';
"""

MEMBERSHIPS = """
INSERT INTO field_change
SELECT r.entity, r.person_id, 'function', m.function, r.function
FROM role r JOIN directory_membership m ON m.person_id = r.person_id AND m.school_id = %(school)s
    AND m.profile = r.profile
WHERE m.function <> r.function AND m.ends IS NULL AND r.entity = 'personnels';
WITH back AS (
    UPDATE directory_membership m SET ends = NULL, grace_until = NULL, source = 'aaf',
        function = coalesce(r.function, m.function)
    FROM role r
    WHERE m.person_id = r.person_id AND m.school_id = %(school)s AND m.profile = r.profile AND m.ends IS NOT NULL
    RETURNING m.id, m.person_id, r.entity)
INSERT INTO mark SELECT 'rouvert', entity, person_id, id FROM back;
UPDATE directory_membership m SET function = r.function
FROM role r
WHERE m.person_id = r.person_id AND m.school_id = %(school)s AND m.profile = r.profile AND m.function <> r.function
    AND r.entity = 'personnels';
WITH made AS (
    INSERT INTO directory_membership (school_id, person_id, profile, function, starts, source)
    SELECT %(school)s, r.person_id, r.profile, coalesce(r.function, ''), least(coalesce(r.entered, %(day)s), %(day)s),
        'aaf'
    FROM role r
    WHERE NOT EXISTS (SELECT FROM directory_membership m WHERE m.person_id = r.person_id
        AND m.school_id = %(school)s AND m.profile = r.profile)
    RETURNING id, person_id, profile)
INSERT INTO mark SELECT 'cree', r.entity, made.person_id, made.id FROM made JOIN role r USING (person_id, profile);
CREATE TEMP TABLE member ON COMMIT DROP AS
SELECT h.person_id, h.entity, m.id AS membership_id, m.profile
FROM (SELECT DISTINCT person_id, entity FROM here WHERE operation IN ('add', 'modify') AND entity <> 'responsables') h
JOIN directory_membership m ON m.person_id = h.person_id AND m.school_id = %(school)s AND m.ends IS NULL
WHERE (h.entity = 'eleves') = (m.profile IN ('eleve', 'apprenti')) AND m.profile <> 'responsable';
CREATE INDEX ON member (person_id);
ANALYZE member;
CREATE TEMP TABLE arrived ON COMMIT DROP AS SELECT membership_id FROM mark WHERE effect IN ('cree', 'rouvert');
ANALYZE arrived;
"""

FUNCTIONS = """
CREATE TEMP TABLE post ON COMMIT DROP AS
SELECT DISTINCT ON (mb.membership_id, f.c, f.dc) mb.membership_id, f.c AS code, f.l AS label,
    f.dc AS discipline_code, f.d AS discipline
FROM here h
CROSS JOIN LATERAL jsonb_to_recordset(h.functions)
    AS f(s bigint, p text, c text, l text, dc text, d text)
JOIN member mb ON mb.person_id = h.person_id AND mb.entity = h.entity AND mb.profile = f.p
WHERE h.entity = 'personnels' AND f.s = %(school)s;
DELETE FROM directory_stafffunction f USING member mb, here h
WHERE f.membership_id = mb.membership_id AND h.person_id = mb.person_id AND h.entity = mb.entity
    AND h.functions IS NOT NULL AND NOT EXISTS (SELECT FROM post p WHERE p.membership_id = f.membership_id
        AND p.code = f.code AND p.discipline_code = f.discipline_code);
INSERT INTO directory_stafffunction AS f (school_id, membership_id, code, label, discipline_code, discipline)
SELECT %(school)s, membership_id, code, label, discipline_code, discipline FROM post
ON CONFLICT (membership_id, code, discipline_code) DO UPDATE SET label = excluded.label,
    discipline = excluded.discipline
WHERE (f.label, f.discipline) IS DISTINCT FROM (excluded.label, excluded.discipline);
"""

# --- Enrolments

DIVISION_ENROLMENTS = """
CREATE TEMP TABLE seat ON COMMIT DROP AS
SELECT DISTINCT ON (mb.membership_id) mb.membership_id, mb.person_id, d.id AS division_id, d.label, p.f AS since
FROM here h
JOIN member mb ON mb.person_id = h.person_id AND mb.entity = h.entity
CROSS JOIN LATERAL ROWS FROM (jsonb_to_recordset(h.divisions) AS (s bigint, c text, f date))
    WITH ORDINALITY AS p(s, c, f, rank)
JOIN directory_division d ON d.year_id = %(year)s AND d.code = p.c
WHERE h.entity = 'eleves' AND p.s = %(school)s
ORDER BY mb.membership_id, p.rank;
ANALYZE seat;
INSERT INTO oddity (kind, entity, file, entry, field, value)
SELECT 'division', 'eleves', h.file, h.entry, 'ENTEleveClasses', p.c
FROM here h CROSS JOIN LATERAL jsonb_to_recordset(h.divisions) AS p(s bigint, c text)
WHERE h.entity = 'eleves' AND p.s = %(school)s
    AND NOT EXISTS (SELECT FROM directory_division d WHERE d.year_id = %(year)s AND d.code = p.c);
INSERT INTO oddity (kind, entity, file, entry, field, value)
SELECT 'divisions', 'eleves', h.file, h.entry, 'ENTEleveClasses', string_agg(p.c, ', ')
FROM here h CROSS JOIN LATERAL jsonb_to_recordset(h.divisions) AS p(s bigint, c text)
WHERE h.entity = 'eleves' AND p.s = %(school)s GROUP BY h.file, h.entry HAVING count(*) > 1;
CREATE TEMP TABLE stale ON COMMIT DROP AS
SELECT e.id, e.starts, mb.person_id, mb.membership_id, d.label
FROM here h
JOIN member mb ON mb.person_id = h.person_id AND mb.entity = h.entity
JOIN directory_enrolment e ON e.membership_id = mb.membership_id AND e.division_id IS NOT NULL
    AND (e.ends IS NULL OR e.ends >= %(day)s)
JOIN directory_division d ON d.id = e.division_id
WHERE h.entity = 'eleves' AND h.divisions IS NOT NULL AND NOT h.is_new AND NOT EXISTS (
    SELECT FROM seat s WHERE s.membership_id = e.membership_id AND s.division_id = e.division_id);
DELETE FROM directory_enrolment e USING stale s WHERE e.id = s.id AND s.starts >= %(day)s;
UPDATE directory_enrolment e SET ends = %(day)s::date - 1 FROM stale s WHERE e.id = s.id AND s.starts < %(day)s;
UPDATE directory_enrolment e SET ends = NULL FROM seat s
WHERE e.membership_id = s.membership_id AND e.division_id = s.division_id AND e.ends >= %(day)s;
CREATE TEMP TABLE seated ON COMMIT DROP AS
SELECT s.*, (SELECT max(o.ends) FROM directory_enrolment o
    WHERE o.membership_id = s.membership_id AND o.division_id IS NOT NULL) AS before
FROM seat s WHERE NOT EXISTS (SELECT FROM directory_enrolment e
    WHERE e.membership_id = s.membership_id AND e.division_id = s.division_id AND e.ends IS NULL);
INSERT INTO directory_enrolment (school_id, membership_id, division_id, starts, source)
SELECT %(school)s, membership_id, division_id,
    CASE WHEN before IS NULL THEN greatest(least(coalesce(since, %(day)s), %(day)s), %(year_starts)s::date)
        ELSE greatest(%(day)s::date, before + 1) END, 'aaf'
FROM seated;
INSERT INTO field_change
SELECT 'eleves', coalesce(n.person_id, o.person_id), 'division', coalesce(o.label, ''), coalesce(n.label, '')
FROM seated n FULL JOIN stale o USING (membership_id);
"""

GROUP_ENROLMENTS = """
CREATE TEMP TABLE grouped ON COMMIT DROP AS
SELECT DISTINCT mb.membership_id, mb.person_id, g.id AS group_id, g.label
FROM here h
JOIN member mb ON mb.person_id = h.person_id AND mb.entity = h.entity
CROSS JOIN LATERAL jsonb_to_recordset(h.groups) AS p(s bigint, c text)
JOIN directory_group g ON g.year_id = %(year)s AND g.code = p.c
WHERE h.entity = 'eleves' AND p.s = %(school)s;
ANALYZE grouped;
INSERT INTO oddity (kind, entity, file, entry, field, value)
SELECT 'group', 'eleves', h.file, h.entry, 'ENTEleveGroupes', p.c
FROM here h CROSS JOIN LATERAL jsonb_to_recordset(h.groups) AS p(s bigint, c text)
WHERE h.entity = 'eleves' AND p.s = %(school)s
    AND NOT EXISTS (SELECT FROM directory_group g WHERE g.year_id = %(year)s AND g.code = p.c);
CREATE TEMP TABLE left_group ON COMMIT DROP AS
SELECT e.id, e.starts, mb.person_id, mb.membership_id, g.label
FROM here h
JOIN member mb ON mb.person_id = h.person_id AND mb.entity = h.entity
JOIN directory_enrolment e ON e.membership_id = mb.membership_id AND e.group_id IS NOT NULL AND e.source = 'aaf'
    AND (e.ends IS NULL OR e.ends >= %(day)s)
JOIN directory_group g ON g.id = e.group_id
WHERE h.entity = 'eleves' AND h.groups IS NOT NULL AND NOT h.is_new AND NOT EXISTS (
    SELECT FROM grouped s WHERE s.membership_id = e.membership_id AND s.group_id = e.group_id);
DELETE FROM directory_enrolment e USING left_group s WHERE e.id = s.id AND s.starts >= %(day)s;
UPDATE directory_enrolment e SET ends = %(day)s::date - 1 FROM left_group s WHERE e.id = s.id AND s.starts < %(day)s;
UPDATE directory_enrolment e SET ends = NULL FROM grouped s
WHERE e.membership_id = s.membership_id AND e.group_id = s.group_id AND e.ends >= %(day)s;
CREATE TEMP TABLE joined_group ON COMMIT DROP AS
SELECT s.* FROM grouped s WHERE NOT EXISTS (SELECT FROM directory_enrolment e
    WHERE e.membership_id = s.membership_id AND e.group_id = s.group_id AND e.ends IS NULL);
INSERT INTO directory_enrolment (school_id, membership_id, group_id, starts, source)
SELECT %(school)s, j.membership_id, j.group_id,
    CASE WHEN a.membership_id IS NOT NULL AND n.before IS NULL
        AND NOT EXISTS (SELECT FROM directory_enrolment o WHERE o.membership_id = j.membership_id
            AND o.group_id = j.group_id)
        THEN greatest(least(coalesce(n.since, %(day)s), %(day)s), %(year_starts)s::date) ELSE %(day)s::date END, 'aaf'
FROM joined_group j
LEFT JOIN arrived a ON a.membership_id = j.membership_id
LEFT JOIN seated n ON n.membership_id = j.membership_id;
INSERT INTO field_change
SELECT 'eleves', person_id, 'group', string_agg(before, ', ' ORDER BY before),
    string_agg(after, ', ' ORDER BY after)
FROM (SELECT person_id, membership_id, label AS before, NULL AS after FROM left_group
    UNION ALL SELECT person_id, membership_id, NULL, label FROM joined_group) g
WHERE membership_id NOT IN (SELECT membership_id FROM arrived)
GROUP BY person_id;
"""

# --- What staff do in the year's structures

SERVICES = """
CREATE TEMP TABLE teacher ON COMMIT DROP AS
SELECT DISTINCT ON (person_id) person_id, membership_id FROM member WHERE entity = 'personnels'
ORDER BY person_id, profile <> 'enseignant', profile;
CREATE TEMP TABLE service ON COMMIT DROP AS
SELECT DISTINCT t.membership_id, x.kind, d.id AS division_id, g.id AS group_id, s.id AS subject_id, h.person_id,
    h.file, h.entry, x.c AS code, x.m AS subject_code,
    concat_ws(', ', coalesce(d.label, g.label), s.label) AS label
FROM here h
JOIN teacher t ON t.person_id = h.person_id
CROSS JOIN LATERAL (
    SELECT 'd' AS kind, v.c, v.m FROM jsonb_to_recordset(h.services) AS v(s bigint, c text, m text)
    WHERE v.s = %(school)s
    UNION ALL
    SELECT 'g', v.c, v.m FROM jsonb_to_recordset(h.group_services) AS v(s bigint, c text, m text)
    WHERE v.s = %(school)s) x
LEFT JOIN directory_division d ON x.kind = 'd' AND d.year_id = %(year)s AND d.code = x.c
LEFT JOIN directory_group g ON x.kind = 'g' AND g.year_id = %(year)s AND g.code = x.c
LEFT JOIN directory_nationalsubject s ON s.code = x.m
WHERE h.entity = 'personnels';
INSERT INTO oddity (kind, entity, file, entry, field, value)
SELECT CASE kind WHEN 'd' THEN 'division' ELSE 'group' END, 'personnels', file, entry,
    CASE kind WHEN 'd' THEN 'ENTAuxEnsClassesMatieres' ELSE 'ENTAuxEnsGroupesMatieres' END, code
FROM service WHERE division_id IS NULL AND group_id IS NULL;
INSERT INTO oddity (kind, entity, file, entry, field, value)
SELECT DISTINCT 'subject', 'personnels', file, entry, 'ENTAuxEnsClassesMatieres', subject_code
FROM service WHERE subject_id IS NULL AND subject_code <> '';
DELETE FROM service WHERE division_id IS NULL AND group_id IS NULL;
CREATE TEMP TABLE service_change (person_id bigint, membership_id bigint, before text, after text) ON COMMIT DROP;
WITH gone AS (
    DELETE FROM directory_teachingassignment a USING member mb, here h
    WHERE a.membership_id = mb.membership_id AND mb.entity = 'personnels' AND h.person_id = mb.person_id
        AND h.entity = mb.entity AND a.source = 'aaf'
        AND CASE WHEN a.division_id IS NULL THEN h.group_services IS NOT NULL ELSE h.services IS NOT NULL END
        AND NOT EXISTS (SELECT FROM service s WHERE s.membership_id = a.membership_id
            AND (s.division_id, s.group_id, s.subject_id)
                IS NOT DISTINCT FROM (a.division_id, a.group_id, a.subject_id))
    RETURNING mb.person_id, a.*)
INSERT INTO service_change
SELECT gone.person_id, gone.membership_id, concat_ws(', ', coalesce(d.label, g.label), s.label), NULL
FROM gone LEFT JOIN directory_division d ON d.id = gone.division_id LEFT JOIN directory_group g ON g.id = gone.group_id
LEFT JOIN directory_nationalsubject s ON s.id = gone.subject_id;
WITH made AS (
    INSERT INTO directory_teachingassignment (school_id, membership_id, division_id, group_id, subject_id, source)
    SELECT DISTINCT %(school)s::bigint, membership_id, division_id, group_id, subject_id, 'aaf' FROM service
    ON CONFLICT DO NOTHING RETURNING membership_id, division_id, group_id, subject_id)
INSERT INTO service_change
SELECT DISTINCT s.person_id, s.membership_id, NULL, s.label FROM made JOIN service s
    ON s.membership_id = made.membership_id AND (s.division_id, s.group_id, s.subject_id)
        IS NOT DISTINCT FROM (made.division_id, made.group_id, made.subject_id);
INSERT INTO field_change
SELECT 'personnels', person_id, 'service', string_agg(before, ' ; ' ORDER BY before),
    string_agg(after, ' ; ' ORDER BY after)
FROM service_change WHERE membership_id NOT IN (SELECT membership_id FROM arrived) GROUP BY person_id;
"""

HEADS = """
CREATE TEMP TABLE head ON COMMIT DROP AS
SELECT DISTINCT t.membership_id, h.person_id, d.id AS division_id, d.label
FROM here h JOIN teacher t ON t.person_id = h.person_id
CROSS JOIN LATERAL jsonb_to_recordset(h.heads) AS v(s bigint, c text)
JOIN directory_division d ON d.year_id = %(year)s AND d.code = v.c
WHERE h.entity = 'personnels' AND v.s = %(school)s;
INSERT INTO oddity (kind, entity, file, entry, field, value)
SELECT 'division', 'personnels', h.file, h.entry, 'ENTAuxEnsClassesPrincipal', v.c
FROM here h CROSS JOIN LATERAL jsonb_to_recordset(h.heads) AS v(s bigint, c text)
WHERE h.entity = 'personnels' AND v.s = %(school)s
    AND NOT EXISTS (SELECT FROM directory_division d WHERE d.year_id = %(year)s AND d.code = v.c);
WITH gone AS (
    DELETE FROM directory_headteacher t USING member mb, here h
    WHERE t.membership_id = mb.membership_id AND mb.entity = 'personnels' AND h.person_id = mb.person_id
        AND h.entity = mb.entity AND t.source = 'aaf' AND h.heads IS NOT NULL
        AND NOT EXISTS (SELECT FROM head d WHERE d.membership_id = t.membership_id AND d.division_id = t.division_id)
    RETURNING mb.person_id, t.division_id)
INSERT INTO field_change SELECT 'personnels', gone.person_id, 'head', d.label, ''
FROM gone JOIN directory_division d ON d.id = gone.division_id;
WITH made AS (
    INSERT INTO directory_headteacher (school_id, division_id, membership_id, source)
    SELECT %(school)s, division_id, membership_id, 'aaf' FROM head
    ON CONFLICT (division_id, membership_id) DO NOTHING RETURNING membership_id, division_id)
INSERT INTO field_change SELECT 'personnels', d.person_id, 'head', '', d.label
FROM made JOIN head d USING (membership_id, division_id)
WHERE membership_id NOT IN (SELECT membership_id FROM arrived);
"""
