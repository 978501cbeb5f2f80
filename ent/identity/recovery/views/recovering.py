"""A password or an identifier forgotten. No page here tells whether an account exists."""

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from ent.core.errors import TooMany
from ent.core.pages import Request, endpoint, page, see_other
from ent.directory.permissions import visible_people
from ent.directory.queries.settings import provisional_until
from ent.directory.views.administration.sheets import keep_sheet, sheet_page
from ent.foundation.accounts.actions import reset_password
from ent.foundation.accounts.models import Account
from ent.foundation.accounts.queries import password_version
from ent.foundation.schools import scope
from ent.identity.recovery.actions.recovering import ask_help, recover_password
from ent.identity.recovery.entrances import RECOVERY
from ent.identity.recovery.forms import AddressForm, HelpForm, WhoForm
from ent.identity.recovery.permissions import can_reissue
from ent.identity.signin.actions.entering import let_in
from ent.identity.signin.actions.links import ask_link
from ent.identity.signin.actions.sessions import actor_of
from ent.identity.signin.forms import ChosenPasswordForm
from ent.identity.signin.models import MailedLink
from ent.identity.signin.queries.links import is_good, link_of
from ent.identity.signin.queries.sessions import address_of
from ent.identity.signin.queries.ways import LOCAL, ways_in


@endpoint("GET", "POST", public=True)
def password(request: Request) -> HttpResponse:
    """Ask for the link that lets one choose a new password."""
    return _ask(request, WhoForm(request.POST or None), _("Mot de passe oublié"), "recovery/password.html")


@endpoint("GET", "POST", public=True)
def identifier(request: Request) -> HttpResponse:
    """Ask for one's identifiers: the same mail, found by the address alone."""
    return _ask(request, AddressForm(request.POST or None), _("Identifiant oublié"), "recovery/identifier.html")


def _ask(request: Request, form: forms.Form, title: str, template: str) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        try:
            ask_link(RECOVERY, form.cleaned_data["typed"], address=address_of(request))
            return see_other("recovery:sent")
        except TooMany as refusal:
            form.add_error(None, refusal.sentence)
    context = {"title": title, "form": form, "ways": [way for way in ways_in(request) if way.name != LOCAL]}
    return page(request, template, context, status=422 if form.errors else 200)


@endpoint("GET", public=True)
def sent(request: Request) -> HttpResponse:
    """What happens next, the same for everybody."""
    return page(request, "recovery/sent.html", {"title": _("Regardez vos courriels")})


@endpoint("GET", "POST", public=True)
def ask_the_school(request: Request) -> HttpResponse:
    """A pupil without an address asks those who can hand them a new password."""
    form = HelpForm(request.POST or None)
    done = False
    if request.method == "POST" and form.is_valid():
        try:
            ask_help(form.cleaned_data["identifier"], address=address_of(request))
            done = True
        except TooMany as refusal:
            form.add_error(None, refusal.sentence)
    context = {"title": _("Demander à mon établissement"), "form": form, "done": done}
    return page(request, "recovery/help.html", context, status=422 if form.errors else 200)


@endpoint("GET", "POST", public=True)
def choose(request: Request, token: str) -> HttpResponse:
    """The page of the mailed link: opening it changes nothing, sending it gives the password and signs in."""
    with scope.use(scope.EVERYTHING):
        link = link_of(token, RECOVERY)
        if link is None or not is_good(link):
            over = {"title": _("Ce lien n’est plus valable"), "link": link}
            return page(request, "recovery/over.html", over, status=410)
        form = ChosenPasswordForm(request.POST or None, account=link.account)
        if request.method == "POST" and form.is_valid() and _recovered(link, form):
            by = actor_of(link.account)
            return see_other(let_in(request, Account.objects.get(pk=link.account_id), method="link", by=by))
    context = {"title": _("Choisissez votre mot de passe"), "form": form, "account": link.account}
    return page(request, "recovery/choose.html", context, status=422 if form.errors else 200)


def _recovered(link: MailedLink, form: ChosenPasswordForm) -> bool:
    return recover_password(link, form.cleaned_data["password"], by=actor_of(link.account))


@endpoint("GET", "POST")
def reissue(request: Request, pk: int) -> HttpResponse:
    """Give a learner of one's class a provisional password, on a sheet shown once."""
    person = get_object_or_404(visible_people(request.viewer).select_related("account"), pk=pk)
    if not can_reissue(request.viewer, person):
        raise PermissionDenied(_("Le professeur principal de la classe ou le correspondant ENT peut le faire."))
    assert person.account is not None
    if request.method == "POST":
        version = request.POST.get("version", "")
        school = request.viewer.school
        until = provisional_until(school)
        fresh = reset_password(
            person.account, version=version, by=request.viewer.actor, schools=[school.pk], until=until
        )
        if fresh:
            keep_sheet(request, person, fresh)
        return see_other("recovery:sheet", pk)
    context = {"title": _("Nouveau mot de passe"), "person": person, "version": password_version(person.account)}
    return page(request, "recovery/reissue.html", context)


@endpoint("GET")
def sheet(request: Request, pk: int) -> HttpResponse:
    """The identifier and the provisional password, on paper: the first time only."""
    person = get_object_or_404(visible_people(request.viewer).select_related("account"), pk=pk)
    if not can_reissue(request.viewer, person):
        raise PermissionDenied
    return sheet_page(request, person)
