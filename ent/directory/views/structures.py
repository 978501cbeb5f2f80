"""Divisions and groups: their list, the page of each, on paper and as a file."""

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from ent.core.pages import Request, endpoint, page
from ent.directory.actions.lists import record_export
from ent.directory.exports.lists import class_list
from ent.directory.models import Division, Group
from ent.directory.permissions import can_browse_divisions, can_export_list, can_list_pupils, can_see_division
from ent.directory.queries.people import staff_of
from ent.directory.queries.structures import chosen_year, groups_of, learners_in, levels_of, linked_to, years_for
from ent.foundation.audit.actions import record_reading


@endpoint("GET")
def divisions(request: Request) -> HttpResponse:
    """The divisions of a year by level, or its groups: `annee`, `vue=groupes`."""
    viewer = request.viewer
    if not can_browse_divisions(viewer):
        raise PermissionDenied(_("La liste des classes est réservée aux personnels de l’établissement."))
    years = years_for(viewer)
    year = chosen_year(years, request.GET.get("annee", ""))
    show_groups = request.GET.get("vue") == "groupes"
    context = {
        "title": _("Classes et groupes"),
        "years": years,
        "year": year,
        "show_groups": show_groups,
        "levels": levels_of(year) if year and not show_groups else [],
        "groups": groups_of(year) if year and show_groups else [],
    }
    return page(request, "directory/divisions.html", context)


@endpoint("GET")
def division(request: Request, pk: int) -> HttpResponse:
    """A division: its learners, its teachers, its groups; `imprimer=1` gives the sheet, told to the journal."""
    return _place(request, get_object_or_404(Division.objects.select_related("year", "school", "mef"), pk=pk))


@endpoint("GET")
def group(request: Request, pk: int) -> HttpResponse:
    """A group: its learners, its teachers, its divisions; `imprimer=1` gives the sheet, told to the journal."""
    return _place(request, get_object_or_404(Group.objects.select_related("year", "school"), pk=pk))


@endpoint("GET")
def division_file(request: Request, pk: int) -> HttpResponse:
    """The list of a division for a spreadsheet. The journal is told."""
    return _file(request, get_object_or_404(Division.objects.select_related("year"), pk=pk))


@endpoint("GET")
def group_file(request: Request, pk: int) -> HttpResponse:
    """The list of a group for a spreadsheet. The journal is told."""
    return _file(request, get_object_or_404(Group.objects.select_related("year"), pk=pk))


def _place(request: Request, place: Division | Group) -> HttpResponse:
    viewer = request.viewer
    if not can_see_division(viewer, place):
        raise Http404
    learners = learners_in(viewer, place) if can_list_pupils(viewer, place) else None
    context = {
        "title": place.label,
        "place": place,
        "is_group": isinstance(place, Group),
        "learners": learners,
        "teachers": staff_of(place),
        "may_export": can_export_list(viewer, place),
        "linked": linked_to(place) if can_browse_divisions(viewer) else [],
        "may_browse": can_browse_divisions(viewer),
    }
    if "imprimer" in request.GET and context["may_export"]:
        record_reading(request, record_export, place, people=len(learners or []), on_paper=True)
        return page(request, "directory/sheet.html", context)
    return page(request, "directory/place.html", context)


def _file(request: Request, place: Division | Group) -> HttpResponse:
    viewer = request.viewer
    if not can_see_division(viewer, place):
        raise Http404
    if not can_export_list(viewer, place):
        raise PermissionDenied(_("Seuls les personnels de l’établissement emportent une liste."))
    learners = learners_in(viewer, place)
    record_reading(request, record_export, place, people=len(learners), on_paper=False)
    response = HttpResponse(class_list(viewer, learners), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{_file_name(place)}"'
    response["Cache-Control"] = "no-store"
    return response


def _file_name(place: Division | Group) -> str:
    return f"liste-{slugify(place.label) or place.pk}-{timezone.localdate():%Y-%m-%d}.csv"
