"""The fixed cast: the same people in every test, in two schools of one region, and one school apart."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

import pytest
from django.test import Client
from django.utils import timezone

from ent.directory.enums import ExternalSystem, LegalDuty, Office, Profile, Relation, Source
from ent.directory.models import (
    Delegation,
    Division,
    Enrolment,
    ExternalId,
    Group,
    GroupDivision,
    Guardianship,
    HeadTeacher,
    Membership,
    NationalSubject,
    Person,
    TeachingAssignment,
)
from ent.foundation.accounts.models import Account
from ent.foundation.schools import scope
from ent.foundation.schools.enums import SchoolKind, YearState
from ent.foundation.schools.models import Region, School, SchoolYear
from ent.identity.contacts.models import ContactCheck

STARTS = date(2026, 9, 1)
PASSWORD = "Loire-1519!"


@dataclass
class Cast:
    """Everybody by their name; `signed_in("ines")` is a browser in which they are signed in."""

    region: Region
    lycee: School
    college: School
    cfa: School
    veron: School
    people: dict[str, Person] = field(default_factory=dict)
    divisions: dict[str, Division] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)

    def __getattr__(self, name: str) -> Person:
        try:
            return self.__dict__["people"][name]
        except KeyError:
            raise AttributeError(name) from None

    def membership(self, name: str, school: School | None = None) -> Membership:
        rows = Membership._base_manager.filter(person=self.people[name])
        with scope.use(scope.EVERYTHING):
            return (rows.filter(school=school) if school else rows).select_related("school").order_by("pk")[0]

    def signed_in(self, name: str) -> Client:
        client = Client(HTTP_HOST="ent.example")
        if name != "stranger":
            client.force_login(self.people[name].account)
        return client


MEMBERS = (
    "mme_dupont",
    "mme_fabre",
    "m_lemaire",
    "ines",
    "malo",
    "claire",
    "karim",
    "lucas",
    "m_tessier",
    "region_officer",
    "stranger",
)


@pytest.fixture
def cast(db: None) -> Cast:
    """Two schools of Touraine, a CFA and an agricultural lycée, and the people of the fixed cast."""
    with scope.use(scope.EVERYTHING):
        return build_cast()


@pytest.fixture
def signed_in(cast: Cast) -> Callable[[str], Client]:
    return cast.signed_in


def build_cast() -> Cast:
    """Create the cast's rows. Call inside `scope.EVERYTHING`."""
    region = Region.objects.create(name="Centre-Val de Loire", academy_code="18")
    cast = Cast(
        region,
        lycee=_school(region, "0379902M", "Lycée Jeanne-de-Touraine", SchoolKind.LYCEE, "Tours"),
        college=_school(region, "0379901L", "Collège des Bords-de-Loire", SchoolKind.COLLEGE, "Amboise"),
        cfa=_school(region, "0379904P", "CFA des Deux-Rives", SchoolKind.CFA, "Tours"),
        veron=_school(region, "0379903N", "Lycée agricole du Véron", SchoolKind.AGRICULTURAL, "Savigny-en-Véron"),
    )
    for school, code in ((cast.lycee, "2de 4"), (cast.lycee, "2de 5"), (cast.college, "5e B"), (cast.veron, "2de A")):
        cast.divisions[code] = _division(school, code)
    cast.divisions["CAP 1"] = _division(cast.cfa, "CAP 1")
    _people(cast)
    _families(cast)
    _teaching(cast)
    # They have looked at their contact details, which are not asked of them at each sign-in.
    accounts = [person.account for person in cast.people.values() if person.account]
    ContactCheck.objects.bulk_create([ContactCheck(account=one, checked_at=timezone.now()) for one in accounts])
    return cast


def _school(region: Region, uai: str, name: str, kind: str, city: str) -> School:
    school = School.objects.create(
        region=region, uai=uai, name=name, kind=kind, city=city, street="1 quai de la Loire", phone="02 61 91 10 00"
    )
    SchoolYear.objects.create(
        school=school, label="2026-2027", starts=STARTS, ends=date(2027, 8, 31), state=YearState.CURRENT
    )
    return school


def _division(school: School, code: str) -> Division:
    year = SchoolYear.objects.get(school=school, state=YearState.CURRENT)
    return Division.objects.create(school=school, year=year, code=code, label=code, source=Source.AAF)


