"""The accounts between which somebody chooses."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.utils import timezone

from ent.directory.models import Membership, Person
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
    """Those that are not locked, in the order given. Call inside `scope.EVERYTHING`. Two queries."""
    order = {pk: rank for rank, pk in enumerate(accounts)}
    people = list(Person.objects.filter(account__in=order).select_related("account"))
    today = timezone.localdate()
    still = Q(ends__isnull=True) | Q(ends__gte=today) | Q(grace_until__gte=today)
    rows = list(Membership.objects.filter(still, person__in=people).select_related("school"))
    found = []
    for person in sorted(people, key=lambda one: order[one.account_id or 0]):
        mine = [row for row in rows if row.person_id == person.pk]
        if person.account is not None and person.account.is_active:
            found.append(_profile(person, person.account, mine))
    return found


def _profile(person: Person, account: Account, rows: list[Membership]) -> Profile:
    roles = dict.fromkeys(row.function or row.get_profile_display() for row in rows)
    schools = dict.fromkeys(f"{row.school.name}, {row.school.city}" for row in rows)
    return Profile(account, person, ", ".join(roles), " · ".join(schools), account.last_login)
