"""Who the entries of a school speak of: its newcomers with their accounts, and what changes of those already known.

The SQL runs inside an attempt (see `attempt`), on its temporary tables. Parameters: run, school, uai, issuer, day.
"""

import json
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import connection
from django.db.models import Model
from django.utils.translation import gettext as _

from ent.core import crypto
from ent.directory.actions.imports.changes import Changes, Seen
from ent.directory.models import Mef, Person, Schooling

# An entry of staff tells a person's name better than one of guardian.
RANK = "array_position(ARRAY['eleves', 'personnels', 'responsables'], {}entity::text)"
SYSTEM = (
    "CASE {}entity WHEN 'eleves' THEN 'aaf_eleve' WHEN 'personnels' THEN 'aaf_personnel' ELSE 'aaf_responsable' END"
)

# Each entry is opened once; the facts themselves are kept for those already known, to be compared one by one.
HERE = """
CREATE TEMP TABLE here ON COMMIT DROP AS
SELECT s.entity, s.entry, s.operation, s.file, s.contact, s.ine, s.social, p.person_id, p.is_new,
    d.id IS NOT NULL AS is_known, CASE WHEN d.id IS NOT NULL THEN s.facts END AS facts,
    f.login, f.last, f.first, f.birth_name, f.others, f.civility, f.born, f.email, f.shares, f.siecle, f.sts,
    f.profile, coalesce(f."full", false) AS is_whole, f.roles, f.divisions, f.groups, f.links, f.schooling,
    f.functions, f.services, f.group_services, f.heads
FROM directory_stagedpresence pr
JOIN directory_stagedentry s ON s.id = pr.staged_id
JOIN directory_stagedperson p ON p.staged_id = pr.staged_id
LEFT JOIN directory_person d ON d.id = p.person_id
LEFT JOIN LATERAL jsonb_to_record(s.facts) AS f(login text, last text, first text, birth_name text, others text,
    civility text, born date, email text, shares boolean, siecle text, sts text, profile text, "full" boolean,
    roles jsonb, divisions jsonb, groups jsonb, links jsonb, schooling jsonb, functions jsonb, services jsonb,
    group_services jsonb, heads jsonb) ON true
WHERE pr.run_id = %(run)s AND pr.school_id = %(school)s;
CREATE INDEX ON here (person_id);
ANALYZE here (entity, entry, operation, person_id, is_new);
"""

# A person of two schools comes in with the first of them.
NEWCOMERS = f"""
CREATE TEMP TABLE newcomer ON COMMIT DROP AS
SELECT DISTINCT ON (h.person_id) h.person_id, h.entity, h.entry
FROM here h
WHERE h.is_new AND h.operation = 'add' AND NOT h.is_known
ORDER BY h.person_id, {RANK.format("h.")};
ANALYZE newcomer;
CREATE TEMP TABLE wants_account ON COMMIT DROP AS
SELECT n.person_id, a.identifier FROM newcomer n JOIN directory_stagedaccount a ON a.person_id = n.person_id;
"""

# An identifier that someone else has taken meanwhile is not given: its person is without account, and asks again.
ACCOUNTS = """
CREATE TEMP TABLE new_account ON COMMIT DROP AS
SELECT person_id, nextval('accounts_account_id_seq') AS id, identifier FROM wants_account;
WITH made AS (
    INSERT INTO accounts_account (id, identifier, password, must_change_password, locked_reason, theme, created_at)
    SELECT id, identifier, '!' || replace(gen_random_uuid()::text, '-', ''), false, '', '', now()
    FROM new_account ORDER BY identifier ON CONFLICT DO NOTHING RETURNING id)
DELETE FROM new_account WHERE id NOT IN (SELECT id FROM made);
ANALYZE new_account;
"""

PEOPLE = f"""
INSERT INTO directory_person (id, account_id, home_school_id, civility, last_name, birth_name, first_name, other_names,
    birth_date, email, contact, shares_address, ine, created_at, updated_at)
SELECT n.person_id, a.id, %(school)s, coalesce(h.civility, ''), coalesce(h.last, ''), coalesce(h.birth_name, ''),
    coalesce(h.first, ''), coalesce(h.others, ''), h.born, coalesce(h.email, ''),
    coalesce(h.contact, (SELECT o.contact FROM here o WHERE o.person_id = n.person_id AND o.contact IS NOT NULL
        ORDER BY {RANK.format("o.")} LIMIT 1)),
    coalesce(h.shares, false), h.ine, now(), now()
FROM newcomer n
JOIN here h ON h.person_id = n.person_id AND h.entity = n.entity AND h.entry = n.entry
LEFT JOIN new_account a ON a.person_id = n.person_id
"""

