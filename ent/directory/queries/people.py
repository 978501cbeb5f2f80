"""Who is where: divisions of learners, children of guardians, teachers of a pupil, pupils of a teacher."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import F, Prefetch, Q, QuerySet
from django.utils import timezone

from ent.directory.enums import LEARNER_PROFILES
from ent.directory.models import (
    Division,
    Enrolment,
    Group,
    Guardianship,
    HeadTeacher,
    Membership,
    Person,
    TeachingAssignment,
)
from ent.directory.viewer import Viewer
from ent.foundation.schools.models import School


@dataclass(frozen=True)
class Ward:
    """A guardian's child with the school and the division of the day."""

    pupil: Person
    school: School | None
    division: Division | None
    guardianship: Guardianship

    @property
    def pupil_id(self) -> int:
        return self.pupil.pk

    @property
    def division_label(self) -> str:
        return self.division.label if self.division else (self.school.name if self.school else "")


@dataclass
class Teacher:
    """A teacher of a pupil: what they teach them, and whether they are the head teacher."""

    person: Person
    subjects: list[str] = field(default_factory=list)
    is_head: bool = False


def today_enrolments() -> QuerySet[Enrolment]:
    """Enrolments in force today, in the scope."""
    return Enrolment.objects.on(timezone.localdate())


def division_of(membership: Membership) -> Division | None:
    """The division of a learner today."""
    row = today_enrolments().filter(membership=membership, division__isnull=False).select_related("division").first()
    return row.division if row else None


def division_label_of(membership: Membership) -> str:
    division = division_of(membership)
    return division.label if division else ""


def wards_of(viewer: Viewer) -> list[Ward]:
    """The viewer's children with their school and division, the eldest first. Two queries, once a request."""
    return viewer.once("wards", lambda: _wards(viewer.person))


def _wards(guardian: Person) -> list[Ward]:
    guardianships = list(
        Guardianship.objects.filter(guardian=guardian)
        .exclude(pupil=F("guardian"))
        .select_related("pupil")
        .order_by("pupil__birth_date", "pk")
    )
    rows = today_enrolments().filter(membership__person__in=[g.pupil_id for g in guardianships], division__isnull=False)
    places = {row.membership.person_id: row for row in rows.select_related("membership", "division", "school")}
    return [
        Ward(g.pupil, places[g.pupil_id].school, places[g.pupil_id].division, g)
        if g.pupil_id in places
        else Ward(g.pupil, None, None, g)
        for g in guardianships
    ]


def chosen_ward(viewer: Viewer, wards: list[Ward]) -> Ward | None:
    """The child a guardian chose, else the first."""
    return next((ward for ward in wards if ward.pupil_id == viewer.child_id), wards[0] if wards else None)


def places_of(person_ids: Iterable[int]) -> dict[int, tuple[list[Division], list[Group]]]:
    """Today's divisions and groups of each person, in the scope. One query."""
    places: dict[int, tuple[list[Division], list[Group]]] = {}
    rows = today_enrolments().filter(membership__person__in=list(person_ids))
    for row in rows.select_related("membership", "division", "group").order_by("division__label", "group__label"):
        divisions, groups = places.setdefault(row.membership.person_id, ([], []))
        if row.division:
            divisions.append(row.division)
        if row.group:
            groups.append(row.group)
    return places


def teachers_of(pupil_id: int) -> list[Teacher]:
    """The teachers of a pupil's divisions and groups, the head teacher first. Three queries."""
    enrolments = list(today_enrolments().filter(membership__person=pupil_id).values_list("division_id", "group_id"))
    divisions = {division for division, _group in enrolments if division}
    groups = {group for _division, group in enrolments if group}
    assignments = TeachingAssignment.objects.filter(Q(division__in=divisions) | Q(group__in=groups))
    teachers: dict[int, Teacher] = {}
    for row in assignments.select_related("membership__person", "subject"):
        teacher = teachers.setdefault(row.membership.person_id, Teacher(row.membership.person))
        label = row.subject.label.capitalize() if row.subject else ""
        if label and label not in teacher.subjects:
            teacher.subjects.append(label)
    for head in HeadTeacher.objects.filter(division__in=divisions).select_related("membership__person"):
        teachers.setdefault(head.membership.person_id, Teacher(head.membership.person)).is_head = True
    return sorted(teachers.values(), key=lambda t: (not t.is_head, t.person.last_name, t.person.first_name))


@dataclass(frozen=True)
class Taught:
    """What a teacher has: divisions and groups, with the subjects taught in each."""

    divisions: list[tuple[Division, list[str]]]
    groups: list[tuple[Group, list[str]]]
    head_of: frozenset[int]


def taught_by(membership: Membership) -> Taught:
    """The divisions and groups of a teacher. Two queries."""
    divisions: dict[Division, list[str]] = {}
    groups: dict[Group, list[str]] = {}
    for row in membership.assignments.select_related("division", "group", "subject").order_by(
        "division__label", "group__label"
    ):
        subjects = divisions.setdefault(row.division, []) if row.division else groups.setdefault(row.group, [])
        if row.subject and row.subject.label.capitalize() not in subjects:
            subjects.append(row.subject.label.capitalize())
    heads = frozenset(membership.head_of.values_list("division_id", flat=True))
    return Taught(list(divisions.items()), list(groups.items()), heads)


def pupils_in(*, division: Division | None = None, group: Group | None = None) -> QuerySet[Membership]:
    """The learners' memberships in a division or a group today, by name, with their person."""
    enrolled = today_enrolments().filter(division=division) if division else today_enrolments().filter(group=group)
    return (
        Membership.objects.filter(pk__in=enrolled.values("membership"), profile__in=LEARNER_PROFILES)
        .select_related("person")
        .order_by("person__last_name", "person__first_name", "pk")
    )


def members_of(school: School, profiles: Iterable[str]) -> QuerySet[Membership]:
    """Today's memberships of a school in these profiles, by name, with their person and account."""
    return (
        Membership.objects.on(timezone.localdate())
        .filter(school=school, profile__in=list(profiles))
        .select_related("person__account")
        .order_by("person__last_name", "person__first_name", "pk")
    )


def guardians_of(pupil: Person) -> QuerySet[Guardianship]:
    """Those who answer for a pupil: legal ones first, then by rank of contact."""
    return (
        Guardianship.objects.filter(pupil=pupil)
        .select_related("guardian")
        .annotate(is_legal=Q(legal=1))
        .order_by("-is_legal", "contact_rank", "pk")
    )


def with_open_memberships(people: QuerySet[Person]) -> QuerySet[Person]:
    """People with their memberships of today, in the scope, as `open_memberships`."""
    open_rows = Membership.objects.on(timezone.localdate()).select_related("school")
    return people.prefetch_related(Prefetch("memberships", open_rows, to_attr="open_memberships"))


def staff_of_division(division: Division) -> list[Teacher]:
    """The teachers of a division. Two queries."""
    teachers: dict[int, Teacher] = {}
    for row in division.assignments.select_related("membership__person", "subject"):
        teacher = teachers.setdefault(row.membership.person_id, Teacher(row.membership.person))
        if row.subject:
            teacher.subjects.append(row.subject.label.capitalize())
    for head in division.head_teachers.select_related("membership__person"):
        teachers.setdefault(head.membership.person_id, Teacher(head.membership.person)).is_head = True
    return sorted(teachers.values(), key=lambda t: (not t.is_head, t.person.last_name, t.person.first_name))
