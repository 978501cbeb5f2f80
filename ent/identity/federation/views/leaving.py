"""What a provider tells of sessions that end: its own, and so ours; or ours, and so its own."""

from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from ent.core.actors import UNKNOWN
from ent.core.pages import Request, endpoint, let_form_leave, page
from ent.foundation.schools import scope
from ent.identity.federation.actions.arriving import close_sessions_from, spend
from ent.identity.federation.enums import Protocol
from ent.identity.federation.models import IdentityProvider
from ent.identity.federation.queries import oidc
from ent.identity.federation.queries.proofs import Ended, ProofRefused
from ent.identity.federation.queries.saml_logout import TAGS, read_sign_out
from ent.identity.federation.queries.sessions import session_keys
from ent.identity.signin.queries.entrances import Departure


@csrf_exempt  # a provider's form, without our cookies: the signature of what it brings stands for ours
@endpoint("GET", "POST", public=True, writes=True)
def signed_out(request: Request, slug: str) -> HttpResponse:
    """The provider ends its session, and so ours; or it has ended it because we asked."""
    provider = IdentityProvider.objects.filter(slug=slug).first()
    if provider is None:
        raise Http404
    if provider.protocol == Protocol.SAML and TAGS.keys() & (request.GET.keys() | request.POST.keys()):
        try:
            with scope.use(scope.EVERYTHING):
                told = read_sign_out(provider, request)
                if told.ended:
                    _close(provider, told.ended)
        except (ProofRefused, ValidationError):
            return page(request, "federation/signed_out.html", {"title": _("Demande refusée")}, status=422)
        if told.answer:
            return _answer(request, told.answer)
    context = {"title": _("Vous êtes déconnecté"), "provider": provider}
    return page(request, "federation/signed_out.html", context)


def _answer(request: Request, answer: Departure) -> HttpResponse:
    if not answer.fields:
        return redirect(answer.url)
    context = {"title": _("Vous êtes déconnecté"), "elsewhere": answer}
    return let_form_leave(page(request, "signin/signing_out.html", context), answer.url)


@csrf_exempt  # a provider's server, with no browser: the signature of its token stands for ours
@endpoint("POST", public=True, database=False)
def back_channel(request: Request, slug: str) -> HttpResponse:
    """The provider's server tells ours that sessions are over (OpenID Connect Back-Channel Logout 1.0, 2.5 to 2.8)."""
    with request.unit(read_only=True):
        provider = IdentityProvider.objects.filter(slug=slug, protocol=Protocol.OIDC).first()
    if provider is None:
        raise Http404
    try:
        told = oidc.read_logout(provider, request.POST.get("logout_token", ""))
        with request.unit(read_only=False), scope.use(scope.EVERYTHING):
            _close(provider, told)
    except (ProofRefused, ValidationError):
        return JsonResponse({"error": "invalid_request"}, status=400, headers={"Cache-Control": "no-store"})
    return HttpResponse(headers={"Cache-Control": "no-store"})


def _close(provider: IdentityProvider, told: Ended) -> None:
    """Raises `ProofRefused` where the same was told before."""
    if not spend(f"{provider.pk}|{told.proof}", until=told.until):
        raise ProofRefused("used")
    close_sessions_from(provider, session_keys(provider, told.holder, told.indexes), by=UNKNOWN)