# The SIECLE number is the school's own; the others are the académie's.
EXTERNAL_IDS = f"""
CREATE TEMP TABLE named ON COMMIT DROP AS
SELECT h.person_id, x.system, x.issuer, x.value, h.entity, h.entry, h.file
FROM here h CROSS JOIN LATERAL (VALUES
    ({SYSTEM.format("h.")}, %(issuer)s, h.entry),
    ('siecle', CASE WHEN h.roles @> jsonb_build_array(jsonb_build_object('s', %(school)s::bigint))
        THEN %(uai)s END, h.siecle),
    ('sts', %(issuer)s, h.sts)) AS x(system, issuer, value)
WHERE h.operation IN ('add', 'modify') AND x.value IS NOT NULL AND x.issuer IS NOT NULL;
INSERT INTO directory_externalid (person_id, system, issuer, value)
SELECT person_id, system, issuer, value FROM named ON CONFLICT (system, issuer, value) DO NOTHING;
INSERT INTO oddity (kind, entity, file, entry, field, value)
SELECT 'taken', n.entity, n.file, n.entry, n.system, n.value
FROM named n JOIN directory_externalid x USING (system, issuer, value) WHERE x.person_id <> n.person_id;
"""

# A person without an account: come back, taken in by hand, or whose identifier was taken. Their number follows those of
# the directory, and those that this run keeps for its newcomers.
MISSING_ACCOUNTS = """
TRUNCATE wants_account;
DROP TABLE new_account;
INSERT INTO wants_account
SELECT n.id, n.base || CASE WHEN coalesce(t.last, 0) + n.rank = 1 THEN ''
    ELSE (coalesce(t.last, 0) + n.rank)::text END
FROM (
    SELECT id, base, row_number() OVER (PARTITION BY base ORDER BY id) AS rank
    FROM (
        SELECT DISTINCT p.id, coalesce(nullif(concat_ws('.',
        nullif(left(trim(both '-' from regexp_replace(lower(unaccent(p.first_name)), '[^a-z]+', '-', 'g')), 35), ''),
        nullif(left(trim(both '-' from regexp_replace(lower(unaccent(p.last_name)), '[^a-z]+', '-', 'g')), 34), '')),
        ''), 'compte') AS base
        FROM directory_membership m JOIN directory_person p ON p.id = m.person_id
        WHERE m.school_id = %(school)s AND m.ends IS NULL AND p.account_id IS NULL) w) n
CROSS JOIN LATERAL (
    SELECT max(coalesce(nullif(substr(x.identifier, length(n.base) + 1), '')::int, 1)) AS last
    FROM (SELECT a.identifier FROM accounts_account a
            WHERE a.identifier ~>=~ n.base AND a.identifier ~<~ (n.base || ':')
        UNION ALL SELECT s.identifier FROM directory_stagedaccount s
            WHERE s.run_id = %(run)s AND s.identifier ~>=~ n.base AND s.identifier ~<~ (n.base || ':')) x
    WHERE substr(x.identifier, length(n.base) + 1) ~ '^[0-9]{0,6}$') t;
"""
ATTACH_ACCOUNTS = "UPDATE directory_person p SET account_id = a.id FROM new_account a WHERE a.person_id = p.id"

# Also whom this run has just added, when several of its entries speak of them.
KNOWN = f"""
SELECT h.is_new, h.person_id, h.entity, h.operation, h.facts, h.contact, h.ine, h.social,
    p.civility, p.last_name, p.birth_name, p.first_name, p.other_names, p.birth_date, p.email, p.contact,
    p.shares_address, p.ine,
    EXISTS (SELECT FROM directory_externalid x WHERE x.person_id = p.id AND x.system = 'aaf_eleve'),
    EXISTS (SELECT FROM directory_externalid x WHERE x.person_id = p.id AND x.system = 'aaf_personnel')
FROM here h JOIN directory_person p ON p.id = h.person_id
WHERE h.operation IN ('add', 'modify') AND (h.is_known OR h.person_id IN (
    SELECT person_id FROM here GROUP BY person_id HAVING count(*) > 1))
ORDER BY h.person_id, {RANK.format("h.")} DESC
"""

