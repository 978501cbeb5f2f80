"""The people of a school: the list one searches, and the card of each."""

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from ent.core.pages import Request, endpoint, page
from ent.directory.permissions import can_browse_divisions, can_browse_people, visible_people
from ent.directory.queries.browsing import divisions_for, families_for, lines_of, people_found, read_filters
from ent.directory.queries.cards import card_of

PER_PAGE = 30


@endpoint("GET")
def people(request: Request) -> HttpResponse:
    """Look people up by name, family of profiles and division: `q`, `profil`, `classe`, `page`."""
    viewer = request.viewer
    if not can_browse_people(viewer):
        raise PermissionDenied(_("Choisissez un établissement pour chercher dans son annuaire."))
    families, divisions = families_for(viewer), divisions_for(viewer)
    filters = read_filters(request.GET, families, divisions)
    found = Paginator(people_found(viewer, filters), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "title": _("Annuaire"),
        "filters": filters,
        "families": families,
        "divisions": divisions,
        "found": found,
        "lines": lines_of(viewer, found),
    }
    return page(request, "directory/people.html", context, fragment="found")


@endpoint("GET")
def person(request: Request, pk: int) -> HttpResponse:
    """What one may know of somebody."""
    viewer = request.viewer
    found = get_object_or_404(visible_people(viewer), pk=pk)
    context = {
        "title": found.full_name,
        "card": card_of(viewer, found),
        "may_open_places": can_browse_divisions(viewer),
    }
    return page(request, "directory/person.html", context)
