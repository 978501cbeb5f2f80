"""Who administers a school or the region, who did, and who of the region entered a school."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet
from django.utils import timezone

from ent.directory.enums import STAFF_PROFILES, Office
from ent.directory.models import Delegation, Membership, Person, SchoolVisit, name_order
from ent.directory.queries.people import with_open_memberships
from ent.directory.viewer import Viewer
from ent.foundation.schools import scope
from ent.foundation.schools.models import School

MOST_FOUND = 20
PAST_VISITS = 50


@dataclass(frozen=True)
class Delegations:
    """Those in force or to come, and those that are over, the latest first."""

    current: list[Delegation]
    past: list[Delegation]


@dataclass(frozen=True)
class Visit:
    """An access of the region to a school, with the officer's name, which the school's scope does not hold."""

    officer: str
    school: str
    reason: str
    opened_at: datetime
    ended_at: datetime
    is_open: bool


def delegations_of(school: School | None) -> Delegations:
    """The delegations of a school, or those of the region."""
    rows = list(Delegation.objects.filter(school=school).select_related("person").order_by("-starts", "-pk"))
    today = timezone.localdate()
    over = [row for row in rows if row.ends and row.ends < today]
    return Delegations([row for row in rows if row not in over], over)


def officers_to_write_to() -> list[Person]:
    """The region's officers of today who have an address, by name: whom a school's administrator asks."""
    offices = Delegation.objects.on().filter(office=Office.REGION)
    with scope.use(scope.EVERYTHING):  # the officers are no one of the school's
        people = Person.objects.filter(pk__in=offices.values("person")).exclude(email="")
        return list(people.order_by(*name_order()))


def staff_found(school: School, text: str) -> list[Person]:
    """The staff of a school whose name has these words, by name, with their open memberships."""
    people = Person.objects.filter(
        pk__in=Membership.objects.on().filter(school=school, profile__in=STAFF_PROFILES).values("person")
    )
    for word in text.split()[:6]:
        people = people.filter(Q(last_name__unaccent__icontains=word) | Q(first_name__unaccent__icontains=word))
    return list(with_open_memberships(people.order_by(*name_order()))[:MOST_FOUND])


def visits_of(school: School) -> list[Visit]:
    """The last accesses of the region to a school, the latest first."""
    return _visits(SchoolVisit.objects.filter(school=school)[:PAST_VISITS])


def visits_of_region() -> list[Visit]:
    """The last accesses of the region's officers, the latest first."""
    return _visits(SchoolVisit.objects.all()[:PAST_VISITS])


def _visits(rows: QuerySet[SchoolVisit]) -> list[Visit]:
    with scope.use(scope.EVERYTHING):  # the officer is no one of the school's
        found = list(rows.select_related("person", "school"))
    now = timezone.now()
    visits = []
    for row in found:
        ended = min(row.closed_at or row.expires_at, row.expires_at)
        visits.append(Visit(row.person.full_name, row.school.name, row.reason, row.opened_at, ended, ended > now))
    return visits


def open_visits(viewer: Viewer) -> dict[int, SchoolVisit]:
    """The viewer's open accesses by school."""
    return {visit.school_id: visit for visit in viewer.visits}
