"""Who is where: divisions of learners, children of guardians, teachers of a pupil, pupils of a teacher."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, OuterRef, Prefetch, Q, QuerySet
from django.utils import timezone

from ent.core.prepared import prepared
from ent.directory.enums import LEARNER_PROFILES, SCHOOLING_DUTIES, LegalDuty, Office
from ent.directory.models import (
    Delegation,
    Division,
    Enrolment,
    Group,
    Guardianship,
    HeadTeacher,
    Membership,
    Person,
    TeachingAssignment,
    name_order,
    sealed,
)
from ent.directory.queries.wording import written
from ent.directory.viewer import Viewer
from ent.foundation.schools.enums import YearState
from ent.foundation.schools.models import School

# The divisions and the groups of someone.
Places = tuple[list[Division], list[Group]]


@dataclass(frozen=True)
class Ward:
    """A guardian's child with the school and the division of the day; a mere contact has only the child's name."""

    pupil: Person
    guardianship: Guardianship
    school: School | None
    places: Places

    @property
    def division(self) -> Division | None:
        return next(iter(self.places[0]), None)

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
    # Still in the school: their card can be opened.
    is_here: bool = True


def today_enrolments() -> QuerySet[Enrolment]:
    """Enrolments in force today, in the scope."""
    return Enrolment.objects.on(timezone.localdate())


def wards_of(viewer: Viewer) -> list[Ward]:
    """The viewer's children with their school and division, the eldest first. Two queries, once a request."""
    return viewer.once("wards", lambda: _wards(viewer.person))


@prepared
def _guardianships(guardian: int) -> QuerySet[Guardianship]:
    rows = Guardianship.objects.filter(guardian=guardian).exclude(pupil=F("guardian"))
    return rows.select_related("pupil").defer(*sealed("pupil__")).order_by("pupil__birth_date", "pk")


def _wards(guardian: Person) -> list[Ward]:
    guardianships = _guardianships(guardian=guardian.pk)
    followed = [g.pupil_id for g in guardianships if g.legal in SCHOOLING_DUTIES]
    rows = _enrolments(people=followed, day=timezone.localdate())
    places = _places(rows)
    schools = {row.membership.person_id: row.school for row in rows if row.division_id}
    return [Ward(g.pupil, g, schools.get(g.pupil_id), places.get(g.pupil_id, ([], []))) for g in guardianships]


def chosen_ward(viewer: Viewer, wards: list[Ward]) -> Ward | None:
    """The child a guardian chose, else the first."""
    return next((ward for ward in wards if ward.pupil_id == viewer.child_id), wards[0] if wards else None)


def places_of(person_ids: Iterable[int], day: date | None = None) -> dict[int, Places]:
    """The divisions and groups of each person on a day (today), in the scope. One query."""
    return _places(_enrolments(people=list(person_ids), day=day or timezone.localdate()))


def _places(enrolments: Iterable[Enrolment]) -> dict[int, Places]:
    places: dict[int, Places] = {}
    for row in enrolments:
        divisions, groups = places.setdefault(row.membership.person_id, ([], []))
        if row.division:
            divisions.append(row.division)
        if row.group:
            groups.append(row.group)
    return places


@prepared
def _enrolments(people: list[int], day: date) -> QuerySet[Enrolment]:
    rows = Enrolment.objects.on(day).filter(membership__person__any=people)
    return rows.select_related("membership", "division", "group", "school").order_by("division__label", "group__label")


def own_places(viewer: Viewer) -> Places:
    """The divisions and groups the viewer is in today. One query, once a request."""
    return viewer.once("places", lambda: places_of([viewer.person.pk]).get(viewer.person.pk, ([], [])))


def teachers_of(places: Places) -> list[Teacher]:
    """The teachers of today in these divisions and groups, the head teachers first, then by name. Two queries."""
    divisions, groups = ([place.pk for place in kind] for kind in places)
    teachers = _teachers(_assignments(divisions=divisions, groups=groups), _heads(divisions=divisions))
    return [teacher for teacher in teachers if teacher.is_here]


def staff_of(place: Division | Group) -> list[Teacher]:
    """The teachers of a division or a group, the head teachers first, then by name. Two queries, one for a group."""
    if isinstance(place, Group):
        return _teachers(_assignments(divisions=[], groups=[place.pk]), [])
    return _teachers(_assignments(divisions=[place.pk], groups=[]), _heads(divisions=[place.pk]))


@prepared
def _assignments(divisions: list[int], groups: list[int]) -> QuerySet[TeachingAssignment]:
    rows = TeachingAssignment.objects.filter(Q(division__any=divisions) | Q(group__any=groups))
    rows = rows.select_related("membership__person", "subject").defer(*sealed("membership__person__"))
    return rows.order_by(*name_order("membership__person__"), "subject__label")


@prepared
def _heads(divisions: list[int]) -> QuerySet[HeadTeacher]:
    rows = HeadTeacher.objects.filter(division__any=divisions).select_related("membership__person")
    return rows.defer(*sealed("membership__person__")).order_by(*name_order("membership__person__"))


