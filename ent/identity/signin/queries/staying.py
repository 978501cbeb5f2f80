"""« C’est mon appareil »: who may stay signed in, and how long."""

from datetime import datetime

from django.db.models import Q, QuerySet
from django.http import HttpRequest

from ent.directory.enums import STAFF_PROFILES, Stay
from ent.directory.models import Delegation, Membership, SchoolSettings
from ent.foundation.accounts.models import Account
from ent.foundation.schools import scope

DEFAULT = SchoolSettings._meta.get_field("stay_days").get_default()


def longest_stay(account: Account) -> int:
    """How many days at most: the shortest that one of their schools allows. 0 for staff and for whoever administers,
    who see the data of others (a shared machine in a staff room)."""
    with scope.use(scope.EVERYTHING):
        places = list(Membership.objects.opening().filter(person__account=account).values_list("school", "profile"))
        administers = Delegation.objects.not_over().filter(person__account=account).exists()
        if administers or not places or any(profile in STAFF_PROFILES for _school, profile in places):
            return 0
        schools = {school for school, _profile in places}
        chosen = dict(SchoolSettings.objects.filter(school__in=schools).values_list("school", "stay_days"))
    return min(chosen.get(school, DEFAULT) for school in schools)


def stays_offered(account: Account) -> list[int]:
    """The numbers of days between which they choose, the longest last."""
    most = longest_stay(account)
    return [days for days in Stay.values if 0 < days <= most]


def accounts_that_may_not() -> QuerySet[Account]:
    """Those who work or administer somewhere. Call inside `scope.EVERYTHING`."""
    works = Membership.objects.not_over().filter(profile__in=STAFF_PROFILES).values("person__account")
    administers = Delegation.objects.not_over().values("person__account")
    return Account.objects.filter(Q(pk__in=works) | Q(pk__in=administers))


def stays_until(request: HttpRequest) -> datetime | None:
    """Until when this browser stays signed in; None where it does not."""
    return request.session.get_expiry_date() if request.session.get("stays") else None
