"""Whom a closure concerns, and what a school, or whoever is not let in, reads of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from ent.core.templatetags.ent import french_date
from ent.directory.enums import FAMILY_PROFILES, LEARNER_PROFILES, Family, Profile
from ent.directory.models import Delegation, Division, Enrolment, Guardianship, Membership
from ent.foundation.accounts.models import Account
from ent.foundation.schools.models import School
from ent.identity.access.enums import Kind
from ent.identity.access.models import Closure

FOREVER = date(9999, 12, 31)
# Those whom a division has; the others are of the school as a whole.
OF_DIVISIONS = (Family.LEARNERS, Family.GUARDIANS)


def closures_of(school: School) -> list[Closure]:
    """Those in force, what opens soonest first."""
    rows = Closure.objects.in_force().filter(school=school).select_related("division")
    return sorted(rows, key=lambda row: (row.reopens_on or FOREVER, row.whom))


def members_closed(closure: Closure) -> QuerySet[Membership]:
    """The memberships that a closure closes. Never its headship's nor those of whoever administers the school, who
    must be able to open again. Call inside `scope.EVERYTHING`."""
    profiles = {profile for family in closure.families for profile in FAMILY_PROFILES[Family(family)]}
    members = Membership.objects.filter(school=closure.school_id, profile__in=profiles)
    administers = Delegation.objects.on().filter(school=closure.school_id).values("person")
    members = members.exclude(profile=Profile.HEADSHIP).exclude(person__in=administers)
    return members.filter(_around(closure)) if closure.division_id else members


def _around(closure: Closure) -> Q:
    """The learners of the division; and their guardians, unless they have a child in one that is open."""
    # Those to come count: a class is dated before the year begins.
    places = Enrolment.objects.not_over().filter(school=closure.school_id, division__isnull=False)
    learners = places.filter(division=closure.division_id)
    elsewhere = places.exclude(division__in=_divisions_closed_to_guardians(closure.school_id))
    return Q(pk__in=learners.values("membership")) | (
        Q(profile=Profile.GUARDIAN, person__in=_guardians(learners)) & ~Q(person__in=_guardians(elsewhere))
    )


def _divisions_closed_to_guardians(school: int) -> QuerySet[Any]:
    rows = Closure.objects.in_force().filter(school=school, families__contains=[Family.GUARDIANS])
    return rows.filter(division__isnull=False).values("division")


def _guardians(places: QuerySet[Enrolment]) -> QuerySet[Any]:
    learners = places.filter(membership__profile__in=LEARNER_PROFILES).values("membership__person")
    return Guardianship.objects.filter(pupil__in=learners).values("guardian")


@dataclass(frozen=True, slots=True)
class Closed:
    """What somebody is told who is not let in: in which school, and until when, if it is known."""

    school: str
    is_opening: bool
    until: str


def why_closed(account: Account) -> list[Closed]:
    """The schools that do not let this account in for now. Call inside `scope.EVERYTHING`."""
    members = Membership.objects.opening().filter(person__account=account, closed_until__gt=timezone.localdate())
    found = []
    for member in members.select_related("school"):
        rows = Closure.objects.in_force().filter(school=member.school)
        kinds = {row.kind for row in rows if members_closed(row).filter(pk=member.pk).exists()}
        day = member.closed_until
        until = french_date(day) if day and day != FOREVER else ""
        found.append(Closed(member.school.name, Kind.SUSPENSION not in kinds, until))
    return found


def openings(divisions: Iterable[Division]) -> dict[int, Closure]:
    """What keeps each of these divisions closed to its learners, the one that lasts longest."""
    divisions = list(divisions)
    if not divisions:
        return {}
    rows = Closure.objects.in_force().filter(school=divisions[0].school_id, families__contains=[Family.LEARNERS])
    found: dict[int, Closure] = {}
    for row in sorted(rows, key=lambda row: row.reopens_on or FOREVER):
        for pk in [row.division_id] if row.division_id else [division.pk for division in divisions]:
            found[pk] = row
    return found