def _person(cast: Cast, key: str, civility: str, first: str, last: str, born: date | None = None) -> Person:
    account = Account.objects.create(
        identifier=f"{first}.{last}".lower().replace(" ", "-"), activated_at="2026-09-01T08:00Z"
    )
    account.set_password(PASSWORD)
    account.save()
    person = Person.objects.create(
        account=account,
        civility=civility,
        first_name=first,
        last_name=last,
        birth_date=born,
        email=f"{key.replace('_', '.')}@ent.example",
        contact={"mobile": "06 39 98 10 10", "city": "Tours"},
    )
    cast.people[key] = person
    return person


def _join(
    person: Person, school: School, profile: str, function: str = "", division: Division | None = None
) -> Membership:
    membership = Membership.objects.create(
        person=person, school=school, profile=profile, function=function, starts=STARTS, source=Source.AAF
    )
    if division:
        Enrolment.objects.create(
            school=school, membership=membership, division=division, starts=STARTS, source=Source.AAF
        )
    return membership


def _people(cast: Cast) -> None:
    d = cast.divisions
    _join(_person(cast, "mme_dupont", "Mme", "Anne", "Dupont"), cast.lycee, Profile.HEADSHIP, "Proviseure")
    _join(_person(cast, "mme_fabre", "Mme", "Hélène", "Fabre"), cast.lycee, Profile.TEACHER, "Enseignante")
    _join(_person(cast, "m_lemaire", "M.", "Julien", "Lemaire"), cast.lycee, Profile.SCHOOL_LIFE, "CPE")
    _join(
        _person(cast, "ines", "Mme", "Inès", "Moreau", date(2011, 4, 12)),
        cast.lycee,
        Profile.PUPIL,
        division=d["2de 4"],
    )
    _join(_person(cast, "noe", "M.", "Noé", "Blin", date(2011, 2, 2)), cast.lycee, Profile.PUPIL, division=d["2de 5"])
    _join(
        _person(cast, "malo", "M.", "Malo", "Moreau", date(2014, 6, 3)), cast.college, Profile.PUPIL, division=d["5e B"]
    )
    claire = _person(cast, "claire", "Mme", "Claire", "Moreau")
    _join(claire, cast.lycee, Profile.GUARDIAN)
    _join(claire, cast.college, Profile.GUARDIAN)
    _join(_person(cast, "karim", "M.", "Karim", "Benali"), cast.veron, Profile.GUARDIAN)
    _join(
        _person(cast, "sofia", "Mme", "Sofia", "Benali", date(2010, 9, 9)),
        cast.veron,
        Profile.PUPIL,
        division=d["2de A"],
    )
    _join(
        _person(cast, "lucas", "M.", "Lucas", "Perrin", date(2008, 1, 20)),
        cast.cfa,
        Profile.APPRENTICE,
        division=d["CAP 1"],
    )
    tessier = _person(cast, "m_tessier", "M.", "Marc", "Tessier")
    _join(tessier, cast.college, Profile.ADMINISTRATIVE, "Correspondant ENT")
    Delegation.objects.create(person=tessier, office=Office.SCHOOL, school=cast.college, starts=STARTS)
    officer = _person(cast, "region_officer", "Mme", "Sylvie", "Carré")
    Delegation.objects.create(person=officer, office=Office.REGION, starts=STARTS)


def _families(cast: Cast) -> None:
    for rank, (pupil, guardian, relation) in enumerate(
        (("ines", "claire", Relation.MOTHER), ("malo", "claire", Relation.MOTHER), ("sofia", "karim", Relation.FATHER)),
        1,
    ):
        Guardianship.objects.create(
            pupil=cast.people[pupil],
            guardian=cast.people[guardian],
            relation=relation,
            legal=LegalDuty.LEGAL,
            contact_rank=1,
            source=Source.AAF,
        )
        ExternalId.objects.create(
            person=cast.people[pupil], system=ExternalSystem.AAF_PUPIL, issuer="18", value=str(9000 + rank)
        )


def _teaching(cast: Cast) -> None:
    maths = NationalSubject.objects.create(code="061300", label="MATHEMATIQUES")
    fabre = cast.membership("mme_fabre")
    division = cast.divisions["2de 4"]
    TeachingAssignment.objects.create(
        school=cast.lycee, membership=fabre, division=division, subject=maths, source=Source.AAF
    )
    HeadTeacher.objects.create(school=cast.lycee, division=division, membership=fabre, source=Source.AAF)
    group = Group.objects.create(
        school=cast.lycee, year=division.year, code="2DE4GR1", label="Maths, groupe 1", source=Source.AAF
    )
    GroupDivision.objects.create(school=cast.lycee, group=group, division=division)
    Enrolment.objects.create(
        school=cast.lycee, membership=cast.membership("ines"), group=group, starts=STARTS, source=Source.AAF
    )
    cast.groups["2DE4GR1"] = group
