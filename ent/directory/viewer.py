"""The viewer: the person who asks, in the profile they chose, with the schools this opens to them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any, TypeVar

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from ent.core.actors import Actor
from ent.core.prepared import prepared
from ent.directory.enums import LEARNER_PROFILES, STAFF_PROFILES, Office, Profile
from ent.directory.models import Delegation, Membership, OpenRows, Person, SchoolVisit
from ent.foundation.accounts.models import Account
from ent.foundation.schools.models import School
from ent.foundation.schools.scope import Scope

T = TypeVar("T")


@dataclass
class Viewer:
    """What a request knows of its person. `membership` is None for a region officer outside a visit."""

    account: Account
    person: Person
    memberships: list[Membership]
    delegations: list[Delegation]
    visits: list[SchoolVisit]
    membership: Membership | None = None
    visit: SchoolVisit | None = None
    child_id: int | None = None
    # What several parts of one page ask for is found once: see `once`.
    found: dict[str, Any] = field(default_factory=dict)

    def once(self, name: str, find: Callable[[], T]) -> T:
        """The result of `find`, kept for the rest of the request."""
        if name not in self.found:
            self.found[name] = find()
        return self.found[name]

    @property
    def school(self) -> School | None:
        if self.visit:
            return self.visit.school
        return self.membership.school if self.membership else None

    @cached_property
    def profile(self) -> str:
        """What they act as. Nothing for staff who have left: the grace period opens their own things only."""
        if self.membership is None:
            return Profile.REGION if self.is_region else ""
        gone = self.membership.profile in STAFF_PROFILES and _is_over(self.membership)
        return "" if gone else self.membership.profile

    @property
    def is_staff(self) -> bool:
        return self.profile in STAFF_PROFILES

    @property
    def is_learner(self) -> bool:
        return self.profile in LEARNER_PROFILES

    @property
    def is_guardian(self) -> bool:
        return self.profile == Profile.GUARDIAN

    @cached_property
    def is_region(self) -> bool:
        """Acts for the region: has its delegation and no membership chosen beside it."""
        return self.membership is None and any(d.office == Office.REGION for d in self.delegations)

    @cached_property
    def administers(self) -> bool:
        """Administers the current school: its correspondant ENT, among its staff, or the region during a visit."""
        if self.visit:
            return True
        return (
            self.membership is not None
            and self.is_staff
            and any(d.office == Office.SCHOOL and d.school_id == self.membership.school_id for d in self.delegations)
        )

    @property
    def actor(self) -> Actor:
        return Actor(
            label=self.person.full_name,
            account_id=self.account.pk,
            person_id=self.person.pk,
            reason=self.visit.reason if self.visit else "",
        )

    def scope(self, *, read_only: bool) -> Scope:
        """Read and write in the current school; a guardian also reads their children's other schools."""
        school = self.school
        reads = {school.pk} if school else set()
        if self.is_guardian:
            reads |= {m.school_id for m in self.memberships if m.profile == Profile.GUARDIAN}
        return Scope(
            reads=frozenset(reads),
            writes=school.pk if school else None,
            person=self.person.pk,
            account=self.account.pk,
            region=self.is_region,
            read_only=read_only,
        )


def find_viewer(account: Account, *, choice: str, child_id: int | None) -> Viewer | None:
    """The viewer of an account, or None where its person has no open membership nor delegation.

    `choice` is what the switcher stored: `m<membership id>`, `v<visit id>` or `region`. One query, two for
    whoever has a delegation, three for the region. Must run inside a scope whose `person` is the account's.
    """
    today = timezone.localdate()
    memberships = _open_memberships(account=account.pk, today=today)
    person = memberships[0].person if memberships else Person.objects.filter(account=account).first()
    if person is None:
        return None
    may_administer = not memberships or memberships[0].has_delegation  # type: ignore[attr-defined]
    delegations = _open_delegations(person=person.pk, today=today) if may_administer else []
    region = any(d.office == Office.REGION for d in delegations)
    if not memberships and not region:
        return None
    visits = _open_visits(person=person.pk, now=timezone.now()) if region else []
    viewer = Viewer(account, person, memberships, delegations, visits, child_id=child_id)
    viewer.visit = next((v for v in viewer.visits if choice == f"v{v.pk}"), None)
    if not viewer.visit and not (region and choice in {"", "region"}):
        viewer.membership = _chosen(memberships, choice)
    return viewer


@prepared
def _open_memberships(account: int, today: date) -> QuerySet[Membership]:
    # The person's own rows in every school: the scope is not known yet, row security lets only these through.
    rows = OpenRows(Membership).letting_in(today).filter(person__account=account, starts__lte=today)
    has_delegation = Exists(Delegation.objects.filter(person=OuterRef("person")))
    return rows.annotate(has_delegation=has_delegation).select_related("person", "school").order_by("pk")


@prepared
def _open_delegations(person: int, today: date) -> QuerySet[Delegation]:
    rows = Delegation.objects.on(today).filter(person=person)
    return rows.select_related("school").order_by("pk")


@prepared
def _open_visits(person: int, now: datetime) -> QuerySet[SchoolVisit]:
    rows = SchoolVisit.objects.filter(person=person, closed_at__isnull=True, expires_at__gt=now)
    return rows.select_related("school").order_by("pk")


def _chosen(memberships: list[Membership], choice: str) -> Membership | None:
    for membership in memberships:
        if choice == f"m{membership.pk}":
            return membership
    return min(memberships, key=_is_over, default=None)


def _is_over(membership: Membership) -> bool:
    """Only its grace period is left."""
    return membership.ends is not None and membership.ends < timezone.localdate()
