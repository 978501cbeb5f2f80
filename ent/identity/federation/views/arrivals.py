"""Whoever a provider knows and who has no account here, or several; and what a provider has to know of us."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _

from ent.core.actors import UNKNOWN
from ent.core.pages import Request, endpoint, page, see_other
from ent.foundation.schools import scope
from ent.identity.federation.actions.arriving import report_account
from ent.identity.federation.enums import Protocol, Reason
from ent.identity.federation.models import IdentityProvider
from ent.identity.federation.queries import saml
from ent.identity.federation.queries.choosing import Profile, profiles_of
from ent.identity.federation.queries.contacts import schools_to_ask, whom_to_ask
from ent.identity.federation.queries.flow import CHOICE_S, Arrival, unseal_arrival
from ent.identity.federation.queries.providers import open_provider
from ent.identity.federation.views.coming import CHOICE, NOBODY, come_in


@endpoint("GET", public=True)
def nobody(request: Request) -> HttpResponse:
    """The provider knows them, and nobody here is them: what to do, and whom to ask in the school that they choose."""
    kept = request.session.get(NOBODY)
    if not kept:
        return see_other("signin:sign_in")
    with scope.use(scope.EVERYTHING):
        schools = schools_to_ask()
        chosen = next((one for one in schools if one.uai == request.GET.get("etablissement")), None)
        contact = whom_to_ask(chosen) if chosen else None
        provider = IdentityProvider.objects.filter(slug=kept["provider"]).first()
    context = {
        "title": _("Nous n’avons pas trouvé votre compte"),
        "who": kept["name"],
        "reference": kept["reference"],
        "is_elsewhere": kept["reason"] == Reason.ELSEWHERE,
        "is_other_profile": kept["reason"] == Reason.OTHER_PROFILE,
        "provider": provider,
        "schools": schools,
        "chosen": chosen,
        "contact": contact,
    }
    return page(request, "federation/nobody.html", context)


@endpoint("GET", "POST", public=True)
def choose(request: Request) -> HttpResponse:
    """Several accounts: one is chosen, each with its schools beside it."""
    kept = request.session.get(CHOICE)
    arrival = unseal_arrival(kept, CHOICE_S) if kept else None
    provider = open_provider(arrival.provider) if arrival else None
    if arrival is None or provider is None:
        messages.warning(request, _("Ce choix a trop attendu. Recommencez."))
        return see_other("signin:sign_in")
    with scope.use(scope.EVERYTHING):
        profiles = profiles_of(arrival.accounts)
    if request.method == "POST":
        return _chosen(request, provider, arrival, profiles)
    context = {"title": _("Avec quel profil\u202f?"), "provider": provider, "profiles": profiles, "who": arrival.name}
    context["can_remember"] = bool(arrival.key)
    return page(request, "federation/choose.html", context)


def _chosen(request: Request, provider: IdentityProvider, arrival: Arrival, profiles: list[Profile]) -> HttpResponse:
    asked = request.POST.get("compte", "") or request.POST.get("signaler", "")
    profile = next((one for one in profiles if str(one.account.pk) == asked), None)
    if profile is None:
        raise Http404
    if "signaler" in request.POST:
        with scope.use(scope.EVERYTHING):
            report_account(profile.account, provider, by=UNKNOWN)
        messages.success(request, _("C’est noté. Ce compte est bloqué, et l’établissement va regarder."))
        return see_other("federation:choose")
    remember = "retenir" in request.POST
    with scope.use(scope.EVERYTHING):
        return see_other(come_in(request, provider, arrival, profile.account, remember=remember))


@endpoint("GET", public=True)
def metadata(request: Request, slug: str) -> HttpResponse:
    """What a SAML provider has to know of us, closed or open: its administrators need it first."""
    provider = IdentityProvider.objects.filter(slug=slug, protocol=Protocol.SAML).first()
    if provider is None:
        raise Http404
    with scope.use(scope.EVERYTHING):
        return HttpResponse(saml.metadata_of(provider), content_type="application/samlmetadata+xml")