def _teachers(assignments: list[TeachingAssignment], heads: list[HeadTeacher]) -> list[Teacher]:
    teachers: dict[int, Teacher] = {}
    for row in assignments:
        teacher = teachers.setdefault(row.membership.person_id, _teacher(row.membership))
        label = written(row.subject.label) if row.subject else ""
        if label and label not in teacher.subjects:
            teacher.subjects.append(label)
    for head in heads:
        teachers.setdefault(head.membership.person_id, _teacher(head.membership)).is_head = True
    return sorted(teachers.values(), key=lambda teacher: not teacher.is_head)


def _teacher(membership: Membership) -> Teacher:
    return Teacher(membership.person, is_here=membership.ends is None or membership.ends >= timezone.localdate())


@dataclass(frozen=True)
class Taught:
    """What a teacher has: divisions and groups, with the subjects taught in each."""

    divisions: list[tuple[Division, list[str]]]
    groups: list[tuple[Group, list[str]]]
    head_of: frozenset[int]


def taught_by(membership: Membership) -> Taught:
    """The divisions and groups of a teacher this year, in natural order. Two queries."""
    divisions: dict[Division, list[str]] = {}
    groups: dict[Group, list[str]] = {}
    for row in _taught(membership=membership.pk):
        subjects = divisions.setdefault(row.division, []) if row.division else _of_group(groups, row)
        if row.subject and written(row.subject.label) not in subjects:
            subjects.append(written(row.subject.label))
    heads = frozenset(row.division_id for row in _head_of(membership=membership.pk))
    return Taught(
        sorted(divisions.items(), key=lambda taught: natural(taught[0].label)),
        sorted(groups.items(), key=lambda taught: natural(taught[0].label)),
        heads,
    )


@prepared
def _taught(membership: int) -> QuerySet[TeachingAssignment]:
    rows = this_year(TeachingAssignment.objects.filter(membership=membership))
    return rows.select_related("division", "group", "subject")


@prepared
def _head_of(membership: int) -> QuerySet[HeadTeacher]:
    return HeadTeacher.objects.filter(membership=membership)


def _of_group(groups: dict[Group, list[str]], row: TeachingAssignment) -> list[str]:
    assert row.group is not None  # a constraint holds it: a division or a group
    return groups.setdefault(row.group, [])


def this_year(assignments: QuerySet[TeachingAssignment]) -> QuerySet[TeachingAssignment]:
    """Of these assignments, those of current years."""
    return assignments.filter(
        Q(division__year__state=YearState.CURRENT) | Q(group__year__state=YearState.CURRENT)
    ).order_by("subject__label", "pk")


def natural(label: str) -> list[tuple[int, str]]:
    """A key that puts « 2de 10 » after « 2de 4 »."""
    return [(int(part), "") if part.isdecimal() else (-1, part.casefold()) for part in re.split(r"(\d+)", label)]


def pupils_in(place: Division | Group, day: date | None = None) -> QuerySet[Membership]:
    """The learners' memberships in a division or a group on a day (today), by name, with their person."""
    return (
        Membership.objects.filter(pk__in=place.enrolments.on(day).values("membership"), profile__in=LEARNER_PROFILES)
        .select_related("person")
        .defer(*sealed("person__"))
        .order_by(*name_order("person__"))
    )


def members_of(school: School, profiles: Iterable[str]) -> QuerySet[Membership]:
    """Today's memberships of a school in these profiles, by name, with their person, account and school."""
    return (
        Membership.objects.on(timezone.localdate())
        .filter(school=school, profile__in=list(profiles))
        .select_related("person__account", "school")
        .order_by(*name_order("person__"))
    )


def guardians_of(pupil: Person) -> list[Guardianship]:
    """Those who answer for a pupil, with their person: legal ones first, then by rank of contact (0 is no rank)."""
    return sorted(_guardians(pupil=pupil.pk), key=_by_duty)


@prepared
def _guardians(pupil: int) -> QuerySet[Guardianship]:
    return Guardianship.objects.filter(pupil=pupil).select_related("guardian")


def _by_duty(guardianship: Guardianship) -> tuple[bool, bool, int, int]:
    rank = guardianship.contact_rank
    return guardianship.legal != LegalDuty.LEGAL, rank == 0, rank, guardianship.pk


def with_open_memberships(
    people: QuerySet[Person], memberships: QuerySet[Membership] | None = None
) -> QuerySet[Person]:
    """People with their memberships of today, in the scope, as `open_memberships`."""
    rows = open_memberships() if memberships is None else memberships
    return people.prefetch_related(Prefetch("memberships", rows, to_attr="open_memberships"))


def open_memberships() -> QuerySet[Membership]:
    """Today's memberships in the scope, with the labels of the divisions one is in as `divisions`."""
    divisions = Enrolment.objects.on().filter(membership=OuterRef("pk"), division__isnull=False)
    labels = ArraySubquery(divisions.order_by("division__label").values("division__label"))
    return Membership.objects.on().select_related("school").annotate(divisions=labels)


def open_delegations(person: Person) -> list[Delegation]:
    """What a person administers today, among what the scope shows."""
    return list(Delegation.objects.on().filter(person=person).select_related("school"))


def correspondants_of(school: School) -> list[Person]:
    """Those who administer a school's ENT today, by name. Nobody where the scope does not show the school's people."""
    rows = Delegation.objects.on().filter(school=school, office=Office.SCHOOL)
    return [row.person for row in rows.select_related("person").order_by(*name_order("person__"))]
