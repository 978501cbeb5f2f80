"""The first time: the guardian's link, whoever lost it, and the follow-up of the school."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ent.core.errors import TooMany
from ent.core.pages import Request, endpoint, page, see_other
from ent.directory.models import Division, Person
from ent.directory.permissions import can_administer_accounts
from ent.directory.queries.administration.accounts import account_figures
from ent.directory.queries.settings import provisional_until, settings_of
from ent.directory.queries.structures import current_divisions
from ent.foundation.accounts.models import Account
from ent.foundation.schools import scope
from ent.foundation.schools.models import School
from ent.identity.activation.actions import ACTIVATION, activate_account, ask_reminders, issue_sheets
from ent.identity.activation.exports import sheets_pdf
from ent.identity.activation.forms import AddressForm
from ent.identity.activation.queries import children_of, follow_up, learners_to_activate, sheets_version
from ent.identity.signin.actions.entering import let_in
from ent.identity.signin.actions.links import ask_link
from ent.identity.signin.actions.sessions import actor_of
from ent.identity.signin.forms import ChosenPasswordForm
from ent.identity.signin.models import MailedLink
from ent.identity.signin.queries.entrances import watches
from ent.identity.signin.queries.links import is_good, link_of
from ent.identity.signin.queries.sessions import address_of


@endpoint("GET", "POST", public=True)
def first_time(request: Request) -> HttpResponse:
    """How each profile begins; and a link for whoever has none any more."""
    form = AddressForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and _asked(request, form):
        return see_other("activation:sent")
    context = {"title": _("Première connexion"), "form": form}
    return page(request, "activation/first_time.html", context, status=422 if form.errors else 200)


def _asked(request: Request, form: AddressForm) -> bool:
    try:
        ask_link(ACTIVATION, form.cleaned_data["typed"], address=address_of(request))
    except TooMany as refusal:
        form.add_error(None, refusal.sentence)
        return False
    return True


@endpoint("GET", public=True)
def sent(request: Request) -> HttpResponse:
    """What happens next, the same for everybody."""
    return page(request, "activation/sent.html", {"title": _("Regardez vos courriels")})


@endpoint("GET", "POST", public=True)
def welcome(request: Request, token: str) -> HttpResponse:
    """The page of the link: opening it changes nothing, sending it opens the account and signs in."""
    with scope.use(scope.EVERYTHING):
        link = link_of(token, ACTIVATION)
        if link is None or not is_good(link):
            over = {"title": _("Ce lien n’est plus valable"), "link": link, "form": AddressForm()}
            return page(request, "activation/over.html", over, status=410)
        person = Person.objects.get(account=link.account)
        form = ChosenPasswordForm(request.POST or None, account=link.account)
        if request.method == "POST" and form.is_valid() and _activated(link, form):
            account = Account.objects.get(pk=link.account_id)
            return see_other(let_in(request, account, method="link", by=actor_of(account)))
        children = children_of(person)
    context = {
        "title": _("Bienvenue, %(name)s") % {"name": person.full_name},
        "form": form,
        "account": link.account,
        "address": link.address,
        "children": children,
    }
    return page(request, "activation/welcome.html", context, status=422 if form.errors else 200)


def _activated(link: MailedLink, form: ChosenPasswordForm) -> bool:
    return activate_account(link, form.cleaned_data["password"], by=actor_of(link.account))


@endpoint("GET")
def overview(request: Request) -> HttpResponse:
    """Who has activated their account in the school, by class, and what there is to do."""
    school = _school_of(request)
    context = {
        "title": _("Activation"),
        "figures": account_figures(school),
        "lines": follow_up(school),
        "watches": [watch for found in watches for watch in found(school) if watch.count],
    }
    return page(request, "activation/overview.html", context)


@endpoint("POST")
def remind(request: Request) -> HttpResponse:
    """Mail their link again to the guardians of the chosen classes."""
    school = _school_of(request)
    chosen = set(request.POST.getlist("classe"))
    divisions = [division for division in current_divisions(school) if str(division.pk) in chosen]
    if not divisions:
        messages.warning(request, _("Choisissez d’abord une classe."))
        return see_other("activation:overview")
    told = ask_reminders(divisions, school.pk, by=request.viewer.actor)
    sentence = ngettext(
        "%d courriel part dans les minutes qui viennent.", "%d courriels partent dans les minutes qui viennent.", told
    )
    messages.success(request, sentence % told)
    return see_other("activation:overview")


@endpoint("GET", "POST")
def sheets(request: Request, pk: int) -> HttpResponse:
    """The sheets of a class: how many, then the PDF, handed over in the answer and nowhere kept."""
    school = _school_of(request)
    division = get_object_or_404(Division.objects.select_related("year", "school"), pk=pk, school=school)
    if request.method == "GET":
        people = learners_to_activate(division)
        context = {
            "title": _("Fiches, %(division)s") % {"division": division.label},
            "division": division,
            "people": people,
            "version": sheets_version(people),
            "days": settings_of(school).provisional_days,
        }
        return page(request, "activation/sheets.html", context)
    until = provisional_until(school)
    made = issue_sheets(division, version=request.POST.get("version", ""), until=until, by=request.viewer.actor)
    response = HttpResponse(sheets_pdf(division, made, until), content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="fiches-{division.pk}.pdf"'
    response["Cache-Control"] = "no-store"
    return response


def _school_of(request: Request) -> School:
    if not can_administer_accounts(request.viewer):
        raise PermissionDenied
    school: School = request.viewer.school
    return school
