"""What a search finds of the directory, and who finds whom.

The words of audience say in SQL what `permissions.visible_people` says of people:

- `staff`, `all`: the staff of a school (and who administers it), or everybody in it. Staff are for `all`.
- `mate:…`: the learners of a division (`d12`) or a group (`g5`): a learner finds those of their own.
- `person:…`: oneself; a guardian their child, a master their apprentice.
- `place:…`: a division or a group: its learners and their guardians find it, as do the staff.

The index may be late; `results` asks `visible_people` itself.
"""

from typing import ClassVar

from django.db.models import Func, Q, Value
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ent.directory.enums import LEARNER_PROFILES, SCHOOLING_DUTIES, STAFF_PROFILES, Profile
from ent.directory.models import Division, Enrolment, Group, Membership, Person
from ent.directory.permissions import can_administer_region, followed_wards, known_by_name, visible_people
from ent.directory.queries.people import with_open_memberships
from ent.directory.queries.wording import title_of
from ent.directory.viewer import Viewer
from ent.foundation.schools.models import School
from ent.foundation.search.queries import Entry, Result, Source, sources, words_of


def _listed(profiles: frozenset[Profile]) -> str:
    return ", ".join(sorted(f"'{profile.value}'" for profile in profiles))


STAFF = _listed(STAFF_PROFILES)
LEARNERS = _listed(LEARNER_PROFILES)
SCHOOLING = ", ".join(str(duty.value) for duty in sorted(SCHOOLING_DUTIES))
LABELS = " ".join(f"WHEN '{profile.value}' THEN '{profile.label.replace(chr(39), chr(39) * 2)}'" for profile in Profile)

TODAY = "(now() AT TIME ZONE 'Europe/Paris')::date"

# What the memberships of a person in a school say, staff first: a teacher who is also a parent there is found, and
# shown to everybody, as a teacher only.
PEOPLE = f"""
WITH role AS (
    SELECT m.id, m.school_id, m.person_id, m.profile, m.function,
        CASE WHEN m.profile IN ({STAFF}) THEN 1 WHEN m.profile IN ({LEARNERS}) THEN 2 ELSE 3 END AS rank
    FROM directory_membership m
    WHERE m.starts <= {TODAY} AND (m.ends IS NULL OR m.ends >= {TODAY})
        AND (%(schools)s::bigint[] IS NULL OR m.school_id = ANY(%(schools)s::bigint[]))
        AND (%(objects)s::bigint[] IS NULL OR m.person_id = ANY(%(objects)s::bigint[]))
), ranked AS (
    SELECT *, rank = min(rank) OVER (PARTITION BY school_id, person_id) AS first FROM role
), shown AS (
    SELECT school_id, person_id, min(rank) AS rank, string_agg(DISTINCT label, ', ' ORDER BY label) AS label
    FROM (
        SELECT *, coalesce(nullif(function, ''), CASE profile {LABELS} ELSE '' END) AS label FROM ranked WHERE first
    ) labelled
    GROUP BY school_id, person_id
), place AS (
    SELECT r.school_id, r.person_id, coalesce('d' || e.division_id, 'g' || e.group_id) AS word, d.label
    FROM role r
    JOIN directory_enrolment e ON e.membership_id = r.id
        AND e.starts <= {TODAY} AND (e.ends IS NULL OR e.ends >= {TODAY})
    LEFT JOIN directory_division d ON d.id = e.division_id
    WHERE r.rank = 2
), division AS (
    SELECT school_id, person_id, string_agg(DISTINCT label, ', ' ORDER BY label) AS label
    FROM place GROUP BY school_id, person_id
), taught AS (
    SELECT school_id, person_id, string_agg(DISTINCT label, ' ' ORDER BY label) AS label
    FROM (
        SELECT r.school_id, r.person_id, s.label FROM role r
        JOIN directory_teachingassignment a ON a.membership_id = r.id
        JOIN directory_nationalsubject s ON s.id = a.subject_id
        UNION ALL SELECT r.school_id, r.person_id, f.label || ' ' || f.discipline FROM role r
        JOIN directory_stafffunction f ON f.membership_id = r.id
    ) subjects
    GROUP BY school_id, person_id
), audience AS (
    SELECT school_id, person_id, array_agg(DISTINCT word ORDER BY word) AS words
    FROM (
        SELECT school_id, person_id, 'staff' AS word FROM role
        UNION ALL SELECT school_id, person_id, 'all' FROM role WHERE rank = 1
        UNION ALL SELECT school_id, person_id, 'person:' || person_id FROM role
        UNION ALL SELECT school_id, person_id, 'mate:' || word FROM place
        UNION ALL SELECT r.school_id, r.person_id, 'person:' || g.guardian_id FROM role r
            JOIN directory_guardianship g ON g.pupil_id = r.person_id AND g.legal IN ({SCHOOLING}) WHERE r.rank = 2
        UNION ALL SELECT r.school_id, r.person_id, 'person:' || master.person_id FROM role r
            JOIN directory_apprenticeship a ON a.apprentice_id = r.id
                AND a.starts <= {TODAY} AND (a.ends IS NULL OR a.ends >= {TODAY})
            JOIN directory_membership master ON master.id = a.master_id
    ) words
    GROUP BY school_id, person_id
)
SELECT school_id, person_id AS object_id, p.first_name || ' ' || p.last_name AS title,
    concat_ws(', ', shown.label, CASE WHEN shown.rank = 2 THEN division.label END) AS subtitle,
    CASE WHEN shown.rank = 1 THEN coalesce(taught.label, '') ELSE '' END AS body,
    audience.words AS audience
FROM shown
JOIN audience USING (school_id, person_id)
LEFT JOIN division USING (school_id, person_id)
LEFT JOIN taught USING (school_id, person_id)
JOIN directory_person p ON p.id = person_id
"""  # noqa: S608 — made of our own constants


