"""What is handed over on paper, and to whom."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import QuerySet

from ent.directory.enums import LEARNER_PROFILES, STAFF_PROFILES
from ent.directory.models import Delegation, Division, Enrolment, Membership, Person, name_order
from ent.directory.queries.administration.accounts import AccountFilters, AccountLine, account_lines, accounts_found
from ent.directory.queries.people import natural
from ent.foundation.accounts.enums import AccountState
from ent.foundation.accounts.queries import password_version
from ent.foundation.schools import scope
from ent.foundation.schools.models import School

MOST_FOUND = 20


@dataclass(frozen=True)
class Addressee:
    """Somebody to whom a sheet is handed. `place` is what the sheet says they are: a division, or a role."""

    person: Person
    place: str
    division: Division | None = None


@dataclass(frozen=True)
class Sheet:
    """What one person is handed: nowhere else is the password to be read."""

    to: Addressee
    password: str


def learners_of(divisions: Iterable[Division], *, everybody: bool = False) -> list[Addressee]:
    """The learners of these divisions, by division then by name: those who have never activated their account, or
    all of them."""
    by_key = {division.pk: division for division in divisions}
    # Those to come too: sheets are made before the year begins.
    places = Enrolment.objects.not_over().filter(division__in=by_key, membership__profile__in=LEARNER_PROFILES)
    places = places.exclude(membership__person__account=None)
    if not everybody:
        places = places.filter(membership__person__account__activated_at=None)
    places = places.exclude(membership__person__in=_who_also_work(places))
    rows = places.select_related("membership__person__account").order_by(*name_order("membership__person__"))
    found = [(by_key[row.division_id or 0], row.membership.person) for row in rows]
    found.sort(key=lambda one: natural(one[0].label))
    return [Addressee(person, division.label, division) for division, person in found]


def _who_also_work(places: QuerySet[Enrolment]) -> list[int]:
    """Those who work or administer somewhere as well: a class's sheet must not open that."""
    with scope.use(scope.EVERYTHING):
        people = list(places.values_list("membership__person", flat=True))
        works = Membership.objects.not_over().filter(person__in=people, profile__in=STAFF_PROFILES)
        administers = Delegation.objects.not_over().filter(person__in=people)
        return [*works.values_list("person", flat=True), *administers.values_list("person", flat=True)]


def sheets_version(to: Iterable[Addressee]) -> str:
    """Names the passwords in force of these people: a form sent twice hands out one set of sheets, not two."""
    versions = "".join(password_version(one.person.account) for one in to if one.person.account)
    return hashlib.sha256(versions.encode()).hexdigest()[:16]


def addressee(line: AccountLine) -> Addressee:
    """Somebody of the accounts' list, with what they are."""
    return Addressee(line.person, ", ".join(line.places))


def never_opened(school: School, text: str) -> list[AccountLine]:
    """The people of a school of this name who have never opened their account, those who came last first where no
    name is asked for."""
    people = accounts_found(school, AccountFilters(text=text, state=AccountState.NEVER)).exclude(account=None)
    return account_lines((people if text else people.order_by("-account__created_at", "-pk"))[:MOST_FOUND])
