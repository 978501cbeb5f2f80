"""The region: its schools, its accesses to them, its calendar, the years of all."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from ent.core.jobs import enqueue
from ent.core.pages import Request, endpoint, page, see_other
from ent.directory.actions.settings import remove_calendar_day, save_calendar_day
from ent.directory.actions.visits import end_visit, open_visit
from ent.directory.forms.administration import CalendarDayForm, VisitForm
from ent.directory.models import SchoolVisit
from ent.directory.permissions import can_end_visit
from ent.directory.queries.administration.delegations import open_visits
from ent.directory.queries.administration.schools import DEPARTMENTS, read_school_filters, schools_found
from ent.directory.queries.administration.years import region_years
from ent.directory.views.administration.frame import check_region, form_page, sent
from ent.foundation.schools.enums import SchoolKind
from ent.foundation.schools.models import CalendarDay, Region, School

PER_PAGE = 30


@endpoint("GET")
def schools(request: Request) -> HttpResponse:
    """The schools of the region: `q`, `departement`, `type`, `page`."""
    check_region(request)
    filters = read_school_filters(request.GET)
    found = Paginator(schools_found(filters), PER_PAGE).get_page(request.GET.get("page"))
    visits = open_visits(request.viewer)
    context = {
        "title": _("Établissements"),
        "filters": filters,
        "departments": DEPARTMENTS,
        "kinds": SchoolKind,
        "found": found,
        "lines": [(school, visits.get(school.pk)) for school in found],
    }
    return page(request, "directory/administration/schools.html", context, fragment="found")


@endpoint("GET", "POST")
def school_visit(request: Request, pk: int) -> HttpResponse:
    """Open a school to oneself for a reason and a time, and enter it."""
    check_region(request)
    school = get_object_or_404(School, pk=pk)
    viewer = request.viewer
    form = VisitForm(sent(request))
    if request.method == "POST" and form.is_valid():
        visit = open_visit(viewer.person, school, **form.cleaned_data, by=viewer.actor)
        request.session["choice"] = f"v{visit.pk}"
        return see_other("portal:home")
    context = {
        "title": _("Ouvrir un accès"),
        "subtitle": f"{school.name}, {school.city}",
        "back": reverse("administration:schools"),
        "back_label": _("Établissements"),
        "submit": _("Ouvrir l’accès"),
    }
    return form_page(request, form, **context, about="visit")


@endpoint("POST")
def school_visit_end(request: Request, pk: int) -> HttpResponse:
    """End one's access to a school."""
    visit = get_object_or_404(SchoolVisit.objects.select_related("school"), pk=pk)
    if not can_end_visit(request.viewer, visit):
        raise PermissionDenied(_("Cet accès est celui d’une autre personne."))
    end_visit(visit, by=request.viewer.actor)
    request.session["choice"] = "region"
    messages.success(request, _("Accès terminé : %(school)s.") % {"school": visit.school.name})
    return see_other("portal:home")


@endpoint("GET")
def school_calendar(request: Request) -> HttpResponse:
    """The days without lessons of the whole region."""
    check_region(request)
    today = timezone.localdate()
    context = {
        "title": _("Calendrier de la région"),
        "days": CalendarDay.objects.filter(ends__gte=today).order_by("starts"),
        "past": CalendarDay.objects.filter(ends__lt=today).order_by("-starts"),
    }
    return page(request, "directory/administration/calendar.html", context)


@endpoint("GET", "POST")
def school_calendar_add(request: Request) -> HttpResponse:
    """Add days without lessons to the region's calendar."""
    check_region(request)
    return _calendar_form(request, CalendarDay(region=Region.objects.get()), _("Ajouter des jours sans classe"))


@endpoint("GET", "POST")
def school_calendar_edit(request: Request, pk: int) -> HttpResponse:
    """Change days of the region's calendar."""
    check_region(request)
    day = get_object_or_404(CalendarDay, pk=pk)
    return _calendar_form(request, day, day.label, delete=reverse("administration:school_calendar_remove", args=[pk]))


def _calendar_form(request: Request, day: CalendarDay, title: str, delete: str = "") -> HttpResponse:
    form = CalendarDayForm(sent(request), instance=day)
    if request.method == "POST" and form.is_valid():
        save_calendar_day(form.instance, by=request.viewer.actor)
        messages.success(request, _("Calendrier enregistré pour tous les établissements."))
        return see_other("administration:school_calendar")
    context = {
        "title": title,
        "back": reverse("administration:school_calendar"),
        "back_label": _("Calendrier"),
        "submit": _("Enregistrer"),
        "delete": delete,
    }
    return form_page(request, form, **context)


@endpoint("POST")
def school_calendar_remove(request: Request, pk: int) -> HttpResponse:
    """Take days off the region's calendar."""
    check_region(request)
    if day := CalendarDay.objects.filter(pk=pk).first():
        remove_calendar_day(day, by=request.viewer.actor)
    messages.success(request, _("Jours retirés du calendrier."))
    return see_other("administration:school_calendar")


@endpoint("GET")
def school_years(request: Request) -> HttpResponse:
    """In which year the schools are, and which one is prepared."""
    check_region(request)
    context = {"title": _("Années scolaires"), "years": region_years()}
    return page(request, "directory/administration/region_years.html", context)


@endpoint("POST")
def school_years_turn(request: Request) -> HttpResponse:
    """Have the next year prepared, or opened, in every school that waits for it: `acte`."""
    check_region(request)
    opens = request.POST.get("acte") == "ouvrir"
    enqueue("directory.open_years" if opens else "directory.prepare_years", asked_by=request.viewer.account.pk)
    messages.success(request, _("C’est demandé. Les établissements passent l’un après l’autre."))
    return see_other("administration:school_years")
