"""What the directory already knows of a school, read once, to compare a file with. Runs in the scope of that school."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Prefetch, Q

from ent.directory.enums import FAMILY_PROFILES, LEARNER_PROFILES, ExternalSystem, Family, Profile, Source
from ent.directory.imports.csv.people import Entry
from ent.directory.imports.names import plain
from ent.directory.models import (
    Apprenticeship,
    Delegation,
    Division,
    Enrolment,
    ExternalId,
    Group,
    Guardianship,
    Mef,
    Membership,
    Person,
    TeachingAssignment,
)
from ent.directory.queries.administration.accounts import belonging
from ent.foundation.schools.enums import YearState
from ent.foundation.schools.models import School, SchoolYear

AAF_SYSTEMS = frozenset({ExternalSystem.AAF_PUPIL, ExternalSystem.AAF_GUARDIAN, ExternalSystem.AAF_STAFF})


class Ambiguous(Exception):
    """Several people may be the one a line speaks of."""


@dataclass
class Known:
    """The people of a school and what links them: those whose account opens something there, if only in its grace
    period. Nobody else is looked for: a file must not bring out who exists elsewhere, nor reach who has left."""

    school: School
    day: date
    year: SchoolYear | None = None
    people: dict[int, Person] = field(default_factory=dict)
    ids: dict[tuple[str, str], int] = field(default_factory=dict)
    numbered: set[int] = field(default_factory=set)
    # Numbers of the school that somebody who has left still bears: a number designates one person for ever.
    worn_out: set[str] = field(default_factory=set)
    fed_by_aaf: set[int] = field(default_factory=set)
    overseers: set[int] = field(default_factory=set)
    ines: dict[str, int] = field(default_factory=dict)
    names: dict[tuple[str, str], list[int]] = field(default_factory=lambda: defaultdict(list))
    memberships: dict[int, dict[str, Membership]] = field(default_factory=lambda: defaultdict(dict))
    enrolments: dict[int, list[Enrolment]] = field(default_factory=lambda: defaultdict(list))
    guardianships: dict[tuple[int, int], Guardianship] = field(default_factory=dict)
    apprenticeships: dict[tuple[int, int], Apprenticeship] = field(default_factory=dict)
    taught: set[tuple[int, int]] = field(default_factory=set)
    divisions: dict[str, Division] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    mefs: dict[str, Mef] = field(default_factory=dict)

    def find(self, entry: Entry) -> Person | None:
        """The person an entry speaks of: by identifier, INE, name and birth date, name and e-mail, or a name that only
        one person of that family of profiles bears. Raises `Ambiguous`."""
        for system, value in _identifiers(entry):
            if value and (pk := self.ids.get((system, value))):
                return self.people[pk]
        if entry.ine and (pk := self.ines.get(entry.ine)):
            return self.people[pk]
        named = [self.people[pk] for pk in self.names.get(entry.name, ())]
        for same in (_same_birth, _same_email):
            if len(found := [person for person in named if same(person, entry)]) == 1:
                return found[0]
        likely = [person for person in named if self._may_be(person, entry)]
        if len(likely) > 1:
            raise Ambiguous
        return likely[0] if likely else None

    def _may_be(self, person: Person, entry: Entry) -> bool:
        """Nothing contradicts: same family of profiles, no other birth date or identifier, nor, where another source
        speaks of them, another e-mail."""
        if not self.memberships[person.pk].keys() & family_of(entry.profile):
            return False
        if entry.birth_date and person.birth_date and entry.birth_date != person.birth_date:
            return False
        if entry.id and person.pk in self.numbered:
            return False
        ours = any(m.source == Source.CSV for m in self.memberships[person.pk].values())
        return ours or not (entry.email and person.email) or _same_email(person, entry)


def family_of(profile: Profile) -> frozenset[str]:
    """The profiles that one person may be given instead of another: a learner's, a staff member's."""
    for family in (Family.LEARNERS, Family.STAFF):
        if profile in FAMILY_PROFILES[family]:
            return FAMILY_PROFILES[family]
    return frozenset({profile})


def _identifiers(entry: Entry) -> Iterable[tuple[str, str]]:
    yield ExternalSystem.CSV, entry.id
    if entry.profile in LEARNER_PROFILES:
        yield ExternalSystem.AAF_PUPIL, entry.aaf_id
    elif entry.profile == Profile.GUARDIAN:
        yield ExternalSystem.AAF_GUARDIAN, entry.aaf_id
    else:
        yield ExternalSystem.AAF_STAFF, entry.aaf_id


def _same_birth(person: Person, entry: Entry) -> bool:
    return entry.birth_date is not None and person.birth_date == entry.birth_date


def _same_email(person: Person, entry: Entry) -> bool:
    born = (person.birth_date, entry.birth_date)
    return bool(entry.email) and person.email.lower() == entry.email and (not all(born) or born[0] == born[1])


def known_of(school: School, day: date) -> Known:
    """Read the school. As many queries for one person as for a thousand."""
    known = Known(school, day, year=SchoolYear.objects.filter(school=school, state=YearState.CURRENT).first())
    _read_people(known)
    _read_links(known)
    _read_structures(known)
    return known


def _read_people(known: Known) -> None:
    ids = Prefetch("external_ids", ExternalId.objects.exclude(value=""), to_attr="known_ids")
    people = Person.objects.filter(pk__in=belonging(known.school, known.day).values("person"))
    for person in people.prefetch_related(ids).order_by("pk"):
        known.people[person.pk] = person
        known.names[plain(person.last_name), plain(person.first_name)].append(person.pk)
        if person.ine:
            known.ines[person.ine] = person.pk
        for one in person.known_ids:  # type: ignore[attr-defined]
            if one.system in AAF_SYSTEMS:
                known.fed_by_aaf.add(person.pk)
            if one.system != ExternalSystem.CSV:
                known.ids[one.system, one.value] = person.pk
            elif one.issuer == known.school.uai:
                known.ids[one.system, one.value] = person.pk
                known.numbered.add(person.pk)
    own_numbers = ExternalId.objects.filter(system=ExternalSystem.CSV, issuer=known.school.uai)
    known.worn_out = set(own_numbers.exclude(person__in=known.people).values_list("value", flat=True))
    here = Membership.objects.filter(school=known.school, person__in=known.people)
    for membership in here.select_related("schooling").order_by("pk"):
        membership.person = known.people[membership.person_id]
        known.memberships[membership.person_id][membership.profile] = membership
        if membership.profile == Profile.HEADSHIP:
            known.overseers.add(membership.person_id)
    known.overseers |= set(Delegation.objects.filter(person__in=known.people).values_list("person", flat=True))


def _read_links(known: Known) -> None:
    enrolments = Enrolment.objects.filter(school=known.school).filter(Q(ends__isnull=True) | Q(ends__gte=known.day))
    for enrolment in enrolments.select_related("division", "group").order_by("starts"):
        known.enrolments[enrolment.membership_id].append(enrolment)
    for link in Guardianship.objects.filter(pupil__in=known.people):
        known.guardianships[link.pupil_id, link.guardian_id] = link
    for contract in Apprenticeship.objects.filter(school=known.school):
        known.apprenticeships[contract.apprentice_id, contract.master_id] = contract
    services = TeachingAssignment.objects.filter(school=known.school, division__isnull=False)
    known.taught = set(services.values_list("membership", "division"))


def _read_structures(known: Known) -> None:
    known.mefs = {mef.code: mef for mef in Mef.objects.all()}
    if known.year is None:
        return
    for division in Division.objects.filter(year=known.year):
        known.divisions[plain(division.code)] = known.divisions[plain(division.label)] = division
    for group in Group.objects.filter(year=known.year):
        known.groups[plain(group.code)] = known.groups[plain(group.label)] = group
