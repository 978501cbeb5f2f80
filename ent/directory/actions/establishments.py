"""The region, its establishments and its calendar, from the public data that come with the product."""

import csv
from collections.abc import Iterator
from datetime import date
from importlib.resources import files

from django.utils.translation import gettext_lazy as _

from ent.core.actors import Actor
from ent.core.acts import act
from ent.foundation.audit.actions import record
from ent.foundation.schools.enums import SchoolKind
from ent.foundation.schools.models import CalendarDay, Region, School

REGION = {"name": "Centre-Val de Loire", "academy_code": "18", "holiday_zone": "B"}
KINDS = {
    "COLLEGE": SchoolKind.COLLEGE,
    "LG": SchoolKind.LYCEE,
    "LGT": SchoolKind.LYCEE,
    "LPO": SchoolKind.LYCEE,
    "LP": SchoolKind.LYCEE_PRO,
    "LYCEE_AGRICOLE": SchoolKind.AGRICULTURAL,
    "CFA": SchoolKind.CFA,
    "EREA": SchoolKind.EREA,
}


@act("directory.create_region", _("Région créée"))
def ensure_region(*, by: Actor) -> Region:
    """The region that offers the ENT, created if need be."""
    region = Region.objects.order_by("pk").first()
    if region is None:
        region = Region.objects.create(**REGION)
        record("directory.create_region", region, by=by)
    return region


@act("directory.load_establishments", _("Établissements de la région chargés"))
def load_establishments(*, by: Actor) -> int:
    """Add the establishments of the public directory that are unknown; what is known is left as it is.

    Returns how many were added.
    """
    region = ensure_region(by=by)
    known = set(School.objects.values_list("uai", flat=True))
    new = [_school(region, row) for row in _rows("schools_centre_val_de_loire.csv") if row["uai"] not in known]
    School.objects.bulk_create(new)
    if new:
        record("directory.load_establishments", region, by=by, details={"added": len(new)})
    return len(new)


@act("directory.load_calendar", _("Calendrier de la région chargé"))
def load_calendar(*, by: Actor) -> int:
    """Add the holidays, public holidays and bridges of the zone that are not in the calendar; returns how many."""
    region = ensure_region(by=by)
    known = set(CalendarDay.objects.filter(region=region).values_list("kind", "starts"))
    new = [
        CalendarDay(region=region, kind=row["kind"], label=row["label"], starts=row["starts"], ends=row["ends"])
        for row in _rows("calendar_zone_b.csv")
        if (row["kind"], date.fromisoformat(row["starts"])) not in known
    ]
    CalendarDay.objects.bulk_create(new)
    if new:
        record("directory.load_calendar", region, by=by, details={"added": len(new)})
    return len(new)


def _school(region: Region, row: dict[str, str]) -> School:
    return School(
        region=region,
        uai=row["uai"],
        name=row["name"],
        kind=KINDS.get(row["type"], SchoolKind.OTHER),
        ministry=row["ministry"],
        sector=row["sector"],
        siret=row["siret"],
        street=row["address"],
        postal_code=row["postal_code"],
        city=row["commune"],
        basin=row["basin"],
    )


def _rows(name: str) -> Iterator[dict[str, str]]:
    text = files("ent.foundation.schools").joinpath("data", name).read_text(encoding="utf-8")
    yield from csv.DictReader(text.splitlines())
