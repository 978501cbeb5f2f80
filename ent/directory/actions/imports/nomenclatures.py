"""MEF and subjects: national lists, which an import completes and never shortens.

In the order of their codes: two previews that add them at once wait for one another, and never crosswise.
"""

MEFS = """
INSERT INTO directory_mef AS m (code, label, stat_code, parent_code)
SELECT left(s.entry, 11), coalesce(s.facts->>'label', s.entry), coalesce(s.facts->>'stat', ''),
    coalesce(s.facts->>'parent', '')
FROM directory_stagedentry s
WHERE s.run_id = %(run)s AND s.entity = 'mef' AND s.operation IN ('add', 'modify') AND length(s.entry) <= 11
ORDER BY s.entry
ON CONFLICT (code) DO UPDATE SET label = excluded.label, stat_code = excluded.stat_code,
    parent_code = excluded.parent_code
WHERE (m.label, m.stat_code, m.parent_code)
    IS DISTINCT FROM (excluded.label, excluded.stat_code, excluded.parent_code)
"""

SUBJECTS = """
INSERT INTO directory_nationalsubject AS m (code, label, parent_code)
SELECT left(s.entry, 10), coalesce(s.facts->>'label', s.entry), coalesce(s.facts->>'parent', '')
FROM directory_stagedentry s
WHERE s.run_id = %(run)s AND s.entity = 'matieres' AND s.operation IN ('add', 'modify') AND length(s.entry) <= 10
ORDER BY s.entry
ON CONFLICT (code) DO UPDATE SET label = excluded.label, parent_code = excluded.parent_code
WHERE (m.label, m.parent_code) IS DISTINCT FROM (excluded.label, excluded.parent_code)
"""
