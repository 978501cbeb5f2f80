"""Turning the year of a school: prepare the next one, then open it."""

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from ent.core.pages import Request, endpoint, page, see_other
from ent.directory.actions.years import open_year, prepare_year
from ent.directory.forms.administration import YearForm
from ent.directory.queries.administration.years import (
    ending_with,
    kind_of,
    next_year,
    opens_from,
    terms_after,
    years_of,
)
from ent.directory.views.administration.frame import form_page, school_of, sent
from ent.foundation.schools.enums import PeriodKind


@endpoint("GET")
def year(request: Request) -> HttpResponse:
    """Where the school stands between two years."""
    years = years_of(school_of(request))
    opens = opens_from(years.prepared) if years.prepared else None
    context = {
        "title": _("Réglages"),
        "tab": "years",
        "years": years,
        "terms": list(years.prepared.terms.all()) if years.prepared else [],
        "opens": opens,
        "may_open": opens is not None and opens <= timezone.localdate(),
        "closing": ending_with(years.current) if years.current and years.prepared else None,
        "step": 3 if opens and opens <= timezone.localdate() else 2 if years.prepared else 1,
        "steps": [_("Préparer"), _("Vérifier"), _("Ouvrir")],
    }
    return page(request, "directory/administration/years.html", context)


@endpoint("GET", "POST")
def year_prepare(request: Request) -> HttpResponse:
    """Prepare the next year: its dates, and how it is cut."""
    school = school_of(request)
    years = years_of(school)
    row = next_year(school, years.current)
    form = YearForm(sent(request), instance=row, former=years.current, initial={"kind": kind_of(years.current)})
    if request.method == "POST" and form.is_valid():
        terms = terms_after(row, years.current, PeriodKind(form.cleaned_data["kind"]))
        prepared = prepare_year(school, year=row, terms=terms, by=request.viewer.actor)
        messages.success(request, _("L’année %(year)s est préparée.") % {"year": prepared.label})
        return see_other("administration:year")
    context = {
        "title": _("Préparer l’année suivante"),
        "subtitle": school.name,
        "back": reverse("administration:year"),
        "back_label": _("Année scolaire"),
        "submit": _("Préparer l’année"),
    }
    return form_page(request, form, **context, about="year")


@endpoint("POST")
def year_open(request: Request) -> HttpResponse:
    """Open the prepared year, which closes the one before."""
    opened = open_year(school_of(request), by=request.viewer.actor)
    messages.success(request, _("L’année %(year)s est ouverte.") % {"year": opened.label})
    return see_other("administration:year")