SCHOOLINGS = """
SELECT h.person_id, mb.membership_id, h.operation, h.schooling, h.social,
    s.id, s.mef_id, s.status, s.level, s.track, s.subjects, s.social, s.entered_on, s.left_on
FROM here h
JOIN member mb ON mb.person_id = h.person_id AND mb.entity = h.entity
JOIN directory_schooling s ON s.membership_id = mb.membership_id
WHERE h.entity = 'eleves' AND (h.schooling IS NOT NULL OR h.social IS NOT NULL)
"""

NEW_SCHOOLINGS = """
INSERT INTO directory_schooling (school_id, membership_id, mef_id, status, level, track, subjects, social, entered_on,
    left_on)
SELECT %(school)s, mb.membership_id, f.id, coalesce(g->>'status', ''), coalesce(g->>'level', ''),
    coalesce(g->>'track', ''), coalesce(g->'subjects', '[]'), h.social, (g->>'entered')::date, (g->>'left')::date
FROM here h
JOIN member mb ON mb.person_id = h.person_id AND mb.entity = h.entity
CROSS JOIN LATERAL (SELECT h.schooling AS g) schooling
LEFT JOIN directory_mef f ON f.code = g->>'mef'
WHERE h.entity = 'eleves' AND NOT EXISTS (SELECT FROM directory_schooling s WHERE s.membership_id = mb.membership_id);
INSERT INTO oddity (kind, entity, file, entry, field, value)
SELECT 'mef', 'eleves', h.file, h.entry, 'ENTEleveMEF', h.schooling->>'mef'
FROM here h JOIN member mb ON mb.person_id = h.person_id AND mb.entity = h.entity
WHERE h.entity = 'eleves' AND h.schooling->>'mef' <> ''
    AND NOT EXISTS (SELECT FROM directory_mef f WHERE f.code = h.schooling->>'mef');
"""

FIELDS = (
    ("civility", "civility"),
    ("last", "last_name"),
    ("birth_name", "birth_name"),
    ("first", "first_name"),
    ("others", "other_names"),
    ("born", "birth_date"),
    ("email", "email"),
    ("shares", "shares_address"),
)
SCHOOLING_FIELDS = (
    ("status", "status"),
    ("level", "level"),
    ("track", "track"),
    ("entered", "entered_on"),
    ("left", "left_on"),
)


def name_of(key: str) -> str:
    """The French name of a fact, as the report shows it."""
    return {
        "civility": _("Civilité"),
        "last": _("Nom"),
        "birth_name": _("Nom de famille"),
        "first": _("Prénom"),
        "others": _("Autres prénoms"),
        "born": _("Date de naissance"),
        "email": _("Courriel"),
        "shares": _("Diffusion de l’adresse"),
        "address": _("Adresse"),
        "postal_code": _("Code postal"),
        "city": _("Commune"),
        "country": _("Pays"),
        "home": _("Téléphone du domicile"),
        "work": _("Téléphone du travail"),
        "mobile": _("Téléphone portable"),
        "sms": _("Numéro pour les SMS"),
        "ine": _("INE"),
        "status": _("Statut"),
        "level": _("Niveau de formation"),
        "track": _("Filière"),
        "entered": _("Entrée dans l’établissement"),
        "left": _("Sortie de l’établissement"),
        "subjects": _("Enseignements suivis"),
        "mef": _("MEF"),
        "boarding": _("Régime"),
        "transport": _("Transport"),
        "scholarship": _("Bourse"),
    }[key]


@dataclass(slots=True)
class Known:
    """A person already in the directory, as read by KNOWN, and what becomes of them."""

    row: dict[str, Any]
    contact: dict[str, Any] | None = None
    ine: str | None = None
    touched: set[str] = field(default_factory=set)


