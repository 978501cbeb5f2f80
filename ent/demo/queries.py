"""The demonstration people that the sign-in page offers."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject

from ent.demo.cast import CAST
from ent.directory.enums import ExternalSystem
from ent.directory.models import ExternalId, Person
from ent.foundation.schools import scope

SYSTEMS = {
    "Eleve": ExternalSystem.AAF_PUPIL,
    "PersRelEleve": ExternalSystem.AAF_GUARDIAN,
    "PersEducNat": ExternalSystem.AAF_STAFF,
}
OFFICER = "region"
OFFICER_MAIL = "sylvie.carre@region.example"
FIRST = ("ines-moreau", "claire-moreau", "helene-fabre", "julien-lemaire", "anne-dupont", "marc-tessier", OFFICER)


@dataclass(frozen=True)
class DemoPerson:
    key: str
    name: str
    label: str
    initials: str
    colour: str


@dataclass(frozen=True)
class DemoPeople:
    url: str
    first: list[DemoPerson]
    others: list[DemoPerson]

    @property
    def total(self) -> int:
        return len(self.first) + len(self.others)


def demo_people(request: HttpRequest) -> dict[str, Any]:
    """Context processor of the demonstration: `demo_people`, found only if a template asks."""
    return {"demo_people": SimpleLazyObject(_people)}


def find_person(key: str) -> Person | None:
    """The person behind a key of the sign-in page. Call inside `scope.EVERYTHING`."""
    return found_people().get(key)


def _people() -> DemoPeople:
    with scope.use(scope.Scope(everything=True, read_only=True)):
        people = found_people()
    labels = {member.key: member.label for member in CAST} | {OFFICER: "Équipe régionale de l’ENT"}
    shown = {
        key: DemoPerson(key, person.full_name, labels[key], person.initials, person.colour)
        for key, person in people.items()
    }
    first = [shown[key] for key in FIRST if key in shown]
    return DemoPeople(reverse("demo:sign_in_as"), first, [p for key, p in shown.items() if key not in FIRST])


def found_people() -> dict[str, Person]:
    """The imported people of the cast by key, in the order of the sign-in page. Two queries. Call inside EVERYTHING."""
    ids = ExternalId.objects.filter(
        system__in=SYSTEMS.values(), value__in=[m.id for m in CAST if m.category in SYSTEMS]
    ).select_related("person")
    by_id = {(row.system, row.value): row.person for row in ids}
    mails = [m.id for m in CAST if m.category not in SYSTEMS] + [OFFICER_MAIL]
    by_mail = {person.email: person for person in Person.objects.filter(email__in=mails)}
    found = {
        member.key: by_id.get((SYSTEMS[member.category], member.id))
        if member.category in SYSTEMS
        else by_mail.get(member.id)
        for member in CAST
    } | {OFFICER: by_mail.get(OFFICER_MAIL)}
    return {key: person for key, person in found.items() if person is not None and person.account_id}
