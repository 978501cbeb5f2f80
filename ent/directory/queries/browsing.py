"""Looking people up in a school: the filters asked for, the people found, and what each line says of them."""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.lookups import Unaccent
from django.db.models import OuterRef, Q, QuerySet, Value
from django.db.models.functions import Concat, Replace

from ent.directory.enums import FAMILY_PROFILES, Family
from ent.directory.models import (
    Division,
    Enrolment,
    Guardianship,
    Membership,
    Person,
    TeachingAssignment,
    name_order,
    sealed,
)
from ent.directory.permissions import can_browse_divisions, can_see_class, can_see_role, visible_people
from ent.directory.queries.people import open_memberships, this_year, wards_of, with_open_memberships
from ent.directory.queries.structures import current_divisions
from ent.directory.queries.wording import title_of, written
from ent.directory.viewer import Viewer
from ent.foundation.schools.enums import SchoolKind

LONGEST_TEXT = 100
MOST_WORDS = 6

# Every name of a person, each part after a space: « Jean-Pierre D’Arc » is found by « pie » and by « arc ».
SPACED = Concat(Value(" "), "last_name", Value(" "), "first_name", Value(" "), "birth_name")
NAMES = Replace(Replace(Unaccent(SPACED), Value("-"), Value(" ")), Value("'"), Value(" "))
WORD_BREAKS = re.compile(r"[-'’]")


@dataclass(frozen=True)
class Filters:
    """What is looked for: words of a name, a family of profiles, a division. Nothing keeps everybody."""

    text: str = ""
    family: str = ""
    division: Division | None = None

    @property
    def any(self) -> bool:
        return bool(self.text or self.family or self.division)


@dataclass
class Line:
    """One person of the list: what they are here, and where or for whom."""

    person: Person
    roles: list[str]
    # « 2de 4 », « Mathématiques », « Inès Moreau »: the division, the subjects, the children.
    where: list[str]


def families_for(viewer: Viewer) -> list[Family]:
    """The families this viewer can look among."""
    if not can_browse_divisions(viewer):
        return [Family.LEARNERS, Family.STAFF]
    families = [Family.LEARNERS, Family.GUARDIANS, Family.STAFF]
    trains = viewer.school is not None and viewer.school.kind in {SchoolKind.CFA, SchoolKind.AGRICULTURAL}
    return [*families, Family.MASTERS] if trains else families


def divisions_for(viewer: Viewer) -> list[Division]:
    """The divisions this viewer can look among: this year's, for the staff."""
    return current_divisions(viewer.school) if viewer.school and can_browse_divisions(viewer) else []


def read_filters(asked: Mapping[str, str], families: Iterable[Family], divisions: Iterable[Division]) -> Filters:
    """The filters of an address (`q`, `profil`, `classe`); what makes no sense or is not for the viewer is left out."""
    family = asked.get("profil", "")
    return Filters(
        text=" ".join(asked.get("q", "").replace("\x00", "").split())[:LONGEST_TEXT],
        family=family if family in set(families) else "",
        division=next((division for division in divisions if str(division.pk) == asked.get("classe")), None),
    )


def people_found(viewer: Viewer, filters: Filters) -> QuerySet[Person]:
    """The people the viewer may see that match every filter, by name.

    Each word begins a part of their names; case and accents do not count.
    """
    people = visible_people(viewer).alias(names=NAMES)
    for word in WORD_BREAKS.sub(" ", filters.text).split()[:MOST_WORDS]:
        people = people.filter(names__icontains=Unaccent(Value(f" {word}")))
    if filters.family:
        members = Membership.objects.on().filter(profile__in=FAMILY_PROFILES[Family(filters.family)])
        people = people.filter(pk__in=members.values("person"))
    if filters.division:
        people = people.filter(_around(filters.division))
    return with_open_memberships(people.defer(*sealed()).order_by(*name_order()), _with_subjects(open_memberships()))


def _with_subjects(memberships: QuerySet[Membership]) -> QuerySet[Membership]:
    taught = this_year(TeachingAssignment.objects.filter(membership=OuterRef("pk"), subject__isnull=False))
    labels = ArraySubquery(taught.order_by("subject__label").values("subject__label").distinct())
    return memberships.annotate(subjects=labels)


def _around(division: Division) -> Q:
    """The learners of a division, their guardians and their teachers."""
    learners = Enrolment.objects.on().filter(division=division).values("membership__person")
    return (
        Q(pk__in=learners)
        | Q(pk__in=Guardianship.objects.filter(pupil__in=learners).values("guardian"))
        | Q(pk__in=TeachingAssignment.objects.filter(division=division).values("membership__person"))
    )


def lines_of(viewer: Viewer, people: Iterable[Person]) -> list[Line]:
    """The lines of one page of people that carry `open_memberships`. One query whatever their number."""
    lines = {person.pk: _line(viewer, person, person.open_memberships) for person in people}  # type: ignore[attr-defined]
    for guardianship in _wards_seen(viewer, lines):
        lines[guardianship.guardian_id].where.append(guardianship.pupil.full_name)
    return list(lines.values())


def _line(viewer: Viewer, person: Person, memberships: Iterable[Any]) -> Line:
    divisions = [label for membership in memberships for label in membership.divisions]
    if not can_see_class(viewer, person):
        divisions = []
    subjects = [written(label) for membership in memberships for label in membership.subjects]
    return Line(person, roles_shown(viewer, memberships), list(dict.fromkeys([*divisions, *subjects])))


def roles_shown(viewer: Viewer, memberships: Iterable[Membership]) -> list[str]:
    """What the viewer may know that a person is, once each."""
    return list(dict.fromkeys(title_of(membership) for membership in memberships if can_see_role(viewer, membership)))


def _wards_seen(viewer: Viewer, people: Collection[int]) -> Iterable[Guardianship]:
    if not can_browse_divisions(viewer):
        own = viewer.is_guardian and viewer.person.pk in people
        return [ward.guardianship for ward in wards_of(viewer)] if own else []
    rows = Guardianship.objects.filter(guardian__in=list(people), pupil__in=visible_people(viewer))
    return rows.select_related("pupil").defer(*sealed("pupil__")).order_by(*name_order("pupil__"))
