"""What an attempt does in a school, gathered for the preview and the report."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import connection
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from ent.core import crypto
from ent.directory.enums import Effect, ImportEntity, Profile
from ent.directory.models import ImportChange

TABLES = """
CREATE TEMP TABLE mark (effect text, entity text, person_id bigint, membership_id bigint) ON COMMIT DROP;
CREATE TEMP TABLE field_change (entity text, person_id bigint, field text, before text, after text) ON COMMIT DROP;
CREATE TEMP TABLE structure_change (effect text, key text, label text, field text, before text, after text)
    ON COMMIT DROP;
CREATE TEMP TABLE oddity (kind text, entity text, file text, entry text, field text, value text) ON COMMIT DROP;
"""

MARKS = """
SELECT k.effect, k.entity, k.person_id, p.first_name || ' ' || p.last_name, m.profile,
    coalesce(m.function, ''), coalesce(d.label, '')
FROM (SELECT DISTINCT effect, entity, person_id, membership_id FROM mark) k
JOIN directory_person p ON p.id = k.person_id
JOIN directory_membership m ON m.id = k.membership_id
LEFT JOIN LATERAL (
    SELECT d.label FROM directory_enrolment e JOIN directory_division d ON d.id = e.division_id
    WHERE e.membership_id = k.membership_id ORDER BY e.starts DESC, e.id DESC LIMIT 1) d ON m.profile IN %(learners)s
ORDER BY p.last_name, p.first_name, k.person_id
"""
OTHERS = """
SELECT DISTINCT ON (p.id) p.id, p.first_name || ' ' || p.last_name, m.profile, coalesce(m.function, ''),
    coalesce(d.label, '')
FROM directory_person p
JOIN directory_membership m ON m.person_id = p.id AND m.school_id = %(school)s
LEFT JOIN LATERAL (
    SELECT d.label FROM directory_enrolment e JOIN directory_division d ON d.id = e.division_id
    WHERE e.membership_id = m.id ORDER BY e.starts DESC, e.id DESC LIMIT 1) d ON true
WHERE p.id = ANY(%(ids)s) AND m.profile = ANY(%(profiles)s)
ORDER BY p.id, m.ends NULLS FIRST
"""
OPEN = """
SELECT m.profile, count(*) FROM directory_membership m
WHERE m.school_id = %(school)s AND m.ends IS NULL AND m.source = 'aaf' GROUP BY 1
"""
OPEN_STRUCTURES = """
SELECT (SELECT count(*) FROM directory_division WHERE year_id = %(year)s AND is_open AND source = 'aaf')
    + (SELECT count(*) FROM directory_group WHERE year_id = %(year)s AND is_open AND source = 'aaf')
