"""The first time: the guardian’s link, and whoever lost it."""

from django.http import HttpResponse
from django.utils.translation import gettext as _

from ent.core.errors import TooMany
from ent.core.pages import Request, endpoint, page, see_other
from ent.directory.models import Person
from ent.foundation.accounts.models import Account
from ent.foundation.schools import scope
from ent.identity.activation.actions import ACTIVATION, activate_account
from ent.identity.activation.forms import AddressForm
from ent.identity.activation.queries.links import children_of
from ent.identity.signin.actions.entering import let_in
from ent.identity.signin.actions.links import ask_link
from ent.identity.signin.actions.sessions import actor_of
from ent.identity.signin.forms import ChosenPasswordForm
from ent.identity.signin.models import MailedLink
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
