"""The page of a school: how to reach it, who heads it, who looks after its ENT."""

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from ent.core.pages import Request, endpoint, page
from ent.directory.permissions import can_see_school_card, can_see_school_page
from ent.directory.queries.schools import current_school, school_card_of
from ent.foundation.schools.models import School


@endpoint("GET")
def school(request: Request) -> HttpResponse:
    """The school one is in."""
    viewer = request.viewer
    here = current_school(viewer)
    if here is None or not can_see_school_page(viewer):
        raise PermissionDenied(_("Choisissez un établissement pour voir sa page."))
    context = {"title": here.name, "card": school_card_of(viewer, here)}
    return page(request, "directory/school.html", context)


@endpoint("GET")
def school_card(request: Request, pk: int) -> HttpResponse:
    """Another school of one's own, or, for the region, any school."""
    viewer = request.viewer
    found = get_object_or_404(School, pk=pk)
    if not can_see_school_card(viewer, found):
        raise Http404
    context = {"title": found.name, "card": school_card_of(viewer, found), "is_other": True}
    return page(request, "directory/school.html", context)
