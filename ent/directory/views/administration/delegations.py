"""Who administers the school, or the region: give it, end it."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _

from ent.core.pages import Request, endpoint, page, see_other
from ent.directory.actions.delegations import end_delegation, give_delegation, name_officer
from ent.directory.enums import Office
from ent.directory.forms.administration import DelegationForm, OfficerForm
from ent.directory.models import Delegation, Person
from ent.directory.permissions import (
    can_administer_region,
    can_end_delegation,
    can_give_delegation,
    can_see_delegations,
    can_see_visits,
)
from ent.directory.queries.administration.accounts import account_lines
from ent.directory.queries.administration.delegations import (
    delegations_of,
    staff_found,
    visits_of,
    visits_of_region,
)
from ent.directory.views.administration.frame import check_region, form_page, sent
from ent.directory.views.administration.sheets import keep_sheet, sheet_page


@endpoint("GET")
def delegations(request: Request) -> HttpResponse:
    """Who administers what, now and before, and the region's accesses."""
    viewer = request.viewer
    if not can_see_delegations(viewer) or not can_see_visits(viewer):
        raise PermissionDenied(_("Cette page est réservée à la direction et à qui administre l’établissement."))
    found = delegations_of(viewer.school)
    context = {
        "title": _("Délégations"),
        "school": viewer.school,
        "current": [(row, can_end_delegation(viewer, row)) for row in found.current],
        "past": found.past,
        "visits": visits_of(viewer.school) if viewer.school else visits_of_region(),
        "may_give": can_give_delegation(viewer) and viewer.school is not None,
        "may_name": can_administer_region(viewer),
    }
    return page(request, "directory/administration/delegations.html", context)


@endpoint("GET", "POST")
def delegation_give(request: Request) -> HttpResponse:
    """Name a correspondant ENT among the staff of the school: `q` looks for a name."""
    viewer = request.viewer
    if viewer.school is None or not can_give_delegation(viewer):
        raise PermissionDenied(_("Le correspondant ENT est nommé par la direction ou par la région."))
    text = request.GET.get("q", "").replace("\x00", "").strip()[:100]
    people = staff_found(viewer.school, text)
    row = Delegation(office=Office.SCHOOL, school=viewer.school)
    form = DelegationForm(sent(request), instance=row, people=people)
    if request.method == "POST" and form.is_valid():
        give_delegation(form.instance, by=viewer.actor)
        messages.success(request, _("%(name)s administre l’établissement.") % {"name": row.person.full_name})
        return see_other("administration:delegations")
    context = {"title": _("Nommer un correspondant ENT"), "text": text, "people": account_lines(people)}
    return form_page(request, form, template="directory/administration/delegation.html", **context)


@endpoint("POST")
def delegation_end(request: Request, pk: int) -> HttpResponse:
    """End a delegation now."""
    row = get_object_or_404(Delegation.objects.select_related("person"), pk=pk)
    if not can_end_delegation(request.viewer, row):
        raise PermissionDenied(_("Cette délégation se termine par la direction ou par la région."))
    end_delegation(row, by=request.viewer.actor)
    messages.success(request, _("Délégation terminée."))
    return see_other("administration:delegations")


@endpoint("GET", "POST")
def delegation_officer(request: Request) -> HttpResponse:
    """Add someone to the region's team."""
    check_region(request)
    form = OfficerForm(sent(request))
    if request.method == "POST" and form.is_valid():
        person, password = name_officer(form.instance, by=request.viewer.actor)
        keep_sheet(request, person, password)
        return see_other("administration:delegation_sheet", person.pk)
    context = {
        "title": _("Ajouter à l’équipe régionale"),
        "back": reverse("administration:delegations"),
        "back_label": _("Délégations"),
        "submit": _("Ajouter à l’équipe"),
    }
    return form_page(request, form, **context, about="officer")


@endpoint("GET")
def delegation_sheet(request: Request, pk: int) -> HttpResponse:
    """The identifier and the provisional password of a new officer, the first time only."""
    check_region(request)
    person = get_object_or_404(Person.objects.select_related("account"), pk=pk, delegations__office=Office.REGION)
    return sheet_page(request, person)
