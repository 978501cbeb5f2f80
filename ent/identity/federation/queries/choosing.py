"""The accounts between which somebody chooses."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from ent.directory.enums import Profile as What
from ent.directory.models import Guardianship, Membership, Person
from ent.directory.queries.wording import title_of
from ent.foundation.accounts.models import Account


@dataclass(frozen=True, slots=True)
class Profile:
    """One account: what its person is, and where."""

    account: Account
    person: Person
    roles: str
    schools: str
    last_visit: datetime | None


def profiles_of(accounts: Iterable[int]) -> list[Profile]:
    """Those that are not locked, in the order given. Call inside `scope.EVERYTHING`. Three queries."""
    order = {pk: rank for rank, pk in enumerate(accounts)}
    people = list(Person.objects.filter(account__in=order).select_related("account"))
    rows = list(Membership.objects.opening().filter(person__in=people).select_related("person", "school"))
    children = defaultdict(list)
    for link in Guardianship.objects.filter(guardian__in=people).select_related("pupil").order_by("pupil__birth_date"):
        children[link.guardian_id].append(link.pupil.first_name)
    found = []
    for person in sorted(people, key=lambda one: order[one.account_id or 0]):
        mine = [row for row in rows if row.person_id == person.pk]
        if person.account is not None and person.account.is_active:
            found.append(_profile(person, person.account, mine, children[person.pk]))
    return found


def _profile(person: Person, account: Account, rows: list[Membership], children: list[str]) -> Profile:
    roles = dict.fromkeys(_role(row, children) for row in rows)
    schools = dict.fromkeys(f"{row.school.name}, {row.school.city}" for row in rows)
    return Profile(account, person, ", ".join(roles), " · ".join(schools), account.last_login)


def _role(membership: Membership, children: list[str]) -> str:
    if membership.profile != What.GUARDIAN or not children:
        return title_of(membership)
    return f"{title_of(membership)} ({', '.join(children)})"
