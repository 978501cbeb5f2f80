"""The address by which one comes back in: given, verified by its mail, changed."""

from django.contrib import messages
from django.http import HttpResponse
from django.utils.translation import gettext as _

from ent.core.errors import TooMany
from ent.core.pages import Request, endpoint, page, see_other
from ent.foundation.schools import scope
from ent.identity.recovery.actions.address import ADDRESS, ask_address, put_off_address
from ent.identity.recovery.actions.address import keep_address as keep
from ent.identity.recovery.forms import PersonalAddressForm
from ent.identity.recovery.queries.questions import is_apprentice
from ent.identity.signin.actions.sessions import actor_of
from ent.identity.signin.queries.addresses import proven_address_of
from ent.identity.signin.queries.entering import require_fresh_proof
from ent.identity.signin.queries.entrances import go_on, step_of
from ent.identity.signin.queries.links import is_good, link_of


@endpoint("GET", "POST")
def address(request: Request) -> HttpResponse:
    """The address that is verified, and another in its place: it counts once its mail is opened."""
    require_fresh_proof(request)
    account, by = request.viewer.account, request.viewer.actor
    if "plus_tard" in request.POST:
        put_off_address(account, by=by)
        return see_other(go_on(request))
    form = PersonalAddressForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid() and _asked(request, form):
        messages.success(request, _("Un courriel part à %s. Ouvrez-le pour confirmer.") % form.cleaned_data["typed"])
        return see_other(go_on(request))
    with scope.use(scope.EVERYTHING):
        may_choose = is_apprentice(account)
    context = {
        "title": _("Votre adresse personnelle"),
        "may_choose": may_choose,
        "form": form,
        "known": proven_address_of(account),
        "waits": bool(request.session.get("gates")),
        "step": step_of(request),
        "step_label": _("adresse de récupération"),
    }
    return page(request, "recovery/address.html", context, status=422 if form.errors else 200)


def _asked(request: Request, form: PersonalAddressForm) -> bool:
    try:
        ask_address(request.viewer.account, form.cleaned_data["typed"], by=request.viewer.actor)
    except TooMany as refusal:
        form.add_error(None, refusal.sentence)
        return False
    return True


@endpoint("GET", "POST", public=True)
def keep_address(request: Request, token: str) -> HttpResponse:
    """The page of the mail: opening it changes nothing, sending it keeps the address. It opens no session."""
    with scope.use(scope.EVERYTHING):
        link = link_of(token, ADDRESS)
        if link is None or not is_good(link):
            over = {"title": _("Ce lien n’est plus valable"), "link": link}
            return page(request, "recovery/address_over.html", over, status=410)
        if request.method == "POST" and keep(link, by=actor_of(link.account)):
            messages.success(request, _("Adresse vérifiée."))
            return see_other("recovery:address" if request.viewer else "signin:sign_in")
    context = {"title": _("Confirmez votre adresse"), "account": link.account, "address": link.address}
    return page(request, "recovery/keep_address.html", context)