"""

LEARNERS = (Profile.PUPIL.value, Profile.APPRENTICE.value)
ENTITY_OF = dict.fromkeys(LEARNERS, ImportEntity.PUPILS.value) | {Profile.GUARDIAN.value: ImportEntity.GUARDIANS.value}
COUNTED = {
    Effect.CREATED: "created",
    Effect.CHANGED: "changed",
    Effect.CLOSED: "closed",
    Effect.REOPENED: "reopened",
}


def entity_of(profile: str) -> str:
    """The entity that brings a profile."""
    return ENTITY_OF.get(profile, ImportEntity.STAFF.value)


@dataclass(slots=True)
class Line:
    """One row of ImportChange to come."""

    effect: str
    entity: str
    key: str
    label: str
    sublabel: str = ""
    fields: list[list[str]] = field(default_factory=list)


# The fields that changed of people, by entity and person.
Seen = dict[tuple[str, int], list[list[str]]]


@dataclass(slots=True)
class Changes:
    """The changes of one attempt."""

    fields: Seen = field(default_factory=dict)

    def field(self, entity: str, person_id: int, name: str, before: Any, after: Any) -> None:
        """A field of a person that takes another value."""
        self.fields.setdefault((entity, person_id), []).append([name, shown(before), shown(after)])

    def tell_again(self, entity: str, person_id: int, seen: Seen) -> None:
        """What has changed of a person was written with an earlier school: it is told in this one too."""
        key = entity, person_id
        if key in self.fields:
            seen[key] = list(self.fields[key])
        elif key in seen:
            self.fields[key] = list(seen[key])

    def gather(self, school_id: int) -> list[Line]:
        """Read what the SQL has noted; people first created, then closed, then changed, by name."""
        lines: dict[tuple[str, int], Line] = {}
        told = {key: len(fields) for key, fields in self.fields.items()}
        with connection.cursor() as cursor:
            cursor.execute("SELECT entity, person_id, field, before, after FROM field_change ORDER BY field")
            for entity, person_id, name, before, after in cursor.fetchall():
                self.field(entity, person_id, field_name(name), before, after)
            cursor.execute(MARKS.replace("IN %(learners)s", f"IN {LEARNERS}"))
            for effect, entity, person_id, label, profile, function, division in cursor.fetchall():
                line = Line(effect, entity, str(person_id), label, sublabel(profile, function, division))
                known = lines.get((entity, person_id))
                lines[entity, person_id] = both(known, line) if known else line
            self._add_changed(cursor, school_id, lines)
            structures = list(self._structures(cursor))
        for key, line in lines.items():
            # Of those who leave, only what they leave matters.
            start = told.get(key, 0) if line.effect == Effect.CLOSED else 0
            line.fields += self.fields.get(key, [])[start:]
        return [*lines.values(), *structures]

    def _add_changed(self, cursor: Any, school_id: int, lines: dict[tuple[str, int], Line]) -> None:
        for entity in {entity for entity, _person in self.fields}:
            ids = [person for one, person in self.fields if one == entity and (one, person) not in lines]
            profiles = [profile for profile in Profile.values if entity_of(profile) == entity]
            cursor.execute(OTHERS, {"school": school_id, "ids": ids, "profiles": profiles})
            for person_id, label, profile, function, division in cursor.fetchall():
                lines[entity, person_id] = Line(
                    Effect.CHANGED, entity, str(person_id), label, sublabel(profile, function, division)
                )

    def _structures(self, cursor: Any) -> Iterator[Line]:
        cursor.execute("SELECT effect, key, label, field, before, after FROM structure_change ORDER BY key, field")
        lines: dict[str, Line] = {}
        for effect, key, label, name, before, after in cursor.fetchall():
            line = lines.setdefault(key, Line(effect, ImportEntity.STRUCTURES, key[2:], label))
            line.sublabel = _("Classe") if key.startswith("d") else _("Groupe")
            if name:
                line.fields.append([field_name(name), before or "", after or ""])
        yield from lines.values()


def both(one: Line, other: Line) -> Line:
    """A person who leaves one profile for another in the same school changes, and neither arrives nor leaves."""
    if one.effect == other.effect:
        return one
    left, taken = (one, other) if one.effect == Effect.CLOSED else (other, one)
    fields = [[_("Profil"), left.sublabel, taken.sublabel]]
    return Line(Effect.CHANGED, one.entity, one.key, one.label, taken.sublabel, fields)


def field_name(code: str) -> str:
    """The French name of what the SQL calls by a code."""
    return {
        "division": _("Classe"),
        "group": _("Groupe"),
        "enrolment": _("Inscription"),
        "guardian": _("Responsable"),
        "function": _("Fonction"),
        "service": _("Service d’enseignement"),
        "head": _("Professeur principal"),
        "label": _("Nom"),
        "mef": _("MEF"),
        "divisions": _("Classes du groupe"),
        "state": _("État"),
    }[code]


def sublabel(profile: str, function: str, division: str) -> str:
    """« Élève, 5e B »"""
    return ", ".join(part for part in (str(Profile(profile).label), function or division) if part)


def shown(value: Any) -> str:
    """A value as a French reader sees it; nothing is an empty text."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return _("oui") if value else _("non")
    if isinstance(value, date):
        return date_format(value, "j F Y")
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return str(value)


def counts_of(lines: list[Line], school_id: int, year_id: int) -> dict[str, dict[str, int]]:
    """Counts by entity; what is open and in none of the lines is unchanged."""
    counts = {
        entity.value: dict.fromkeys((*COUNTED.values(), "unchanged", "anomalies"), 0)
        for entity in (ImportEntity.PUPILS, ImportEntity.GUARDIANS, ImportEntity.STAFF, ImportEntity.STRUCTURES)
    }
    for line in lines:
        counts[line.entity][COUNTED[Effect(line.effect)]] += 1
    with connection.cursor() as cursor:
        cursor.execute(OPEN, {"school": school_id})
        for profile, number in cursor.fetchall():
            counts[entity_of(profile)]["unchanged"] += number
        cursor.execute(OPEN_STRUCTURES, {"year": year_id})
        counts[ImportEntity.STRUCTURES]["unchanged"] += cursor.fetchone()[0]
    for count in counts.values():
        touched = count["created"] + count["changed"] + count["reopened"]
        count["unchanged"] = max(0, count["unchanged"] - touched)
    return counts


def rows_of(lines: list[Line], run_id: int, school_id: int) -> Iterator[tuple[Any, ...]]:
    """The lines as rows of ImportChange, their fields sealed."""
    column = ImportChange._meta.get_field("fields")
    seal = crypto.sealer(purpose=column.purpose)
    for line in lines:
        fields = seal(column.dump(line.fields)) if line.fields else None
        yield (
            run_id,
            school_id,
            line.effect,
            line.entity,
            line.key[:120],
            line.label[:200],
            line.sublabel[:200],
            fields,
        )


COLUMNS = ("run_id", "school_id", "effect", "entity", "key", "label", "sublabel", "fields")