def change_known(changes: Changes, seen: Seen) -> None:
    """Bring the people already known in line with their entries, field by field."""
    contact, ine = _column(Person, "contact"), _column(Person, "ine")
    people: dict[int, Known] = {}
    with connection.cursor() as cursor:
        cursor.execute(KNOWN)
        rows = cursor.fetchall()
    for row in rows:
        is_new, person_id, entity, operation, facts, new_contact, new_ine, _social, *current, is_pupil, is_staff = row
        # Someone who arrives with this run arrives: nothing of them changes.
        told = Changes() if is_new else changes
        known = people.setdefault(person_id, _known(current, contact, ine))
        # Several entries may speak of one human: the pupil's own, then that of staff, say who they are.
        if entity == "eleves" or (entity == "personnels" and not is_pupil) or not (is_pupil or is_staff):
            _compare(known, _json(facts) or {}, entity, person_id, told)
            if new_ine is not None:
                _compare_ine(known, ine.opened(new_ine) or "", entity, person_id, told)
        if entity != "personnels":
            spoken = contact.opened(new_contact) or {}
            after = merged(known.contact, spoken, contact_keys(entity, is_pupil), operation == "add")
            _compare_contact(known, after, entity, person_id, told)
    _save(people, contact, ine)
    for entity, person_id in {(row[2], row[1]) for row in rows if not row[0]}:
        changes.tell_again(entity, person_id, seen)


def _known(current: list[Any], contact: "_Column", ine: "_Column") -> Known:
    names = ("civility", "last_name", "birth_name", "first_name", "other_names", "birth_date", "email")
    row = {**dict(zip(names, current, strict=False)), "shares_address": current[8]}
    return Known(row, contact.opened(current[7]), ine.opened(current[9]))


HOME = frozenset({"home", "address", "postal_code", "city", "country"})
OWN = frozenset({"work", "mobile", "sms"})


def contact_keys(entity: str, is_pupil: bool) -> frozenset[str]:
    """What an entry decides of a person's phones and address. An adult pupil has two, each with its own part."""
    if entity == "eleves":
        return HOME
    return OWN if is_pupil else HOME | OWN


def _compare(known: Known, facts: dict[str, Any], entity: str, person_id: int, changes: Changes) -> None:
    for key, name in FIELDS:
        if key not in facts:
            continue
        before, after = known.row[name], facts[key]
        if key == "born":
            after = date.fromisoformat(after) if after else None
        if before != after:
            changes.field(entity, person_id, name_of(key), before, after)
            known.row[name] = after
            known.touched.add(name)


def _compare_ine(known: Known, after: str, entity: str, person_id: int, changes: Changes) -> None:
    if (known.ine or "") != after:
        changes.field(entity, person_id, name_of("ine"), known.ine, after)
        known.ine = after or None
        known.touched.add("ine")


def _compare_contact(known: Known, after: dict[str, Any], entity: str, person_id: int, changes: Changes) -> None:
    before = known.contact or {}
    if before == after:
        return
    for key in dict.fromkeys([*before, *after]):
        if before.get(key) != after.get(key):
            changes.field(entity, person_id, name_of(key), before.get(key), after.get(key))
    known.contact = after or None
    known.touched.add("contact")


def merged(
    before: dict[str, Any] | None, spoken: dict[str, Any] | None, keys: frozenset[str], whole: bool
) -> dict[str, Any]:
    """What is known once an entry that decides of `keys` has spoken: a whole one tells all of them, another only what
    it names, None clearing."""
    after = dict(before or {})
    for key in keys:
        if whole or key in (spoken or {}):
            after[key] = (spoken or {}).get(key)
    return {key: value for key, value in after.items() if value is not None}


UPDATE_PEOPLE = """
UPDATE directory_person p SET civility = v.civility, last_name = v.last_name, birth_name = v.birth_name,
    first_name = v.first_name, other_names = v.other_names, birth_date = v.birth_date, email = v.email,
    shares_address = v.shares_address, contact = v.contact, ine = v.ine, updated_at = now()
FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::date[], %s::text[],
    %s::boolean[], %s::bytea[], %s::bytea[])
    AS v(id, civility, last_name, birth_name, first_name, other_names, birth_date, email, shares_address, contact, ine)
WHERE p.id = v.id
"""


