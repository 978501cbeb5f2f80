"""The space of every school's files, as the region's officers compare them: sizes, never a name nor a content."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from ent.directory.queries.administration.schools import SchoolFilters, schools_found
from ent.foundation.files.queries import spaces_of
from ent.foundation.files.queries.room import Space
from ent.foundation.schools import scope
from ent.foundation.schools.models import School

ORDERS = {"part": _("Part prise"), "taille": _("Espace pris"), "commune": _("Commune")}


@dataclass(frozen=True)
class SchoolSpace:
    """A school, and what its files take."""

    school: School
    space: Space


# What comes first; among equals, the order of the list of schools stays.
KEYS: dict[str, Callable[[SchoolSpace], float]] = {
    "part": lambda line: -line.space.share,
    "taille": lambda line: -line.space.used.size,
    "commune": lambda line: 0,
}


def read_order(asked: Mapping[str, Any]) -> str:
    """The order of an address (`tri`), by the share that is taken where it makes no sense."""
    order = asked.get("tri", "")
    return order if order in ORDERS else "part"


def spaces_found(filters: SchoolFilters, order: str) -> list[SchoolSpace]:
    """The spaces of the schools that match every filter, in an order of `ORDERS`. The same queries for any number."""
    schools = list(schools_found(filters))
    with scope.use(scope.of_schools(school.pk for school in schools)):
        spaces = spaces_of(schools)
    return sorted((SchoolSpace(school, spaces[school.pk]) for school in schools), key=KEYS[order])


def space_seen_by_region(school: School) -> Space:
    """The space of one school, read from outside it."""
    with scope.use(scope.of_school(school.pk)):
        return spaces_of([school])[school.pk]
