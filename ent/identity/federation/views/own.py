"""The identities that open one's own account."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from ent.core.errors import Refused
from ent.core.pages import Request, endpoint, page, see_other
from ent.foundation.schools import scope
from ent.identity.federation.actions.arriving import unlink_identity
from ent.identity.federation.models import ExternalIdentity
from ent.identity.federation.queries.own import can_go_without, identities_of, providers_to_link
from ent.identity.signin.queries.entering import require_fresh_proof


@endpoint("GET")
def linked(request: Request) -> HttpResponse:
    """What opens the account besides its password, and what could."""
    account = request.viewer.account
    context = {
        "title": _("Mes autres moyens d’entrer"),
        "identities": identities_of(account),
        "providers": providers_to_link(account),
    }
    return page(request, "federation/linked.html", context)


@endpoint("POST")
def unlink(request: Request, pk: int) -> HttpResponse:
    """Detach one, if there is another way in."""
    identity = get_object_or_404(ExternalIdentity, pk=pk, account=request.viewer.account)
    require_fresh_proof(request)
    if not can_go_without(identity):
        raise Refused(_("C’est le seul moyen d’ouvrir ce compte. Choisissez d’abord un mot de passe."))
    with scope.use(scope.EVERYTHING):
        unlink_identity(identity, by=request.viewer.actor)
    messages.success(request, _("%s n’ouvre plus ce compte.") % identity.provider.name)
    return see_other("federation:linked")