def _save(people: dict[int, Known], contact: "_Column", ine: "_Column") -> None:
    rows = [
        (
            person_id,
            *(known.row[name] for name in ("civility", "last_name", "birth_name", "first_name", "other_names")),
            known.row["birth_date"],
            known.row["email"],
            known.row["shares_address"],
            contact.sealed(known.contact),
            ine.sealed(known.ine),
        )
        for person_id, known in people.items()
        if known.touched
    ]
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(UPDATE_PEOPLE, [list(column) for column in zip(*rows, strict=True)])


SOCIAL = frozenset({"boarding", "transport", "scholarship"})

UPDATE_SCHOOLING = """
UPDATE directory_schooling SET mef_id = %s, status = %s, level = %s, track = %s, subjects = %s::jsonb, social = %s,
    entered_on = %s, left_on = %s
WHERE id = %s
"""


def change_schoolings(changes: Changes) -> None:
    """Bring what is known of the pupils' schooling in line with their entries, field by field."""
    social = _column(Schooling, "social")
    with connection.cursor() as cursor:
        cursor.execute(SCHOOLINGS)
        rows = cursor.fetchall()
        wanted = {facts["mef"] for row in rows if (facts := _json(row[3]) or {}).get("mef")}
        mefs = {mef.code: mef for mef in Mef.objects.filter(code__in=wanted)}
        mef_labels = dict(Mef.objects.filter(pk__in={row[6] for row in rows if row[6]}).values_list("pk", "label"))
        for row in rows:
            person_id, _membership, operation, facts, new_social, pk, mef_id, status, level, track, *rest = row
            subjects, old_social, entered, left = rest
            before = {
                "mef": mef_id, "status": status, "level": level, "track": track,
                "subjects": _json(subjects), "entered": entered, "left": left,
            }  # fmt: skip
            after = _schooling_after(before, _json(facts) or {}, mefs)
            known = social.opened(old_social) or {}
            then = merged(known, social.opened(new_social), SOCIAL, operation == "add")
            if before == after and known == then:
                continue
            _tell_schooling(
                before, after, mef_labels | {mef.pk: mef.label for mef in mefs.values()}, person_id, changes
            )
            for key in dict.fromkeys([*known, *then]):
                if known.get(key) != then.get(key):
                    changes.field("eleves", person_id, name_of(key), known.get(key), then.get(key))
            cursor.execute(
                UPDATE_SCHOOLING,
                [after["mef"], after["status"], after["level"], after["track"], _dumped(after["subjects"]),
                 social.sealed(then or None), after["entered"], after["left"], pk],
            )  # fmt: skip


def _schooling_after(before: dict[str, Any], facts: dict[str, Any], mefs: dict[str, Mef]) -> dict[str, Any]:
    after = dict(before)
    for key, _name in SCHOOLING_FIELDS:
        if key in facts:
            value = facts[key]
            after[key] = date.fromisoformat(value) if value and key in ("entered", "left") else value
    if "subjects" in facts:
        after["subjects"] = facts["subjects"]
    if "mef" in facts:
        mef = mefs.get(facts["mef"])
        after["mef"] = mef.pk if mef else None
    return after


def _tell_schooling(
    before: dict[str, Any], after: dict[str, Any], labels: dict[int, str], person_id: int, changes: Changes
) -> None:
    for key, value in before.items():
        then = after[key]
        if value == then:
            continue
        if key == "mef":
            value, then = labels.get(value, ""), labels.get(then, "")
        if key == "subjects":
            value, then = _subjects(value), _subjects(then)
        changes.field("eleves", person_id, name_of(key), value, then)


def _subjects(subjects: list[dict[str, str]]) -> str:
    return ", ".join(subject.get("label") or subject.get("code", "") for subject in subjects)


class _Column:
    """Seals and opens the values of an encrypted column."""

    def __init__(self, column: Any) -> None:
        self._column = column

    def opened(self, value: Any) -> Any:
        if value is None:
            return None
        return self._column.load(crypto.unseal(bytes(value), purpose=self._column.purpose))

    def sealed(self, value: Any) -> bytes | None:
        return None if value is None else crypto.seal(self._column.dump(value), purpose=self._column.purpose)


def _column(model: type[Model], name: str) -> _Column:
    return _Column(model._meta.get_field(name))


def _json(value: Any) -> Any:
    """A JSON column of raw SQL: Django reads it as text."""
    return json.loads(value) if isinstance(value, str) else value


def _dumped(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
