"""The region's officer registers identity providers and changes our keys."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from ent.core.pages import Request, endpoint, page, see_other
from ent.directory.permissions import can_administer_region
from ent.foundation.schools import scope
from ent.identity.federation.actions.providers import (
    change_key,
    prepare_key,
    refresh_provider,
    save_provider,
    switch_provider,
)
from ent.identity.federation.enums import KeyState, Protocol
from ent.identity.federation.forms import ProviderForm
from ent.identity.federation.models import IdentityProvider
from ent.identity.federation.queries.providers import address_of
from ent.identity.federation.queries.saml import service_keys
from ent.identity.signin.queries.entering import require_fresh_proof


@endpoint("GET")
def providers(request: Request) -> HttpResponse:
    """The providers, and our keys before them."""
    _check(request)
    with scope.use(scope.EVERYTHING):
        keys = service_keys()
    context = {
        "title": _("Fournisseurs d’identité"),
        "providers": list(IdentityProvider.objects.defer("metadata", "client_secret")),
        "keys": keys,
        "is_coming": any(key.state == KeyState.NEXT for key in keys),
    }
    return page(request, "federation/providers.html", context)


@endpoint("GET", "POST")
def add(request: Request) -> HttpResponse:
    """Register a provider, closed at first."""
    _check(request)
    return _edit(request, IdentityProvider())


@endpoint("GET", "POST")
def provider(request: Request, slug: str) -> HttpResponse:
    """One provider: its settings, and our addresses that it has to know."""
    _check(request)
    return _edit(request, get_object_or_404(IdentityProvider, slug=slug))


def _edit(request: Request, provider: IdentityProvider) -> HttpResponse:
    if request.method == "POST":
        require_fresh_proof(request)
    form = ProviderForm(request.POST or None, request.FILES or None, instance=provider)
    if request.method == "POST" and form.is_valid() and _save(request, form):
        messages.success(request, _("%s est enregistré.") % provider.name)
        return see_other("federation:provider", provider.slug)
    context = {
        "title": provider.name if provider.pk else _("Nouveau fournisseur d’identité"),
        "form": form,
        "provider": provider,
        "addresses": _addresses(provider) if provider.pk else [],
    }
    return page(request, "federation/provider.html", context, status=422 if form.errors else 200)


def _save(request: Request, form: ProviderForm) -> bool:
    provider = form.instance
    with scope.use(scope.EVERYTHING):
        try:
            save_provider(provider, by=request.viewer.actor)
        except ValidationError as problem:
            form.add_error("metadata_url", problem.messages)
            return False
    return True


def _addresses(provider: IdentityProvider) -> list[tuple[str, str]]:
    told = [
        (_("Retour (ACS ou redirect_uri)"), address_of("answer", provider)),
        (_("Déconnexion"), address_of("signed_out", provider)),
    ]
    if provider.protocol == Protocol.OIDC:
        return [*told, (_("Déconnexion directe (backchannel_logout_uri)"), address_of("back_channel", provider))]
    return [(_("Nos métadonnées (entityID)"), address_of("metadata", provider)), *told]


@endpoint("POST")
def switch(request: Request, slug: str) -> HttpResponse:
    """Open or close a provider."""
    _check(request)
    provider = get_object_or_404(IdentityProvider, slug=slug)
    require_fresh_proof(request)
    switch_provider(provider, is_open="ouvrir" in request.POST, by=request.viewer.actor)
    messages.success(request, (_("%s est ouvert.") if provider.is_open else _("%s est fermé.")) % provider.name)
    return see_other("federation:providers")


@endpoint("POST")
def refresh(request: Request, slug: str) -> HttpResponse:
    """Read a provider's metadata again now."""
    _check(request)
    provider = get_object_or_404(IdentityProvider.objects.exclude(metadata_url=""), slug=slug)
    if refresh_provider(provider, by=request.viewer.actor):
        messages.success(request, _("Les métadonnées de %s sont à jour.") % provider.name)
    else:
        messages.error(request, provider.refresh_problem)
    return see_other("federation:providers")


@endpoint("POST")
def keys(request: Request) -> HttpResponse:
    """Prepare a key, or put the one that waits in service."""
    _check(request)
    require_fresh_proof(request)
    with scope.use(scope.EVERYTHING):
        if "changer" in request.POST:
            change_key(by=request.viewer.actor)
        else:
            prepare_key(by=request.viewer.actor)
    messages.success(request, _("C’est fait."))
    return see_other("federation:providers")


def _check(request: Request) -> None:
    if not can_administer_region(request.viewer):
        raise PermissionDenied
