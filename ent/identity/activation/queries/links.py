"""Who activates by a link, and what its page shows them."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils import timezone

from ent.directory.enums import SCHOOLING_DUTIES, Profile
from ent.directory.models import Enrolment, Guardianship, Membership, Person
from ent.foundation.accounts.models import Account

# Who activates by a link sent to the address that their school knows. Pupils have a sheet, staff their directory.
BY_LINK = (Profile.GUARDIAN, Profile.APPRENTICE, Profile.MASTER, Profile.GUEST)


def holders(typed: str) -> Iterator[tuple[Account, str]]:
    """The accounts never activated that activate by link and have this address. Call inside `scope.EVERYTHING`."""
    people = Person.objects.filter(email__iexact=typed.strip(), account__activated_at=None).exclude(email="")
    members = Membership.objects.on().filter(profile__in=BY_LINK)
    for person in people.filter(pk__in=members.values("person")).select_related("account").order_by("pk"):
        if person.account and person.account.is_active:
            yield person.account, person.email


@dataclass(frozen=True)
class Child:
    """A child whom the guardian finds, with where they are."""

    person: Person
    place: str


def children_of(person: Person) -> list[Child]:
    """Those whose schooling the guardian follows, the eldest first. Call inside `scope.EVERYTHING`."""
    links = Guardianship.objects.filter(guardian=person, legal__in=SCHOOLING_DUTIES).select_related("pupil")
    pupils = {link.pupil_id: link.pupil for link in links.order_by("pupil__birth_date", "pk")}
    places = Enrolment.objects.on(timezone.localdate()).filter(membership__person__in=pupils, division__isnull=False)
    found = {row.membership.person_id: row for row in places.select_related("membership", "division", "school")}
    return [
        Child(pupil, f"{found[pk].division}, {found[pk].school.name}" if pk in found else "")
        for pk, pupil in pupils.items()
    ]
