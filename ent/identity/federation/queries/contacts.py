"""Whom somebody asks who has no account here."""

from dataclasses import dataclass

from ent.directory.queries.people import correspondants_of
from ent.foundation.schools.models import School


@dataclass(frozen=True, slots=True)
class Contact:
    """The correspondants ENT of a school by name, and how to reach the school."""

    names: list[str]
    school: School


def schools_to_ask() -> list[School]:
    return list(School.objects.filter(is_open=True).order_by("city", "name"))


def whom_to_ask(school: School) -> Contact:
    """Call inside `scope.EVERYTHING`. Their own addresses stay inside: a stranger gets the school's."""
    return Contact([person.polite_name for person in correspondants_of(school)], school)