def audiences_of(viewer: Viewer) -> set[str]:
    """The words of audience of this person in the schools they read. At most one query."""
    if viewer.is_staff or viewer.administers:
        return {"staff", "all"}
    words = {"all", f"person:{viewer.person.pk}"}
    if viewer.is_learner:
        places = _places(Q(membership__person=viewer.person))
        return words | {f"mate:{place}" for place in places} | {f"place:{place}" for place in places}
    if viewer.is_guardian:
        wards = followed_wards(viewer).values("pupil")
        return words | {f"place:{place}" for place in _places(Q(membership__person__in=wards))}
    return words


def _places(whose: Q) -> set[str]:
    rows = Enrolment.objects.on(timezone.localdate()).filter(whose).values_list("division_id", "group_id")
    return {f"d{division}" if division else f"g{group}" for division, group in rows}


@sources.register("people")
class People(Source):
    label = _("Personnes")
    icon = "people"
    order = 10
    select = PEOPLE

    @classmethod
    def audiences(cls, viewer: Viewer) -> set[str]:
        return viewer.once("search audiences", lambda: audiences_of(viewer))

    @classmethod
    def results(cls, viewer: Viewer, entries: list[Entry]) -> list[Result]:
        # The index may be of last night: what has changed since in who may see whom is asked again.
        found = {entry.object_id for entry in entries} - known_by_name(viewer)
        visible = with_open_memberships(visible_people(viewer)).in_bulk(found)
        return [
            Result(
                entry.title,
                _what(visible[entry.object_id], entry),
                reverse("directory:person", args=[entry.object_id]),
                initials=visible[entry.object_id].initials,
                colour=visible[entry.object_id].colour,
            )
            for entry in entries
            if entry.object_id in visible
        ]


def _what(person: Person, entry: Entry) -> str:
    """What staff are, as one says it, where the index has the words of the nomenclatures: « Proviseure »."""
    roles: list[Membership] = person.open_memberships  # type: ignore[attr-defined]
    titles = dict.fromkeys(title_of(role) for role in roles if role.profile in STAFF_PROFILES)
    return ", ".join(titles) or entry.subtitle


PLACES = """
SELECT p.school_id, p.id AS object_id, p.label AS title, {subtitle} AS subtitle,
    p.code || ' ' || replace(p.label, ' ', '') AS body, ARRAY['place:{letter}' || p.id, 'staff'] AS audience
FROM {table} p
JOIN schools_schoolyear y ON y.id = p.year_id AND y.state = 'en_cours'
WHERE p.is_open
    AND (%(schools)s::bigint[] IS NULL OR p.school_id = ANY(%(schools)s::bigint[]))
    AND (%(objects)s::bigint[] IS NULL OR p.id = ANY(%(objects)s::bigint[]))
"""


class Place(Source):
    """A division or a group of the current year."""

    model: ClassVar[type[Division | Group]]
    page: ClassVar[str]

    @classmethod
    def results(cls, viewer: Viewer, entries: list[Entry]) -> list[Result]:
        there = cls.model.objects.in_bulk([entry.object_id for entry in entries])
        return [
            Result(entry.title, entry.subtitle, reverse(cls.page, args=[entry.object_id]))
            for entry in entries
            if entry.object_id in there
        ]


@sources.register("divisions")
class Divisions(Place):
    label = _("Classes")
    icon = "diagram-3"
    order = 20
    model = Division
    page = "directory:division"
    select = PLACES.format(table="directory_division", letter="d", subtitle="p.level")


@sources.register("groups")
class Groups(Place):
    label = _("Groupes")
    icon = "diagram-3"
    order = 30
    model = Group
    page = "directory:group"
    select = PLACES.format(table="directory_group", letter="g", subtitle="''")


@sources.register("schools")
class Schools(Source):
    """The region finds every school: a hundred rows, read as they are."""

    label = _("Établissements")
    icon = "signpost-split"
    order = 40

    @classmethod
    def find(cls, viewer: Viewer, text: str) -> list[Result]:
        if not can_administer_region(viewer):
            return []
        found = School.objects.alias(
            plain=Func(Func(Value(" "), "name", "city", "uai", function="concat_ws"), function="ent_plain")
        )
        for word in words_of(text):
            found = found.filter(plain__contains=word)
        return [
            Result(school.name, f"{school.city}, {school.uai}", reverse("directory:school_card", args=[school.pk]))
            for school in found[:8]
        ]
