"""« C’est mon appareil »: who may stay signed in, and how long."""

from datetime import datetime

from django.http import HttpRequest

from ent.directory.enums import STAFF_PROFILES
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


def stays_until(request: HttpRequest) -> datetime | None:
    """Until when this browser stays signed in; None where it does not."""
    return request.session.get_expiry_date() if request.session.get("stays") else None
