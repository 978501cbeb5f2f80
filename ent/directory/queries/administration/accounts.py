"""The accounts of a school: figures, list, and how far one of them opens elsewhere."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from ent.directory.enums import LEARNER_PROFILES, STAFF_PROFILES, Office, Profile
from ent.directory.models import Delegation, Division, Enrolment, Guardianship, Membership, Person, name_order
from ent.directory.queries.people import with_open_memberships
from ent.directory.queries.wording import title_of
from ent.foundation.accounts.enums import AccountState
from ent.foundation.accounts.models import Account
from ent.foundation.schools import scope
from ent.foundation.schools.models import School

LONGEST_TEXT = 100
MOST_WORDS = 6

STATES = {
    AccountState.ACTIVE: Q(account__activated_at__isnull=False, account__locked_at__isnull=True),
    AccountState.NEVER: Q(account__activated_at__isnull=True, account__locked_at__isnull=True),
    AccountState.LOCKED: Q(account__locked_at__isnull=False),
}


@dataclass(frozen=True)
class AccountFilters:
    """What is looked for: words of a name or of an identifier, a profile, a division, a state."""

    text: str = ""
    profile: str = ""
    division: Division | None = None
    state: str = ""

    @property
    def any(self) -> bool:
        return bool(self.text or self.profile or self.division or self.state)


@dataclass
class AccountLine:
    """One person of the list: their roles here, then their divisions."""

    person: Person
    places: list[str]


@dataclass(frozen=True)
class Figure:
    """How many of a family have activated their account."""

    label: str
    activated: int
    total: int

    @property
    def percent(self) -> float:
        return 100 * self.activated / self.total


@dataclass(frozen=True)
class Figures:
    """The accounts of a school in figures; a family without anybody is left out."""

    families: list[Figure]
    locked: int
    provisional: int

    @property
    def activated(self) -> int:
        return sum(figure.activated for figure in self.families)

    @property
    def total(self) -> int:
        return sum(figure.total for figure in self.families)


@dataclass(frozen=True)
class Reach:
    """How far an account opens beyond one school. It says how far, not where."""

    elsewhere: frozenset[int]
    works_elsewhere: bool
    is_officer: bool
    heads_here: bool

    @property
    def others(self) -> int:
        return len(self.elsewhere)


def belonging(school: School, day: date | None = None) -> QuerySet[Membership]:
    """The memberships that still open something in the school: those of the day, and those in their grace period."""
    return Membership.objects.opening(day).filter(school=school)


def people_of(school: School) -> QuerySet[Person]:
    """Everybody whose account opens something in the school, with their account."""
    return Person.objects.filter(pk__in=belonging(school).values("person")).select_related("account")


def read_account_filters(asked: Mapping[str, str], divisions: Iterable[Division]) -> AccountFilters:
    """The filters of an address (`q`, `profil`, `classe`, `etat`); what makes no sense is left out."""
    profile, state = asked.get("profil", ""), asked.get("etat", "")
    return AccountFilters(
        text=" ".join(asked.get("q", "").replace("\x00", "").split())[:LONGEST_TEXT],
        profile=profile if profile in Profile.values else "",
        division=next((division for division in divisions if str(division.pk) == asked.get("classe")), None),
        state=state if state in AccountState.values else "",
    )


def accounts_found(school: School, filters: AccountFilters) -> QuerySet[Person]:
    """The people of the school that match every filter, by name, with account and open memberships."""
    members = belonging(school)
    if filters.profile:
        members = members.filter(profile=filters.profile)
    if filters.division:
        members = members.filter(_around(filters.division))
    people = Person.objects.filter(pk__in=members.values("person"))
    for word in filters.text.split()[:MOST_WORDS]:
        people = people.filter(
            Q(last_name__unaccent__icontains=word)
            | Q(first_name__unaccent__icontains=word)
            | Q(account__identifier__icontains=word)
        )
    if filters.state:
        people = people.filter(STATES[AccountState(filters.state)])
    return with_open_memberships(people.select_related("account").order_by(*name_order()))


def _around(division: Division) -> Q:
    """The learners of a division and their guardians."""
    learners = Enrolment.objects.on().filter(division=division).values("membership__person")
    return Q(person__in=learners) | Q(person__in=Guardianship.objects.filter(pupil__in=learners).values("guardian"))


def account_lines(people: Iterable[Person]) -> list[AccountLine]:
    """The lines of one page of people that carry `open_memberships`."""
    return [AccountLine(person, [*roles_of(person), *_divisions_of(person)]) for person in people]


def _divisions_of(person: Person) -> list[str]:
    memberships = person.open_memberships  # type: ignore[attr-defined]
    return list(dict.fromkeys(label for membership in memberships for label in membership.divisions))


def roles_of(person: Person) -> list[str]:
    """What a person that carries `open_memberships` is here, once each."""
    return list(dict.fromkeys(title_of(membership) for membership in person.open_memberships))  # type: ignore[attr-defined]


def account_figures(school: School) -> Figures:
    """How many accounts are activated by family, locked, or under a provisional password. One query."""
    activated = Q(person__account__activated_at__isnull=False)
    families = {
        "learners": (_("élèves activés"), Q(profile__in=LEARNER_PROFILES)),
        "guardians": (_("responsables activés"), Q(profile=Profile.GUARDIAN)),
        "staff": (_("personnels activés"), Q(profile__in=STAFF_PROFILES)),
    }
    asked = {
        "locked": _people(Q(person__account__locked_at__isnull=False)),
        "provisional": _people(Q(person__account__must_change_password=True)),
    }
    for name, (_label, condition) in families.items():
        asked |= {f"{name}_all": _people(condition), f"{name}_in": _people(condition & activated)}
    counts = belonging(school).aggregate(**asked)
    shown = [
        Figure(label, counts[f"{name}_in"], counts[f"{name}_all"])
        for name, (label, _condition) in families.items()
        if counts[f"{name}_all"]
    ]
    return Figures(shown, counts["locked"], counts["provisional"])


def _people(condition: Q) -> Count:
    return Count("person", filter=condition, distinct=True)


def memberships_here(person: Person, school: School) -> list[Membership]:
    """What a person is and was in the school, what is open first."""
    rows = Membership.objects.filter(person=person, school=school).order_by("-starts", "pk")
    return sorted(rows, key=lambda membership: membership.ends is not None)


def reach_of(person: Person, school: School) -> Reach:
    """What the person's account opens beside this school: read across all schools, which row security hides."""
    with scope.use(scope.EVERYTHING):
        places = list(Membership.objects.opening().filter(person=person).values_list("school_id", "profile"))
        delegations = Delegation.objects.not_over().filter(person=person)
        offices = list(delegations.values_list("office", "school_id"))
    works = any(place != school.pk and profile in STAFF_PROFILES for place, profile in places)
    return Reach(
        elsewhere=frozenset(place for place, _profile in places if place != school.pk),
        works_elsewhere=works or any(place not in {school.pk, None} for _office, place in offices),
        is_officer=any(office == Office.REGION for office, _place in offices),
        heads_here=any(place == school.pk and profile == Profile.HEADSHIP for place, profile in places),
    )


def schools_opened_by(account: Account) -> list[int]:
    """The schools in which an account opens something today, its grace period included: read across all schools, since
    whoever asks may be nobody yet."""
    with scope.use(scope.EVERYTHING):
        rows = Membership.objects.opening().filter(person__account=account)
        return sorted(set(rows.values_list("school", flat=True)))


def opens_something(account: Account) -> bool:
    """Whether an account opens a school today, its grace period included, or the region: read across all schools."""
    with scope.use(scope.EVERYTHING):
        offices = Delegation.objects.on().filter(person__account=account, school=None)
        members = Membership.objects.letting_in().filter(person__account=account)
        return members.exists() or offices.exists()


def namesakes(school: School, *, last_name: str, first_name: str, birth_date: date | None) -> list[Person]:
    """The people of the school of the same names, accents and case ignored, whose birth date is not another one."""
    people = Person.objects.filter(
        pk__in=Membership.objects.filter(school=school).values("person"),
        last_name__unaccent__iexact=last_name,
        first_name__unaccent__iexact=first_name,
    )
    if birth_date:
        people = people.filter(Q(birth_date=birth_date) | Q(birth_date__isnull=True))
    return list(with_open_memberships(people.order_by("pk")))
