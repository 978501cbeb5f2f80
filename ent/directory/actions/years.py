"""Turning the year of a school: the next one is prepared, then opened, which closes the one before."""

from collections.abc import Iterable

from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from ent.core.actors import Actor
from ent.core.acts import act
from ent.core.errors import Refused
from ent.core.jobs import enqueue
from ent.core.templatetags.ent import french_date
from ent.directory.models import Division, Group
from ent.directory.queries.administration.years import (
    ending_with,
    enrolments_beyond,
    next_year,
    opens_from,
    terms_after,
    years_of,
)
from ent.foundation.audit.actions import record
from ent.foundation.schools.enums import YearState
from ent.foundation.schools.models import School, SchoolYear, Term


@act("directory.prepare_year", _("Année suivante préparée"))
def prepare_year(
    school: School, *, by: Actor, year: SchoolYear | None = None, terms: Iterable[Term] | None = None
) -> SchoolYear:
    """The year in preparation: the one there is, else `year` (default: the one that follows) with its terms.

    Without `terms` they are those of the current year, a year later. Raises `ValidationError` for dates that no year
    can have.
    """
    School.objects.select_for_update().get(pk=school.pk)
    known = years_of(school)
    if known.prepared:
        return known.prepared
    year = year or next_year(school, known.current)
    year.state = YearState.PREPARING
    year.full_clean()
    year.save()
    for term in terms if terms is not None else terms_after(year, known.current):
        term.year = year
        term.full_clean()
        term.save()
    record("directory.prepare_year", year, by=by, details={"starts": str(year.starts), "ends": str(year.ends)})
    return year


@act("directory.open_year", _("Année ouverte"))
def open_year(school: School, *, by: Actor) -> SchoolYear:
    """Make the prepared year the current one and close the one before, which stays readable.

    Its divisions and groups close, enrolments end on its last day at the latest; the memberships of those who leave
    stay until an import closes them. Raises `Refused` where no year is prepared, or where it is too early.
    """
    School.objects.select_for_update().get(pk=school.pk)
    years = years_of(school)
    if years.prepared is None:
        raise Refused(_now("Aucune année n’est préparée dans cet établissement."))
    if timezone.localdate() < opens_from(years.prepared):
        sentence = _now("L’année %(year)s pourra être ouverte à partir du %(day)s.")
        raise Refused(sentence % {"year": years.prepared.label, "day": french_date(opens_from(years.prepared))})
    closed = _close(years.current) if years.current else {}
    years.prepared.state = YearState.CURRENT
    years.prepared.save(update_fields=["state"])
    record("directory.open_year", years.prepared, by=by, details=closed)
    enqueue("search.refresh_schools", schools=[school.pk])
    return years.prepared


def _close(year: SchoolYear) -> dict[str, int | str]:
    ended = ending_with(year)
    beyond = enrolments_beyond(year)
    # One that was to begin after the year's last day never took place.
    beyond.filter(starts__gt=year.ends).delete()
    beyond.update(ends=year.ends)
    Division.objects.filter(year=year).update(is_open=False)
    Group.objects.filter(year=year).update(is_open=False)
    year.state = YearState.CLOSED
    year.save(update_fields=["state"])
    return {
        "closed": year.label,
        "divisions": ended.divisions,
        "groups": ended.groups,
        "enrolments": ended.enrolments,
    }
