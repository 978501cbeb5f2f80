"""Who has activated their account and who has not, and what is handed over to whom."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.utils import timezone

from ent.directory.enums import LEARNER_PROFILES, SCHOOLING_DUTIES, Profile
from ent.directory.models import Division, Enrolment, Guardianship, HeadTeacher, Membership, Person, name_order
from ent.directory.queries.structures import current_divisions
from ent.foundation.accounts.models import Account
from ent.foundation.accounts.queries import password_version
from ent.foundation.schools.models import School

# Who activates by a link sent to the address that their school knows. Pupils have a sheet, staff their directory.
BY_LINK = (Profile.GUARDIAN, Profile.APPRENTICE, Profile.MASTER, Profile.GUEST)


@dataclass
class Share:
    """How many of those concerned have activated their account."""

    total: int = 0
    active: int = 0

    def count(self, account: Account | None) -> None:
        self.total += 1
        self.active += bool(account and account.activated_at)

    @property
    def left(self) -> int:
        return self.total - self.active

    @property
    def percent(self) -> float:
        return 100 * self.active / self.total if self.total else 100


@dataclass
class DivisionLine:
    """A division of the follow-up: its learners, their guardians, its head teachers."""

    division: Division
    heads: str
    learners: Share
    guardians: Share

    @property
    def left(self) -> int:
        return self.learners.left + self.guardians.left


@dataclass(frozen=True)
class Sheet:
    """What one person is handed: nowhere else is the password to be read."""

    person: Person
    division: str
    password: str


def follow_up(school: School) -> list[DivisionLine]:
    """The divisions of the year, those where most is left to do first. Four queries, whatever their number."""
    divisions = current_divisions(school)
    lines = {d.pk: DivisionLine(d, "", Share(), Share()) for d in divisions}
    places: defaultdict[int, set[int]] = defaultdict(set)
    for enrolment in _enrolments(divisions):
        assert enrolment.division_id is not None
        places[enrolment.membership.person_id].add(enrolment.division_id)
        lines[enrolment.division_id].learners.count(enrolment.membership.person.account)
    seen: set[tuple[int, int]] = set()
    for link in _guardianships(places):
        for division in places[link.pupil_id]:
            if (division, link.guardian_id) not in seen:
                seen.add((division, link.guardian_id))
                lines[division].guardians.count(link.guardian.account)
    for head in HeadTeacher.objects.filter(division__in=divisions).select_related("membership__person"):
        line = lines[head.division_id]
        line.heads = ", ".join(filter(None, (line.heads, head.membership.person.formal_name)))
    return sorted(lines.values(), key=lambda line: line.left, reverse=True)


def _enrolments(divisions: Iterable[Division]) -> Iterable[Enrolment]:
    rows = Enrolment.objects.on().filter(division__in=list(divisions))
    return rows.select_related("membership__person__account").defer(
        "membership__person__contact", "membership__person__ine"
    )


def _guardianships(pupils: Iterable[int]) -> Iterable[Guardianship]:
    rows = Guardianship.objects.filter(pupil__in=list(pupils), legal__in=SCHOOLING_DUTIES)
    return rows.select_related("guardian__account").defer("guardian__contact", "guardian__ine")


def learners_to_activate(division: Division) -> list[Person]:
    """The learners of a division who have never activated their account, by name."""
    places = Enrolment.objects.on().filter(division=division, membership__profile__in=LEARNER_PROFILES)
    people = Person.objects.filter(pk__in=places.values("membership__person"), account__activated_at=None)
    return list(people.exclude(account=None).select_related("account").order_by(*name_order()))


def sheets_version(people: Iterable[Person]) -> str:
    """Names the passwords in force of these people: a form sent twice hands out one set of sheets, not two."""
    versions = "".join(password_version(person.account) for person in people if person.account)
    return hashlib.sha256(versions.encode()).hexdigest()[:16]


def accounts_to_remind(divisions: Iterable[Division]) -> list[tuple[Account, str]]:
    """The guardians around these divisions who have not activated their account and have an address."""
    pupils = [row.membership.person_id for row in _enrolments(divisions)]
    people = {link.guardian.pk: link.guardian for link in _guardianships(pupils)}
    return [
        (person.account, person.email)
        for person in people.values()
        if person.account and not person.account.activated_at and person.email
    ]


def holders(typed: str) -> Iterator[tuple[Account, str]]:
    """The accounts never activated that activate by link and have this address. Call inside `scope.EVERYTHING`."""
    people = Person.objects.filter(email__iexact=typed.strip(), account__activated_at=None).exclude(email="")
    members = Membership.objects.on().filter(profile__in=BY_LINK)
    for person in people.filter(pk__in=members.values("person")).select_related("account").order_by("pk"):
        if person.account and person.account.is_active:
            yield person.account, person.email


@dataclass(frozen=True)
class Child:
    """A child whom the guardian finds, with where they are."""

    person: Person
    place: str


def children_of(person: Person) -> list[Child]:
    """Those whose schooling the guardian follows, the eldest first. Call inside `scope.EVERYTHING`."""
    links = Guardianship.objects.filter(guardian=person, legal__in=SCHOOLING_DUTIES).select_related("pupil")
    pupils = {link.pupil_id: link.pupil for link in links.order_by("pupil__birth_date", "pk")}
    places = Enrolment.objects.on(timezone.localdate()).filter(membership__person__in=pupils, division__isnull=False)
    found = {row.membership.person_id: row for row in places.select_related("membership", "division", "school")}
    return [
        Child(pupil, f"{found[pk].division}, {found[pk].school.name}" if pk in found else "")
        for pk, pupil in pupils.items()
    ]
