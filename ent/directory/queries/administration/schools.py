"""The schools of the region, as its officers look for one: public facts only."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from ent.foundation.schools.enums import SchoolKind
from ent.foundation.schools.models import School

DEPARTMENTS = {
    "018": _("Cher"),
    "028": _("Eure-et-Loir"),
    "036": _("Indre"),
    "037": _("Indre-et-Loire"),
    "041": _("Loir-et-Cher"),
    "045": _("Loiret"),
}


@dataclass(frozen=True)
class SchoolFilters:
    """Words of a name, a town or a UAI; a department (three digits, as a UAI begins); a kind."""

    text: str = ""
    department: str = ""
    kind: str = ""

    @property
    def any(self) -> bool:
        return bool(self.text or self.department or self.kind)


def read_school_filters(asked: Mapping[str, str]) -> SchoolFilters:
    """The filters of an address (`q`, `departement`, `type`); what makes no sense is left out."""
    department, kind = asked.get("departement", ""), asked.get("type", "")
    return SchoolFilters(
        text=" ".join(asked.get("q", "").replace("\x00", "").split())[:100],
        department=department if department in DEPARTMENTS else "",
        kind=kind if kind in SchoolKind.values else "",
    )


def schools_found(filters: SchoolFilters) -> QuerySet[School]:
    """The schools that match every filter, by town then name. Case and accents do not count."""
    schools = School.objects.all()
    for word in filters.text.split()[:6]:
        schools = schools.filter(
            Q(name__unaccent__icontains=word) | Q(city__unaccent__icontains=word) | Q(uai__istartswith=word)
        )
    if filters.department:
        schools = schools.filter(uai__startswith=filters.department)
    if filters.kind:
        schools = schools.filter(kind=filters.kind)
    return schools.order_by("city", "name", "pk")
