"""Whom somebody asks who has no account here."""

from dataclasses import dataclass

from django.db.models import Q
from django.utils import timezone

from ent.directory.enums import Office
from ent.directory.models import Delegation
from ent.foundation.schools.models import School


@dataclass(frozen=True, slots=True)
class Contact:
    """The correspondants ENT of a school by name, and how to reach the school."""

    names: list[str]
    school: School


def schools_to_ask() -> list[School]:
    return list(School.objects.filter(is_open=True).order_by("city", "name"))


def contact_of(school: School) -> Contact:
    """Call inside `scope.EVERYTHING`. Their own addresses stay inside: a stranger gets the school's."""
    today = timezone.localdate()
    offices = Delegation.objects.filter(
        Q(ends__isnull=True) | Q(ends__gte=today), school=school, office=Office.SCHOOL, starts__lte=today
    ).select_related("person")
    return Contact([one.person.polite_name for one in offices], school)
