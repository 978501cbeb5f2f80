"""A school's openings and suspensions; and the region's maintenance."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ent.core.pages import Request, endpoint, page, see_other
from ent.directory.queries.structures import Level, current_year, levels_of
from ent.directory.views.administration.frame import check_region, form_page, school_of, sent
from ent.foundation.schools import scope
from ent.identity.access.actions import close_access, close_service, open_service, reopen_access
from ent.identity.access.enums import Kind
from ent.identity.access.forms import ClosureForm, MaintenanceForm, OpeningForm, SuspensionForm
from ent.identity.access.models import Closure, ServiceClosure
from ent.identity.access.queries.closures import closures_of
from ent.identity.signin.queries.entering import require_fresh_proof


@endpoint("GET")
def closures(request: Request) -> HttpResponse:
    """Whom the school does not let in for now."""
    rows = closures_of(school_of(request))
    context = {
        "title": _("Ouvertures et suspensions"),
        "openings": [row for row in rows if row.kind == Kind.OPENING],
        "suspensions": [row for row in rows if row.kind == Kind.SUSPENSION],
    }
    return page(request, "access/closures.html", context)


@endpoint("GET", "POST")
def opening(request: Request) -> HttpResponse:
    """Some people of the school come in from a day on."""
    form = OpeningForm(sent(request), levels=_levels(request))
    require_fresh_proof(request)
    if request.method == "POST" and form.is_valid():
        return _closed(request, Kind.OPENING, form)
    return _form_page(request, form, _("Dater une ouverture"), submit=_("Enregistrer"))


@endpoint("GET", "POST")
def suspension(request: Request) -> HttpResponse:
    """Take an access away, at once."""
    form = SuspensionForm(sent(request), levels=_levels(request))
    require_fresh_proof(request)
    if request.method == "POST" and form.is_valid():
        return _closed(request, Kind.SUSPENSION, form)
    return _form_page(request, form, _("Suspendre un accès"), submit=_("Suspendre maintenant"), tone="danger")


def _levels(request: Request) -> list[Level]:
    year = current_year(school_of(request))
    return levels_of(year, heads=False) if year else []


def _closed(request: Request, kind: Kind, form: ClosureForm) -> HttpResponse:
    told = form.cleaned_data
    closed = close_access(
        school_of(request),
        kind,
        divisions=told["places"],
        families=told["families"],
        reason=told.get("reason", ""),
        reopens_on=told["reopens_on"],
        by=request.viewer.actor,
    )
    sentence = ngettext("%d personne n’entre plus.", "%d personnes n’entrent plus.", closed)
    messages.success(request, sentence % closed)
    return see_other("access:closures")


def _form_page(request: Request, form: ClosureForm, title: str, *, submit: str, tone: str = "") -> HttpResponse:
    back = {"back": reverse("access:closures"), "back_label": _("Ouvertures et suspensions")}
    return form_page(request, form, template="access/closure.html", title=title, submit=submit, tone=tone, **back)


@endpoint("POST")
def reopen(request: Request, pk: int) -> HttpResponse:
    """Let them in again."""
    row = get_object_or_404(Closure.objects.select_related("division", "school"), pk=pk, school=school_of(request))
    reopen_access(row, by=request.viewer.actor)
    messages.success(request, _("Accès rouvert."))
    return see_other("access:closures")


@endpoint("GET", "POST")
def maintenance(request: Request) -> HttpResponse:
    """Close the whole service, or open it again."""
    check_region(request)
    require_fresh_proof(request)
    form = MaintenanceForm(sent(request))
    with scope.use(scope.EVERYTHING):
        if request.method == "POST" and ("ouvrir" in request.POST or form.is_valid()):
            _turn(request, form)
            return see_other("access:maintenance")
        closure = ServiceClosure.objects.first()
    context = {"title": _("Maintenance"), "form": form, "closure": closure}
    return page(request, "access/maintenance.html", context, status=422 if form.errors else 200)


def _turn(request: Request, form: MaintenanceForm) -> None:
    by = request.viewer.actor
    if "ouvrir" in request.POST:
        open_service(by=by)
        messages.success(request, _("Le service est ouvert à tous."))
    else:
        close_service(back_at=form.cleaned_data["back_at"], by=by)
        messages.warning(request, _("Le service est fermé. Seule l’équipe régionale entre."))
